"""Currencies: ISO 4217 codes and the signs that stand for them."""

import re
from collections.abc import Iterable

from docmill.engines.values.text import plain

_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
    "GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW "
    "KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN "
    "NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK "
    "SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS "
    "VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL"
)
ISO_CODES = frozenset(_CODES.split())
"""Codes that documents of the last decades carry (ISO 4217 list one, without metals and test codes)."""

SIGNS = {
    "€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "₺": "TRY", "₽": "RUB", "₩": "KRW",
    "₪": "ILS", "₫": "VND", "₱": "PHP", "฿": "THB", "₴": "UAH", "zł": "PLN", "kč": "CZK", "ft": "HUF",
    "lei": "RON", "us$": "USD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "hk$": "HKD",
    "s$": "SGD", "nz$": "NZD", "r$": "BRL", "rm": "MYR", "rs": "INR", "rs.": "INR", "rp": "IDR",
    "fr.": "CHF", "sfr.": "CHF", "sfr": "CHF", "euro": "EUR", "euros": "EUR",
}  # fmt: skip
"""Signs and words, lower-case, to codes."""

AMBIGUOUS_SIGNS = frozenset({"$", "¥", "rs", "rs.", "kr", "fr."})
"""Signs of several countries: the document's other evidence (a code, a country) goes before them."""

_ALTERNATIVES = "|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True))
PATTERN = rf"(?:{'|'.join(sorted(ISO_CODES))}|(?i:{_ALTERNATIVES}))"
"""A regular expression for one sign or code, to be used inside others."""

_ONE = re.compile(PATTERN)
_STANDING = re.compile(rf"(?<![A-Za-z]){PATTERN}(?![A-Za-z])")


def currency(text: str) -> str | None:
    """Return the ISO 4217 code of a sign, word or code; None for anything else."""
    token = plain(text).strip()
    upper = token.upper()
    return upper if upper in ISO_CODES else SIGNS.get(token.lower())


def find_currencies(text: str) -> list[tuple[str, bool]]:
    """Return (code, certain) for every sign and code that stands alone or at a number; "$" is not certain."""
    hits = (match.group() for match in _STANDING.finditer(plain(text)))
    return [(code, sign.lower() not in AMBIGUOUS_SIGNS) for sign in hits if (code := currency(sign))]


_DOLLARS = {
    "CAD": r"\b(?:hst|pst|qst)\b|\b[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d\b|\bcanada\b",
    "AUD": r"\babn\b|\bbsb\b|\bpty\b|\baustralia\b",
    "NZD": r"\bnzbn\b|\bnew zealand\b",
    "SGD": r"\bpte\b|\bsingapore\b",
}
_COUNTRIES = {code: re.compile(words, re.IGNORECASE) for code, words in _DOLLARS.items()}


def dollar_of(texts: Iterable[str]) -> str:
    """Return whose dollar "$" is in a document: the one it names, else the one of its only country.

    United States dollars where nothing says otherwise.
    """
    countries: set[str] = set()
    for text in texts:
        for code, certain in find_currencies(text):
            if certain and (code == "USD" or code in _DOLLARS):
                return code
        countries |= {code for code, words in _COUNTRIES.items() if words.search(text)}
    return countries.pop() if len(countries) == 1 else "USD"


def currency_in(own: str | None, raw: str, usual: str | None) -> str | None:
    """Return the currency of one amount: "$" alone is the dollar of its document."""
    if own is None:
        return usual
    bare = own == "USD" and not any(certain for _, certain in find_currencies(raw))
    return usual if bare and usual in _DOLLARS else own
