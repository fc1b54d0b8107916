"""Seller and buyer, wherever a document shows them: three places are looked at, the plainest counts most."""

from collections.abc import Sequence

from docmill.domain.pages import Word
from docmill.domain.types import FieldSpec, Kind
from docmill.engines.extraction.rules.candidates import Candidate
from docmill.engines.extraction.rules.parties.headed import under_headings
from docmill.engines.extraction.rules.parties.unheaded import sender_and_window, unheaded_blocks
from docmill.engines.extraction.rules.parties.zones import by_zone
from docmill.engines.layout import Layout, Segment

__all__ = ["by_zone", "party_candidates"]


def party_candidates(
    layout: Layout, specs: Sequence[FieldSpec], skipped: frozenset[int]
) -> dict[str, list[Candidate]]:
    """Return candidates for the names and addresses of the type's parties, by path."""
    wanted = [spec for spec in specs if spec.options.get("party") and spec.kind in (Kind.NAME, Kind.ADDRESS)]
    found: dict[str, list[Candidate]] = {spec.path: [] for spec in wanted}
    if not wanted:
        return found
    rows = [row for row in layout.rows if row.number not in skipped]
    headed = list(under_headings(rows, wanted))
    for party in [*headed, *sender_and_window(rows, layout), *unheaded_blocks(rows, layout, headed)]:
        for spec in wanted:
            if spec.options["party"] != party.role:
                continue
            if spec.kind is Kind.NAME and party.name:
                text = " ".join(segment.text for segment in party.name).strip(" ,;:|")
                found[spec.path].append(_candidate(party.name, text, party.score))
            elif spec.kind is Kind.ADDRESS and party.address:
                text = ", ".join(segment.text.strip(" ,") for segment in party.address)
                found[spec.path].append(_candidate(party.address, text, party.score))
    return found


def _candidate(segments: Sequence[Segment], text: str, score: float) -> Candidate:
    words: tuple[Word, ...] = tuple(word for segment in segments for word in segment.words)
    raw = "\n".join(segment.text for segment in segments)
    return Candidate(text, raw, segments[0].page, segments[0].row, words, score)
