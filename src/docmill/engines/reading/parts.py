"""What falls out of a file while it is read, piece by piece: nobody holds more than one page of pixels."""

from dataclasses import dataclass, field

from docmill.domain.pages import Attachment, Member, Page, Word


@dataclass(frozen=True, slots=True)
class Pixels:
    """8 bit gray, row by row, no padding: ``len(gray) == width * height``.

    ``photo`` says that the page is a picture by itself, not a page of a PDF; ``line`` that it is cut to
    one printed line, upright, in which nothing has to be found.
    """

    width: int
    height: int
    gray: bytes = field(repr=False)
    photo: bool = False
    line: bool = False


@dataclass(frozen=True, slots=True)
class Recognized:
    """What OCR found: words in pixels of the picture that it was given. ``engine`` names what decided.

    ``turned_deg`` is how far the picture's text is turned, clockwise: 0, 90, 180 or 270.
    """

    words: tuple[Word, ...]
    skew_deg: float
    engine: str
    cpu_seconds: float = 0.0
    turned_deg: int = 0


@dataclass(frozen=True, slots=True)
class Opened:
    """The file could be opened. Always the first part."""

    media_type: str
    pages: int
    reader: str


@dataclass(frozen=True, slots=True)
class PageDone:
    page: Page


@dataclass(frozen=True, slots=True)
class PageSeen:
    """A page that waits for OCR. ``page`` holds what its text layer says, with its size and rotation."""

    page: Page
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class AttachmentFound:
    attachment: Attachment


@dataclass(frozen=True, slots=True)
class MemberFound:
    member: Member


Part = Opened | PageDone | PageSeen | AttachmentFound | MemberFound
