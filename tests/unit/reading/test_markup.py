"""HTML, tables as text and plain text, laid out on pages."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Hidden, Page
from docmill.domain.reading_limits import DEFAULT
from docmill.engines import reading


def _page(data: bytes | str, name: str = "") -> Page:
    return reading.read(data.encode() if isinstance(data, str) else data, name).pages[0]


def _lines(page: Page) -> list[str]:
    lines: dict[int, list[str]] = {}
    for word in page.visible:
        lines.setdefault(word.line, []).append(word.text)
    return [" ".join(words) for _, words in sorted(lines.items())]


def _html(inside: str, head: str = "") -> Page:
    return _page(f"<!DOCTYPE html><html><head>{head}</head><body>{inside}</body></html>")


def test_blocks_of_html_are_lines_and_inline_elements_are_not() -> None:
    page = _html("<h1>Rech<b>nung</b></h1><p>one<br>two <i>three</i></p><div>four</div>five")
    assert _lines(page) == ["Rechnung", "one", "two three", "four", "five"]


def test_scripts_styles_and_remarks_are_no_text() -> None:
    page = _html(
        "<script>a()</script><!-- b --><style>c{}</style><noscript>d</noscript>e", "<title>t</title>"
    )
    assert _lines(page) == ["d", "e"]


HIDDEN = {
    '<p style="display:none">x</p>': Hidden.SWITCHED_OFF,
    "<p hidden>x</p>": Hidden.SWITCHED_OFF,
    '<div style="display: none !important"><p style="display:block">x</p></div>': Hidden.SWITCHED_OFF,
    '<p style="visibility:hidden">x</p>': Hidden.INVISIBLE,
    '<p style="opacity:.01">x</p>': Hidden.INVISIBLE,
    '<p style="filter:opacity(0%)">x</p>': Hidden.INVISIBLE,
    '<p style="color:transparent">x</p>': Hidden.INVISIBLE,
    '<p style="color:rgba(0, 0, 0, 0)">x</p>': Hidden.INVISIBLE,
    '<p style="color:rgb(0 0 0 / 0%)">x</p>': Hidden.INVISIBLE,
    '<p style="-webkit-text-fill-color:transparent">x</p>': Hidden.INVISIBLE,
    '<p style="content-visibility:hidden">x</p>': Hidden.INVISIBLE,
    '<p style="clip-path:inset(100%)">x</p>': Hidden.CLIPPED,
    '<p style="transform:rotate(3deg) scale(0)">x</p>': Hidden.CLIPPED,
    '<p style="height:1px;overflow:hidden">x</p>': Hidden.CLIPPED,
    '<p style="margin-left:-9999px">x</p>': Hidden.OFF_PAGE,
    '<p style="opacity:0">x</p>': Hidden.INVISIBLE,
    '<span style="font-size:0">x</span>': Hidden.TINY,
    '<span style="font-size:1px">x</span>': Hidden.TINY,
    '<span style="color:white">x</span>': Hidden.WHITE,
    '<span style="color:#fefefe">x</span>': Hidden.WHITE,
    '<font color="#FFFFFF">x</font>': Hidden.WHITE,
    '<div style="background:#123456"><span style="color:rgb(18,52,86)">x</span></div>': Hidden.WHITE,
    '<p style="position:absolute;left:-9999px">x</p>': Hidden.OFF_PAGE,
    '<p style="max-height:0;overflow:hidden">x</p>': Hidden.CLIPPED,
    '<p class="gone">x</p>': Hidden.SWITCHED_OFF,
    '<p id="gone">x</p>': Hidden.SWITCHED_OFF,
    '<span style="color:white"><b>x</b></span>': Hidden.WHITE,
    '<table><tr><td style="display:none">x</td><td>y</td></tr></table>': Hidden.SWITCHED_OFF,
}
SEEN = (
    '<p style="color:white;background-color:#000">x</p>',
    '<table bgcolor="navy"><tr><td style="color:#fff">x</td></tr></table>',
    '<p style="visibility:hidden"><span style="visibility:visible">x</span></p>',
    '<p style="font-size:0"><span style="font-size:12px">x</span></p>',
    '<p class="printed">x</p>',
    '<p style="background:url(a.png);color:white">x</p>',
    '<p class="dark" style="color:white">x</p>',
    "<p>x</p>",
)
SHEET = (
    "<style>.gone,#gone{display:none} @media print{.printed{display:none}} p.dark{background:#000}</style>"
)


@pytest.mark.parametrize("inside", HIDDEN)
def test_html_that_nobody_sees_is_marked(inside: str) -> None:
    words = {word.text: word.hidden for word in _html(inside, SHEET).words}
    assert words["x"] is HIDDEN[inside]


@pytest.mark.parametrize("inside", SEEN)
def test_html_that_people_see_is_not_marked(inside: str) -> None:
    assert [word.hidden for word in _html(inside, SHEET).words] == [None]


def test_tables_of_html_keep_their_spans() -> None:
    page = _html(
        "<table border=1><thead><tr><th colspan=2>A</th><td rowspan=2>B</td></tr></thead>"
        "<tr><td>1</td><td>2,50 €</td></tr></table>"
    )
    (table,) = page.tables
    found = {
        (cell.row, cell.column, cell.row_span, cell.column_span, cell.header): " ".join(
            page.words[index].text for index in cell.words
        )
        for cell in table.cells
    }
    assert found == {
        (0, 0, 1, 2, True): "A",
        (0, 2, 2, 1, True): "B",
        (1, 0, 1, 1, False): "1",
        (1, 1, 1, 1, False): "2,50 €",
    }
    assert table.ruled


def test_a_table_that_only_frames_the_page_is_no_table() -> None:
    page = _html("<table><tr><td><p>one</p></td></tr><tr><td>two</td></tr></table>")
    assert page.tables == ()
    assert _lines(page) == ["one", "two"]


def test_fields_of_forms_show_what_is_filled_in() -> None:
    page = _html(
        '<input value="typed"><input type=hidden value="no"><input type=checkbox checked> yes'
        "<select><option>a<option selected>b</select>"
    )
    assert _lines(page) == ["typed yes b"]
    assert [box.checked for box in page.check_boxes] == [True]


@pytest.mark.parametrize(
    ("told", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("iso-8859-1", "cp1252"),
        ("windows-1250", "cp1250"),
        ("", "cp1252"),
        ("", "utf-8"),
        ("utf-8", "cp1252"),
        ("utf-16", "utf-16"),
        ("nonsense", "utf-16-le"),
    ],
)
def test_the_encodings_of_html_are_found(told: str, encoding: str) -> None:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={told}">' if told else ""
    text = f"<html><head>{meta}</head><body>Größe für Köln</body></html>"
    assert _lines(_page(text.encode(encoding))) == ["Größe für Köln"]


def test_html_fetches_nothing() -> None:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    page = _html(
        f'<img src="{url}/a"><iframe src="{url}/b"></iframe><object data="{url}/c"></object>x',
        f'<link rel=stylesheet href="{url}/d"><style>@import "{url}/e";</style><base href="{url}/f">',
    )
    server.shutdown()
    server.server_close()
    thread.join()
    assert _lines(page) == ["x"]
    assert asked == []


@pytest.mark.parametrize("tag", ["div", "b", "table><tr><td", "ul><li"])
def test_html_that_is_nested_too_deep_says_so(tag: str) -> None:
    with pytest.raises(Rejected) as refused:
        reading.read(f"<html><body>{f'<{tag}>' * 20_000}x".encode() + b"<a" * 300, "")
    assert refused.value.code is ErrorCode.READER_LIMIT


@pytest.mark.parametrize("tag", ["div", "b", "ul><li"])
def test_html_that_is_nested_less_deep_is_read(tag: str) -> None:
    assert _lines(_page(f"<html><body>{f'<{tag}>' * 100}x")) == ["x"]


def test_html_with_a_part_that_the_parser_leaves_out_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        reading.read(b"<html><style>" + b"x" * 10_500_000 + b"</style><p>text</p>", "")
    assert refused.value.code is ErrorCode.READER_LIMIT


@pytest.mark.parametrize("data", [b"a;b;c\n", b"line\n", b"<p>" * 8 + b"x\n"])
def test_what_cannot_fit_the_pages_is_refused_before_it_is_laid_out(data: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        reading.read(data * 200_000, "")
    assert refused.value.code is ErrorCode.TOO_MANY_PAGES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_a_table_as_text_is_one_table_with_addresses(delimiter: str, encoding: str) -> None:
    amount = f"12{delimiter}50".replace("\t", ".")
    rows = [["Name", "Betrag"], ["Müller", amount], ["Weiß", "7"]]
    text = "\r\n".join(
        delimiter.join(f'"{field}"' if delimiter in field else field for field in row) for row in rows
    )
    page = _page(text.encode(encoding))
    words = {word.cell: word.text for word in page.words}
    assert list(words.values()) == ["Name", "Betrag", "Müller", amount, "Weiß", "7"]
    assert list(words) == ["A1", "B1", "A2", "B2", "A3", "B3"]
    (table,) = page.tables
    assert (table.rows, table.columns) == (3, 2)
    assert [cell.header for cell in table.cells] == [True, True, False, False, False, False]


def test_a_table_may_say_what_parts_its_columns() -> None:
    assert {word.cell for word in _page("sep=|\na,b|c\nd,e|f\n", "x.csv").words} == {"A1", "B1", "A2", "B2"}


def test_columns_after_the_26th_have_two_letters() -> None:
    page = _page("\n".join(";".join(f"{row}{column}" for column in range(28)) for row in "abc"))
    assert page.words[27].cell == "AB1"


def test_a_field_without_an_end_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        reading.read(b"a;b;c\n1;2;3\n4;5;6\n" * 200 + b'x;"' + b"y" * 200_000, "x.csv")
    assert refused.value.code is ErrorCode.FILE_CORRUPT


def test_plain_text_keeps_its_columns_and_form_feeds_begin_pages() -> None:
    read = reading.read("Pos  Text        Betrag\n1    Holz          10,00\n\fzweite\n".encode("cp1252"), "")
    first, second = read.pages
    boxes = {word.text: word.box for word in first.words}
    assert boxes["Text"].x0 == boxes["Holz"].x0
    assert boxes["Betrag"].x1 != boxes["10,00"].x1
    assert [word.text for word in second.words] == ["zweite"]


def test_long_lines_of_prose_break() -> None:
    assert len(_lines(_page("Lorem ipsum dolor sit amet. " * 40))) > 5


def _writes(encoding: str, text: str) -> bool:
    try:
        return bool(text.encode(encoding))
    except UnicodeEncodeError:
        return False


SENTENCES = (
    "Größe: für Köln, Straße, Äpfel, Öl, Übung",
    "Całość żółć gęślą jaźń wynosi źródło",
    "Déjà vu à la forêt, garçon, élève, où, île",
    "Año, España, canción, teléfono, está",
)
CODE_PAGES = ("cp1252", "cp1250", "iso8859-2", "cp850", "mac-roman", "utf-8", "utf-16-be")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(text, encoding) for text in SENTENCES for encoding in CODE_PAGES if _writes(encoding, text)],
)
def test_code_pages_are_told_by_the_letters_that_they_give(text: str, encoding: str) -> None:
    assert " ".join(word.text for word in _page((text + "\n").encode(encoding)).words) == text


def test_text_of_more_pages_than_the_limit_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        reading.read(b"\f".join([b"x"] * 5), "", allowed=DEFAULT.lowered({"pages_max": 4}))
    assert refused.value.code is ErrorCode.TOO_MANY_PAGES


def test_an_umlaut_far_down_tells_the_encoding_too() -> None:
    found = reading.read(b"plain words\n" * 20_000 + "Größe".encode("cp1252"), "")
    assert found.pages[-1].words[-1].text == "Größe"


@pytest.mark.parametrize(
    "style", ["@;" * 131_000, "a" * 262_000, "/*" * 131_000, "@{" * 131_000, "{" * 262_000]
)
def test_a_style_sheet_that_is_no_style_sheet_takes_no_time(style: str) -> None:
    """Twenty of them took minutes before they counted together."""
    assert _lines(_html("seen", f"<style>{style}</style>" * 20)) == ["seen"]


def test_rules_after_a_broken_one_are_obeyed() -> None:
    page = _html('<p class="x">unseen</p><p>seen</p>', "<style>a{b{c}.x{display:none}</style>")
    assert _lines(page) == ["seen"]
