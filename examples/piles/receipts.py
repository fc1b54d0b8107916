"""Shop receipts off thermal printers, before and after somebody has photographed them."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

from .camera import Shot, photograph
from .catalogue import RATES
from .languages import number, short_date
from .people import COUNTRIES, PLACES, vat_id
from .pictures import font_of
from .truth import Truth

Printer = Literal["dots", "typewriter", "modern"]

COLUMNS = 40
_CELL = (14, 27)  # pixels of one character: 80 mm paper at 203 dpi has 576 dots, 40 characters and margins


@dataclass(frozen=True, slots=True)
class Shop:
    company: str
    street: str
    town: str
    tagline: str


@dataclass(frozen=True, slots=True)
class ReceiptWords:
    receipt: str
    date: str
    time: str
    cashier: str
    subtotal: str
    tax: str
    total: str
    cash: str
    change: str
    card: str
    thanks: str
    tax_id: str
    sign: str


WORDS = {
    "en": ReceiptWords("Receipt", "Date", "Time", "Cashier", "Subtotal", "VAT 20% incl.", "TOTAL", "Cash", "Change", "VISA contactless", "Thank you, please come again!", "VAT", "£"),
    "de": ReceiptWords("Bon-Nr.", "Datum", "Uhrzeit", "Kasse", "Zwischensumme", "enth. MwSt 19%", "SUMME EUR", "Bar", "Rückgeld", "girocard", "Vielen Dank für Ihren Einkauf!", "USt-IdNr.", ""),
    "fr": ReceiptWords("Ticket", "Date", "Heure", "Caisse", "Sous-total", "dont TVA 20%", "TOTAL TTC", "Espèces", "Rendu", "Carte bancaire", "Merci de votre visite et à bientôt", "N° TVA", ""),
    "it": ReceiptWords("Doc. n.", "Data", "Ora", "Cassa", "Subtotale", "di cui IVA 22%", "TOTALE EURO", "Contanti", "Resto", "Pagamento elettronico", "Grazie e arrivederci", "P.IVA", ""),
}  # fmt: skip

SHOPS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (("{0}'S HARDWARE LTD", "Tools - Paint - Timber"), ("THE {0} BAKEHOUSE", "baked before you were up"), ("{0} & CO STATIONERS", "since 1924"), ("{0} GARAGE LTD", "Fuel - Tyres - MOT")),
    "de": (("Bäckerei {0} GmbH", "Handwerk seit 1911"), ("{0} Baumarkt KG", "Alles für Haus und Garten")),
    "fr": (("BOULANGERIE {0} SARL", "pain au levain"), ("LIBRAIRIE {0}", "livres et papeterie")),
    "it": (("TRATTORIA {0} S.r.l.", "cucina casalinga"), ("FERRAMENTA {0} S.n.c.", "dal 1958")),
}  # fmt: skip

GOODS: dict[str, tuple[str, ...]] = {
    "en": ("Masking tape 38mm", "Wood screws 4x40", "Paint brush 2in", "White spirit 1L", "Sourdough loaf", "Flat white", "Almond croissant", "A5 notebook", "Gel pens x4", "Ring binder", "Screenwash 5L", "LED bulb E27", "Sandpaper P120", "Oat biscuits"),
    "de": ("Vollkornbrot 750g", "Laugenbrezel", "Kaffee groß", "Apfelkuchen", "Dübel 8mm 50 St", "Abdeckfolie 4x5m", "Blumenerde 40L", "Pinselset 3tlg", "Batterien AA 8er", "Gießkanne 10L"),
    "fr": ("Baguette tradition", "Pain de campagne", "Tarte aux pommes", "Café allongé", "Cahier 96 pages", "Stylo bille bleu", "Roman poche", "Enveloppes x50", "Croissant beurre"),
    "it": ("Tagliatelle ragù", "Acqua naturale", "Caffè espresso", "Tiramisù casa", "Vite 5x50 conf.", "Nastro isolante", "Pane e coperto", "Insalata mista", "Guanti lavoro"),
}  # fmt: skip


def receipt_photo(
    language: str = "en", *, printer: Printer = "dots", shot: Shot | None = None, seed: int = 1
) -> tuple[bytes, Truth]:
    """A photo of a receipt (JPEG) and what it says; ``shot`` None is an ordinary one."""
    lines, truth = receipt_lines(language, seed=seed)
    return photograph(print_lines(lines, printer, seed=seed), shot or Shot(), seed=seed), truth


def receipt_lines(language: str, *, seed: int) -> tuple[list[str], Truth]:
    """The printed lines, 40 characters each; a line with ``!`` first is printed large, one with ``=`` bold."""
    rng = Random(f"receipt:{language}:{seed}")
    shop = _shop(rng, language)
    day = date(2026, 1, 10) + timedelta(days=rng.randrange(0, 140))
    items = _items(rng, language)
    total = sum((amount for _, _, amount in items), Decimal("0.00"))
    fields: dict[str, str | int | list[str]] = {
        "company": shop.company,
        "date": short_date(language, day),
        "address": f"{shop.street}, {shop.town}",
        "total": str(total),
    }
    rows = tuple(
        {"description": name, "quantity": str(count), "amount": str(amount)} for name, count, amount in items
    )
    lines = _head(rng, language, shop, day) + _body(language, items, total) + _payment(rng, language, total)
    status = ("succeeded", "needs_review")
    return lines, Truth(type="receipt", fields=fields, rows=rows, printed=tuple(fields), status=status)


def _head(rng: Random, language: str, shop: Shop, day: date) -> list[str]:
    words = WORDS[language]
    tax_id = vat_id(rng, COUNTRIES[language])
    clock = f"{rng.randrange(8, 20):02d}:{rng.randrange(0, 60):02d}"
    return [
        f"!{shop.company}",
        _middle(shop.tagline),
        "",
        _middle(shop.street),
        _middle(shop.town),
        _middle(f"{words.tax_id} {tax_id}"),
        "",
        _sides(
            f"{words.receipt} {rng.randrange(1_000, 99_999)}", f"{words.cashier} {rng.randrange(1, 9):02d}"
        ),
        _sides(f"{words.date}: {short_date(language, day)}", f"{words.time}: {clock}"),
        "-" * COLUMNS,
    ]


def _body(language: str, items: list[tuple[str, int, Decimal]], total: Decimal) -> list[str]:
    words = WORDS[language]
    rate = Decimal(RATES[language][0])
    tax = (total * rate / (100 + rate)).quantize(Decimal("0.01"))
    lines = [
        _sides(name if count == 1 else f"{count} x {name}", _money(language, amount))
        for name, count, amount in items
    ]
    rule = "-" * COLUMNS
    sums = [_sides(words.subtotal, _money(language, total)), _sides(words.tax, _money(language, tax))]
    return [*lines, rule, *sums, "", f"={_sides(words.total, _money(language, total))}", ""]


def _payment(rng: Random, language: str, total: Decimal) -> list[str]:
    words = WORDS[language]
    if rng.random() < 0.5:
        paid = Decimal(int(total // 5 + 1) * 5)
        lines = [
            _sides(words.cash, _money(language, paid)),
            _sides(words.change, _money(language, paid - total)),
        ]
    else:
        lines = [_sides(words.card, _money(language, total)), f"**** **** **** {rng.randrange(1_000, 9_999)}"]
    return [*lines, "", _middle(words.thanks), ""]


def print_lines(lines: list[str], printer: Printer, *, seed: int) -> Image.Image:
    """What comes out of the printer: grey paper, faded where the head is worn, dots or typewriter letters."""
    rng = np.random.default_rng(seed)
    cell_w, cell_h = _CELL
    margin = 26
    width, height = COLUMNS * cell_w + 2 * margin, round((len(lines) + 3) * cell_h * 1.12)
    image = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(image)
    plain = font_of("Vera.ttf" if printer == "modern" else "com_____.pfb", 21 if printer == "modern" else 23)
    bold = font_of("VeraBd.ttf" if printer == "modern" else "cob_____.pfb", 21 if printer == "modern" else 24)
    y = 1.5 * cell_h
    for line in lines:
        if line.startswith("!"):
            _large(draw, line[1:], y, width, printer)
            y += 0.5 * cell_h
        elif printer == "modern":
            _proportional(
                draw, line.removeprefix("="), y, width, margin, bold if line.startswith("=") else plain
            )
        else:
            font = bold if line.startswith("=") else plain
            for index, character in enumerate(line.removeprefix("=")):
                draw.text((margin + (index + 0.5) * cell_w, y), character, font=font, fill=0, anchor="ms")
        y += 1.12 * cell_h
    pixels = np.asarray(image, dtype=np.float32)
    if printer == "dots":
        pixels = _dots(pixels)
    worn = 1 - 0.22 * np.clip(rng.normal(0.2, 0.5, width), 0, 1).astype(
        np.float32
    )  # columns of the print head
    fade = 0.9 - 0.18 * np.linspace(0, 1, height, dtype=np.float32)[:, None]
    ink = (255 - pixels) / 255 * worn[None, :] * fade
    paper = 244 + rng.normal(0, 1.5, pixels.shape).astype(np.float32)
    printed = np.clip(paper * (1 - 0.86 * ink), 0, 255).astype(np.uint8)
    size = round(width * 1.5), round(height * 1.5)
    return Image.fromarray(printed).resize(size, Image.Resampling.BICUBIC)


def _dots(pixels: np.ndarray) -> np.ndarray:
    """Whole dots only, with a thin gap between the lines of the head."""
    dots = np.where(pixels < 170, 0.0, 255.0).astype(np.float32)
    dots[::3] = dots[::3] * 0.8 + 255 * 0.2
    return dots


def _large(draw: ImageDraw.ImageDraw, text: str, y: float, width: int, printer: Printer) -> None:
    size = 40
    name = "VeraBd.ttf" if printer == "modern" else "cob_____.pfb"
    while draw.textlength(text, font=font_of(name, size)) > width - 50:
        size -= 2
    draw.text((width / 2, y + 6), text, font=font_of(name, size), fill=0, anchor="ms")


def _proportional(
    draw: ImageDraw.ImageDraw, line: str, y: float, width: int, margin: int, font: object
) -> None:
    """Left and right part of the line stand at their edges, a middle one in the middle."""
    left, gap, right = line.rstrip().partition("   ")
    if line.startswith(" ") and line.strip():
        draw.text((width / 2, y), line.strip(), font=font, fill=0, anchor="ms")  # type: ignore[arg-type]
    elif gap:
        draw.text((margin, y), left, font=font, fill=0, anchor="ls")  # type: ignore[arg-type]
        draw.text((width - margin, y), right.strip(), font=font, fill=0, anchor="rs")  # type: ignore[arg-type]
    elif set(left) == {"-"}:
        draw.line((margin, y - 6, width - margin, y - 6), fill=0, width=2)
    else:
        draw.text((margin, y), left, font=font, fill=0, anchor="ls")  # type: ignore[arg-type]


def _shop(rng: Random, language: str) -> Shop:
    place = PLACES[COUNTRIES[language]]
    form, tagline = rng.choice(SHOPS[language])
    surname = rng.choice(place.surnames)
    capitals = any(word.isupper() and len(word) > 4 for word in form.split())
    company = form.format(surname.upper() if capitals else surname)
    number_of = rng.randrange(2, 118)
    street = rng.choice(place.streets)
    postcode, town = rng.choice(place.towns)
    british = language == "en"
    return Shop(
        company,
        f"{number_of} {street}" if british or language == "fr" else f"{street} {number_of}",
        f"{town} {postcode}" if british else f"{postcode} {town}",
        tagline,
    )


def _items(rng: Random, language: str) -> list[tuple[str, int, Decimal]]:
    names = rng.sample(GOODS[language], rng.randrange(3, min(8, len(GOODS[language]))))
    out = []
    for name in names:
        count = rng.choice((1, 1, 1, 2, 3))
        out.append((name, count, count * Decimal(rng.randrange(95, 1_450)) / 100))
    return out


def _money(language: str, value: Decimal) -> str:
    return f"{WORDS[language].sign}{number(language, value)}".replace("\N{NO-BREAK SPACE}", " ")


def _middle(text: str) -> str:
    return text.center(COLUMNS).rstrip()


def _sides(left: str, right: str) -> str:
    return left + " " * max(3, COLUMNS - len(left) - len(right)) + right
