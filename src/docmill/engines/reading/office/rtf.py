"""Rich Text Format 1.9.1: text and tables, without the pictures and programs in a file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Hidden
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.office.colours import PAPER, is_lost
from docmill.engines.reading.typesetting import Block, CellText, Grid, PageBreak, Paragraph, Run
from docmill.engines.reading.typesetting.blocks import Align

_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)|(\\)",
    re.IGNORECASE | re.DOTALL,
)
_CELL = re.compile(rb"\\cell\b")
_GROUPS_MAX = 1_000
_SKIPPED = frozenset(
    {b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"objdata", b"objclass",
     b"objname", b"themedata", b"datafield",
     b"colorschememapping", b"latentstyles", b"datastore", b"xmlnstbl", b"listtable", b"listoverridetable",
     b"rsidtbl", b"generator", b"fldinst", b"nonesttables", b"sp", b"bkmkstart", b"bkmkend", b"filetbl",
     b"revtbl", b"mmathPr", b"annotation", b"atnid", b"atnauthor", b"comment", b"private", b"template",
     b"userprops", b"xe", b"tc", b"rxe", b"keycode", b"pgptbl", b"shprslt", b"background", b"upr"}
)  # fmt: skip
_KEPT = frozenset({b"shpinst", b"shptxt", b"ud", b"fldrslt", b"nesttableprops", b"pntext"})
"""Destinations that a reader may leave out, but which hold what people see."""
_SIGNS = {
    b"bullet": "•", b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“",
    b"rdblquote": "”", b"emspace": " ", b"enspace": " ", b"qmspace": " ", b"tab": "\t", b"line": "\n",
    b"nestcell": "\t", b"nestrow": "\n",
}  # fmt: skip
_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 255: "cp437",
}  # fmt: skip
CODECS = (*_CHARSETS.values(), "utf-8", "cp850")
_COLOURS = re.compile(rb"\\colortbl([^{}]{0,4000})\}")
_PARTS = re.compile(rb"\\(?:red|green|blue)(\d{1,3})")
_SHADED = re.compile(rb"\\(?:clcbpat|cbpat|chcbpat|highlight|cb)[1-9]")
"""Some text stands on a colour: which of it white letters stand on is not followed."""
_TINY_HALF_POINTS = 3
_FONT = re.compile(rb"\\f(\d{1,5})|\\fcharset(\d{1,3})")


@dataclass(frozen=True, slots=True)
class _State:
    """What a group may change, and its end brings back."""

    skipped: bool = False
    aside: str = ""  # header, footer or note that the text belongs to
    bold: bool = False
    hidden: bool = False
    pale: bool = False  # in the colour of the paper
    tiny: bool = False
    deleted: bool = False
    size_pt: float = 10.0
    codec: str = "cp1252"
    unicode_skips: int = 1
    align: Align = "left"
    in_table: bool = False


@dataclass(slots=True)
class _CellForm:
    """How a cell of the row being described goes on from its neighbours."""

    right: int = 0
    continues_left: bool = False
    continues_above: bool = False
    starts_down: bool = False


def rtf_blocks(data: bytes, allowed: ReadingLimits) -> Iterator[Block]:
    """Headers stand before the text, notes and footers after it. Raises Rejected(file_corrupt)."""
    if len(_CELL.findall(data)) > allowed.table_cells_max:
        raise Rejected(ErrorCode.TOO_MANY_PAGES, f"more than {allowed.table_cells_max} cells")
    body = _Body(data)
    text = body.read()
    yield from body.asides["header"]
    yield from text
    yield from body.asides["note"]
    yield from body.asides["footer"]


def _fonts(head: bytes, default: str) -> dict[int, str]:
    """The codec of each font: in the table of fonts its number stands before its character set."""
    fonts: dict[int, str] = {}
    font: int | None = None
    for number, charset in _FONT.findall(head):
        if number:
            font = int(number)
        elif font is not None:
            fonts[font] = _CHARSETS.get(int(charset), default)
            font = None
    return fonts


def _pale(head: bytes) -> frozenset[int]:
    """The numbers of the colours that nobody sees on paper."""
    table = _COLOURS.search(head)
    entries = table[1].split(b";") if table else []
    inks = [tuple(map(int, _PARTS.findall(entry)))[:3] for entry in entries]
    return frozenset(
        index
        for index, ink in enumerate(inks)
        if len(ink) == len(PAPER) and is_lost((ink[0], ink[1], ink[2]), PAPER)
    )


def _why_hidden(state: _State) -> Hidden | None:
    if state.hidden:
        return Hidden.SWITCHED_OFF
    return Hidden.TINY if state.tiny else Hidden.WHITE if state.pale else None


class _Body:
    def __init__(self, data: bytes) -> None:
        self._data = data
        head = data[: 256 * 1024]
        page = re.search(rb"\\ansicpg(\d{3,5})", head)
        default = f"cp{page[1].decode()}" if page else "mac_roman" if rb"\mac" in head[:200] else "cp1252"
        self._default = default if default in CODECS else "utf-8" if default == "cp65001" else "cp1252"
        self._fonts = _fonts(head, self._default)
        self._pale = frozenset[int]() if _SHADED.search(data) else _pale(head)
        self._state = _State(codec=self._default)
        self._stack: list[_State] = []
        self._runs: list[Run] = []
        self._pending = bytearray()
        self._halves: list[int] = []
        self._blocks: list[Block] = []
        self.asides: dict[str, list[Block]] = {"header": [], "footer": [], "note": []}
        self._aside_runs: dict[str, list[Run]] = {}
        self._forms: list[_CellForm] = []
        self._form = _CellForm()
        self._cells: list[list[Run]] = []
        self._rows: list[tuple[list[list[Run]], list[_CellForm], bool]] = []
        self._header_row = False
        self._optional = False
        self._skip = 0

    def read(self) -> list[Block]:
        position, data = 0, self._data
        while match := _TOKEN.match(data, position):
            position = match.end()
            word, number, code, sign, brace, text, _ = match.groups()
            if word is not None:
                if word == b"bin":
                    position += min(max(0, int(number or 0)), len(data))
                    continue
                self._control(word.lower(), None if number is None else int(number))
            elif code is not None:
                self._bytes(bytes([int(code, 16)]))
            elif sign is not None:
                self._sign(sign)
            elif brace is not None:
                self._group(brace)
            elif text is not None:
                self._bytes(text)
        self._end_paragraph()
        self._end_table()
        for name in list(self._aside_runs):
            self._end_aside(name)
        return self._blocks

    def _group(self, brace: bytes) -> None:
        self._flush()
        self._skip = 0
        if brace == b"{":
            self._stack.append(self._state)
            if len(self._stack) > _GROUPS_MAX:
                raise Rejected(ErrorCode.FILE_CORRUPT, f"groups are nested more than {_GROUPS_MAX} deep")
            return
        self._optional = False
        if self._stack:
            aside = self._state.aside
            self._state = self._stack.pop()
            if aside and aside != self._state.aside:
                self._end_aside(aside)

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._optional = True
        elif sign in b"~_-\t":
            self._text({b"~": " ", b"_": "-", b"\t": "\t"}.get(sign, ""))
        elif sign in b"\r\n":
            self._control(b"par", None)
        else:
            self._bytes(sign)

    def _bytes(self, raw: bytes) -> None:
        if self._skip:
            dropped = min(self._skip, len(raw))
            self._skip -= dropped
            raw = raw[dropped:]
        if raw and not self._state.skipped:
            if self._halves:
                self._flush()
            self._pending += raw

    def _text(self, text: str) -> None:
        self._flush()
        self._append(text)

    def _append(self, text: str) -> None:
        state = self._state
        if state.skipped or state.deleted or not text:
            return
        target = self._aside_runs.setdefault(state.aside, []) if state.aside else self._runs
        target.append(Run(text, state.bold, _why_hidden(state)))

    def _flush(self) -> None:
        if self._pending:
            raw, self._pending = bytes(self._pending), bytearray()
            self._append(raw.decode(self._state.codec, "replace"))
        if self._halves:
            units, self._halves = self._halves, []
            packed = b"".join(unit.to_bytes(2, "little") for unit in units)
            self._append(packed.decode("utf-16-le", "replace"))

    def _control(self, word: bytes, number: int | None) -> None:
        if word == b"u" and number is not None:
            if not self._state.skipped:
                if self._pending:
                    self._flush()
                self._halves.append(number & 0xFFFF)
            self._skip = self._state.unicode_skips
            return
        if self._skip:
            self._skip -= 1
            return
        self._flush()
        optional, self._optional = self._optional, False
        if word in _SKIPPED or (optional and word not in _KEPT):
            self._state = replace(self._state, skipped=True)
        elif not self._state.skipped and not self._aside(word) and not self._look(word, number):
            self._layout(word, number)

    def _aside(self, word: bytes) -> bool:
        name = {b"header": "header", b"footer": "footer", b"footno": "note"}.get(word[:6])
        if name is None or word in (b"headery", b"footery"):
            return False
        self._state = replace(self._state, aside=name)
        return True

    def _look(self, word: bytes, number: int | None) -> bool:
        """Obey what changes the text that follows; say whether it was that."""
        state, on = self._state, number != 0
        match word:
            case b"b":
                self._state = replace(state, bold=on)
            case b"v":
                self._state = replace(state, hidden=on)
            case b"deleted":
                self._state = replace(state, deleted=on)
            case b"fs":
                tiny = 0 < (number or 0) <= _TINY_HALF_POINTS
                self._state = replace(state, size_pt=max(6.0, min(28.0, (number or 20) / 2)), tiny=tiny)
            case b"cf":
                self._state = replace(state, pale=number in self._pale)
            case b"f":
                self._state = replace(state, codec=self._fonts.get(number or 0, self._default))
            case b"uc":
                self._state = replace(state, unicode_skips=max(0, min(20, number or 0)))
            case b"plain":
                self._state = replace(
                    state,
                    bold=False,
                    hidden=False,
                    pale=False,
                    tiny=False,
                    deleted=False,
                    codec=self._default,
                )
            case b"ql" | b"qj":
                self._state = replace(state, align="left")
            case b"qr":
                self._state = replace(state, align="right")
            case b"qc":
                self._state = replace(state, align="center")
            case _:
                if word not in _SIGNS:
                    return False
                self._append(_SIGNS[word])
        return True

    def _layout(self, word: bytes, number: int | None) -> None:
        match word:
            case b"par" | b"sect":
                self._end_paragraph()
            case b"page" | b"pagebb":
                self._end_paragraph()
                if not self._state.aside and not self._state.in_table:
                    self._end_table()
                    self._blocks.append(PageBreak())
            case b"pard":
                self._state = replace(self._state, in_table=False, align="left")
            case b"intbl":
                self._state = replace(self._state, in_table=True)
            case b"trowd":
                self._forms, self._form, self._header_row = [], _CellForm(), False
            case b"trhdr":
                self._header_row = True
            case b"clmrg":
                self._form.continues_left = True
            case b"clvmgf":
                self._form.starts_down = True
            case b"clvmrg":
                self._form.continues_above = True
            case b"cellx" if len(self._forms) < _GROUPS_MAX:
                self._form.right = number or 0
                self._forms.append(self._form)
                self._form = _CellForm()
            case b"cell":
                self._cells.append(self._runs)
                self._runs = []
            case b"row":
                if self._runs:
                    self._cells.append(self._runs)
                    self._runs = []
                if self._cells:
                    self._rows.append((self._cells, self._forms, self._header_row))
                    self._cells = []

    def _end_paragraph(self) -> None:
        self._flush()
        state = self._state
        if state.aside:
            self._aside_runs.setdefault(state.aside, []).append(Run("\n"))
        elif state.in_table or self._cells:
            self._runs.append(Run("\n"))
        else:
            self._end_table()
            self._blocks.append(Paragraph(tuple(self._runs), state.size_pt, align=state.align))
            self._runs = []

    def _end_aside(self, name: str) -> None:
        runs = self._aside_runs.pop(name, [])
        if any(run.text.strip() for run in runs):
            self.asides[name].append(Paragraph(tuple(runs), 8.0 if name == "note" else 10.0))

    def _end_table(self) -> None:
        if self._cells:
            self._rows.append((self._cells, self._forms, self._header_row))
            self._cells = []
        rows, self._rows = self._rows, []
        if rows:
            self._blocks.append(Grid(_cells(rows)))


def _cells(rows: list[tuple[list[list[Run]], list[_CellForm], bool]]) -> list[list[CellText]]:
    """Rows of cells on common columns: each row of the format has edges of its own."""
    edges = sorted({form.right for _, forms, _ in rows for form in forms})
    place = {edge: index for index, edge in enumerate(edges)}
    table: list[list[CellText]] = []
    open_cells: dict[int, tuple[int, int]] = {}
    for cells, forms, header in rows:
        line: list[CellText] = []
        column = 0
        for index, runs in enumerate(cells):
            form = forms[index] if index < len(forms) else _CellForm()
            end = place[form.right] + 1 if form.right in place else column + 1
            across = max(1, end - column)
            while runs and not runs[-1].text.strip():
                runs.pop()
            if form.continues_above and column in open_cells:
                row, at = open_cells[column]
                table[row][at] = replace(table[row][at], row_span=len(table) - row + 1)
            elif form.continues_left and line:
                line[-1] = replace(line[-1], column_span=line[-1].column_span + across)
            else:
                open_cells.pop(column, None)
                if form.starts_down:
                    open_cells[column] = len(table), len(line)
                line.append(
                    CellText("", 1, across, header, blocks=(Paragraph(tuple(runs), 9.0),) if runs else ())
                )
            column += across
        table.append(line)
    return table
