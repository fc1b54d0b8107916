"""A page to draw on, with the origin at the top left and points as the unit."""

from io import BytesIO

from reportlab.lib.colors import Color, HexColor, black
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

REGULAR, BOLD, ITALIC = "Helvetica", "Helvetica-Bold", "Helvetica-Oblique"


class Sheet:
    """Draws pages of one PDF. Equal calls give equal bytes: ids and dates are fixed (``invariant``)."""

    def __init__(
        self, *, title: str = "", author: str = "", pages: int = 0, size: tuple[float, float] = A4
    ) -> None:
        self.width, self.height = size
        self.page = 1
        self.pages = pages
        self._buffer = BytesIO()
        self.canvas = Canvas(self._buffer, pagesize=size, invariant=1)
        self.canvas.setTitle(title)
        self.canvas.setAuthor(author)
        self.canvas.setProducer("docmill example pile")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        font: str = REGULAR,
        size: float = 9,
        align: str = "left",
        colour: Color = black,
    ) -> None:
        """Write one line; ``y`` is its baseline, ``x`` its left, right or middle."""
        self.canvas.setFont(font, size)
        self.canvas.setFillColor(colour)
        draw = {
            "left": self.canvas.drawString,
            "right": self.canvas.drawRightString,
            "center": self.canvas.drawCentredString,
        }[align]
        draw(x, self.height - y, text)

    def lines(
        self,
        x: float,
        y: float,
        texts: list[str],
        *,
        size: float = 9,
        leading: float = 0,
        font: str = REGULAR,
        align: str = "left",
        colour: Color = black,
    ) -> float:
        """Write several lines; return the baseline of the next one."""
        for text in texts:
            self.text(x, y, text, font=font, size=size, align=align, colour=colour)
            y += leading or size * 1.35
        return y

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: Color | None = None,
        stroke: Color | None = None,
        line: float = 0.6,
    ) -> None:
        """Draw a rectangle from its top left corner."""
        if fill is not None:
            self.canvas.setFillColor(fill)
        if stroke is not None:
            self.canvas.setStrokeColor(stroke)
            self.canvas.setLineWidth(line)
        self.canvas.rect(
            x,
            self.height - y - height,
            width,
            height,
            stroke=int(stroke is not None),
            fill=int(fill is not None),
        )

    def rule(
        self, x0: float, y0: float, x1: float, y1: float, *, line: float = 0.6, colour: Color = black
    ) -> None:
        self.canvas.setStrokeColor(colour)
        self.canvas.setLineWidth(line)
        self.canvas.line(x0, self.height - y0, x1, self.height - y1)

    def logo(self, x: float, y: float, size: float, *, shape: int, colour: Color) -> None:
        """An invented mark of simple shapes, its top left corner at x, y."""
        c, bottom = self.canvas, self.height - y - size
        c.setFillColor(colour)
        if shape % 3 == 0:
            for step in range(3):
                c.rect(
                    x + step * size * 0.36, bottom, size * 0.26, size * (0.4 + 0.3 * step), stroke=0, fill=1
                )
        elif shape % 3 == 1:
            c.circle(x + size * 0.35, bottom + size / 2, size * 0.35, stroke=0, fill=1)
            c.setFillColor(HexColor("#f2b233"))
            c.circle(x + size * 0.75, bottom + size / 2, size * 0.25, stroke=0, fill=1)
        else:
            path = c.beginPath()
            path.moveTo(x, bottom)
            path.lineTo(x + size / 2, bottom + size)
            path.lineTo(x + size, bottom)
            path.lineTo(x + size * 0.5, bottom + size * 0.3)
            path.close()
            c.drawPath(path, stroke=0, fill=1)

    def next_page(self) -> None:
        self.canvas.showPage()
        self.page += 1

    def finish(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self._buffer.getvalue()


def width_of(text: str, *, font: str = REGULAR, size: float = 9) -> float:
    return float(stringWidth(text, font, size))


def wrap(text: str, width: float, *, font: str = REGULAR, size: float = 9) -> list[str]:
    """Split at blanks so that every line fits."""
    return list(simpleSplit(text, font, size, width))
