"""From pages and trees that nobody would make to values: tables, layout, e-invoices, types, rules."""

from hypothesis import given
from hypothesis import strategies as st
from tests.flow.running import invoice_xml
from tests.fuzz.bounds import FUZZED
from tests.fuzz.strange import spoiled

from docmill.domain.errors import Rejected
from docmill.domain.pages import Attachment, Box, CheckBox, Element, Page, Provenance, Reading, Stroke, Word
from docmill.engines import reading
from docmill.engines.extraction.layered import classify_and_extract
from docmill.engines.layout.structure import structure
from docmill.engines.types import load_shipped

TYPES = list(load_shipped().values())
EDGES = st.one_of(st.integers(-50, 900), st.sampled_from([0, 72, 100, 300, 500]), st.just(10**7)).map(float)
SAID = st.one_of(
    st.sampled_from(
        ["Invoice", "Total", "119.00", "EUR", "Date", "2026-03-14", "Qty", "Price", "Amount", "1", "2", "VAT", "19%",
         "IBAN", "DE89370400440532013000", ":", "-", "Muster", "GmbH", "☐", "x"]
    ),
    st.text(min_size=1, max_size=12),
)  # fmt: skip


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(EDGES), draw(EDGES)
    return Box(
        x,
        y,
        x + draw(st.sampled_from([0.01, 5.0, 40.0, 10**6])),
        y + draw(st.sampled_from([0.01, 9.0, 500.0])),
    )


@st.composite
def pages(draw: st.DrawFn) -> Page:
    words = draw(st.lists(st.tuples(SAID, boxes(), st.integers(0, 9)), max_size=40))
    strokes = draw(st.lists(st.builds(Stroke, EDGES, EDGES, EDGES, EDGES), max_size=20))
    checks = draw(st.lists(st.builds(CheckBox, boxes(), checked=st.booleans()), max_size=5))
    return Page(
        1, 595.0, 842.0, draw(st.sampled_from(["pt", "px"])),
        tuple(Word(text, box, line=number) for text, box, number in sorted(words, key=lambda word: word[2])),
        Provenance.TEXT_LAYER, strokes=tuple(strokes), check_boxes=tuple(checks),
    )  # fmt: skip


@FUZZED
@given(pages())
def test_the_structure_of_a_strange_page(page: Page) -> None:
    found = structure(page)
    numbers = [index for block in found.blocks for index in block.words]
    assert all(0 <= index < len(page.words) for index in numbers)
    for table in found.tables:
        assert all(0 <= cell.row < table.rows and 0 <= cell.column < table.columns for cell in table.cells)


@FUZZED
@given(st.lists(pages(), min_size=1, max_size=2))
def test_the_values_of_strange_pages(some: list[Page]) -> None:
    numbered = tuple(
        Page(number, page.width, page.height, page.unit, page.words, page.provenance, strokes=page.strokes)
        for number, page in enumerate(some, 1)
    )
    for wanted in (None, TYPES[0].name):
        classify_and_extract(Reading("application/pdf", numbered, reader="fuzz"), TYPES, wanted)


NAMES = (
    "ID",
    "IssueDate",
    "InvoiceLine",
    "TaxTotal",
    "TaxAmount",
    "Invoice",
    "LegalMonetaryTotal",
    "PayableAmount",
    "Party",
)
ELEMENTS = st.recursive(
    st.builds(
        lambda name, text, currency: Element(name, "", "urn:x", text, (("currencyID", currency),)),
        st.sampled_from(NAMES), SAID, st.sampled_from(["EUR", "", "€", "XXXXXXXX"]),
    ),
    lambda inner: st.builds(
        lambda name, children: Element(name, "", "urn:x", "", (), tuple(children)),
        st.sampled_from(NAMES), st.lists(inner, max_size=5),
    ),
    max_leaves=30,
)  # fmt: skip
ROOTS = st.sampled_from(
    ["Invoice", "CreditNote", "CrossIndustryInvoice", "FatturaElettronica", "CrossIndustryDocument"]
)


@FUZZED
@given(ROOTS, st.lists(ELEMENTS, max_size=6))
def test_the_values_of_strange_trees(root: str, children: list[Element]) -> None:
    tree = Element(root, "", "urn:x", "", (), tuple(children))
    _extracted(Reading("application/xml", (), (Attachment("a.xml", "application/xml", tree),), reader="fuzz"))


@FUZZED
@given(spoiled(invoice_xml("INV-7")))
def test_the_values_of_a_spoiled_invoice(data: bytes) -> None:
    try:
        found = reading.read(data, "a.xml")
    except Rejected:
        return
    _extracted(found)


def _extracted(found: Reading) -> None:
    try:
        classify_and_extract(found, TYPES, None)
    except Rejected:
        return
