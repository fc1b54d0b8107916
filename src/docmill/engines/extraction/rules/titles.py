"""Headings that are sentences.

"Rechnung (380) Nr. 4711 vom 05.06.2018", "Invoice # 17 issued at 2019-06-10".
"""

import re
from collections.abc import Iterator, Sequence

from docmill.engines.extraction.rules.candidates import Candidate, candidate
from docmill.engines.extraction.rules.lines import Line
from docmill.engines.values.text import folded

_TITLE = re.compile(
    r"(?:rechnung|gutschrift|rechnungskorrektur|stornorechnung|invoice|credit note|facture|avoir"
    r"|factura|fattura|nota di credito"
    r"|parcella|abono)\s*(?:\([^)]{1,40}\)\s*){0,2}(?:-\s*)?"
    r"(?:nr|no|nummer|number|num|numero|n|#)\s*[.°ºo]?\s*[.:#]?\s*(?P<id>[^\s:;,|]*\d[^\s;,|]*)"
)
_OTHER = re.compile(
    r"\b(?:zu|zur|bezug|ref|referenz|original|storno|to|sur|rif|riferimento)\W*(?:der |la )?$"
)
_DATED = re.compile(
    r"\s*,?\s*(?:vom|von|of|dated|from|issued (?:at|on)|du|en date du|del|dd|de fecha|in data|,)\s*:?\s*"
)


def titles(lines: Sequence[Line]) -> Iterator[tuple[str, Candidate]]:
    """Yield ("number" or "date", candidate) from headings; the date may have wrapped to the next row."""
    for index, line in enumerate(lines):
        if not line.has_digit or line.skipped:
            continue
        low = folded(line.text)
        match = _TITLE.search(low)
        if match is None or _OTHER.search(low[: match.start()]):
            continue
        if any(hit.start < match.end("id") and match.start("id") < hit.end for hit in line.dates):
            continue
        start, end = match.span("id")
        raw = line.text[start:end].rstrip(".,;:)")
        yield (
            "number",
            candidate(line, start, start + len(raw), raw, score=1.9 if match.start() < 30 else 0.4),
        )
        dated = _DATED.match(low, end)
        if dated is None:
            continue
        following = lines[index + 1] if index + 1 < len(lines) else None
        here = [hit for hit in line.dates if hit.start == dated.end()]
        there = (
            [hit for hit in following.dates if hit.start == 0]
            if following and dated.end() >= len(low)
            else []
        )
        for source, hit in [(line, hit) for hit in here] + [(following, hit) for hit in there]:
            if source is not None:
                yield "date", candidate(source, hit.start, hit.end, hit.value, score=1.4)
