"""An OCR that sees nothing, for tests that are not about it."""

from docmill.engines.reading.parts import Pixels, Recognized


class BlankOcr:
    async def recognize(self, pixels: Pixels) -> Recognized:
        return Recognized((), 0.0, "blank", 0.0)

    async def close(self) -> None: ...
