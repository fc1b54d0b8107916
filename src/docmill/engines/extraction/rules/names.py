"""What a company, a street, a town and a line of contact data look like.

In five languages and on Malaysian receipts.
"""

import re

_LEGAL = re.compile(
    r"(?<![A-Za-z])(?:gmbh(?: ?& ?co\.?(?: ?kg(?:aa)?)?)?|mbh|ag|kg|ohg|gbr|ug|e\.? ?k\.?|e\.? ?v\.?"
    r"|ltd\.?|limited|plc|llp|llc|inc\.?|corp\.?"
    r"|corporation|pte\.?|pty\.?|sdn\.?,? ?b[hn]d\.?|berhad|bhd\.?|s/b|plt|sarl|s\.a\.r\.l\.?|sasu?"
    r"|s\.a\.s\.?|eurl|sa|s\.a\.?|sci|snc|s\.n\.c\.?"
    r"|s\.? ?r\.? ?l\.?s?|s\.? ?p\.? ?a\.?|s\.?l\.?u?\.?|b\.?v\.?|n\.?v\.?|oy|aps|a/s|co\.)(?![A-Za-z])",
    re.IGNORECASE,
)
_ENDING = re.compile(
    r"(?<![A-Za-z])(?:sdn\.?,? ?b[hn]d\.?|bhd\.?|s/b|sb|plt|gmbh|ltd\.?|llc|plc|inc\.)(?![A-Za-z])",
    re.IGNORECASE,
)
_TRADE = re.compile(
    r"\b(?:enterprises?|trading|restaurant|restoran|ristorante|kedai|store|stores|mart|market"
    r"|supermarket|pharmacy|farmasi|cafe|bakery|hardware|stationery"
    r"|marketing|holdings?|industries|services?|shop|resources|books?|bäckerei|apotheke|boulangerie"
    r"|pharmacie|panaderia|farmacia|trattoria|hotel)\b",
    re.IGNORECASE,
)
_BANK = re.compile(
    r"bank\b|sparkasse|banque|banca\b|banco\b|caisse|caixa|caja\b|crédit |credito|credit union"
    r"|building society",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"^\W*(?:tel|telephone|telefon|telefax|phone|fon|fax|mobil|mobile|h/?p|e-?mail|mail|web|www|http"
    r"|gln|globale nummer|nummer|ust|umsatzsteuer|vat|steuer|tax|iban|bic|swift"
    r"|kunden-?n|kd\.?-?nr|customer (?:no|id|num|ref)|client (?:no|id)|kontakt|contact|ansprechpartner"
    r"|geschäftsf|handelsreg|hr[ab]\b|p\.? ?iva|partita|c\.?f\.?\b|cod\.? fisc|nif|cif|siret|siren|tva"
    r"|n° tva|rcs|gst|sst|abn"
    r"|co\.? ?reg|reg\.? ?no|company no|roc|attn|z\.? ?hd|bank|konto|blz)\b|@|www\.|https?:",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"\b(?:no|lot|jalan|jln|lorong|lrg|taman|tmn|level|floor|ground|unit|suite|blk|block|plaza|complex"
    r"|mall|batu|km|seksyen|section|kampung|kg|bandar|persiaran|lebuh|lebuhraya|pusat|wisma|menara"
    r"|bangunan"
    r"|flr|gnd|mezzanine|basement|centre|center|shopping|autoroute|street|st|road|rd|avenue|ave|lane"
    r"|drive|square|way|court|house|park|p\.?o\.? ?box|rue|boulevard|bd|place|quai|chemin|allée|via"
    r"|viale|piazza|corso|calle|avenida|avda|plaza|paseo|c/)\b"
    r"|(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer)(?=\W|$)",
    re.IGNORECASE,
)
_TOWN = re.compile(
    r"(?<!\d)(?:[A-Z]{1,3}[- ])?\d{4,6}(?!\d)[,]?\s+[^\W\d_]{2,}|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"
    r"|,?\s[A-Z]{2}\s\d{5}\b"
)
_REGISTRATION = re.compile(
    r"[\s,]*[(<\[]?\s*(?:(?:co"
    r"|company)\.?\s*)?(?:reg(?:istration)?\.?\s*)?(?:no\.?)?\s*[:.]?\s*\(?\s*(?:\d{5,7}\s*[-–]?\s*[A-Z]"
    r"|\d{12}|[A-Z]{2}\d{7}\s*-\s*[A-Z]|\d{9}\s*-\s*[A-Z])\s*[)>\]]?\s*$"
)
_SALUTATION = re.compile(
    r"^(?:herrn?|frau|firma|mr\.?|mrs\.?|ms\.?|messrs\.?|monsieur|madame|m\.|mme|sig\.?(?:ra)?"
    r"|spett\.?(?:le|abile)?|sr\.?|sra\.?|an|to)[:,]?$",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"^\W*(?:welcome|thank|tax invoice|invoice|simplified|receipt|official|cash (?:bill|sale|receipt)"
    r"|copy|duplicate|reprint|rechnung|facture|fattura|factura|quittung|ticket|scontrino|page|seite"
    r"|date|datum|datei|formerly|licensee|table|bill|order|delivery|statement|kontoauszug)\b",
    re.IGNORECASE,
)


def has_legal_form(text: str) -> bool:
    return _LEGAL.search(text) is not None


def has_bank_word(text: str) -> bool:
    return _BANK.search(text) is not None


def has_trade_word(text: str) -> bool:
    return _TRADE.search(text) is not None


def is_bare_form(text: str) -> bool:
    """Whether a line is no more than the end of a company's name: its form, or "& Sons Ltd"."""
    if not has_legal_form(text) or any(map(str.isdigit, text)):
        return False
    rest = re.sub(r"[^A-Za-zÀ-ÿ]", "", _LEGAL.sub("", text))
    return len(rest) <= 3 or text.lstrip().startswith("&")


def is_trade_alone(text: str) -> bool:
    """Whether a line is only a kind of business ("Bistro & Cafe"): what stands above it names it."""
    return re.fullmatch(r"[\W&]*(?:and\W*|bistro\W*)*", _TRADE.sub("", text), re.IGNORECASE) is not None


def is_half_name(text: str) -> bool:
    """Whether too little stands before a company's form to be the whole name: "(Johor) Sdn Bhd"."""
    rest = _LEGAL.sub("", text).strip(" .,")
    return has_legal_form(text) and (text.lstrip().startswith("(") or is_trade_alone(rest))


def is_contact(text: str) -> bool:
    """Whether a line holds telephone, tax or bank data rather than name or address."""
    return _CONTACT.search(text) is not None


def is_street(text: str) -> bool:
    return _STREET.search(text) is not None


def is_town(text: str) -> bool:
    """Whether a postal code stands before, or after, a name."""
    return _TOWN.search(text) is not None


def is_salutation(text: str) -> bool:
    return _SALUTATION.match(text.strip()) is not None


def may_be_name(text: str) -> bool:
    """Whether a line can name somebody: letters, and no heading, label, contact line or greeting."""
    letters = sum(char.isalpha() for char in text)
    first = next((char for char in text if char.isalpha()), "a")
    if first.islower() and not re.match(r"\W*(?:de|von|van|di|da|d')\b", text):
        return False
    return (
        letters >= 3
        and letters > 0.45 * len(text.replace(" ", ""))
        and not _NO_NAME.match(text)
        and not text.rstrip().endswith(":")
        and not is_contact(text)
    )


def without_registration(text: str) -> str:
    """Drop a register number behind a company's name, and all that follows its form with a number in it."""
    forms = list(_ENDING.finditer(text))
    if forms and any(map(str.isdigit, text[forms[0].end() :])):
        text = text[: forms[0].end()]
    cut = _REGISTRATION.sub("", text)
    return cut.strip(" ,-;:|") if any(map(str.isalpha, cut)) else text
