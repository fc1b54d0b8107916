"""Values that matter, against the picture of their page: nobody pays what only a machine reads."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from docmill.domain.appearance import Printed, Seen
from docmill.domain.errors import Rejected
from docmill.domain.limits import machine as limits
from docmill.domain.pages import Box, Page, Provenance, Reading, Word
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.domain.results import Blocker, Extraction
from docmill.domain.types import DocumentType, Kind
from docmill.engines.reading.kinds import media
from docmill.engines.reading.scans.turning import as_given
from docmill.ports.reader import Reader

PICTURE_RULE = "picture"
TRICK_RULE = "tricked_text"
COMPARED_KINDS = frozenset({Kind.AMOUNT, Kind.DATE, Kind.IDENTIFIER, Kind.IBAN, Kind.TAX_ID})
_BELIEVED_BY_PICTURE = (Provenance.TEXT_LAYER, Provenance.OWN_OCR)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A word of a text layer that stands where a value is cited from. ``path`` is the value's."""

    path: str
    page: int
    word: Word
    printed: Printed  # the word where the file shows it, however the page was turned


async def compared(
    found: Extraction,
    asked: Sequence[Evidence],
    file: tuple[bytes, str],
    *,
    reader: Reader,
    allowed: ReadingLimits = DEFAULT,
) -> Extraction:
    """Return the extraction with what the picture says about its values; each contradiction is a blocker.

    ``asked`` is what `to_compare` says, ``file`` bytes and name. When the comparison fails the values are
    unsure, and the document goes on. Raises Unavailable.
    """
    if not asked:
        return found
    printed = list(dict.fromkeys(each.printed for each in asked))
    data, name = file
    try:
        answer = await reader.compare(data, name, printed, allowed=allowed)
    except Rejected:
        seen = dict.fromkeys(printed, Seen.UNSURE)
    else:
        seen = dict(zip(printed, answer.seen, strict=True))
    return with_pictures(found, asked, seen)


def to_compare(found: Extraction, reading: Reading, used: DocumentType | None) -> list[Evidence]:
    """The words to look at: of the text layers of a PDF, for values of the kinds that matter."""
    if used is None or reading.media_type != media.PDF:
        return []
    kept: list[Evidence] = []
    for each in evidence(found, reading, used):
        page = reading.pages[each.page - 1]
        if page.provenance in _BELIEVED_BY_PICTURE and each.word.confidence is None and not each.word.trick:
            kept.append(each)
    return kept[: limits.COMPARED_WORDS_MAX]


def evidence(found: Extraction, reading: Reading, used: DocumentType) -> Iterator[Evidence]:
    """The seen words under the citations of all values of the kinds that matter."""
    pages = {page.number: page for page in reading.pages}
    shown: dict[int, _Shown] = {}
    for path, meta in found.metadata.items():
        spec = used.field(_column_path(path))
        if spec is None or spec.kind not in COMPARED_KINDS or meta.reason is not None:
            continue
        for citation in meta.citations:
            page = pages.get(citation.page or 0)
            if page is not None and citation.box is not None:
                if page.number not in shown:
                    shown[page.number] = _Shown(page)
                for word in shown[page.number].inside(citation.box):
                    printed = Printed(page.number, as_given(word.box, page), word.text)
                    yield Evidence(path, page.number, word, printed)


def with_pictures(found: Extraction, asked: Sequence[Evidence], seen: dict[Printed, Seen]) -> Extraction:
    """The worst of a value's words counts for the value."""
    metadata = dict(found.metadata)
    blockers = list(found.blockers)
    by_path: dict[str, list[Evidence]] = {}
    for each in asked:
        by_path.setdefault(each.path, []).append(each)
    for path, some in by_path.items():
        told = {each: seen[each.printed] for each in some}
        worst = next(one for one in _WORST_FIRST if one in told.values())
        metadata[path] = replace(metadata[path], picture=worst)
        if worst is Seen.DIFFERENT:
            liar = next(each for each, one in told.items() if one is worst)
            message = (
                f"the text of page {liar.page} says {liar.word.text[:40]!r}, its picture shows something else"
            )
            blockers.append(Blocker(path, PICTURE_RULE, message))
    return replace(found, metadata=metadata, blockers=tuple(blockers))


def tricked(found: Extraction, reading: Reading, used: DocumentType | None) -> Extraction:
    """Block the values whose words were written with characters that look like others."""
    if used is None or not any(word.trick for page in reading.pages for word in page.words):
        return found
    named: dict[str, Blocker] = {}
    for each in evidence(found, reading, used):
        if each.word.trick is not None:
            message = f"written with characters that look like others ({each.word.trick.value})"
            named.setdefault(each.path, Blocker(each.path, TRICK_RULE, message))
    return replace(found, blockers=(*found.blockers, *named.values()))


_WORST_FIRST = (Seen.DIFFERENT, Seen.UNSURE, Seen.SAME)


def _column_path(path: str) -> str:
    """``line_items[3].amount`` as the type writes it: ``line_items[].amount``."""
    head, bracket, rest = path.partition("[")
    return f"{head}[]{rest.partition(']')[2]}" if bracket else path


class _Shown:
    """The words of a page that people see, by height: a long list asks for thousands of places on it."""

    def __init__(self, page: Page) -> None:
        self._words = page.visible
        self._order = sorted(range(len(self._words)), key=lambda index: self._words[index].box.centre_y)
        self._heights = [self._words[index].box.centre_y for index in self._order]

    def inside(self, box: Box) -> list[Word]:
        """Return the words whose middle is in the box, in the page's order."""
        first, last = bisect_left(self._heights, box.y0 - 0.5), bisect_right(self._heights, box.y1 + 0.5)
        words = (self._words[index] for index in sorted(self._order[first:last]))
        return [word for word in words if box.x0 - 0.5 <= (word.box.x0 + word.box.x1) / 2 <= box.x1 + 0.5]
