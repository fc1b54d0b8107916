"""Generated pages whose words and boxes are known exactly, written in the ways that real PDFs are."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import reportlab
from examples.piles import PageTruth, WordBox, rotated_pdf
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4
_MARGIN = 50.0
_WORDS = ["the", "invoice", "total", "amounts", "due", "within", "days", "please", "transfer", "to", "account", "below", "office", "first", "water", "fifty", "Straße", "Größe", "Überweisung", "fällig", "Rechnung", "Maßstab", "Änderung", "über", "fließend", "Außendienst", "Prüfung", "zuzüglich", "société", "numéro", "référence", "échéance", "réglé", "à", "payer", "façade", "œuvre", "naïve", "hôtel", "français", "sûreté", "dès", "modèle", "perché", "città", "qualità", "più", "già", "così", "fattura", "importo", "scadenza", "totale", "año", "señor", "niño", "importe", "número", "según", "AG/2026-0417", "1.234,56", "98,70", "€", "12.03.2026", "2026-11-22", "DE89370400440532013000", "No.", "17/4", "(net)", "19", "%", "0.5%", "x-ray", "e-mail:", "info@example.org", "+49", "30", "123456-78", "A4", "80", "g/m²", "§", "14", "UStG", "[1]", "{2}", "“quoted”", "it’s", "AVATAR", "To.", "WAVE", "fi", "fl"]  # fmt: skip

Written = tuple[str, bytes, tuple[tuple[WordBox, ...], ...]]
"""The style's name, the file, and the words of each page."""


class Sheet:
    """One page that remembers what was written on it."""

    def __init__(self, rng: Random, font: str, size: float) -> None:
        self._out = io.BytesIO()
        self.canvas = Canvas(self._out, pagesize=A4, invariant=True)
        self.rng, self.font, self.size = rng, font, size
        self.words: list[WordBox] = []
        self._ascent, self._descent = pdfmetrics.getAscentDescent(font, size)
        self.canvas.setFont(font, size)

    def wide(self, text: str) -> float:
        return float(pdfmetrics.stringWidth(text, self.font, self.size))

    def note(self, text: str, x: float, y: float, width: float) -> None:
        top, bottom = HEIGHT - y - self._ascent, HEIGHT - y - self._descent
        self.words.append(WordBox(text, (x, top, x + width, bottom)))

    def lines(self, left: float, right: float, *, stretch: float = 1.0) -> Iterator[tuple[float, list[str]]]:
        """Fill a column with lines of random words: the baseline and the words."""
        y = HEIGHT - _MARGIN - self.size
        while y > _MARGIN:
            words, used = [self.rng.choice(_WORDS)], 0.0
            while used < right - left:
                words.append(self.rng.choice(_WORDS))
                used = self.wide(" ".join([*words, "Überweisung"])) * stretch
            yield y, words
            y -= self.size * 1.35

    def bytes(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self._out.getvalue()


def made_texts(count: int, *, seed: int) -> Iterator[Written]:
    """``count`` one-page files (the turned ones have four pages), every style in turn."""
    folder = Path(reportlab.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont("Vera", folder / "Vera.ttf"))
    styles = (*_STYLES, _turned)
    for number in range(count):
        style = styles[number % len(styles)]
        rng = Random(f"printed:{seed}:{number}")
        if style is _turned:
            data, pages = _turned(seed + number)
            yield "turned", data, tuple(page.words for page in pages)
            continue
        font = rng.choice(("Helvetica", "Times-Roman", "Courier", "Helvetica-Bold"))
        sheet = Sheet(rng, "Vera" if style is _embedded else font, rng.choice((7.0, 8.0, 9.5, 11.0)))
        style(sheet)
        yield style.__name__.strip("_"), sheet.bytes(), (tuple(sheet.words),)


def _lines(sheet: Sheet) -> None:
    """A string for each line, with its blanks."""
    for y, words in sheet.lines(_MARGIN, WIDTH - _MARGIN):
        _write(sheet, _MARGIN, y, words)


def _columns(sheet: Sheet) -> None:
    """Two justified columns: the blanks are as wide as the line needs."""
    middle = WIDTH / 2
    for left, right in ((_MARGIN, middle - 12), (middle + 12, WIDTH - _MARGIN)):
        for y, words in sheet.lines(left, right):
            spare = max(0.0, right - left - sheet.wide(" ".join(words))) / max(1, len(words) - 1)
            _write(sheet, left, y, words, blank=spare)


def _placed(sheet: Sheet) -> None:
    """Every word at its own place, and no blanks in the file."""
    for y, words in sheet.lines(_MARGIN, WIDTH - _MARGIN):
        x = _MARGIN
        for word in words:
            sheet.canvas.drawString(x, y, word)
            sheet.note(word, x, y, sheet.wide(word))
            x += sheet.wide(word) + sheet.wide(" ")


def _glyphs(sheet: Sheet) -> None:
    """Every character at its own place, and no blanks in the file."""
    for y, words in sheet.lines(_MARGIN, WIDTH - _MARGIN):
        x = _MARGIN
        for word in words:
            sheet.note(word, x, y, sheet.wide(word))
            for char in word:
                sheet.canvas.drawString(x, y, char)
                x += sheet.wide(char)
            x += sheet.wide(" ")


def _spaced(sheet: Sheet) -> None:
    """Letters a tenth of the size apart, as in headings."""
    for y, words in sheet.lines(_MARGIN, WIDTH - _MARGIN, stretch=1.3):
        _write(sheet, _MARGIN, y, words, apart=0.1 * sheet.size)


def _narrow(sheet: Sheet) -> None:
    """Set at seven tenths of its width."""
    for y, words in sheet.lines(_MARGIN, WIDTH - _MARGIN, stretch=0.7):
        _write(sheet, _MARGIN, y, words, scale=0.7)


def _struck_twice(sheet: Sheet) -> None:
    """Bold by printing twice, a third of a point apart; a person reads it once."""
    for y, words in sheet.lines(_MARGIN, WIDTH - _MARGIN):
        line = " ".join(words)
        sheet.canvas.drawString(_MARGIN + 0.3, y, line)
        _write(sheet, _MARGIN, y, words)


def _numbers(sheet: Sheet) -> None:
    """Columns of figures to the right, close together."""
    y = HEIGHT - _MARGIN
    while y > _MARGIN:
        for column in range(8):
            text = f"{sheet.rng.randrange(10**6) / 100:,.2f}"
            x = _MARGIN + (column + 1) * 60 - sheet.wide(text)
            sheet.canvas.drawString(x, y, text)
            sheet.note(text, x, y, sheet.wide(text))
        y -= sheet.size * 1.2


def _embedded(sheet: Sheet) -> None:
    """A subset of an embedded TrueType font, whose codes mean nothing without its map."""
    _lines(sheet)


def _turned(seed: int) -> tuple[bytes, tuple[PageTruth, ...]]:
    return rotated_pdf(seed)


_STYLES: tuple[Callable[[Sheet], None], ...] = (
    _lines, _columns, _placed, _glyphs, _spaced, _narrow, _struck_twice, _numbers, _embedded,
)  # fmt: skip


def _write(
    sheet: Sheet,
    x: float,
    y: float,
    words: list[str],
    *,
    blank: float = 0.0,
    apart: float = 0.0,
    scale: float = 1.0,
) -> None:
    """Write a line as one string. ``blank`` is added to each blank, ``apart`` to each character."""
    text = sheet.canvas.beginText(x, y)
    text.setWordSpace(blank)
    text.setCharSpace(apart)
    text.setHorizScale(100 * scale)
    text.textOut(" ".join(words))
    sheet.canvas.drawText(text)
    for word in words:
        width = (sheet.wide(word) + apart * len(word)) * scale
        sheet.note(word, x, y, width - apart * scale)
        x += width + (sheet.wide(" ") + blank + apart) * scale
