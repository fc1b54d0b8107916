"""From many candidates to one value per field.

Equal values support each other, and sums and dates must agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations, product

from docmill.domain.types import DocumentType, Kind
from docmill.engines.extraction.rules.candidates import Candidate, Key
from docmill.engines.values.text import comparable

CONSIDERED = 6
"""Candidates of each field that joint decisions look at."""
CENT = Decimal("0.015")
"""How far net + tax may be from gross: one rounding."""

SURE = 0.8
"""Score of a net and a gross total that are believed although no tax fits between them."""

UNRIVALLED = 0.35
"""Added to a value that no other place of the document contests."""

NET = ("net_total", "net_amount", "total_net")
TAX = ("tax_total", "vat_total", "total_tax", "tax_amount")
GROSS = ("gross_total", "total_gross", "total", "gross_amount", "total_amount")
DATE_ORDERS = (("issue_date", "due_date"), ("invoice_date", "due_date"))


def best_per_key(found: Sequence[Candidate]) -> list[Candidate]:
    """Return one candidate per value, best first; each further place that says the same adds a little."""
    groups: dict[Key, list[Candidate]] = {}
    for candidate in found:
        groups.setdefault(candidate.key, []).append(candidate)
    merged = []
    for group in groups.values():
        best = max(group, key=lambda one: one.score)
        merged.append(best.scored(0.1 * min(3, len(group) - 1)))
    return sorted(merged, key=lambda one: -one.score)


def decide(found: Mapping[str, Sequence[Candidate]], document_type: DocumentType) -> dict[str, Candidate]:
    """Choose one candidate for each field that has any."""
    placed = _by_place(found, document_type)
    ranked = {path: best_per_key(options) for path, options in placed.items() if options}
    chosen = {path: options[0] for path, options in ranked.items()}
    _sums(ranked, chosen)
    for first, second in DATE_ORDERS:
        _keep_order(ranked, chosen, first, second)
    _part(ranked, chosen, document_type)
    # Last, since it says how sure a value is, not which one is meant.
    return {
        path: one.scored(UNRIVALLED) if len(ranked.get(path, ())) == 1 else one
        for path, one in chosen.items()
    }


def _part(
    ranked: Mapping[str, list[Candidate]], chosen: dict[str, Candidate], document_type: DocumentType
) -> None:
    """Nobody sells to themselves: where both parties came out alike, the surer one keeps the name."""
    names = [spec for spec in document_type.fields if spec.kind is Kind.NAME and spec.options.get("party")]
    sellers = [spec.path for spec in names if spec.options["party"] == "seller" and spec.path in chosen]
    buyers = [spec.path for spec in names if spec.options["party"] == "buyer" and spec.path in chosen]
    for seller in sellers:
        for buyer in buyers:
            if comparable(str(chosen[seller].key)) != comparable(str(chosen[buyer].key)):
                continue
            loser = buyer if chosen[buyer].score <= chosen[seller].score else seller
            taken = comparable(str(chosen[loser].key))
            rest = [one for one in ranked[loser] if comparable(str(one.key)) != taken]
            if rest:
                chosen[loser] = rest[0]
            else:
                del chosen[loser]
                _without_address(chosen, document_type, nobody="buyer" if loser == buyer else "seller")
                return


def _without_address(chosen: dict[str, Candidate], document_type: DocumentType, *, nobody: str) -> None:
    """Leave out the address of a party that nothing names when it is the other party's."""
    specs = [spec for spec in document_type.fields if spec.kind is Kind.ADDRESS and spec.path in chosen]
    others = {comparable(str(chosen[spec.path].key)) for spec in specs if spec.options.get("party") != nobody}
    for spec in specs:
        if spec.options.get("party") == nobody and comparable(str(chosen[spec.path].key)) in others:
            del chosen[spec.path]


def _by_place(
    found: Mapping[str, Sequence[Candidate]], document_type: DocumentType
) -> dict[str, list[Candidate]]:
    """Let the place decide where equal labels stand often: dates come first, totals last.

    Of balances that every page repeats the first opens the list and the last closes it.
    """
    opening = {str(spec.options.get("opens_with")) for spec in document_type.fields}
    closing = {str(spec.options.get("closes_with")) for spec in document_type.fields}
    kinds = {spec.path: spec.kind for spec in document_type.fields}
    out: dict[str, list[Candidate]] = {}
    for path, options in found.items():
        rows = sorted({one.row for one in options}, reverse=path in closing)
        if path in opening or path in closing:
            out[path] = [one.scored(-0.5 * rows.index(one.row)) for one in options]
            continue
        last = max(rows, default=1) or 1
        amount = kinds.get(path) is Kind.AMOUNT
        out[path] = [
            one.scored(0.6 * one.row / last if amount else 0.2 * (1 - one.row / last)) for one in options
        ]
    return out


def _present(ranked: Mapping[str, list[Candidate]], names: Sequence[str]) -> str | None:
    return next((name for name in names if ranked.get(name)), None)


def _sums(ranked: Mapping[str, list[Candidate]], chosen: dict[str, Candidate]) -> None:
    """Where net + tax = gross holds for some candidates, that outweighs what the labels say of each alone."""
    paths = [_present(ranked, names) for names in (NET, TAX, GROSS)]
    if any(path is None for path in paths):
        return
    net_path, tax_path, gross_path = (str(path) for path in paths)
    best: tuple[float, dict[str, Candidate]] = (0.0, {})
    options = product(
        ranked[net_path][:CONSIDERED], ranked[tax_path][:CONSIDERED], ranked[gross_path][:CONSIDERED]
    )
    for net, tax, gross in options:
        if not _adds_up(net.key, tax.key, gross.key):
            continue
        score = net.score + tax.score + gross.score + (0.2 if tax.key else 0.0)
        if not best[1] or score > best[0]:
            best = (
                score,
                {net_path: net.scored(0.5), tax_path: tax.scored(0.5), gross_path: gross.scored(0.5)},
            )
    if best[1]:
        chosen.update(best[1])
        return
    total = _tax_in_parts(ranked[tax_path], chosen[net_path], chosen[gross_path])
    if total is not None:
        chosen[tax_path] = total
    elif chosen[net_path].score > SURE and chosen[gross_path].score > SURE:
        del chosen[tax_path]  # one rate's share of the tax is not the tax


def _tax_in_parts(parts: Sequence[Candidate], net: Candidate, gross: Candidate) -> Candidate | None:
    """Add up what stands for each rate where the document prints no tax in all.

    Only when that is gross - net.
    """
    if not (isinstance(net.key, Decimal) and isinstance(gross.key, Decimal)):
        return None
    rows: dict[int, Candidate] = {}
    for part in sorted(parts, key=lambda one: -one.score)[: 2 * CONSIDERED]:
        if part.page == gross.page and part.key not in (net.key, gross.key):
            rows.setdefault(part.row, part)
    chosen = sorted(rows.values(), key=lambda one: one.row)
    for size in range(2, min(len(chosen), 4) + 1):
        for group in combinations(chosen, size):
            amounts = [one.key for one in group if isinstance(one.key, Decimal)]
            if abs(net.key + sum(amounts, Decimal(0)) - gross.key) <= CENT:
                words = tuple(word for one in group for word in one.words)
                raw = " + ".join(one.raw for one in group)
                return replace(
                    group[0], key=sum(amounts, Decimal(0)), raw=raw, words=words, score=1.0, derived=True
                )
    return None


def _adds_up(net: Key, tax: Key, gross: Key) -> bool:
    if not (isinstance(net, Decimal) and isinstance(tax, Decimal) and isinstance(gross, Decimal)):
        return False
    return abs(net + tax - gross) <= CENT


def _keep_order(
    ranked: Mapping[str, list[Candidate]], chosen: dict[str, Candidate], first: str, second: str
) -> None:
    """Nothing falls due before it is issued: take the next best due date, or none."""
    if first not in chosen or second not in chosen:
        return
    start = chosen[first].key
    fitting = [
        one
        for one in ranked[second]
        if isinstance(one.key, date) and isinstance(start, date) and one.key >= start
    ]
    if fitting:
        chosen[second] = fitting[0]
    else:
        del chosen[second]
