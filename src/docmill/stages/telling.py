"""What may be told of an error: its kind and where it came from, never its text, which may quote the
document."""

import traceback
from pathlib import Path

from docmill.domain.limits.repair import TRY_LINES_MAX


def telling_lines(error: BaseException) -> tuple[str, ...]:
    """The last frames of an error and of those that it came from, the innermost last; TRY_LINES_MAX at
    most."""
    lines: list[str] = []
    link: BaseException | None = error
    while link is not None and len(lines) < TRY_LINES_MAX:
        frames = traceback.extract_tb(link.__traceback__)
        lines[:0] = [
            *(f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in frames),
            type(link).__name__,
        ]
        link = link.__cause__
    return tuple(lines[-TRY_LINES_MAX:])
