"""From PDF space (origin bottom left, y up, not turned) to the page as it is displayed."""

from dataclasses import dataclass

import numpy as np

from docmill.engines.reading.pdf.pdfium import Floats


@dataclass(frozen=True, slots=True)
class Frame:
    """The part of PDF space that is displayed (its CropBox within its MediaBox), and how it is turned.

    ``rotation`` is in degrees clockwise: 0, 90, 180 or 270.
    """

    left: float
    bottom: float
    right: float
    top: float
    rotation: int

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as displayed."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.rotation in (90, 270) else (width, height)

    def displayed(self, boxes: Floats) -> Floats:
        """Turn ``[n, 4]`` left, bottom, right, top into x0, y0, x1, y1 from the top-left corner."""
        left, bottom, right, top = boxes.T
        match self.rotation:
            case 0:
                turned = (left - self.left, self.top - top, right - self.left, self.top - bottom)
            case 90:
                turned = (bottom - self.bottom, left - self.left, top - self.bottom, right - self.left)
            case 180:
                turned = (self.right - right, bottom - self.bottom, self.right - left, top - self.bottom)
            case _:
                turned = (self.top - top, self.right - right, self.top - bottom, self.right - left)
        return np.stack(turned, axis=1)

    def quarter(self, angles_deg: Floats) -> Floats:
        """How far text runs from left-to-right as displayed, in quarter turns counterclockwise (0 to 3)."""
        if not (angles_deg.any() or self.rotation):
            return np.zeros(len(angles_deg))
        quarters: Floats = np.round((angles_deg - self.rotation) / 90) % 4
        return quarters
