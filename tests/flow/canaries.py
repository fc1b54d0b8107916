"""Words that nobody else may see: made, carried into a platform by every way in, and looked for in every way out."""

import io
import re
import secrets
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.flow.running import invoice_xml, text_pdf

LETTERS = {"acme": "a", "globex": "b", "initech": "c", "umbrella": "d"}
_WORD = re.compile(rb"zq([a-d])[0-9a-f]{12}qz", re.IGNORECASE)
NOBODY = ""
"""The owner of places where no tenant's word has any business."""


def word(tenant: str) -> str:
    """A canary of the tenant: one word that stays one, whatever reads or encodes it."""
    return f"zq{LETTERS[tenant]}{secrets.token_hex(6)}qz"


@dataclass(frozen=True)
class Leak:
    """``word`` was seen in ``place``, which is its ``owner``'s, or nobody's."""

    place: str
    owner: str
    word: str


@dataclass
class Watch:
    """Takes everything that comes out, and says whose words were where they do not belong."""

    looked_at: dict[str, int] = field(default_factory=dict)  # bytes by kind of place
    leaks: set[Leak] = field(default_factory=set)
    own: int = 0  # own words in own places: that there are many shows that the search finds anything

    def see(self, place: str, data: bytes | str, *, owner: str = NOBODY) -> None:
        """``place`` begins with its kind, up to the first colon."""
        raw = data.encode() if isinstance(data, str) else data
        kind = place.partition(":")[0]
        self.looked_at[kind] = self.looked_at.get(kind, 0) + len(raw)
        for piece in (raw, *_unpacked(raw)):
            for found in _WORD.finditer(piece):
                if LETTERS.get(owner) == found[1].decode().lower():
                    self.own += 1
                else:
                    self.leaks.add(Leak(place, owner, found[0].decode().lower()))

    def see_files(self, kind: str, folder: Path, *, without: Iterable[str] = ()) -> None:
        """Names and contents; ``without`` are folders and files, relative, where documents belong."""
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            if any(name == each or name.startswith(f"{each}/") for each in without):
                continue
            self.see(f"{kind}:{name}", name)
            if path.is_file() and not path.is_symlink():
                try:
                    self.see(f"{kind}:{name}", path.read_bytes())
                except OSError:
                    continue  # a file that has gone since


def _unpacked(raw: bytes) -> list[bytes]:
    """What is in it, if it is a ZIP: a spreadsheet is one."""
    if not raw.startswith(b"PK\x03\x04"):
        return []
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return [archive.read(name) for name in archive.namelist()]
    except zipfile.BadZipFile:
        return []


@dataclass(frozen=True)
class Carrier:
    """A file with a word in it, in its name and in its batch's."""

    tenant: str
    word: str
    name: str
    data: bytes


def carriers(tenant: str, count: int) -> list[Carrier]:
    """Mostly what is cheap to read: XML, CSV and text, some PDFs, and some that cannot be read at all."""
    made = []
    for number in range(count):
        mine = word(tenant)
        ending, data = _document(number, mine)
        made.append(Carrier(tenant, mine, f"{mine}.{ending}", data))
    return made


def _document(number: int, mine: str) -> tuple[str, bytes]:
    match number % 10:
        case 0:
            return "pdf", text_pdf(["Muster GmbH", "INVOICE", f"Invoice number: {mine}", "Total: 119.00 EUR"])
        case 1 | 2:
            return "csv", f"number;name;total\n1;{mine};119.00\n".encode()
        case 3 | 4:
            return "txt", f"Invoice\nInvoice number: {mine}\nTotal: 119.00 EUR\n".encode()
        case 5:
            return "exe", b"MZ\x90\x00" + mine.encode() + bytes(100)
        case 6:
            return "pdf", b"%PDF-1.7\n" + mine.encode() + b"\nnothing more"
        case 7:
            doctype = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e "{mine}">]><a>&e;</a>'
            return "xml", doctype.encode()
        case _:
            return "xml", invoice_xml(mine)


def own_type(tenant: str) -> dict[str, Any]:
    """A document type whose title, labels and rule quote a word."""
    mine = word(tenant)
    return {
        "name": f"slip_{LETTERS[tenant]}",
        "title": f"Slip {mine}",
        "schema": {
            "type": "object",
            "properties": {
                "total": {"title": mine, "x-docmill": {"kind": "amount", "labels": {"en": [mine]}}}
            },
        },
    }
