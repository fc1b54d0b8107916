"""Whether a list accounts for all its rows.

They are counted apart from parsing, and summed against what the document says.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from docmill.domain.results import Completeness
from docmill.engines.extraction.rules.lists import Entry, ListFound

ROUNDING = Decimal("0.01")
"""What one row, rounded by itself, may differ by."""


def account(found: ListFound, totals: Mapping[str, Decimal], printed_sums: Iterable[Decimal]) -> Completeness:
    """Return the contract for a list. ``totals`` are the document's amounts by path.

    ``printed_sums`` are amounts that the document itself calls a sum of its rows. Signs of amounts
    that are printed without one are set from the running balance on the way.
    """
    options = found.spec.options
    if options.get("running_balance"):
        reason = _running(found, totals)
    else:
        reason = _summed(found, totals, printed_sums)
    returned = len(found.entries)
    if found.expected != returned:
        short = f"{found.expected} rows have an amount on the pages, {returned} were put together"
        reason = f"{short}; {reason}" if reason else short
    return Completeness(found.expected, returned, reconciles=not reason, reason=reason)


def _summed(found: ListFound, totals: Mapping[str, Decimal], printed_sums: Iterable[Decimal]) -> str:
    column = str(found.spec.options.get("sum_of", ""))
    if not column:
        return ""
    target_path = str(found.spec.options.get("reconciles_with", ""))
    named = [value for path in (target_path, "gross_total") if (value := totals.get(path)) is not None]
    targets = [*named, *printed_sums]
    without = [entry.values.get(column) for entry in found.entries]
    if not all(isinstance(value, Decimal) for value in without):
        return (
            f"row {1 + next(i for i, v in enumerate(without) if not isinstance(v, Decimal))} has no {column}"
        )
    plain = sum((value for value in without if isinstance(value, Decimal)), Decimal(0))
    noted = sum((note for entry in found.entries for note in entry.adjustments), Decimal(0))
    slack = ROUNDING
    if noted and any(abs(plain + noted - target) <= slack for target in targets):
        for entry in found.entries:
            before = entry.values[column]
            if entry.adjustments and isinstance(before, Decimal):
                entry.values[column] = before + sum(entry.adjustments, Decimal(0))
        return ""
    if any(abs(plain - target) <= slack for target in targets):
        return ""
    if not targets:
        return f"no {target_path or 'total'} to compare the rows with"
    at = _first_odd(found.entries, column)
    where = f"; row {at} is the first where quantity x price is not the {column}" if at else ""
    return f"the rows sum to {plain}, {target_path} is {targets[0]}{where}"


def _first_odd(entries: Sequence[Entry], column: str) -> int | None:
    for number, entry in enumerate(entries, 1):
        parts = [entry.values.get(name) for name in ("quantity", "unit_price", column)]
        if all(isinstance(part, Decimal) for part in parts):
            quantity, price, amount = (part for part in parts if isinstance(part, Decimal))
            if abs(quantity * price - amount) > Decimal("0.02") + abs(amount) / 200:
                return number
    return None


def _running(found: ListFound, totals: Mapping[str, Decimal]) -> str:
    options = found.spec.options
    amount, balance = str(options.get("sum_of", "amount")), str(options["running_balance"])
    opening, closing = totals.get(str(options.get("opens_with"))), totals.get(str(options.get("closes_with")))
    forward = _walk(found.entries, amount, balance, opening)
    if forward is None and _ends_with(found.entries, amount, balance, opening, closing):
        return ""
    if forward is not None and len(found.entries) > 1:
        backward = list(reversed(found.entries))
        if _walk(backward, amount, balance, opening) is None and _ends_with(
            backward, amount, balance, opening, closing
        ):
            return ""
    if forward is not None:
        return f"row {forward} is the first where the balance does not follow from the row before it"
    return (
        f"the last balance is not the {options.get('closes_with', 'closing balance')}"
        if closing is not None
        else "no closing balance to compare with"
    )


def _walk(entries: Sequence[Entry], amount: str, balance: str, opening: Decimal | None) -> int | None:
    """Return the number of the first row that breaks the running balance, from 1, or None.

    A balance may stand at the last row of a day alone. Where an amount has the size of the step
    but not its sign, the sign is the step's: debit and credit are often told apart by place or
    letter only, and amount and balance are both printed.
    """
    current = opening
    pending = Decimal(0)
    for number, entry in enumerate(entries, 1):
        value, stated = entry.values.get(amount), entry.values.get(balance)
        if not isinstance(value, Decimal):
            return number
        if isinstance(stated, Decimal) and current is not None:
            step = stated - current - pending
            if step == -value and value:
                entry.values[amount] = value = step
            if step != value:
                return number
        pending = Decimal(0) if isinstance(stated, Decimal) else pending + value
        if isinstance(stated, Decimal):
            current = stated
    return None


def _ends_with(
    entries: Sequence[Entry], amount: str, balance: str, opening: Decimal | None, closing: Decimal | None
) -> bool:
    """Whether the rows lead from the opening to the closing balance, as far as both are printed."""
    if closing is None or not entries:
        return closing is not None and closing == opening
    stated = [entry.values[balance] for entry in entries if isinstance(entry.values.get(balance), Decimal)]
    amounts = [value for entry in entries if isinstance(value := entry.values.get(amount), Decimal)]
    if opening is not None:
        return opening + sum(amounts, Decimal(0)) == closing
    return bool(stated) and stated[-1] == closing
