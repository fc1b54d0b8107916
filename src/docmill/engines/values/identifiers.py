"""Identifiers that carry their own proof (IBAN, VAT ids), and German tax numbers, which do not."""

import re
from dataclasses import dataclass

from docmill.engines.values.text import Found, plain

_IBAN = re.compile(r"(?<![A-Za-z0-9])([A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30})(?![A-Za-z0-9])")
_IBAN_COUNTRIES = (  # ISO 13616 registry: country and length
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 "
    "EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 "
    "KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 "
    "PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 "
    "VG24 XK20"
)
_IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBAN_COUNTRIES.split()}
_VAT_SHAPES = (
    r"ATU ?\d{8}",
    r"BE ?[01](?:[ .]?\d){9}",
    r"BG ?\d{9,10}",
    r"CHE[ -]?\d{3}\.?\d{3}\.?\d{3}(?: ?(?:MWST|TVA|IVA))?",
    r"CY ?\d{8}[A-Z]",
    r"CZ ?\d{8,10}",
    r"(?:DE|FR ?[A-Z0-9]{2})(?: ?\d){9}",
    r"DK(?: ?\d){8}",
    r"(?:EE|PT|XI) ?\d{9}",
    r"E[LS] ?[A-Z0-9]\d{7}[A-Z0-9]",
    r"(?:FI|HU|LU|MT|SI) ?\d{8}",
    r"GB ?\d{3} ?\d{4} ?\d{2}(?: ?\d{3})?",
    r"(?:HR|LV) ?\d{11}",
    r"IE ?\d[A-Z0-9+*]\d{5}[A-Z]{1,2}",
    r"IT(?: ?\d){11}",
    r"LT ?(?:\d{12}|\d{9})",
    r"NL ?\d{9}B\d{2}",
    r"NO ?\d{9} ?MVA",
    r"(?:PL|SK) ?\d{10}",
    r"RO ?\d{2,10}",
    r"SE ?\d{12}",
)
_VAT = re.compile(rf"(?<![A-Za-z0-9])(?=[A-Z]{{2}})({'|'.join(_VAT_SHAPES)})(?![A-Za-z0-9])")
_GERMAN_TAX_NUMBER = re.compile(r"(?<![\d/])(\d{2,3} ?/ ?\d{3,4} ?/ ?\d{4,5})(?![\d/])")


@dataclass(frozen=True, slots=True)
class Identifier:
    """``value`` without blanks. ``proved``: its check digits are right; None where its kind has none."""

    value: str
    proved: bool | None


def iban(text: str) -> str | None:
    """Return the IBAN without blanks when country, length and check digits (mod 97, ISO 13616) are right."""
    value = re.sub(r"[\s-]", "", plain(text)).upper()
    value = value.removeprefix("IBAN").lstrip(":")
    if _IBAN_LENGTHS.get(value[:2]) != len(value) or not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]+", value):
        return None
    number = "".join(str(int(char, 36)) for char in value[4:] + value[:4])
    return value if int(number) % 97 == 1 else None


def find_ibans(text: str) -> list[Found[str]]:
    """Return every IBAN whose check digits are right; a word that follows it does not spoil it."""
    hits = []
    for match in _IBAN.finditer(plain(text)):
        length = _IBAN_LENGTHS.get(match[1][:2], 0)
        taken, end = 0, match.start()
        while taken < length and end < match.end():
            taken += text[end] != " " and not text[end].isspace()
            end += 1
        value = iban(match.string[match.start() : end])
        if value is not None:
            hits.append(Found(value, match.start(), end))
    return hits


def vat_id(text: str) -> Identifier | None:
    """Return a VAT id of the EU, Switzerland, Norway or Great Britain by its shape, with its proof."""
    match = _VAT.fullmatch(plain(text).strip().upper())
    return None if match is None else _proved(match[1])


def find_vat_ids(text: str) -> list[Found[Identifier]]:
    """Return what has the shape of a VAT id; one whose check digits are wrong is weak."""
    hits = []
    for match in _VAT.finditer(plain(text)):
        found = _proved(match[1])
        hits.append(Found(found, match.start(), match.end(), weak=not found.proved))
    return hits


def _proved(raw: str) -> Identifier:
    value = re.sub(r"[ .-]", "", raw)
    return Identifier(value, _check(value))


def _check(value: str) -> bool:
    """python-stdnum loads one small module per country, and only when it is asked for."""
    from stdnum.exceptions import ValidationError

    try:
        if value.startswith("CHE"):
            from stdnum.ch import uid

            uid.validate(value[:12])
        elif value.startswith("NO"):
            from stdnum.no import mva

            mva.validate(value)
        elif value.startswith("GB"):
            from stdnum.gb import vat as gb_vat

            gb_vat.validate(value)
        else:
            from stdnum.eu import vat

            vat.validate(value)
    except ValidationError:
        return False
    return True


def find_tax_ids(text: str) -> list[Found[Identifier]]:
    """Return VAT ids and German tax numbers from left to right."""
    numbers = [
        Found(Identifier(match[1].replace(" ", ""), proved=None), match.start(), match.end(), weak=True)
        for match in _GERMAN_TAX_NUMBER.finditer(plain(text))
    ]
    return sorted([*find_vat_ids(text), *numbers], key=lambda hit: hit.start)
