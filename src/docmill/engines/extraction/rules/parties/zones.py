"""Whose tax id it is: the one under a party's heading is that party's, whatever its label says."""

from collections.abc import Sequence
from dataclasses import dataclass

from docmill.domain.pages import Box
from docmill.domain.types import FieldSpec, Kind
from docmill.engines.extraction.rules.candidates import Candidate
from docmill.engines.extraction.rules.names import may_be_name
from docmill.engines.extraction.rules.parties.headed import headings_of, starts
from docmill.engines.extraction.rules.parties.model import HEADING_ROWS, lines_below
from docmill.engines.layout import Layout, Row
from docmill.engines.layout.rows import box_around


@dataclass(frozen=True, slots=True)
class Zone:
    """The part of a page below a party's heading, down to the next heading."""

    role: str
    page: int
    box: Box

    def holds(self, one: Candidate) -> bool:
        box = box_around(one.words)
        inside = (
            self.box.y0 < box.centre_y < self.box.y1 and self.box.x0 < (box.x0 + box.x1) / 2 < self.box.x1
        )
        return one.page == self.page and inside


def by_zone(
    found: dict[str, list[Candidate]], layout: Layout, specs: Sequence[FieldSpec], skipped: frozenset[int]
) -> None:
    """Give tax ids to the party under whose heading they stand, whatever label they have."""
    ids = [spec for spec in specs if spec.kind is Kind.TAX_ID and spec.options.get("party")]
    named = [spec for spec in specs if spec.kind is Kind.NAME and spec.options.get("party")]
    if not ids or not named:
        return
    zones = _zones([row for row in layout.rows if row.number not in skipped], layout, named)
    for spec in ids:
        kept = []
        for one in found.get(spec.path, ()):
            zone = next((zone for zone in zones if zone.holds(one)), None)
            if zone is None or zone.role in (spec.options["party"], "other"):
                kept.append(one)
                continue
            for other in ids:
                if other.options["party"] == zone.role and other.options.get("scheme") == spec.options.get(
                    "scheme"
                ):
                    found.setdefault(other.path, []).append(one)
        found[spec.path] = kept


def _zones(rows: Sequence[Row], layout: Layout, specs: Sequence[FieldSpec]) -> list[Zone]:
    heads = starts(rows, headings_of(specs))
    zones = []
    for number, (index, segment, role, rest) in enumerate(heads):
        if rest and not may_be_name(rest):
            continue
        end = heads[number + 1][0] if number + 1 < len(heads) else len(rows)
        within = [
            row
            for row in rows[index + 1 : min(max(end, index + 2), index + HEADING_ROWS)]
            if row.page == segment.page
        ]
        lines = lines_below(within, segment)
        if not lines:
            continue
        labelled = lines[0].text.rstrip().endswith(":") or (within and ":" in within[0].text)
        right = (
            layout.pages[segment.page].width
            if labelled
            else max(line.box.x1 for line in lines) + segment.box.height
        )
        bottom = (
            within[-1].centre + within[-1].height if labelled else lines[-1].box.y1 + lines[-1].box.height
        )
        left = min(line.box.x0 for line in [segment, *lines]) - segment.box.height
        zones.append(Zone(role, segment.page, Box(left, segment.box.y0, right, bottom)))
    return zones
