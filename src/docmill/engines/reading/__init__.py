"""Reading: bytes to words with boxes.

`parts` is the whole of it, one piece at a time; the sandboxed child sends them on, `read` puts them
together in this process, for tools and tests. Pages without text come as pixels and wait for OCR.
"""

from collections.abc import Callable, Iterator

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Reading
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.engines.reading.assembly import Assembly
from docmill.engines.reading.kinds import media
from docmill.engines.reading.kinds.telling import media_type
from docmill.engines.reading.parts import PageDone, PageSeen, Part, Pixels, Recognized

__all__ = ["media_type", "parts", "read", "render"]

Recognize = Callable[[Pixels], Recognized]


def parts(data: bytes, name: str, *, allowed: ReadingLimits = DEFAULT, first: int = 1) -> Iterator[Part]:
    """Yield what is in the file, Opened first. Raises Rejected with the file's code.

    ``first`` leaves out the pages before it, where a page has brought an earlier reader down. Only for
    bytes that are trusted, or in a process that has nothing to lose.
    """
    if not data:
        raise Rejected(ErrorCode.FILE_EMPTY)
    if len(data) > allowed.file_size_bytes_max:
        raise Rejected(ErrorCode.FILE_TOO_LARGE)
    kind = media_type(data, name)
    if kind == media.PDF:
        from docmill.engines.reading.pdf.document import pdf_parts

        return pdf_parts(data, allowed, first=first)
    if kind in media.PICTURES:
        from docmill.engines.reading.scans.pictures import picture_parts

        return picture_parts(data, kind, allowed, first=first)
    if kind in media.ARCHIVES:
        from docmill.engines.reading.archives import archive_parts

        return archive_parts(data, name, kind, allowed)
    if kind == media.XML:
        from docmill.engines.reading.xml import xml_parts

        return xml_parts(data, name, allowed)
    if kind in media.MAILS:
        from docmill.engines.reading.mail import mail_parts

        return mail_parts(data, kind, allowed, first=first)
    if kind in media.MARKUP:
        from docmill.engines.reading.markup import markup_parts

        return markup_parts(data, kind, allowed, first=first)
    if kind in media.OFFICE:
        from docmill.engines.reading.office import office_parts

        return office_parts(data, kind, allowed, first=first)
    if kind == media.LOCKED:
        raise Rejected(ErrorCode.PASSWORD_REQUIRED)
    if kind == media.HEIC:
        # Its only free decoder (libde265) starts threads, which the locked child may not.
        raise Rejected(ErrorCode.TYPE_UNKNOWN, "HEIC", action="Save the photo as JPEG.")
    raise Rejected(ErrorCode.TYPE_UNKNOWN)


def read(
    data: bytes,
    name: str,
    *,
    allowed: ReadingLimits = DEFAULT,
    ocr: Recognize | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Reading:
    """Read in this process. Without ``ocr`` pages that need it are marked ``page_failed``."""
    assembly = Assembly(allowed)
    for part in parts(data, name, allowed=allowed):
        if isinstance(part, PageSeen):
            assembly.add_recognized(part, ocr(part.pixels) if ocr else None)
        else:
            assembly.add(part)
        if progress and assembly.page_count:
            progress(len(assembly.pages), assembly.page_count)
    return assembly.reading()


def render(
    data: bytes, page: int, *, dpi: int, allowed: ReadingLimits = DEFAULT, name: str = ""
) -> bytes | None:
    """Return one page (from 1) as PNG, None when it is not there. Raises Rejected."""
    if not data:
        raise Rejected(ErrorCode.FILE_EMPTY)
    kind = media_type(data, name)
    if kind == media.PDF:
        from docmill.engines.reading.pdf.document import render_png

        return render_png(data, page, dpi=dpi)
    if kind in media.PICTURES:
        from docmill.engines.reading.scans.pictures import render_png as picture_png

        return picture_png(data, kind, page, allowed)
    if kind in (*media.ARCHIVES, media.XML):
        return None
    return _drawn(data, name, page, dpi=dpi, allowed=allowed)


def _drawn(data: bytes, name: str, page: int, *, dpi: int, allowed: ReadingLimits) -> bytes | None:
    """A page of a format that has none of its own: as it was laid out."""
    from docmill.engines.reading.typesetting.picture import page_png, pixels_png

    for part in parts(data, name, allowed=allowed, first=page):
        if isinstance(part, PageDone) and part.page.number == page:
            return page_png(part.page, dpi) if part.page.width else None
        if isinstance(part, PageSeen) and part.page.number == page:
            return pixels_png(part.pixels)
    return None
