"""How likely a shape is each of the characters that amounts, dates and ids are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

KNOWN = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzÄÖÜäöüß.,:;-/+()%&#€$£'*=_"
"""The order of the network's outputs; other characters cannot be told."""
ALIKE = (
    "0OoQD", "1Il|!i", "5Ss", "8B", "2Zz", "6Gb", "9gq", ",;'", ".:", "-_=", "Cce(", "Uu", "Vv", "Ww", "Xx",
    "Kk", "Pp", "Yy", "tf", "lt", "nh", "vy",
)  # fmt: skip
"""Characters that look the same in some font, or nearly: no two digits, and not point and comma."""


@dataclass(frozen=True, slots=True)
class Letters:
    """A network of one hidden layer, made by `scripts/make_character_shapes.py` from open fonts."""

    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats

    def chances(self, shapes: Sequence[Floats]) -> Floats:
        """``float32[n, len(KNOWN)]``: rows sum to 1."""
        hidden = np.maximum(np.stack(shapes) @ self.inner + self.inner_bias, 0)
        scores = hidden @ self.outer + self.outer_bias
        scores -= scores.max(axis=1, keepdims=True)
        grown = np.exp(scores)
        chances: Floats = grown / grown.sum(axis=1, keepdims=True)
        return chances


@cache
def letters() -> Letters:
    """The shipped network; loaded once, about 1 ms."""
    with (files(__package__) / "letters.npz").open("rb") as file:
        table = np.load(file, allow_pickle=False)
        inner = table["inner"].astype(np.float32) * table["inner_scale"]
        outer = table["outer"].astype(np.float32) * table["outer_scale"]
        return Letters(inner, table["inner_bias"], outer, table["outer_bias"])
