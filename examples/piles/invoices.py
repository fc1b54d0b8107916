"""An invoice before anybody has drawn it: numbers that add up, made from a seed."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from .catalogue import OFFERS, RATES, REDUCED, VARIANTS
from .people import COUNTRIES, Party, company
from .truth import Truth

CENT = Decimal("0.01")

INVOICE_FIELDS = (
    "invoice_number", "issue_date", "due_date", "seller_name", "buyer_name", "seller_tax_id",
    "currency", "net_total", "tax_total", "gross_total", "line_item_count",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One line. ``amount`` is net, ``rate`` in per cent."""

    position: int
    article: str
    description: str
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Tax:
    rate: Decimal
    basis: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Invoice:
    language: str
    currency: str
    number: str
    order: str
    customer: str
    issued: date
    delivered: date
    due: date
    seller: Party
    buyer: Party
    items: tuple[Item, ...]

    @property
    def net(self) -> Decimal:
        return sum((item.amount for item in self.items), Decimal("0.00"))

    @property
    def taxes(self) -> tuple[Tax, ...]:
        """The breakdown by rate, highest first (EN 16931 BG-23): tax is rounded once per rate (BR-CO-17)."""
        out = []
        for rate in sorted({item.rate for item in self.items}, reverse=True):
            basis = sum((item.amount for item in self.items if item.rate == rate), Decimal("0.00"))
            out.append(Tax(rate, basis, _round(basis * rate / 100)))
        return tuple(out)

    @property
    def tax(self) -> Decimal:
        return sum((tax.tax for tax in self.taxes), Decimal("0.00"))

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax

    def truth(self, *, printed: tuple[str, ...] = INVOICE_FIELDS) -> Truth:
        """Labels of the file; ``printed`` names the fields that stand on its pages."""
        tax_ids = [number for number in (self.seller.vat_id, self.seller.tax_number) if number]
        fields: dict[str, str | int | list[str]] = {
            "invoice_number": self.number,
            "issue_date": self.issued.isoformat(),
            "due_date": self.due.isoformat(),
            "seller_name": self.seller.name,
            "buyer_name": self.buyer.name,
            "seller_tax_id": tax_ids[0] if len(tax_ids) == 1 else tax_ids,
            "currency": self.currency,
            "net_total": str(self.net),
            "tax_total": str(self.tax),
            "gross_total": str(self.gross),
            "line_item_count": len(self.items),
        }
        return Truth(
            type="invoice", fields=fields, rows=tuple(_row(item) for item in self.items), printed=printed
        )


def make_invoice(language: str, *, items: int, seed: int) -> Invoice:
    """An invoice of a company that writes in `language` to a customer of the same country."""
    rng = Random(f"invoice:{language}:{items}:{seed}")
    country = COUNTRIES[language]
    seller = company(rng, country)
    buyer = company(rng, country)
    while set(buyer.name.split()) & set(seller.name.split()):
        buyer = company(rng, country)
    issued = date(2026, 1, 5) + timedelta(days=rng.randrange(0, 160))
    return Invoice(
        language=language,
        currency="GBP" if country == "GB" else "EUR",
        number=_invoice_number(rng, issued),
        order=f"{rng.randrange(4_500_000, 4_599_999)}",
        customer=f"{rng.randrange(10_000, 99_999)}",
        issued=issued,
        delivered=issued - timedelta(days=rng.randrange(1, 12)),
        due=issued + timedelta(days=rng.choice((14, 21, 30))),
        seller=seller,
        buyer=buyer,
        items=_items(rng, language, items),
    )


def _items(rng: Random, language: str, count: int) -> tuple[Item, ...]:
    standard, reduced = RATES[language]
    wares = [(offer, variant) for variant in VARIANTS[language] for offer in OFFERS[language]]
    order = rng.sample(range(len(OFFERS[language])), len(OFFERS[language]))
    out = []
    for index in range(count):
        block, place = divmod(index, len(order))
        (text, unit, low, high), variant = wares[
            (block % len(VARIANTS[language])) * len(order) + order[place]
        ]
        price = Decimal(rng.randrange(low, high + 1)) / 100
        amount_of = _quantity(rng, unit)
        out.append(
            Item(
                position=index + 1,
                article=f"{rng.choice('ABKMRT')}{rng.randrange(1_000, 9_999)}",
                description=f"{text}, {variant}" if variant else text,
                quantity=amount_of,
                unit=unit,
                price=price,
                amount=_round(price * amount_of),
                rate=Decimal(reduced if text.startswith(REDUCED) else standard),
            )
        )
    return tuple(out)


def _quantity(rng: Random, unit: str) -> Decimal:
    if unit == "HUR":
        return Decimal(rng.randrange(2, 60)) / 4
    if unit == "KGM":
        return Decimal(rng.randrange(10, 250)) / 10
    if unit == "MTR":
        return Decimal(rng.randrange(5, 180))
    return Decimal(rng.choice((1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12, 20)))


def _invoice_number(rng: Random, issued: date) -> str:
    n = rng.randrange(100, 9_999)
    return rng.choice(
        (
            f"{issued.year}-{n:05d}",
            f"RE{issued:%y%m}{n:04d}",
            f"INV-{n:04d}",
            f"{issued:%y}/{n}",
            f"{700_000 + n}",
        )
    )


def _row(item: Item) -> dict[str, str]:
    return {
        "position": str(item.position),
        "article_number": item.article,
        "description": item.description,
        "quantity": str(item.quantity),
        "unit": item.unit,
        "unit_price": str(item.price),
        "amount": str(item.amount),
        "tax_rate": str(item.rate),
    }


def _round(value: Decimal) -> Decimal:
    return value.quantize(CENT, rounding=ROUND_HALF_UP)
