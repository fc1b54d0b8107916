"""Invoices that say to machines what people do not see: forty ways, and honest twins of them.

Each is an invoice whose picture shows `SHOWN` as its total; the text layer says, or says as well, `LIE`.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

SHOWN, LIE = "1.234,00", "7.931,00"
NUMBER = "INV-20417"
X, Y = 400, 400
Draw = Callable[[Canvas], None]


@dataclass(frozen=True)
class Masked:
    """``honest`` documents show what they say."""

    name: str
    data: bytes
    honest: bool = False


def masked() -> Iterator[Masked]:
    """More than forty of them."""
    for number, hide in enumerate(_hidden()):
        yield Masked(f"hidden-{number}", _invoice(hide))
    for number, paint in enumerate(_painted_over()):
        yield Masked(f"painted-{number}", _invoice(paint, total=None))
    yield Masked("layer", _invoice(_switched_off, after=_layer_off))
    yield Masked("form", _invoice(_in_form, after=_form_off))
    yield Masked("cropped", _invoice(_text(LIE, y=300), after=_cropped))
    for number, (font, change) in enumerate(_remapped()):
        yield Masked(f"remapped-{number}", _remap(font, change))
    for name, change in _named():
        yield Masked(f"encoded-{name}", _encoded(change))
    for spoken in (LIE, "7.931,00 EUR"):
        yield Masked(f"spoken-{len(spoken)}", _invoice(_spoken(spoken), total=None))
    for number, sign in enumerate(
        ("\u202e", "\u2066", "\u200b", "\u2060", "\u041e", "\u0417", "\u0662", "\uff12")
    ):
        yield Masked(f"sign-{number}", _tricked(sign))


def honest() -> Iterator[Masked]:
    """The same ways used as programs use them."""
    for font in _FONTS:
        plain = _all(_text("Total", x=300, y=Y), _text(SHOWN, font))
        yield Masked(f"plain-{font}", _invoice(plain, total=None), honest=True)
        yield Masked(f"mapped-{font}", _remap(font, {}), honest=True)
    yield Masked("white on a bar", _invoice(_on_bar(SHOWN, (1, 1, 1), (0.1, 0.1, 0.4))), honest=True)
    yield Masked("clipped to its cell", _invoice(_clipped(SHOWN, (X - 5, Y - 5, 120, 20))), honest=True)
    yield Masked("spoken as shown", _invoice(_spoken(SHOWN)), honest=True)
    yield Masked("names of glyphs", _encoded({}), honest=True)


_FONTS = ("Helvetica", "Times-Roman", "Courier", "Vera", "VeraBd", "VeraIt")


def _invoice(
    draw: Draw, *, total: str | None = SHOWN, after: Callable[[pikepdf.Pdf], None] | None = None
) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842), invariant=1)
    for row, text in enumerate(
        ["Example Corporation", "Invoice", f"Invoice number {NUMBER}", "Date 03.02.2024"]
    ):
        _text(text, "Helvetica", x=72, y=780 - 20 * row)(canvas)
    _text("Consulting services as agreed, one month, one person", "Helvetica", x=72, y=600)(canvas)
    if total is not None:
        _text("Total", "Helvetica", x=300, y=Y)(canvas)
        _text(total, "Helvetica")(canvas)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    if after is None:
        return out.getvalue()
    with pikepdf.open(io.BytesIO(out.getvalue())) as document:
        after(document)
        changed = io.BytesIO()
        document.save(changed, static_id=True)
    return changed.getvalue()


def _text(text: str, font: str = "Helvetica", *, x: float = X, y: float = Y, size: float = 12) -> Draw:
    def draw(canvas: Canvas) -> None:
        if font.startswith("Vera") and font not in pdfmetrics.getRegisteredFontNames():
            folder = Path(reportlab.__file__).parent / "fonts"
            pdfmetrics.registerFont(TTFont(font, str(folder / f"{font}.ttf")))
        canvas.setFont(font, size)
        canvas.drawString(x, y, text)

    return draw


def _in_colour(draw: Draw, *rgb: float, alpha: float = 1.0) -> Draw:
    def coloured(canvas: Canvas) -> None:
        canvas.saveState()
        canvas.setFillColorRGB(*rgb, alpha=alpha)
        draw(canvas)
        canvas.restoreState()

    return coloured


def _box(rgb: tuple[float, float, float], x: float, y: float, width: float, height: float) -> Draw:
    return _in_colour(lambda canvas: canvas.rect(x, y, width, height, stroke=0, fill=1), *rgb)


def _all(*draws: Draw) -> Draw:
    def draw(canvas: Canvas) -> None:
        for each in draws:
            each(canvas)

    return draw


def _on_bar(text: str, ink: tuple[float, float, float], bar: tuple[float, float, float]) -> Draw:
    return _all(_box(bar, X - 5, 295, 120, 20), _in_colour(_text(text, y=300), *ink))


def _clipped(text: str, clip: tuple[float, float, float, float], *, y: float = Y) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.saveState()
        path = canvas.beginPath()
        path.rect(*clip)
        canvas.clipPath(path, stroke=0, fill=0)
        _text(text, y=y)(canvas)
        canvas.restoreState()

    return draw


def _in_mode(mode: int) -> Draw:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(X, 300)
        text.setFont("Helvetica", 12)
        text.setTextRenderMode(mode)
        text.textOut(LIE)
        canvas.drawText(text)

    return draw


def _picture(text: str, x: float, y: float) -> Draw:
    image = Image.new("RGB", (400, 80), "white")
    ImageDraw.Draw(image).text((4, 10), text, font=ImageFont.load_default(56), fill="black")
    return lambda canvas: canvas.drawImage(ImageReader(image), x, y, 80, 16)


def _switched_off(canvas: Canvas) -> None:
    canvas._code.append("/OC /Off BDC")
    _text(LIE, y=300)(canvas)
    canvas._code.append("EMC")


def _in_form(canvas: Canvas) -> None:
    canvas.beginForm("form")
    _text(LIE, y=300)(canvas)
    canvas.endForm()
    canvas.doForm("form")


def _off(document: pikepdf.Pdf) -> pikepdf.Object:
    """A layer that viewers do not show."""
    layer = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="off"))
    default = pikepdf.Dictionary(BaseState=pikepdf.Name.ON, OFF=pikepdf.Array([layer]))
    document.Root.OCProperties = pikepdf.Dictionary(OCGs=pikepdf.Array([layer]), D=default)
    return layer


def _layer_off(document: pikepdf.Pdf) -> None:
    document.pages[0].Resources.Properties = pikepdf.Dictionary(Off=_off(document))


def _form_off(document: pikepdf.Pdf) -> None:
    layer = _off(document)
    for form in document.pages[0].Resources.XObject.values():
        form.OC = layer


def _cropped(document: pikepdf.Pdf) -> None:
    document.pages[0].CropBox = pikepdf.Array([0, 350, 595, 842])


def _hidden() -> list[Draw]:
    """Eighteen: words that nobody sees."""
    lie = _text(LIE, y=300)
    return [
        _in_colour(lie, 1, 1, 1),
        _in_colour(lie, 0.98, 0.99, 1),
        _on_bar(LIE, (0.9, 0.9, 0.5), (0.9, 0.9, 0.5)),
        _on_bar(LIE, (0.1, 0.1, 0.4), (0.1, 0.1, 0.4)),
        _on_bar(LIE, (0, 0, 0), (0.02, 0.02, 0.02)),
        _text(LIE, y=300, size=0.5),
        _text(LIE, y=300, size=1),
        _text(LIE, x=700),
        _text(LIE, y=-30),
        _clipped(LIE, (10, 10, 20, 20), y=300),
        _clipped(LIE, (X, 320, 100, 20), y=300),
        _all(lie, _box((1, 1, 1), X - 5, 290, 120, 25)),
        _all(lie, _box((0.5, 0.5, 0.5), X - 5, 290, 120, 25)),
        _all(lie, _picture("", X, 298)),
        _in_mode(3),
        _in_mode(7),
        _in_colour(lie, 0, 0, 0, alpha=0.0),
        _in_colour(lie, 0, 0, 0, alpha=0.02),
    ]


def _painted_over() -> list[Draw]:
    """Two: the total in the text, and a picture of another one on it."""
    lie = _all(_text("Total", x=300, y=Y), _text(LIE))
    return [
        _all(lie, _picture(SHOWN, X, Y - 4)),
        _all(lie, _box((1, 1, 1), X - 2, Y - 4, 60, 16), _picture("12,34", X, Y - 4)),
    ]


def _remapped() -> list[tuple[str, dict[str, str]]]:
    """Ten: fonts whose codes mean other characters than their glyphs show."""
    every = dict(zip("0123456789", "8374956102", strict=True))
    return [
        ("Vera", {"1": "7"}),
        ("Vera", {"2": "9", "3": "9"}),
        ("VeraBd", {"4": "1"}),
        ("VeraIt", {"0": "8"}),
        ("Vera", every),
        ("VeraBd", every),
        ("VeraIt", every),
        ("Vera", {"3": "2"}),  # two codes with one meaning
        ("VeraBd", {"1": "4"}),
        ("Vera", {",": ".", ".": ","}),
    ]


def _remap(font: str, change: dict[str, str]) -> bytes:
    """The total in ``font``, its ToUnicode changed so that what shows ``change``'s keys says its values."""

    def rewrite(document: pikepdf.Pdf) -> None:
        for thing in document.objects:
            if isinstance(thing, pikepdf.Dictionary) and "/ToUnicode" in thing:
                stream = thing.ToUnicode
                text = stream.read_bytes().decode("latin-1")
                for shown, said in change.items():
                    text = text.replace(f"<{ord(shown):04X}>", f"<!{ord(said):04X}>")
                stream.write(text.replace("<!", "<").encode("latin-1"))

    draw = _all(_text("Total", x=300, y=Y), _text(SHOWN, font))
    return _invoice(draw, total=None, after=rewrite)


def _named() -> list[tuple[str, dict[int, str]]]:
    """Two: the code of a digit draws another one by its name."""
    return [("one", {0x31: "/seven"}), ("all", {0x31: "/nine", 0x32: "/eight", 0x33: "/five", 0x34: "/one"})]


def _encoded(change: dict[int, str]) -> bytes:
    """The total in a font without a program, its glyphs named anew, its meaning told to stay."""

    def rewrite(document: pikepdf.Pdf) -> None:
        font = document.pages[0].Resources.Font["/F2"]
        differences: list[object] = []
        for code, name in change.items():
            differences += [code, pikepdf.Name(name)]
        font.Encoding = pikepdf.Dictionary(
            Type=pikepdf.Name.Encoding,
            BaseEncoding=pikepdf.Name.WinAnsiEncoding,
            Differences=pikepdf.Array(differences),
        )
        rows = "".join(f"<{code:02X}> <{code:04X}>\n" for code in range(0x20, 0x7F))
        font.ToUnicode = document.make_stream(_CMAP.replace("ROWS", rows).encode())

    draw = _all(_text("Total", x=300, y=Y), _text(SHOWN, "Times-Roman"))
    return _invoice(draw, total=None, after=rewrite)


_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CMapName /Own def
/CMapType 2 def
1 begincodespacerange
<00> <FF>
endcodespacerange
95 beginbfchar
ROWSendbfchar
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


def _spoken(spoken: str) -> Draw:
    """What is shown, with other words for those who listen (ActualText)."""

    def draw(canvas: Canvas) -> None:
        _text("Total", x=300, y=Y)(canvas)
        canvas._code.append(f"/Span <</ActualText ({spoken})>> BDC")
        _text(SHOWN)(canvas)
        canvas._code.append("EMC")

    return draw


def _tricked(sign: str) -> bytes:
    """The total with a character that nobody sees, or that looks like another one: by ToUnicode again."""
    shown = "1.200,00"
    seen_as = {"\u041e": "0", "\u0417": "3", "\u0662": "2", "\uff12": "2"}.get(sign)
    if sign == "\u0417":
        shown = "1.300,00"

    def rewrite(document: pikepdf.Pdf) -> None:
        for thing in document.objects:
            if isinstance(thing, pikepdf.Dictionary) and "/ToUnicode" in thing:
                text = thing.ToUnicode.read_bytes().decode("latin-1")
                code = f"{ord(seen_as or '2'):04X}"
                new = f"{ord(sign):04X}" if seen_as else f"{ord(sign):04X}{code}"
                thing.ToUnicode.write(text.replace(f"<{code}>", f"<{new}>").encode("latin-1"))

    draw = _all(_text("Total", x=300, y=Y), _text(shown, "Vera"))
    return _invoice(draw, total=None, after=rewrite)
