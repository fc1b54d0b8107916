"""What a child says, taken for what it is: the words of a process that a file may have taken over."""

import signal
from typing import Any

from docmill.adapters.frames import FrameMessage
from docmill.adapters.sandbox.warden import ChildEnded
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, Rejected
from docmill.domain.limits import api as limits
from docmill.domain.pages import Member, Page
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.parts import (
    AttachmentFound,
    MemberFound,
    Opened,
    PageDone,
    PageSeen,
    Part,
    Pixels,
)
from docmill.engines.reading.wire.codec import attachment_from_json, page_from_json


def death(end: ChildEnded, allowed: ReadingLimits) -> Rejected:
    """What the end of a child that gave no answer says about its file."""
    if end.signal == signal.SIGXCPU or (end.signal and end.cpu_seconds >= allowed.child_cpu_s_max):
        return Rejected(ErrorCode.READER_LIMIT, "CPU time")
    return Rejected(ErrorCode.READER_CRASHED, signal.Signals(end.signal).name if end.signal else "it left")


def refusal(header: dict[str, Any]) -> DocmillError:
    """The child's word for it, if it is a word of the closed list."""
    detail, action = str(header.get("detail", ""))[:200], str(header.get("action", ""))[:200]
    try:
        code = ErrorCode(header["error"])
    except ValueError:
        return Rejected(ErrorCode.READER_CRASHED, "it gave no code")
    if code == ErrorCode.PART_MISSING:  # of docmill, not of the file
        return DocmillError(code, detail)
    return NotFound(detail) if code == ErrorCode.NOT_FOUND else Rejected(code, detail, action=action)


def part_of(message: FrameMessage) -> Part:
    """Raises Rejected(reader_crashed) for a message that no honest child sends."""
    header = message.header
    try:
        match header["part"]:
            case "opened":
                return Opened(str(header["media_type"]), int(header["pages"]), str(header["reader"]))
            case "page":
                return PageDone(_page(header))
            case "seen":
                width, height = int(header["width"]), int(header["height"])
                if not 0 < width * height == len(message.blob):
                    raise ValueError("pixels")
                return PageSeen(
                    _page(header), Pixels(width, height, bytes(message.blob), photo=bool(header["photo"]))
                )
            case "attachment":
                return AttachmentFound(attachment_from_json(header["attachment"]))
            case "member":
                name = str(header["name"])[-limits.FILE_NAME_CHARS_MAX :]
                if "\0" in name:
                    raise ValueError("a character that no database takes")
                return MemberFound(Member(int(header["ordinal"]), name, bytes(message.blob)))
    except (LookupError, TypeError, ValueError, AttributeError):
        pass
    raise Rejected(ErrorCode.READER_CRASHED, "its answer makes no sense")


def _page(header: dict[str, Any]) -> Page:
    return page_from_json(header["page"])
