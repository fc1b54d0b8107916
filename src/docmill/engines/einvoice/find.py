"""Looking for the XML of an e-invoice among a document's attachments."""

import re
from dataclasses import dataclass

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Element, Reading
from docmill.engines.einvoice.cii import CII
from docmill.engines.einvoice.fatturapa import FATTURAPA
from docmill.engines.einvoice.syntax import Syntax
from docmill.engines.einvoice.ubl import UBL

SYNTAXES = (CII, UBL, FATTURAPA)
_USUAL_NAMES = re.compile(r"(?i)(factur-?x|zugferd-invoice|xrechnung|order-x|cii|ubl).*\.xml$")


@dataclass(frozen=True, slots=True)
class EInvoice:
    """The tree of an e-invoice. ``name`` is that of the attachment."""

    name: str
    syntax: Syntax
    root: Element


@dataclass(frozen=True, slots=True)
class Search:
    """``broken`` names attachments that should be an e-invoice by their name and are no XML."""

    invoice: EInvoice | None
    broken: tuple[str, ...] = ()


def find_einvoice(reading: Reading) -> EInvoice | None:
    """Return the document's e-invoice. Raises Rejected(xml_forbidden), see ``search``."""
    return search(reading).invoice


def search(reading: Reading) -> Search:
    """Look through the attachments, those with a name that the standards give first.

    Raises Rejected(xml_forbidden) when the reader has refused one of them before an invoice is found.
    """
    broken: list[str] = []
    usual_first = sorted(reading.attachments, key=lambda item: not _USUAL_NAMES.search(item.name))
    for attachment in usual_first:
        if attachment.error == ErrorCode.XML_FORBIDDEN:
            raise Rejected(ErrorCode.XML_FORBIDDEN, "an XML file inside the document")
        if attachment.error and _USUAL_NAMES.search(attachment.name):
            broken.append(attachment.name)
        root = attachment.tree
        if root is None:
            continue
        syntax = next((one for one in SYNTAXES if root.name in one.roots), None)
        if syntax is not None:
            return Search(EInvoice(attachment.name, syntax, root), tuple(broken))
    return Search(None, tuple(broken))
