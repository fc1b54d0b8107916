"""A page that lay on its side or on its head, as it stands upright."""

from dataclasses import replace

from docmill.domain.pages import Box, Page, Stroke


def upright(page: Page, text_turned_deg: int) -> Page:
    """Turn the page so that text which runs ``text_turned_deg`` clockwise (0, 90, 180, 270) runs level.

    Only words, strokes and check boxes are moved: a page that declares tables never lies on its side.
    """
    if not text_turned_deg:
        return page

    def moved(edges: tuple[float, float, float, float]) -> Box:
        return _moved(edges, text_turned_deg, page.width, page.height)

    width, height = page.width, page.height
    if text_turned_deg in (90, 270):
        width, height = height, width
    return replace(
        page,
        width=width,
        height=height,
        turned=(page.turned - text_turned_deg) % 360,
        words=tuple(replace(word, box=moved(word.box)) for word in page.words),
        strokes=tuple(Stroke(*moved(stroke)) for stroke in page.strokes),
        check_boxes=tuple(replace(box, box=moved(box.box)) for box in page.check_boxes),
    )


def lined(page: Page) -> Page:
    """Number the lines anew, of words that have moved or come from two sources."""
    # Late: those who only ask for a reading load numpy while the reading process starts.
    from docmill.engines.reading.geometry.lines import lines_of

    order, lines = lines_of([word.box for word in page.words], skew_deg=page.skew_deg)
    words = (replace(page.words[index], line=line) for index, line in zip(order, lines, strict=True))
    return replace(page, words=tuple(words))


def as_given(box: Box, page: Page) -> Box:
    """Where a box on the upright page stands on the page as its file shows it."""
    return _moved(box, page.turned, page.width, page.height) if page.turned else box


def _moved(edges: tuple[float, float, float, float], turned_deg: int, width: float, height: float) -> Box:
    x0, y0, x1, y1 = edges
    match turned_deg:
        case 90:
            x0, y0, x1, y1 = y0, width - x1, y1, width - x0
        case 180:
            x0, y0, x1, y1 = width - x1, height - y1, width - x0, height - y0
        case 270:
            x0, y0, x1, y1 = height - y1, x0, height - y0, x1
    return Box(round(x0, 2), round(y0, 2), round(x1, 2), round(y1, 2))
