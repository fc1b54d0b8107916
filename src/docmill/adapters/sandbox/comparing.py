"""Whether a picture shows what its text layer says: what the child doubts, OCR is asked about."""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from docmill.adapters.frames import FrameMessage
from docmill.adapters.sandbox.child import Send
from docmill.domain.appearance import Comparison, Printed, Seen
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import machine as limits
from docmill.domain.pages import Box
from docmill.engines.reading.parts import Pixels, Recognized

_REQUEST_BYTES_MAX = 40_000
"""Of words in one request; the zygote takes packets of 64 KiB."""


def requests(printed: Sequence[Printed]) -> Iterator[tuple[int, list[list[Any]]]]:
    """The words as JSON, in as many requests as they need: (index of the first word, words)."""
    some: list[list[Any]] = []
    start, size = 0, 0
    for index, word in enumerate(printed):
        row = [word.page, *word.box, word.text[: limits.COMPARED_CHARS_MAX]]
        grows = len(json.dumps(row)) + 2
        if some and size + grows > _REQUEST_BYTES_MAX:
            yield start, some
            start, some, size = index, [], 0
        some.append(row)
        size += grows
    if some:
        yield start, some


def compare(data: bytes, request: Mapping[str, Any], send: Send) -> None:
    """The child's task: send a message for each doubtful word."""
    from docmill.engines.reading.pdf.looking import looks

    printed = [Printed(page, Box(*edges), text) for page, *edges, text in request["printed"]]
    for look in looks(data, printed):
        if look.doubt and look.crop is None:
            send({"part": "doubt", "index": look.index, "width": 0, "height": 0})
        elif look.doubt and look.crop is not None:
            height, width = look.crop.shape
            send(
                {"part": "doubt", "index": look.index, "width": width, "height": height}, look.crop.tobytes()
            )


class Verdicts:
    """What is said of each word in the end. What the child does not doubt is the same.

    OCR is asked about no more than COMPARED_BY_OCR_MAX words; the others stay unsure.
    """

    def __init__(
        self, printed: Sequence[Printed], recognize: Callable[[Pixels], Awaitable[Recognized | None]]
    ) -> None:
        self._printed, self._recognize = printed, recognize
        self._seen = [Seen.SAME for _ in printed]
        self._asked = 0
        self.cpu_seconds = 0.0

    async def take(self, message: FrameMessage) -> None:
        """Settle one doubt of the child's. Raises Rejected(reader_crashed) for what no honest child sends."""
        index, pixels = _doubt_of(message, len(self._printed))
        if pixels is None:
            self._seen[index] = Seen.DIFFERENT  # nothing is there
        elif self._asked >= limits.COMPARED_BY_OCR_MAX:
            self._seen[index] = Seen.UNSURE
        else:
            self._asked += 1
            from docmill.engines.reading.appearance.reading import judged  # loads numpy, which is slow

            found = await self._recognize(pixels)
            self.cpu_seconds += found.cpu_seconds if found else 0.0
            self._seen[index] = judged(self._printed[index].text, found)

    def comparison(self) -> Comparison:
        return Comparison(tuple(self._seen), self.cpu_seconds)


def _doubt_of(message: FrameMessage, count: int) -> tuple[int, Pixels | None]:
    header = message.header
    try:
        index, width, height = int(header["index"]), int(header["width"]), int(header["height"])
    except (LookupError, TypeError, ValueError):
        raise Rejected(ErrorCode.READER_CRASHED, "its answer makes no sense") from None
    size = width * height
    if (
        header.get("part") != "doubt"
        or not 0 <= index < count
        or size != len(message.blob)
        or min(width, height) < 0
    ):
        raise Rejected(ErrorCode.READER_CRASHED, "its answer makes no sense")
    return index, Pixels(width, height, bytes(message.blob), line=True) if size else None
