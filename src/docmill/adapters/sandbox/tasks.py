"""What a child can be asked to do. Imported by the zygote alone, before any child is forked."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from docmill.adapters.sandbox import comparing
from docmill.adapters.sandbox.child import Send, Task
from docmill.domain.appearance import Printed
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Box
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines import reading
from docmill.engines.reading.parts import AttachmentFound, MemberFound, Opened, PageDone, PageSeen, Part
from docmill.engines.reading.scans.pictures import turned_png
from docmill.engines.reading.wire.codec import attachment_to_json, page_to_json


def warm_up(*, everything: bool = True) -> None:
    """Load all that a child may need: as the user nobody it may not see the folder of a module or codec.

    Without ``everything`` no more than PDFs and pictures need, and telling what files inside a PDF are.
    """
    import heapq  # noqa: F401 - loaded by Counter.most_common

    import numpy.ma  # noqa: F401 - numpy loads it with the first median

    from docmill.engines.reading import xml  # noqa: F401 - loaded, not used
    from docmill.engines.reading.kinds import encodings, packages, texts  # noqa: F401
    from docmill.engines.reading.pdf.looking import looks
    from docmill.engines.reading.scans import pictures

    pictures.warm_up()
    encodings.known()
    reading.read(_SMALLEST_PDF, "")
    reading.read(b"<Invoice/>", "")
    reading.render(_SMALLEST_PDF, 1, dpi=10)
    list(looks(_SMALLEST_PDF, [Printed(1, Box(10, 30, 60, 45), "docmill")]))
    if everything:
        _warm_up_the_rest()


def _warm_up_the_rest() -> None:
    from docmill.engines.reading import archives, mail, markup, office  # noqa: F401 - loaded, not used

    office.warm_up()
    reading.render(_SMALLEST_RTF, 1, dpi=40)


def read(data: bytes, request: Mapping[str, Any], send: Send) -> None:
    allowed = ReadingLimits(**request["allowed"])
    for part in reading.parts(data, request["name"], allowed=allowed, first=request["first"]):
        send(*_message(part))


def render(data: bytes, request: Mapping[str, Any], send: Send) -> None:
    allowed = ReadingLimits(**request["allowed"])
    drawn = reading.render(data, request["page"], dpi=request["dpi"], allowed=allowed, name=request["name"])
    if drawn is None:
        raise Rejected(ErrorCode.NOT_FOUND, f"page {request['page']}")
    send({"part": "png"}, turned_png(drawn, request["turned"]))


TASKS: dict[str, Task] = {"read": read, "render": render, "compare": comparing.compare}


def _message(part: Part) -> tuple[dict[str, Any], bytes]:
    match part:
        case Opened():
            return {"part": "opened", **asdict(part)}, b""
        case PageDone():
            return {"part": "page", "page": page_to_json(part.page)}, b""
        case PageSeen():
            pixels = part.pixels
            size = {"width": pixels.width, "height": pixels.height, "photo": pixels.photo}
            return {"part": "seen", "page": page_to_json(part.page), **size}, pixels.gray
        case AttachmentFound():
            return {"part": "attachment", "attachment": attachment_to_json(part.attachment)}, b""
        case MemberFound():
            member = part.member
            return {"part": "member", "name": member.name, "ordinal": member.ordinal}, member.data


_SMALLEST_RTF = rb"{\rtf1 docmill}"
_SMALLEST_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 37>>stream
BT /F 12 Tf 10 30 Td (docmill) Tj ET

endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
startxref
0
%%EOF
"""
