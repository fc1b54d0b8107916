"""Label words: where on the page a type's own words for its fields stand, longest match first."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from docmill.domain.types import DocumentType, FieldSpec, Kind
from docmill.engines.extraction.rules.lines import Line
from docmill.engines.extraction.rules.vocabulary import EXTRA_LABELS, NAME_SYNONYMS, OTHER_LABELS
from docmill.engines.layout.phrases import Match, Phrases, phrase_key

_MORE = re.compile(r"[/(][^:]{1,24}:?$")
_NUMBERING = re.compile(r"^\s*\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})\s?[.)]\s*(?=$)", re.IGNORECASE)
"""What numbers the fields of a form: "4." before a label is no other word."""
_AFTER = re.compile(r"[\s.:\-)#=°º]*")


@dataclass(frozen=True, slots=True)
class Hit:
    """A label on a line, ``text[start:end]``. No ``paths``: the label of something else, which ends values.

    ``opens`` the segment starts with it; ``closes`` nothing follows it in its segment; ``colon`` follows it.
    ``tokens`` tells how specific it is; ``rank`` is its place among the field's own phrases, 0 the best.
    """

    paths: tuple[str, ...]
    start: int
    end: int
    tokens: int
    opens: bool
    closes: bool
    colon: bool
    rank: Mapping[str, int]


class LabelBook:
    """The phrases of one document type, as they are compared: letters and digits alone, accents dropped."""

    def __init__(self, document_type: DocumentType) -> None:
        paths: dict[str, dict[str, int]] = {phrase_key(phrase): {} for phrase in OTHER_LABELS}
        for spec in document_type.fields:
            for phrases in spec.options.get("negative", {}).values():
                for phrase in phrases:
                    paths.setdefault(phrase_key(phrase), {})
        for spec in document_type.fields:
            if spec.kind is Kind.BOOLEAN:
                for phrase in phrases_of(spec):
                    paths.setdefault(phrase_key(phrase), {})
            if is_labelled(spec):
                for phrase, rank in ranked_phrases(spec):
                    paths.setdefault(phrase_key(phrase), {}).setdefault(spec.path, rank)
        self._phrases = Phrases(paths)

    def hits(self, line: Line) -> list[Hit]:
        """Return the labels of a line from left to right, none overlapping."""
        return [_hit(line, match) for match in self._phrases.find(line.text)]


def is_labelled(spec: FieldSpec) -> bool:
    """Whether a field is looked for by labels.

    Columns and lists are tables, names of parties stand in blocks, yes and no in boxes to tick.
    """
    role = spec.options.get("party")
    party = spec.kind in (Kind.NAME, Kind.ADDRESS) and (
        role == "seller" or (role == "buyer" and "." in spec.path)
    )
    return (
        spec.list_path is None
        and spec.kind not in (Kind.LIST, Kind.OBJECT, Kind.BOOLEAN)
        and not party
        and spec.options.get("from_layout", True) is not False
    )


def phrases_of(spec: FieldSpec) -> list[str]:
    """Return the field's label phrases.

    The type's, then general ones of its role, else those its name gives.
    """
    return [phrase for phrase, _ in ranked_phrases(spec)]


def ranked_phrases(spec: FieldSpec) -> list[tuple[str, int]]:
    """Return (phrase, rank): within its language the first phrase is the plainest."""
    own = {
        phrase: rank
        for phrases in spec.labels.values()
        for rank, phrase in reversed(list(enumerate(phrases)))
    }
    for phrase in EXTRA_LABELS.get(spec.path, ()):
        own.setdefault(phrase, 5)
    if own:
        return list(own.items())
    return [
        (phrase, rank // 6) for rank, phrase in enumerate(dict.fromkeys(_from_name(spec.path, spec.kind)))
    ]


def _from_name(path: str, kind: Kind) -> Iterable[str]:
    words = path.rsplit(".", maxsplit=1)[-1].replace("-", "_").split("_")
    choices = [NAME_SYNONYMS.get(word, (word,)) for word in words]
    phrases = [""]
    for choice in choices:
        phrases = [f"{head} {word}".strip() for head in phrases for word in choice][:60]
    yield from phrases
    if len(words) == 2:
        for swapped in phrases:
            yield " ".join(reversed(swapped.split(" ", 1)))
    if len(words) > 1 and kind in (Kind.IDENTIFIER, Kind.AMOUNT, Kind.DATE):
        yield from choices[0]


def _hit(line: Line, match: Match[dict[str, int]]) -> Hit:
    text = line.text
    segment_start, segment_end = line.segment_start(match.start), line.segment_end(match.end)
    before = _NUMBERING.sub("", text[segment_start : match.start]).strip(" -*(<#•·|:.")
    rest = text[match.end : segment_end]
    gap = _AFTER.match(rest)
    after = rest[gap.end() :] if gap else rest
    end = match.end
    if _MORE.match(after) and not any(map(str.isdigit, after)):
        end, after = segment_end, ""  # "Contract / Revision", "Total (EUR)": one label to its end
    colon = ":" in (gap.group() if gap else "") or text[segment_end - 1 :].lstrip().startswith(":")
    ranks = match.payload
    return Hit(tuple(ranks), match.start, end, match.tokens, not before, not after, colon, ranks)
