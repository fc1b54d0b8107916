"""HTML to blocks: headings, paragraphs, lists and tables as they are declared. Nothing is ever fetched."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.engines.reading.kinds import encodings
from docmill.engines.reading.markup.styles import Look, Sheet, declarations
from docmill.engines.reading.typesetting import Block, CellText, Grid, Paragraph, Run
from docmill.engines.reading.typesetting.laying_out import require_pages

_META = re.compile(rb"<meta[^>]{0,500}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.\-]{1,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.\-]{1,40})")
_META_WITHIN_BYTES = 8 * 1024
_SKIPPED = frozenset({
    "script", "style", "template", "head", "title", "noframes", "iframe", "object", "embed", "applet",
    "audio", "video", "canvas", "svg", "math", "map", "datalist", "colgroup", "col",
})  # fmt: skip
_BLOCKS = frozenset({
    "html", "body", "div", "p", "section", "article", "header", "footer", "main", "nav", "aside",
    "address", "blockquote", "center", "form", "fieldset", "legend", "figure", "figcaption", "h1", "h2",
    "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "pre", "listing", "xmp", "plaintext",
    "hr", "details", "summary", "caption", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "menu",
    "dir", "frameset", "noscript",
})  # fmt: skip
_BOLD = frozenset({"b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6", "dt"})
_SIZES_PT = {"h1": 18.0, "h2": 15.0, "h3": 13.0, "h4": 11.0}
_INDENTED = frozenset({"ul", "ol", "dd", "blockquote", "menu", "dir"})
_FIXED = frozenset({"pre", "listing", "xmp", "plaintext"})
_INDENT_PT = 20.0
_INDENT_PT_MAX = 100.0
_SPAN_MAX = 1_000
_TABLES_DEEP_MAX = 8
_BLANKS = re.compile(r"[ \t\r\n\f]+")


def html_blocks(
    data: bytes, charset: str | None = None, *, allowed: ReadingLimits = DEFAULT
) -> Iterator[Block]:
    """Yield what a person sees, and what is hidden from them as hidden runs.

    ``charset`` is what a mail says about it. Raises Rejected: file_corrupt for what cannot be parsed,
    reader_limit for what the parser leaves out, too_many_pages.
    """
    root = _parsed(_text(data, charset))
    if root is None:
        return
    require_pages(allowed, lines=sum(1 for _ in root.iter("tr", "p", "div", "br", "li")) // 4)
    sheet = Sheet([style.text or "" for style in root.iter("style")])
    yield from _Walk(sheet).blocks(root, Look(), 0.0, 0)


def _text(data: bytes, charset: str | None) -> str:
    found = encodings.decoded(data)
    if found is not None and found.encoding.startswith("utf") and not (charset and found.encoding == "utf-8"):
        return found.text  # a mark, or valid UTF-8: whatever it says of itself
    head = data[:_META_WITHIN_BYTES]
    meta = _META.search(head) or _XML_ENCODING.search(head)
    for label in (charset, meta[1].decode("ascii") if meta else None):
        if label and label.lower() in ("utf-8", "utf8", "utf-16", "unicode"):
            continue  # it is none, else it would have been taken above
        named = encodings.named(data, label)
        if named is not None:
            return named.text
    return found.text if found is not None else data.decode("cp1252", "replace")


def _parsed(text: str) -> etree._Element | None:
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        plain = text.replace("\0", "").encode("utf-8", "replace")
        root = etree.fromstring(plain, parser) if plain.strip() else None
        if any(each.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for each in parser.error_log):
            # What is below or after it is not in the tree.
            raise Rejected(ErrorCode.READER_LIMIT, "the HTML is nested too deep or too long in some part")
        return root
    except (etree.XMLSyntaxError, ValueError) as error:
        if getattr(error, "code", None) == etree.ErrorTypes.ERR_NO_MEMORY:
            raise Rejected(ErrorCode.READER_LIMIT, "memory") from None
        raise Rejected(ErrorCode.FILE_CORRUPT, "the HTML cannot be parsed") from None


@dataclass(slots=True)
class _Inline:
    """Runs that are gathered until a block ends."""

    runs: list[Run] = field(default_factory=list)

    def add(self, text: str | None, look: Look) -> None:
        if text:
            self.runs.append(Run(_BLANKS.sub(" ", text), bold=look.bold, hidden=look.hidden))

    def flush(self, *, size_pt: float, indent_pt: float) -> Iterator[Paragraph]:
        runs, self.runs = self.runs, []
        if any(run.text.strip() or run.ticked is not None for run in runs):
            yield Paragraph(tuple(runs), size_pt, indent_pt=min(indent_pt, _INDENT_PT_MAX))


class _Walk:
    """Goes through the tree, whose depth the parser has limited."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    def blocks(
        self, node: etree._Element, look: Look, indent: float, tables: int
    ) -> Iterator[Paragraph | Grid]:
        """Yield the blocks of one element; ``tables`` is how many it is in."""
        inline = _Inline()
        yield from self._children(node, self._look(node, look), indent, tables, inline)
        yield from inline.flush(size_pt=10.0, indent_pt=indent)

    def _children(
        self, node: etree._Element, look: Look, indent: float, tables: int, inline: _Inline
    ) -> Iterator[Paragraph | Grid]:
        inline.add(node.text, look)
        for child in node:
            if isinstance(child.tag, str):
                yield from self._child(child, look, indent, tables, inline)
            inline.add(child.tail, look)

    def _child(
        self, node: etree._Element, outside: Look, indent: float, tables: int, inline: _Inline
    ) -> Iterator[Paragraph | Grid]:
        tag = node.tag.lower()
        if tag in _SKIPPED:
            return
        if tag == "br":
            inline.runs.append(Run("\n"))
            return
        look = self._look(node, outside)
        if tag in ("input", "select", "option", "textarea"):
            self._field(node, tag, look, inline)
            return
        if tag not in _BLOCKS:
            yield from self._children(node, look, indent, tables, inline)
            return
        yield from inline.flush(size_pt=10.0, indent_pt=indent)
        if tag == "table":
            yield from self._table(node, look, indent, tables)
        elif tag in _FIXED:
            yield Paragraph(_text_in(node).strip("\r\n"), 9.0, fixed=True, hidden=look.hidden)
        else:
            deeper = indent + (_INDENT_PT if tag in _INDENTED else 0.0)
            yield from self._children(node, look, deeper, tables, inline)
            yield from inline.flush(size_pt=_SIZES_PT.get(tag, 10.0), indent_pt=deeper)

    def _field(self, node: etree._Element, tag: str, look: Look, inline: _Inline) -> None:
        """A field of a form shows its value, a list to choose from what is chosen."""
        if tag == "input":
            kind = node.get("type", "text").lower()
            if kind in ("checkbox", "radio"):
                inline.runs.append(Run("", hidden=look.hidden, ticked=node.get("checked") is not None))
            elif kind not in ("hidden", "password", "image", "file"):
                inline.add(" " + node.get("value", "") + " ", look)
            return
        if tag == "select":
            options = list(node.iter("option"))
            chosen = [each for each in options if each.get("selected") is not None] or options[:1]
            inline.add(" " + " ".join(_text_in(each) for each in chosen) + " ", look)
            return
        inline.add(" " + _text_in(node) + " ", look)

    def _look(self, node: etree._Element, outside: Look) -> Look:
        def get(name: str) -> str:
            return node.get(name) or ""

        tag = node.tag.lower() if isinstance(node.tag, str) else ""
        declared = self._sheet.declared(tag, get("class"), get("id"))
        if tag == "font" and get("color"):
            declared["color"] = get("color").strip().lower()
        if get("bgcolor"):
            declared["background-color"] = get("bgcolor").strip().lower()
        if get("background"):
            declared["background"] = "url()"
        declared |= declarations(get("style"))
        if node.get("hidden") is not None:
            declared["display"] = "none"
        return outside.within(declared, bold=tag in _BOLD) if declared or tag in _BOLD else outside

    def _table(
        self, node: etree._Element, look: Look, indent: float, tables: int
    ) -> Iterator[Paragraph | Grid]:
        for caption in node.findall("caption"):
            yield from self.blocks(caption, look, indent, tables)
        rows = [row for row in node.iter("tr") if next(row.iterancestors("table"), None) is node]
        found = [(row, [cell for cell in row if cell.tag in ("td", "th")]) for row in rows]
        if any(len(cells) > limits.TABLE_COLUMNS_MAX for _, cells in found):
            raise Rejected(
                ErrorCode.TOO_MANY_PAGES, f"a table of more than {limits.TABLE_COLUMNS_MAX} columns"
            )
        if tables >= _TABLES_DEEP_MAX or all(len(cells) <= 1 for _, cells in found):
            # A frame around other things: what is in it stands on the page by itself.
            for row, cells in found:
                for cell in cells:
                    yield from self.blocks(cell, self._look(row, look), indent, tables)
            return
        border = node.get("border") or "0"
        ruled = border != "0" or "border" in declarations(node.get("style") or "")
        yield Grid([self._row(row, cells, look, tables) for row, cells in found if cells], ruled=ruled)

    def _row(
        self, row: etree._Element, cells: list[etree._Element], look: Look, tables: int
    ) -> list[CellText]:
        head = next(row.iterancestors("thead", "table")).tag == "thead"
        inside = self._look(row, look)
        return [self._cell(cell, inside, tables, header=head) for cell in cells]

    def _cell(self, node: etree._Element, look: Look, tables: int, *, header: bool) -> CellText:
        declared = declarations(node.get("style") or "")
        align = node.get("align", declared.get("text-align", "left")).lower()
        return CellText(
            row_span=_span(node, "rowspan"),
            column_span=_span(node, "colspan"),
            header=header or node.tag == "th",
            align="right" if align == "right" else "center" if align == "center" else "left",
            hidden=self._look(node, look).hidden,
            blocks=tuple(self.blocks(node, look, 0.0, tables + 1)),
        )


def _text_in(node: etree._Element) -> str:
    return "".join(str(text) for text in node.itertext())


def _span(node: etree._Element, name: str) -> int:
    told = node.get(name, "1").strip()
    return max(1, min(int(told), _SPAN_MAX)) if told.isascii() and told.isdigit() and len(told) < 6 else 1
