"""XML of strangers: refused when it could do more than hold values, else taken apart into a plain tree.

This module is loaded where bytes of strangers are opened and nowhere else: what leaves it are
`Element` trees, which can neither refer to anything nor grow.
"""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.domain.pages import Attachment, Element
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.kinds import media
from docmill.engines.reading.parts import AttachmentFound, Opened, Part

READER = "docmill 1"
ROOTS = frozenset(
    {"CrossIndustryInvoice", "CrossIndustryDocument", "Invoice", "CreditNote", "FatturaElettronica"}
)
"""Local names of the root elements of CII, ZUGFeRD 1, UBL and FatturaPA."""

CLOSED: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
"""How every parser of strangers' XML is set: it opens nothing and replaces nothing."""
INCLUSION = "http://www.w3.org/2001/XInclude"
_BLANK_BEFORE = b" \t\r\n"
_DOCUMENT_TYPE_FIRST = re.compile(
    rb"[\xef\xbb\xbf\xff\xfe]*+(?>\s++|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL
)
_MARKS_PER_ELEMENT = 2  # where it begins and where it ends
_MARKS_SPARE = 10_000  # for comments and the like
_TOO_MUCH = frozenset(
    {
        etree.ErrorTypes.ERR_RESOURCE_LIMIT,
        etree.ErrorTypes.ERR_ENTITY_LOOP,
        etree.ErrorTypes.ERR_NAME_TOO_LONG,
        etree.ErrorTypes.ERR_NO_MEMORY,
    }
)
"""What libxml2 says of XML that would take more than it gives: its own limits lie above docmill's."""


def xml_parts(data: bytes, name: str, allowed: ReadingLimits) -> Iterator[Part]:
    """Yield Opened and the file as its own attachment. Raises Rejected, see ``XmlTrees.tree``."""
    tree = XmlTrees(allowed).tree(data)
    if tree.name not in ROOTS:
        action = "Upload what people read: docmill takes e-invoices (CII, UBL, FatturaPA) from XML."
        raise Rejected(ErrorCode.TYPE_UNKNOWN, "XML, but no e-invoice", action=action)
    yield Opened(media.XML, 0, READER)
    yield AttachmentFound(Attachment(name, media.XML, tree))


class XmlTrees:
    """Takes the XML in one document apart. All of it together is within ``allowed``."""

    def __init__(self, allowed: ReadingLimits) -> None:
        self._allowed = allowed
        self._left = allowed.xml_elements_max

    def attachment(self, name: str, data: bytes) -> Attachment:
        """Take XML inside another file apart: marked with its code where a file of its own is refused."""
        try:
            tree = self.tree(data)
        except Rejected as error:
            return Attachment(name, media.XML, error=error.code.value)
        return Attachment(name, media.XML, tree if tree.name in ROOTS else None)

    def tree(self, data: bytes) -> Element:
        """Return the root element.

        Raises Rejected(xml_forbidden) for a document type, entities, inclusions and for more than
        the limits allow, and Rejected(file_corrupt) for what is not well-formed.
        """
        if data.count(b"<") > _MARKS_PER_ELEMENT * self._left + _MARKS_SPARE:
            # Known without a parser that would take a gigabyte to find out.
            raise _forbidden(f"more than {self._allowed.xml_elements_max} elements")
        return self._element(_parsed(data), 1)

    def _element(self, node: etree._Element, depth: int) -> Element:
        if depth > self._allowed.xml_depth_max:
            raise _forbidden(f"elements are nested more than {self._allowed.xml_depth_max} deep")
        attributes = tuple((str(name), str(value)) for name, value in node.attrib.items())
        self._left -= 1 + len(attributes)
        if self._left < 0:
            raise _forbidden(f"more than {self._allowed.xml_elements_max} elements")
        if any(len(value) > limits.XML_ATTRIBUTE_CHARS_MAX for _, value in attributes):
            raise _forbidden("an attribute is too long")
        namespace, _, name = node.tag.rpartition("}")
        if len(node.tag) > limits.XML_NAME_CHARS_MAX:
            raise _forbidden("a name is too long")
        if namespace[1:] == INCLUSION:
            raise _forbidden("the XML includes other files")
        text = (node.text or "").strip()
        children = tuple([self._element(child, depth + 1) for child in node]) if len(node) else ()
        kept = text if len(text) <= limits.XML_TEXT_CHARS_MAX else ""
        return Element(name, node.prefix or "", namespace[1:], kept, attributes, children)


def _parsed(data: bytes) -> etree._Element:
    if _DOCUMENT_TYPE_FIRST.match(data.replace(b"\0", b"")):  # in one, two or four bytes a character
        raise _forbidden("the XML has a document type")
    try:
        root = etree.fromstring(data.lstrip(_BLANK_BEFORE), etree.XMLParser(**CLOSED))
    except etree.XMLSyntaxError as error:
        if getattr(error, "code", None) in _TOO_MUCH:  # which the type stubs do not know
            raise _forbidden("the XML is too large in some part") from None
        raise Rejected(ErrorCode.FILE_CORRUPT, "the XML is not well-formed") from None
    if root.getroottree().docinfo.internalDTD is not None:
        # An encoding that hides the document type from the look at the bytes.
        raise _forbidden("the XML has a document type")
    return root


def _forbidden(detail: str) -> Rejected:
    return Rejected(ErrorCode.XML_FORBIDDEN, detail)
