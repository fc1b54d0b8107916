"""Pages for people: what docmill sees on them, drawn as pictures or as one HTML file."""

from docmill.engines.drawing.fields import NamedBox, Value, boxes_of, colour_of, label_of, values_of
from docmill.engines.drawing.html import DrawnPage, draw_html
from docmill.engines.drawing.png import draw_page
from docmill.engines.drawing.show import SHOWN, Show

__all__ = [
    "SHOWN",
    "DrawnPage",
    "NamedBox",
    "Show",
    "Value",
    "boxes_of",
    "colour_of",
    "draw_html",
    "draw_page",
    "label_of",
    "values_of",
]
