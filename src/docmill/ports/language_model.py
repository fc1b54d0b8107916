"""The language model, asked last and believed only where the page shows the words."""

from collections.abc import Mapping
from typing import Any, Protocol


class LanguageModel(Protocol):
    """Raises Unavailable. ``name`` pins the model."""

    name: str

    async def answer(self, prompt: str, *, schema: Mapping[str, Any], tokens_max: int) -> Mapping[str, Any]:
        """Return JSON that the schema accepts.

        Raises DocmillError when the prompt does not fit: it is never cut.
        """
