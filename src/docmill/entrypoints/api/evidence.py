"""Pages as people look at them: words as JSON, and a picture with the evidence in it."""

from collections.abc import Mapping
from typing import Any

from docmill.domain.pages import Page


def page_view(page: Page) -> dict[str, Any]:
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "unit": page.unit,
        "rotation": page.rotation,
        "turned": page.turned,
        "skew_deg": page.skew_deg,
        "provenance": page.provenance,
        "error": page.error,
        "words": [
            {
                "text": word.text,
                "box": [round(edge, 2) for edge in word.box],
                "line": word.line,
                "confidence": word.confidence,
                "hidden": word.hidden,
            }
            for word in page.words
        ],
    }


def picture_with_boxes(png: bytes, page: Page, result: Mapping[str, Any] | None) -> bytes:
    """Draw the evidence into a rendered page. Blocking: it compresses a picture."""
    from docmill.engines.drawing import boxes_of, draw_page

    return draw_page(png, page, boxes_of(result or {}, page.number))
