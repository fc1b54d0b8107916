"""What a Word file says about paragraphs by name: styles and the numbers of lists."""

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from docmill.domain.pages import Hidden
from docmill.engines.reading.office.colours import Colour, colour_of, is_lost
from docmill.engines.reading.office.package import child, local, value

_STYLES_DEEP_MAX = 20
_TINY_HALF_POINTS = 3
_WIDTH_MIN = 5
"""Percent of a letter's own width: nobody reads letters that are pressed to less."""
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_OFF = ("0", "false", "off", "none")


def on(properties: etree._Element | None, name: str) -> bool | None:
    """A switch such as ``w:b`` or ``w:vanish``; None when nothing is said."""
    element = child(properties, name)
    return None if element is None else value(element, "val", "1") not in _OFF


def number(element: etree._Element | None, name: str = "val") -> int | None:
    """A whole number in an attribute; None for anything else."""
    text = value(element, name) if element is not None else ""
    try:
        return max(-1_000_000, min(1_000_000, int(float(text))))
    except (ValueError, OverflowError):
        return None


@dataclass(slots=True)
class Style:
    based_on: str = ""
    bold: bool | None = None
    hidden: bool | None = None
    size_pt: float | None = None
    numbering: tuple[str, int] | None = None
    ruled: bool = False
    shaded: bool = False
    """Some of its text stands on a colour: a table's heading row, a paragraph's box."""
    colour: Colour | None = None


class Styles:
    def __init__(self, root: etree._Element | None) -> None:
        self._styles: dict[str, Style] = {}
        defaults = child(root, "docDefaults", "rPrDefault", "rPr")
        self.size_pt = _size(defaults) or 10.0
        for element in root if root is not None else ():
            if local(element) == "style":
                self._styles[value(element, "styleId")] = _style(element)

    def style(self, name: str) -> Style:
        """The style with what it inherits."""
        whole = Style()
        for _ in range(_STYLES_DEEP_MAX):
            own = self._styles.get(name)
            if own is None:
                break
            whole.bold = own.bold if whole.bold is None else whole.bold
            whole.hidden = own.hidden if whole.hidden is None else whole.hidden
            whole.size_pt = whole.size_pt or own.size_pt
            whole.numbering = whole.numbering or own.numbering
            whole.ruled = whole.ruled or own.ruled
            whole.shaded = whole.shaded or own.shaded
            whole.colour = whole.colour or own.colour
            name = own.based_on
        return whole


def _style(element: etree._Element) -> Style:
    run, paragraph = child(element, "rPr"), child(element, "pPr")
    parent = child(element, "basedOn")
    return Style(
        value(parent, "val") if parent is not None else "",
        on(run, "b"),
        on(run, "vanish"),
        _size(run),
        numbering_of(paragraph),
        ruled=child(element, "tblPr", "tblBorders") is not None,
        shaded=any(local(each) == "shd" for each in element.iter()),
        colour=_colour(run),
    )


def _colour(run: etree._Element | None) -> Colour | None:
    element = child(run, "color")
    return None if element is None else colour_of(value(element, "val"))


def paper_of(properties: etree._Element | None, paper: Colour | None) -> Colour | None:
    """The colour that a run, a paragraph or a cell stands on; ``paper`` is what is around it."""
    shading = child(properties, "shd")
    if child(properties, "highlight") is not None:
        return None
    return paper if shading is None else colour_of(value(shading, "fill")) or paper


def why_hidden(
    run: etree._Element | None, style: Style, paper: Colour | None, around: Hidden | None
) -> Hidden | None:
    """Why a run is not seen; ``around`` is what its paragraph says, ``style`` what its own style says."""
    vanishes = on(run, "vanish")
    vanishes = style.hidden if vanishes is None else vanishes
    if vanishes or (vanishes is None and around is Hidden.SWITCHED_OFF):
        return Hidden.SWITCHED_OFF
    size, width = number(child(run, "sz")), number(child(run, "w"))
    if (size is not None and size <= _TINY_HALF_POINTS) or (width is not None and 0 < width < _WIDTH_MIN):
        return Hidden.TINY
    own = _colour(run) if child(run, "color") is not None else style.colour
    return Hidden.WHITE if is_lost(own, paper_of(run, None if style.shaded else paper)) else None


def _size(run: etree._Element | None) -> float | None:
    half_points = number(child(run, "sz"))
    return None if half_points is None else max(6.0, min(28.0, half_points / 2))


def size_of(run: etree._Element | None) -> float | None:
    return _size(run)


def numbering_of(paragraph: etree._Element | None) -> tuple[str, int] | None:
    properties = child(paragraph, "numPr")
    if properties is None:
        return None
    list_id = child(properties, "numId")
    return (value(list_id, "val") if list_id is not None else ""), number(child(properties, "ilvl")) or 0


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    kind: str
    text: str


class Numbering:
    """Counts the lists of a document as they are met."""

    def __init__(self, root: etree._Element | None) -> None:
        abstract: dict[str, dict[int, _Level]] = {}
        self._lists: dict[str, dict[int, _Level]] = {}
        for element in root if root is not None else ():
            if local(element) == "abstractNum":
                abstract[value(element, "abstractNumId")] = _levels(element)
        for element in root if root is not None else ():
            if local(element) == "num":
                name = child(element, "abstractNumId")
                self._lists[value(element, "numId")] = abstract.get(
                    value(name, "val") if name is not None else "", {}
                )
        self._counts: dict[str, dict[int, int]] = {}

    def label(self, list_id: str, level: int) -> str:
        """Count one more item and return what stands before it."""
        levels = self._lists.get(list_id)
        if not levels or level not in levels:
            return ""
        counts = self._counts.setdefault(list_id, {})
        counts[level] = counts.get(level, levels[level].start - 1) + 1
        for deeper in [known for known in counts if known > level]:
            del counts[deeper]
        form = levels[level]
        if form.kind == "bullet":
            return "•"
        text = form.text
        for place, each in levels.items():
            text = text.replace(f"%{place + 1}", _counted(counts.get(place, each.start), each.kind))
        return text


def _levels(element: etree._Element) -> dict[int, _Level]:
    levels: dict[int, _Level] = {}
    for each in element:
        if local(each) == "lvl":
            kind, text = child(each, "numFmt"), child(each, "lvlText")
            start = number(child(each, "start"))
            levels[number(each, "ilvl") or 0] = _Level(
                1 if start is None else start,
                value(kind, "val", "decimal") if kind is not None else "decimal",
                (value(text, "val") if text is not None else "")[:40],
            )
    return levels


def _counted(count: int, kind: str) -> str:
    match kind:
        case "lowerLetter" | "upperLetter" if 0 < count <= 702:
            letters = chr(96 + (count - 1) % 26 + 1)
            text = letters if count <= 26 else chr(96 + (count - 1) // 26) + letters
            return text.upper() if kind == "upperLetter" else text
        case "lowerRoman" | "upperRoman" if 0 < count < 4000:
            text = ""
            for amount, sign in _ROMAN:
                text += sign * (count // amount)
                count %= amount
            return text.upper() if kind == "upperRoman" else text
        case "none":
            return ""
        case "decimalZero":
            return f"{count:02d}"
        case _:
            return str(count)


def flat(elements: Iterable[etree._Element], wrappers: frozenset[str]) -> Iterable[etree._Element]:
    """The elements, with those inside of mere wrappers in their place."""
    for element in elements:
        if local(element) in wrappers:
            yield from flat(element, wrappers)
        else:
            yield element
