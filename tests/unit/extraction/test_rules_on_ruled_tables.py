"""Lists from tables with drawn lines: the lines say which words belong together."""

from collections.abc import Callable

from reportlab.pdfgen.canvas import Canvas
from tests.unit.reading.papers import both, line, pdf

from docmill.engines.extraction.rules import extract_by_rules
from docmill.engines.reading import read
from docmill.engines.types import load_shipped

Draw = Callable[[Canvas], None]
XS = (60, 300, 360, 440, 530)
HEAD = ("Description", "Qty", "Unit price", "Amount")
ITEMS = (
    (("Oak worktop, oiled,", "cut to size", "2400 x 620 mm"), "1", "300.00", "300.00"),
    (("Fitting by two", "joiners on site"), "2", "50.00", "100.00"),
    (("Skirting board,", "primed, with", "brass screws,", "per metre"), "4", "5.00", "20.00"),
)
LEADING = 12.0


def ruled() -> Draw:
    """A grid without any room between its rows: amounts stand in the middle of their cells' height."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 9)
        y = 600.0
        canvas.line(XS[0], y, XS[-1], y)
        for lines, *numbers in ((HEAD[:1], *HEAD[1:]), *ITEMS):
            height = LEADING * len(lines)
            for number, text in enumerate(lines):
                canvas.drawString(XS[0] + 3, y - LEADING * number - 9, text)
            for x, text in zip(XS[1:], numbers, strict=False):
                canvas.drawString(x + 3, y - height / 2 - 3, text)
            y -= height
            canvas.line(XS[0], y, XS[-1], y)
        for x in XS:
            canvas.line(x, 600, x, y)

    return draw


def test_wrapped_descriptions_stay_in_their_cells() -> None:
    facts = [
        line(text, y=760 - 20 * n)
        for n, text in enumerate(("Invoice", "Invoice number: 77", "Date: 03.02.2026"))
    ]
    total = line("Total: 420.00 EUR", x=360, y=440)
    found = extract_by_rules(read(pdf(both(*facts, ruled(), total)), "a.pdf"), load_shipped()["invoice"])
    assert found.completeness["line_items"].holds
    told = [
        (row["description"], row["quantity"], row["amount"]["amount"]) for row in found.value["line_items"]
    ]
    assert told == [(" ".join(lines), quantity, amount) for lines, quantity, _, amount in ITEMS]
