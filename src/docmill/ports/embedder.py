"""Text to vectors."""

from collections.abc import Sequence
from typing import Protocol


class Embedder(Protocol):
    """``model`` pins what made a vector; vectors of different models are not compared."""

    model: str
    dimensions: int

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return one L2-normalised vector per text. Raises Unavailable."""

    async def close(self) -> None:
        """End the engine's process."""
