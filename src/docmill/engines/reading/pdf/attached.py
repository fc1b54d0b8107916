"""Files inside a PDF: the XML of an e-invoice, and documents of their own (a portfolio has nothing else)."""

import ctypes
from collections.abc import Iterator

import pypdfium2.raw as pdfium

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import api as api_limits
from docmill.domain.limits import documents as limits
from docmill.domain.pages import Member
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.archives.names import plain_name
from docmill.engines.reading.kinds import media
from docmill.engines.reading.kinds.telling import media_type
from docmill.engines.reading.parts import AttachmentFound, MemberFound
from docmill.engines.reading.pdf.pdfium import Handle
from docmill.engines.reading.xml import XmlTrees


def attached(
    document: Handle, allowed: ReadingLimits, *, file_size_bytes: int
) -> Iterator[AttachmentFound | MemberFound]:
    """Yield the files of kinds that docmill reads; others (fonts, a program's settings) are left out.

    Raises Rejected(unpack_bomb) when they are more together than an archive of this size may hold.
    """
    trees, members, unpacked = XmlTrees(allowed), 0, 0
    for index in range(min(pdfium.FPDFDoc_GetAttachmentCount(document), allowed.attachments_max)):
        handle = pdfium.FPDFDoc_GetAttachment(document, index)
        content = _content(handle) if handle else None
        kind = media_type(content) if content else media.UNKNOWN
        if not content or kind == media.UNKNOWN:
            continue
        name = _name(handle) or f"attachment-{index + 1}"
        if kind == media.XML:
            yield AttachmentFound(trees.attachment(name, content))
            continue
        unpacked += len(content)
        most = min(allowed.unpack_size_bytes_max, allowed.unpack_ratio_max * file_size_bytes)
        if unpacked > most or members >= allowed.archive_members_max:
            raise Rejected(ErrorCode.UNPACK_BOMB, "files inside the PDF")
        yield MemberFound(Member(members, name, content))
        members += 1


def _content(handle: Handle) -> bytes | None:
    size = ctypes.c_ulong()
    if not pdfium.FPDFAttachment_GetFile(handle, None, 0, size):
        return None
    if not 0 < size.value <= limits.ATTACHMENT_SIZE_BYTES_MAX:
        return None
    buffer = ctypes.create_string_buffer(size.value)
    if not pdfium.FPDFAttachment_GetFile(handle, buffer, size.value, size):
        return None
    return buffer.raw[: size.value]


def _name(handle: Handle) -> str:
    size = pdfium.FPDFAttachment_GetName(handle, None, 0)
    buffer = (pdfium.FPDF_WCHAR * (size // 2 + 1))()
    pdfium.FPDFAttachment_GetName(handle, buffer, size)
    name = bytes(buffer)[: max(0, size - 2)].decode("utf-16-le", "replace")
    return plain_name(name)[: api_limits.FILE_NAME_CHARS_MAX] if name else ""
