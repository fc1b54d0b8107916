"""What the syntaxes have in common: where each field of the invoice type stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ListSyntax:
    """``items`` is the path of a row, ``columns`` the paths within it by column name.

    ``skip``: a path and the texts that make an element a heading or a remark; ``wants``: a path
    without which it is one. ``may_be_absent``: profiles below EN 16931 leave the list out.
    """

    items: str
    columns: Mapping[str, tuple[str, ...]]
    skip: tuple[str, frozenset[str]] | None = None
    wants: str = ""
    may_be_absent: bool = False


@dataclass(frozen=True, slots=True)
class Composed:
    """A value in pieces below the element at ``path``: the parts of a group are joined by a blank."""

    path: str
    groups: tuple[tuple[str, ...], ...]
    between: str = ", "


@dataclass(frozen=True, slots=True)
class Syntax:
    """Paths by field path; the first that is there counts. All are relative to the root.

    What ``fields`` does not find is ``composed`` of parts, or the sum of all elements at ``sums``.
    ``in_currency``: fields that may stand twice, of which the one in the invoice's currency counts
    (EN 16931 BT-110 against BT-111). ``bodies``: elements of which each is an invoice of its own.
    """

    name: str
    roots: frozenset[str]
    currency: str
    fields: Mapping[str, tuple[str, ...]]
    composed: Mapping[str, Composed]
    lists: Mapping[str, ListSyntax]
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bodies: str = ""
    in_currency: frozenset[str] = frozenset({"tax_total"})

    def may_lack(self, path: str) -> bool:
        """Say whether a list may be absent from an invoice that is all right."""
        return path not in self.lists or self.lists[path].may_be_absent
