"""Pictures inside of mails: a logo is decoration, a photographed receipt is a document."""

import io

from PIL import Image

_BYTES_MAX = 100 * 1024
_SHORT_SIDE_PIXELS_MAX = 220
"""Documents have more: text at half the resolution of a screenshot is not legible any more."""
_BYTES_SMALL = 4 * 1024
_UNREAD = (b"GIF8", b"BM")
"""GIF and BMP, which docmill does not read in the first place."""


def is_logo(data: bytes) -> bool:
    """True for a picture that is shown within the text and is too small to be a document."""
    if len(data) <= _BYTES_SMALL or data.startswith(_UNREAD):
        return True
    if len(data) > _BYTES_MAX:
        return False
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "TIFF")) as picture:
            return min(picture.size) <= _SHORT_SIDE_PIXELS_MAX
    except Exception:  # whatever is wrong with it is told when it is read as a document of its own
        return False
