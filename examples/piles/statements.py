"""Bank statements of any length: a running balance, wrapped purposes, repeated headers and balances carried over."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from .people import COUNTRIES, Party, company, person
from .statement_pages import draw_statement
from .truth import Truth

STATEMENT_FIELDS = (
    "account_iban", "statement_number", "period_from", "period_to",
    "opening_balance", "closing_balance", "transaction_count",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Transaction:
    """``amount`` is signed; ``balance`` is the account's after it."""

    booked: date
    value: date
    kind: str
    purpose: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    language: str
    holder: Party
    number: str
    first: date
    last: date
    opening: Decimal
    closing: Decimal
    transactions: tuple[Transaction, ...]

    def truth(self) -> Truth:
        fields: dict[str, str | int | list[str]] = {
            "account_iban": self.holder.iban,
            "statement_number": self.number,
            "period_from": self.first.isoformat(),
            "period_to": self.last.isoformat(),
            "opening_balance": str(self.opening),
            "closing_balance": str(self.closing),
            "transaction_count": len(self.transactions),
        }
        rows = tuple(
            {
                "date": entry.booked.isoformat(),
                "value_date": entry.value.isoformat(),
                "description": f"{entry.kind} {entry.purpose}",
                "amount": str(entry.amount),
                "balance": str(entry.balance),
            }
            for entry in self.transactions
        )
        return Truth(type="bank_statement", fields=fields, rows=rows, printed=STATEMENT_FIELDS)


def statement_pdf(rows: int = 25, seed: int = 1, *, language: str = "de") -> tuple[bytes, Truth]:
    """A statement of `rows` transactions and what it says.

    German ones have one column of signed amounts, English ones have "paid out" and "paid in". About
    22 rows fill a page; every page after the first starts with the balance carried over.
    """
    statement = make_statement(rows, seed=seed, language=language)
    return draw_statement(statement), statement.truth()


def make_statement(rows: int, *, seed: int, language: str = "de") -> Statement:
    """Transactions of one quarter of 2026 that lead from the opening to the closing balance."""
    rng = Random(f"statement:{language}:{rows}:{seed}")
    holder = company(rng, COUNTRIES[language])
    first, last = date(2026, 1, 1), date(2026, 3, 31)
    opening = Decimal(rng.randrange(800_000, 6_000_000)) / 100
    days = sorted(rng.randrange(0, (last - first).days + 1) for _ in range(rows))
    balance, entries = opening, []
    for day in days:
        kind, purpose, amount = _transaction(rng, language)
        balance += amount
        booked = first + timedelta(days=day)
        value = min(last, booked + timedelta(days=rng.choice((0, 0, 0, 1))))
        entries.append(Transaction(booked, value, kind, purpose, amount, balance))
    return Statement(
        language, holder, f"{rng.randrange(1, 13)}/2026", first, last, opening, balance, tuple(entries)
    )


def _transaction(rng: Random, language: str) -> tuple[str, str, Decimal]:
    """Kind, purpose and signed amount; purposes hold numbers, dates and sums that are no amounts of the table."""
    country = COUNTRIES[language]
    other = company(rng, country) if rng.random() < 0.7 else None
    name = other.name if other else person(rng, country)
    reference = f"{rng.randrange(2025, 2027)}-{rng.randrange(100, 99_999)}"
    cents = (
        Decimal(
            rng.choice(
                (rng.randrange(95, 9_900), rng.randrange(5_000, 180_000), rng.randrange(10_000, 1_250_000))
            )
        )
        / 100
    )
    kinds: dict[str, tuple[tuple[str, str, int], ...]] = {
        "de": (
            ("SEPA-Lastschrift", f"{name} Rechnung {reference} Mandat M{rng.randrange(10_000, 99_999)}", -1),
            ("Überweisung", f"{name} RG-NR {reference} KD {rng.randrange(1_000, 99_999)}", -1),
            ("Gutschrift", f"{name} Ihre Rechnung {reference}", 1),
            ("Gutschrift", f"{name} Auftrag {rng.randrange(4_500_000, 4_599_999)} abzgl. 2 % Skonto", 1),
            ("Kartenzahlung", f"{name} {rng.randrange(1, 28):02d}.{rng.randrange(1, 4):02d}. {rng.randrange(8, 20):02d}:{rng.randrange(0, 60):02d} Uhr Karte 4{rng.randrange(100, 999)}", -1),
            ("Lohn/Gehalt", f"{person(rng, country)} Gehalt {rng.choice(('Januar', 'Februar', 'März'))} 2026 Personal-Nr. {rng.randrange(100, 999)}", -1),
        ),
        "en": (
            ("Direct debit", f"{name} ref {reference}", -1),
            ("Faster payment", f"{name} invoice {reference}", -1),
            ("Bank credit", f"{name} your invoice {reference}", 1),
            ("Bank credit", f"{name} PO {rng.randrange(4_500_000, 4_599_999)} part payment", 1),
            ("Card payment", f"{name} on {rng.randrange(1, 28):02d} {rng.choice(('Jan', 'Feb', 'Mar'))} card ending {rng.randrange(1_000, 9_999)}", -1),
        ),
    }  # fmt: skip
    kind, purpose, sign = rng.choice(kinds[language])
    return kind, purpose, sign * cents
