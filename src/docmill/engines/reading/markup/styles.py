"""What styles do to text: hide it. No style sheet is fetched; those in the file are read as far as needed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from docmill.domain.pages import Hidden

Colour = tuple[int, int, int]
_WHITE: Colour = (255, 255, 255)
_NAMED: dict[str, Colour] = {
    "white": _WHITE, "black": (0, 0, 0), "red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255),
    "gray": (128, 128, 128), "grey": (128, 128, 128), "silver": (192, 192, 192), "yellow": (255, 255, 0),
    "snow": (255, 250, 250), "ivory": (255, 255, 240), "ghostwhite": (248, 248, 255),
    "whitesmoke": (245, 245, 245), "navy": (0, 0, 128), "orange": (255, 165, 0),
}  # fmt: skip
_ALIKE = 24
"""Difference of each primary colour up to which text cannot be told from what is under it."""
_TINY_PT = 2.0
_FAR_PT = 500.0
_POINTS = {"pt": 1.0, "px": 0.75, "em": 12.0, "rem": 12.0, "ex": 6.0, "mm": 2.83, "cm": 28.3, "in": 72.0}
_LENGTH = re.compile(r"(-?\d{0,9}(?:\.\d{1,9})?)(pt|px|em|rem|ex|mm|cm|in|%)?$")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:[\s,/]+([\d.]{1,6})%?)?\s*\)")
_NUMBER = re.compile(r"(\d{0,3}\.?\d{0,9})(?<=\d)(%)?")
_OPACITY = re.compile(r"opacity\(\s*([\d.]{1,9}%?)\s*\)")
_CLEAR = re.compile(
    r"transparent$|(?:rgb|hsl)a?\([^/()]*/\s*0?\.?0{1,9}%?\s*\)|(?:rgb|hsl)a\((?:[^,()]*,){3}\s*0?\.?0{1,9}\s*\)"
)
"""A colour that lets everything through."""
_SCALED_AWAY = re.compile(r"scale[xy]?\(\s*0(?:\.0{1,9})?\s*[,)]")
_CUT_AWAY = re.compile(r"inset\(\s*(?:100|[5-9]\d)%\s*\)|circle\(\s*0")
_SEEN_SHARE_MIN = 0.05
_EVERYWHERE = re.compile(r"@media\s+(?:only\s+)?(?:screen|all)\s*\{", re.IGNORECASE)
_CONDITION_PART = re.compile(r"[{};]")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_SELECTOR = re.compile(r"([a-z][a-z0-9]*)?([.#][\w-]+)?$", re.IGNORECASE)
_SHEET_CHARS_MAX = 256 * 1024
"""Of all style sheets in a file together."""
_COLOUR_CHARS_MAX = 200
_RULES_MAX = 2_000

Declared = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Look:
    """How text looks that stands somewhere. ``paper`` is None where it is not known, such as on a picture."""

    hidden: Hidden | None = None
    ink: Colour | None = (0, 0, 0)
    paper: Colour | None = _WHITE
    bold: bool = False

    def within(self, declared: Declared, *, bold: bool = False) -> "Look":
        """The look inside of an element that declares this."""
        look = replace(self, bold=bold or self.bold)
        if "background" in declared or "background-color" in declared:
            told = declared.get("background-color") or declared.get("background", "")
            if "url(" in told or "gradient" in told:
                look = replace(look, paper=None)
            else:
                look = replace(look, paper=_colour(told) or look.paper)
        if "color" in declared:
            look = replace(look, ink=_colour(declared["color"]))
        if weight := declared.get("font-weight"):
            look = replace(look, bold=weight in ("bold", "bolder", "600", "700", "800", "900"))
        if self.hidden is None:
            return replace(look, hidden=_why_hidden(declared, look))
        # What is switched off stays so; what is only too small or invisible may come back below.
        if self.hidden is Hidden.TINY and "font-size" in declared:
            return replace(look, hidden=_why_hidden(declared, look))
        if self.hidden is Hidden.WHITE:
            return replace(look, hidden=_why_hidden(declared, look))
        if self.hidden is Hidden.INVISIBLE and declared.get("visibility") == "visible":
            return replace(look, hidden=None)
        return look


def declarations(style: str) -> dict[str, str]:
    """What a ``style`` attribute says, in lower case."""
    found: dict[str, str] = {}
    for part in style[:4000].split(";"):
        name, colon, value = part.partition(":")
        if colon:
            found[name.strip().lower()] = value.replace("!important", "").strip().lower()
    return found


class Sheet:
    """The rules for one element, class or id that a file's own style sheets hold; others are left out."""

    def __init__(self, texts: list[str]) -> None:
        self._rules: dict[str, dict[str, str]] = {}
        left = _SHEET_CHARS_MAX
        for text in texts:
            for selector, declared in _rules(text[:left]):
                self._rules.setdefault(selector, {}).update(declared)
            left = max(0, left - len(text))

    def declared(self, tag: str, classes: str, identity: str) -> dict[str, str]:
        if not self._rules:
            return {}
        found = dict(self._rules.get(tag, {}))
        for each in classes.split()[:20]:
            found |= self._rules.get("." + each, {}) | self._rules.get(f"{tag}.{each}", {})
        return found | self._rules.get("#" + identity, {}) | self._rules.get(f"{tag}#{identity}", {})


def _rules(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    plain = _without_conditions(_EVERYWHERE.sub(" ", _COMMENT.sub(" ", text)))
    for rule in plain.split("}")[:_RULES_MAX]:
        selectors, brace, style = rule.rpartition("{")
        if not brace:
            continue
        declared = declarations(style)
        for selector in selectors.rpartition("{")[2].split(","):
            steps = selector.strip().split()
            if not steps or not _SELECTOR.match(steps[-1]):
                continue
            if len(steps) == 1:
                yield steps[0], declared
            elif "background" in declared or "background-color" in declared:
                # Whether it applies is not looked at, so what is under the text is not known any more.
                yield steps[-1], {"background": "url()"}


def _without_conditions(text: str) -> str:
    """Leave out blocks such as ``@media print {...}``: they hold for some viewers only."""
    kept: list[str] = []
    at, depth, start = 0, 0, text.find("@")
    while start >= 0:
        kept.append(text[at:start])
        at = start
        for match in _CONDITION_PART.finditer(text, start):
            depth += {"{": 1, "}": -1, ";": 0}[match[0]]
            if depth <= 0:
                at = match.end()
                break
        else:
            at = len(text)
        depth, start = 0, text.find("@", at)
    return "".join(kept) + text[at:]


def _why_hidden(declared: Declared, look: Look) -> Hidden | None:
    if declared.get("display") == "none" or "mso-hide" in declared:
        return Hidden.SWITCHED_OFF
    if declared.get("visibility") in ("hidden", "collapse") or _is_transparent(declared):
        return Hidden.INVISIBLE
    size = _points(declared.get("font-size", ""))
    if size is not None and size < _TINY_PT:
        return Hidden.TINY
    if _is_clipped(declared):
        return Hidden.CLIPPED
    if declared.get("position") in ("absolute", "fixed") or "text-indent" in declared:
        places = (declared.get(side, "") for side in ("left", "top", "text-indent"))
        if any((at := _points(place)) is not None and at < -_FAR_PT for place in places):
            return Hidden.OFF_PAGE
    if ((at := _points(declared.get("margin-left", ""))) or 0.0) < -_FAR_PT:
        return Hidden.OFF_PAGE
    alike = look.ink is not None and look.paper is not None and _alike(look.ink, look.paper)
    return Hidden.WHITE if alike else None


def _is_transparent(declared: Declared) -> bool:
    shares = (declared.get("opacity", ""), *_OPACITY.findall(declared.get("filter", "")))
    if any((share := _share(each)) is not None and share < _SEEN_SHARE_MIN for each in shares):
        return True
    inks = declared.get("color", ""), declared.get("-webkit-text-fill-color", "")
    return declared.get("content-visibility") == "hidden" or any(map(_CLEAR.match, inks))


def _share(text: str) -> float | None:
    match = _NUMBER.fullmatch(text)
    return None if match is None else float(match[1]) / (100 if match[2] else 1)


def _is_clipped(declared: Declared) -> bool:
    if _SCALED_AWAY.search(declared.get("transform", "")) or _CUT_AWAY.match(declared.get("clip-path", "")):
        return True
    if declared.get("clip", "").replace(" ", "").replace(",", "") in ("rect(0000)", "rect(0px0px0px0px)"):
        return True
    sides = (_points(declared.get(side, "")) for side in ("height", "max-height", "width", "max-width"))
    nothing = any(side is not None and side < _TINY_PT for side in sides)
    return nothing and declared.get("overflow") == "hidden"


def _points(length: str) -> float | None:
    match = _LENGTH.match(length.strip())
    if match is None or match[1] in ("", "-", "."):
        return None
    if match[2] == "%":
        return float(match[1]) * 0.12
    return float(match[1]) * _POINTS.get(match[2] or "px", 1.0)


def _colour(told: str) -> Colour | None:
    for word in re.split(r"\s+(?![^(]*\))", told.strip()[:_COLOUR_CHARS_MAX])[:8]:
        if word in _NAMED:
            return _NAMED[word]
        if re.fullmatch(r"#[0-9a-f]{6}", word):
            return int(word[1:3], 16), int(word[3:5], 16), int(word[5:7], 16)
        if re.fullmatch(r"#[0-9a-f]{3}", word):
            return int(word[1] * 2, 16), int(word[2] * 2, 16), int(word[3] * 2, 16)
        if (match := _RGB.match(word)) and match[4] not in ("0", "0.0"):
            return int(match[1]), int(match[2]), int(match[3])
    return None


def _alike(ink: Colour, paper: Colour) -> bool:
    return all(abs(one - other) <= _ALIKE for one, other in zip(ink, paper, strict=True))
