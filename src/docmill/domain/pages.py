"""The page model: what reading hands to everything after it.

All boxes are ``x0 y0 x1 y1`` from the top-left corner of the page *as it is displayed* (its
``/Rotate`` applied), in the page's own unit: points for PDF, pixels for pictures.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NamedTuple


class Box(NamedTuple):
    """``x0 < x1`` and ``y0 < y1``, top-left origin, in the unit of the page that it belongs to."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def centre_y(self) -> float:
        return (self.y0 + self.y1) / 2

    def union(self, other: "Box") -> "Box":
        """The smallest box around both."""
        return Box(
            min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1)
        )


class Provenance(StrEnum):
    """Who says what stands on the page."""

    TEXT_LAYER = "text_layer"
    FOREIGN_OCR = "foreign_ocr"  # an invisible layer (render mode 3) that somebody's OCR left
    OWN_OCR = "own_ocr"
    EMPTY = "empty"


class Hidden(StrEnum):
    """Why a person who looks at the page does not see a word. Hidden words are never used as values."""

    WHITE = "white"  # about the colour of what lies under it
    TINY = "tiny"
    OFF_PAGE = "off_page"
    INVISIBLE = "invisible"  # render mode 3 with nothing on the picture that it could stand for
    COVERED = "covered"
    CLIPPED = "clipped"  # outside of what the file lets be painted
    SWITCHED_OFF = "switched_off"  # optional content that viewers do not show, a hidden row, a comment


class Trick(StrEnum):
    """What a word's characters did to look like others. ``Word.text`` is what a person takes them for."""

    BIDI = "bidi"  # signs that turn the direction of writing
    ZERO_WIDTH = "zero_width"  # signs without extent between others
    HOMOGLYPH = "homoglyph"  # letters or digits of another alphabet among those of an amount or an id


@dataclass(frozen=True, slots=True)
class Word:
    """One run of characters without a blank in it.

    ``confidence`` is the OCR engine's own, 0 to 1; ``None`` for a text layer: not measured.
    ``line`` numbers the printed line on its page, as the reader found it, from 0. ``cell`` is the
    address in a spreadsheet (``B7``; the sheet is the page's name).
    """

    text: str
    box: Box
    confidence: float | None = None
    hidden: Hidden | None = None
    line: int = 0
    trick: Trick | None = None
    cell: str | None = None


class Stroke(NamedTuple):
    """A straight line that is drawn on the page, level or upright, as the box that its ink fills."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def level(self) -> bool:
        return self.x1 - self.x0 >= self.y1 - self.y0


@dataclass(frozen=True, slots=True)
class CheckBox:
    """A box to tick. ``checked`` as a person sees it, or as the form field says."""

    box: Box
    checked: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table. ``row`` and ``column`` count from 0; ``words`` are indexes into the page's."""

    row: int
    column: int
    box: Box
    words: tuple[int, ...]
    row_span: int = 1
    column_span: int = 1
    header: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """``ruled``: lines are drawn around its cells. No two cells share a place."""

    box: Box
    rows: int
    columns: int
    cells: tuple[Cell, ...]
    ruled: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page as displayed. ``number`` starts at 1; ``error`` is a code when the page could not be read.

    ``name`` is that of a sheet or slide. ``tables`` are those that the file itself declares (office,
    HTML); those that are only drawn are found by `engines.layout.structure`. A file without pages of
    its own (text, a mail, a sheet) is laid out on pages in points.
    """

    number: int
    width: float
    height: float
    unit: Literal["pt", "px"]
    words: tuple[Word, ...]
    provenance: Provenance
    rotation: int = 0  # degrees clockwise that the file asks a viewer to turn the page; already applied
    turned: int = (
        0  # degrees clockwise, on top of that, so that a scan's text stands upright; already applied
    )
    skew_deg: float = 0.0  # how far the scan leans; boxes are on the page as it leans
    error: str | None = None
    name: str = ""
    strokes: tuple[Stroke, ...] = ()
    check_boxes: tuple[CheckBox, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def visible(self) -> tuple[Word, ...]:
        """The words that a person sees."""
        return tuple(word for word in self.words if word.hidden is None)


class Element(NamedTuple):
    """One element of an XML file, with all that is below it.

    Comments, processing instructions and text after a child are left out. ``text`` has no blanks
    around it. ``prefix`` is the document's own, empty for a default namespace. ``attributes`` are
    (name, value); names in a namespace are written ``{namespace}name``.
    """

    name: str
    prefix: str = ""
    namespace: str = ""
    text: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple["Element", ...] = ()

    def attribute(self, name: str) -> str:
        """Return the attribute's value, empty when the element does not have it."""
        return next((value for known, value in self.attributes if known == name), "")


@dataclass(frozen=True, slots=True)
class Attachment:
    """An XML file inside the document, such as that of a hybrid e-invoice, already taken apart.

    ``tree`` is None for XML that is no e-invoice and for XML with an ``error``: its code, when it
    is not well-formed or could do more than hold values.
    """

    name: str
    media_type: str
    tree: Element | None = field(default=None, repr=False)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A document of its own inside an archive or a mail. ``ordinal`` starts at 0."""

    ordinal: int
    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that reading one document found.

    An e-invoice that is plain XML has no pages and itself as its only attachment. ``reader`` names
    the versions that decide what is read; equal bytes and an equal ``reader`` give an equal Reading.
    """

    media_type: str
    pages: tuple[Page, ...]
    attachments: tuple[Attachment, ...] = ()
    members: tuple[Member, ...] = ()
    reader: str = ""
    cpu_seconds: float = 0.0
