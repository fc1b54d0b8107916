"""The head of a receipt or letter.

The company is in its first prominent lines, the address in the lines after it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from docmill.domain.pages import Word
from docmill.domain.types import FieldSpec, Kind
from docmill.engines.extraction.rules.candidates import Candidate
from docmill.engines.extraction.rules.names import (
    has_bank_word,
    has_legal_form,
    has_trade_word,
    is_bare_form,
    is_contact,
    is_half_name,
    is_street,
    is_town,
    is_trade_alone,
    may_be_name,
    without_registration,
)
from docmill.engines.layout import Layout, Row
from docmill.engines.layout.numbers import has_money
from docmill.engines.values.dates import find_dates

HEAD_ROWS = 12
"""Rows in which the company's name is looked for."""
ADDRESS_ROWS_MAX = 6
"""Rows of a printed address."""
FAR = 4.0
"""A gap of so many letter heights ends a line of the head."""
_STOP = re.compile(
    r"^\W*(?:tel|fax|phone|telephone|h/?p\b|gst|sst|vat|ust|tax|invoice|receipt|bill|date|cashier"
    r"|table|doc\b|order|cash|e-?mail|www|http|reg\b|co\.? ?reg|company|roc|id no|site|slip|customer"
    r"|item|qty|desc"
    r"|rechnung|datum|kasse|bon|facture|ticket|scontrino|welcome|thank|member|staff|terminal|opening"
    r"|business hours|hotline|store no|branch|outlet|no\. ?:|guest|check|chit|prepay|sub ?total|total"
    r"|grand|br no|bil\b|server|waiter|pax|pos\b|trans)",
    re.IGNORECASE,
)
_REGISTER_LINE = re.compile(
    r"^\W*(?:\(?\s*(?:co|company|gst|sst|tax|reg|roc|vat|licen[cs]ee|formerly)\b.*"
    r"|[(<\[]?\s*[A-Z]{0,2}[\d\s]{5,14}[-–]?\s*[A-Z]?\s*[)>\]]?)\W*$",
    re.IGNORECASE,
)
_STATE = re.compile(r"^[\W\d]*[A-Z][A-Za-z.,' ]{2,40}\W*$")
_PHONE = re.compile(r"^\W*(?:\d[\s-]?){8,12}\W*$")


def letterhead_candidates(
    layout: Layout, specs: Sequence[FieldSpec], skipped: frozenset[int]
) -> dict[str, list[Candidate]]:
    """Return candidates for the issuer's name and address.

    For types that have such fields of their own, not those of a nested party.
    """
    own = [spec for spec in specs if spec.options.get("party") == "seller" and "." not in spec.path]
    names = [spec for spec in own if spec.kind is Kind.NAME]
    addresses = [spec for spec in own if spec.kind is Kind.ADDRESS]
    rows = [_head(row) for row in layout.rows if row.page == 1 and row.number not in skipped][: 2 * HEAD_ROWS]
    if not names or not rows:
        return {}
    bank = next(
        (index for index, row in enumerate(rows) if has_bank_word(row.text) and may_be_name(row.text)), None
    )
    wants_bank = "bank" in names[0].path and bank is not None
    company = (bank, bank, 0.9) if wants_bank and bank is not None else _company(rows[:HEAD_ROWS])
    if company is None:
        return {}
    first, last, score = company
    out = {names[0].path: [_name(rows[first : last + 1], score)]}
    lines = _address(rows, last + 1)
    if addresses and lines:
        out[addresses[0].path] = [_joined(lines, ", ".join(row.text.strip(" ,") for row in lines), score=0.8)]
    return out


def _head(row: Row) -> Row:
    """Keep the row up to its first wide gap: what stands far right in a letter's head is another block."""
    kept = [row.segments[0]]
    for segment in row.segments[1:]:
        if segment.box.x0 - kept[-1].box.x1 > FAR * row.height:
            break
        kept.append(segment)
    return replace(row, segments=tuple(kept))


def _company(rows: Sequence[Row]) -> tuple[int, int, float] | None:
    """Return (first row, last row, score) of the name.

    The first line with a form of company, else with a trade, else the first name.
    """
    stop = next((i for i, row in enumerate(rows) if i and _ends_head(row.text)), len(rows))
    head = rows[: max(stop, 1)]
    usable = [index for index, row in enumerate(head) if may_be_name(row.text) and not is_town(row.text)]
    for test, score in ((has_legal_form, 1.0), (has_trade_word, 0.7)):
        hit = next((index for index in usable if test(head[index].text)), None)
        if hit is not None and not (
            hit > 0 and score < 1.0 and is_trade_alone(head[hit].text) and hit - 1 in usable
        ):
            return _start(head, hit), hit, score
    if not usable:
        return None
    first = usable[0]
    return first, first, 0.5


def _ends_head(text: str) -> bool:
    return (
        bool(find_dates(text))
        or re.search(r"tax invoice|cash bill|receipt no|invoice no", text, re.IGNORECASE) is not None
    )


def _start(head: Sequence[Row], index: int) -> int:
    """A name may take two lines: the second is the company's form alone, or they are joined by "&"."""
    if index == 0:
        return 0
    before, text = head[index - 1].text.strip(), head[index].text.strip()
    bare = is_bare_form(text) or (is_half_name(text) and not before[:1].isdigit())
    if (bare or text.startswith("&") or before.endswith("&")) and may_be_name(before):
        return index - 1
    return index


def _name(rows: Sequence[Row], score: float) -> Candidate:
    text = " ".join(without_registration(row.text) for row in rows)
    return _joined(rows, text, score=score)


def _address(rows: Sequence[Row], start: int) -> list[Row]:
    lines: list[Row] = []
    for row in rows[start : start + 12]:
        text = row.text
        if not lines:
            if _REGISTER_LINE.match(text) or is_contact(text):
                continue
            place = is_street(text) or is_town(text) or _numbered(text)
            if not place or find_dates(text) or has_money(text) or _PHONE.match(text):
                if _STOP.match(text) and row.number - rows[start].number > 3:
                    break
                continue
            lines.append(row)
            continue
        if (
            _STOP.match(text)
            or is_contact(text)
            or find_dates(text)
            or has_money(text)
            or _PHONE.match(text)
            or len(lines) == ADDRESS_ROWS_MAX
        ):
            break
        if _REGISTER_LINE.match(text) and not is_town(text):
            break
        done = any(is_town(line.text) for line in lines)
        if done and not (is_town(text) or _STATE.match(text) or is_street(text)):
            break
        if done and is_town(lines[-1].text) is False and not is_town(text):
            break
        if done and (has_legal_form(text) or "(" in text[:2]):
            break
        lines.append(row)
    return lines


def _numbered(text: str) -> bool:
    return (
        re.match(r"^\W*\d+[A-Za-z]?[\s,/-]", text) is not None
        and text.count(" ") >= 1
        and any(map(str.isalpha, text))
    )


def _joined(rows: Sequence[Row], text: str, *, score: float) -> Candidate:
    words: tuple[Word, ...] = tuple(word for row in rows for word in row.words)
    return Candidate(
        text, "\n".join(row.text for row in rows), rows[0].page, rows[0].number, words, score, labelled=False
    )
