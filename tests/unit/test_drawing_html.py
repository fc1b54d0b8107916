"""One HTML file to look around in, whatever the document says."""

import base64
import hashlib
import io
import re

import lxml.html
import orjson
import pytest
from PIL import Image

from docmill.domain.pages import Box, Hidden, Page, Provenance, Table, Trick, Word
from docmill.domain.pages import Cell as TableCell
from docmill.engines.drawing import DrawnPage, Show, Value, draw_html, values_of
from docmill.engines.layout.structure import Block, BlockKind, LabelledCheckBox, Pair, Structure

ATTACKS = [
    "<script>window.hacked=1</script>",
    "</script><script>window.hacked=1</script>",
    "<!--<script>",
    '"><img src=x onerror=window.hacked=1>',
    "'); window.hacked=1; ('",
    "\u2028window.hacked=1\u2029",
    "&lt;b&gt;",
    "${window.hacked=1}",
]
BOX = Box(10, 10, 60, 20)


def _png(size: tuple[int, int] = (100, 80)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, "PNG")
    return out.getvalue()


def _page(*words: Word, number: int = 1, name: str = "") -> Page:
    return Page(number, 100.0, 80.0, "pt", words, Provenance.OWN_OCR, name=name)


def _data(html: str) -> dict:
    return orjson.loads(_tree(html).get_element_by_id("data").text)


def _tree(html: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(html)


@pytest.mark.parametrize("text", ATTACKS)
def test_what_a_document_says_stays_text(text: str) -> None:
    value = Value(text, text, 0.5, "rules", ((1, BOX),))
    html = draw_html(text, [DrawnPage(_page(Word(text, BOX), name=text), _png())], [value])
    tree = _tree(html)
    assert [script.get("type") for script in tree.iter("script")] == ["application/json", None]
    assert len(list(tree.iter("img"))) == 1
    assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]
    assert tree.findtext(".//title") == tree.findtext(".//h1") == text
    data = _data(html)
    assert data["pages"][0]["words"][0]["text"] == text
    assert (data["values"][0]["name"], data["values"][0]["text"]) == (text, text)


def test_only_the_files_own_script_and_style_may_act_and_nothing_is_loaded() -> None:
    tree = _tree(draw_html("x", [DrawnPage(_page(Word("x", BOX)), _png())], []))
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert allowed["default-src"] == "'none'"
    assert allowed["img-src"] == "data:"
    script = next(script for script in tree.iter("script") if script.get("type") is None)
    style = next(tree.iter("style"))
    for name, element in (("script-src", script), ("style-src", style)):
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert allowed[name] == f"'sha256-{digest}'"
    for element in tree.iter():
        assert "style" not in element.attrib  # the policy would not let it act
        assert not {"href", "srcset", "action"} & set(element.attrib)
        assert element.get("src", "data:image/").startswith("data:image/")


def test_the_script_never_makes_markup_of_text() -> None:
    script = next(s.text for s in _tree(draw_html("x", [], [])).iter("script") if s.get("type") is None)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(|fetch|http", script
    )


def test_a_word_tells_all_that_is_known_of_it() -> None:
    seen = Word("B", BOX, 0.75, None, 3, Trick.HOMOGLYPH, "B7")
    html = draw_html("x", [DrawnPage(_page(seen, Word("h", BOX, hidden=Hidden.WHITE)), _png())], [])
    first, second = _data(html)["pages"][0]["words"]
    assert first == {
        "text": "B", "box": [10, 10, 60, 20], "confidence": 0.75, "hidden": None, "trick": "homoglyph",
        "cell": "B7", "line": 3, "block": None, "table": None,
    }  # fmt: skip
    assert second["hidden"] == "white"


def test_what_a_page_is_made_of_is_told_with_its_places() -> None:
    page = _page(Word("Label", BOX), Word("Value", Box(70, 10, 90, 20)), Word("in", Box(10, 40, 20, 50)))
    table = Table(Box(5, 35, 95, 55), 1, 1, (TableCell(0, 0, Box(5, 35, 95, 55), (2,), header=True),))
    found = Structure(
        blocks=(Block(BlockKind.TEXT, BOX, (0, 1)), Block(BlockKind.TABLE, table.box, (2,), 0)),
        tables=(table,),
        check_boxes=(LabelledCheckBox(Box(1, 1, 4, 4), True, ()),),
        pairs=(Pair((0,), (1,), BOX), Pair((0,), (), BOX)),
    )
    told = _data(draw_html("x", [DrawnPage(page, _png(), found)], [], show=[Show.PAIRS]))
    drawn = told["pages"][0]
    assert [word["block"] for word in drawn["words"]] == [1, 1, 2]
    assert [word["table"] for word in drawn["words"]] == [None, None, "1, row 1, column 1"]
    assert drawn["check_boxes"] == [{"box": [1, 1, 4, 4], "checked": True}]
    assert [pair["value"] for pair in drawn["pairs"]] == [[70, 10, 90, 20], None]
    assert drawn["tables"][0]["cells"] == [{"box": [5, 35, 95, 55], "header": True}]
    assert told["show"] == ["pairs"]


def test_a_page_that_could_not_be_drawn_is_named_with_its_code() -> None:
    failed = Page(2, 0.0, 0.0, "px", (), Provenance.EMPTY, error="page_failed")
    tree = _tree(draw_html("x", [DrawnPage(_page(), _png()), DrawnPage(failed, b"")], []))
    captions = [caption.text_content() for caption in tree.iter("figcaption")]
    assert "page_failed" in captions[1]
    assert "page_failed" not in captions[0]
    assert len(list(tree.iter("img"))) == 1


def test_values_without_a_place_are_listed_too() -> None:
    result = {
        "metadata": {
            "total": {"source": "rules", "raw_text": "9,99", "confidence": 0.5,
                      "citations": [{"page": 2, "box": [1, 2, 3, 4]}]},
            "seller": {"source": "xml", "raw_text": "ACME", "citations": [{"xpath": "/Invoice"}]},
            "due": {"source": None, "citations": []},
        }
    }  # fmt: skip
    assert values_of(result) == [
        Value("total", "9,99", 0.5, "rules", ((2, Box(1, 2, 3, 4)),)),
        Value("seller", "ACME", None, "xml", ()),
    ]


def test_a_picture_is_embedded_small() -> None:
    noise = Image.effect_noise((600, 800), 60).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "PNG", compress_level=1)
    html = draw_html("x", [DrawnPage(_page(), out.getvalue())], [])
    assert len(html) < len(out.getvalue())
