"""What a bomb is: a file that is made on the spot, and the ways in which reading it may end."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Make = TypeVar("Make", bound=Callable[[], bytes])
READ = "read"
"""It is a file like any other to docmill: its pages come back within the limits."""
OUT_OF_MEMORY = ("reader_limit", "reader_crashed")
"""A library that gets no memory says so, or it takes its process along."""


@dataclass(frozen=True, slots=True)
class Bomb:
    """``ends``: error codes, and READ."""

    name: str
    suffix: str
    make: Callable[[], bytes]
    ends: frozenset[str]

    @property
    def file_name(self) -> str:
        return f"{self.name}.{self.suffix}"


BOMBS: dict[str, Bomb] = {}
"""By name, in the order of their modules."""


def bomb(suffix: str, *ends: str) -> Callable[[Make], Make]:
    """Mark a function as one that makes a bomb; ``suffix`` is that of the file's name."""

    def register(make: Make) -> Make:
        BOMBS[make.__name__] = Bomb(make.__name__, suffix, make, frozenset(ends))
        return make

    return register
