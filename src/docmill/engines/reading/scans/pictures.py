"""Pictures through Pillow: upright, gray, one page per frame of a TIFF.

Of a moving picture (PNG, WebP, AVIF) the first or main one is read: the others cost nothing.
"""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.domain.pages import Page, Provenance
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.kinds import media
from docmill.engines.reading.parts import Opened, PageDone, PageSeen, Part, Pixels
from docmill.engines.reading.scans.marks import with_marks

READER = "docmill 2"
_FORMATS = {
    media.JPEG: ("JPEG", "MPO"),
    media.PNG: ("PNG",),
    media.TIFF: ("TIFF",),
    media.WEBP: ("WEBP",),
    media.AVIF: ("AVIF",),
}
_TURNED = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}
_CLOCKWISE = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}
"""Pillow counts the other way round."""
_ORIENTATION = 0x0112
_WITH_ALPHA = ("RGBA", "LA", "PA", "La", "RGBa")
_START_OF_SCAN = b"\xff\xda"
_TRUNCATED_WORDS = ("truncated", "broken data", "unexpected end", "not enough", "but only got")


def picture_parts(data: bytes, kind: str, allowed: ReadingLimits, *, first: int) -> Iterator[Part]:
    """Yield Opened and one PageSeen per frame. Raises Rejected when the first frame cannot be decoded."""
    with _open(data, kind, allowed) as picture:
        frames = _frames(picture, kind, allowed)
        if first == frames == 1:
            page = _read_frame(picture, 1, allowed)
            yield Opened(kind, frames, reader_version())
            yield page
            return
        yield Opened(kind, frames, reader_version())
        for number in range(first, frames + 1):
            try:
                picture.seek(number - 1)
                yield _read_frame(picture, number, allowed)
            except (Rejected, EOFError, *_DECODING):
                yield PageDone(_failed(number))


def warm_up() -> None:
    """Load the decoders that Pillow loads late, for a process that will not see any folder."""
    from PIL import AvifImagePlugin, MpoImagePlugin, TiffImagePlugin, WebPImagePlugin  # noqa: F401

    Image.preinit()
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # the locked child may not start any


def _frames(picture: Image.Image, kind: str, allowed: ReadingLimits) -> int:
    """Count the frames of a TIFF, no further than the limit: a file can chain millions of them."""
    if kind != media.TIFF:
        return 1
    with _translated():
        count = 1
        while count <= allowed.pages_max:
            try:
                picture.seek(count)
            except EOFError:
                break
            count += 1
        picture.seek(0)
    if count > allowed.pages_max:
        raise Rejected(ErrorCode.TOO_MANY_PAGES, f"the limit is {allowed.pages_max}")
    return count


def render_png(data: bytes, kind: str, number: int, allowed: ReadingLimits) -> bytes | None:
    """Return one frame upright in its own colours; None for a frame that is not there."""
    with _open(data, kind, allowed) as picture:
        if not 1 <= number <= _frames(picture, kind, allowed):
            return None
        with _translated():
            picture.seek(number - 1)
        _check_size(picture, allowed)
        with _translated():
            upright = _shrunk(ImageOps.exif_transpose(_flat(picture)))
            return png(upright if upright.mode in ("L", "RGB") else upright.convert("RGB"))
    raise AssertionError


def png(picture: Image.Image) -> bytes:
    """Pages are looked at once: fast rather than small."""
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


def turned_png(drawn: bytes, turned: int) -> bytes:
    """Turn a picture of `png` clockwise by 0, 90, 180 or 270 degrees."""
    how = _CLOCKWISE.get(turned % 360)
    if how is None:
        return drawn
    with Image.open(io.BytesIO(drawn), formats=("PNG",)) as picture:
        return png(picture.transpose(how))


def reader_version() -> str:
    from PIL import __version__

    return f"{READER}; pillow {__version__}"


_DECODING = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    OverflowError,
    AttributeError,
    RuntimeError,
    struct.error,
    zlib.error,
)
"""What Pillow raises for broken files, besides its own: found on fuzzed ones."""


class _translated:  # noqa: N801 - reads like a function where it is used
    """Pillow's many ways to fail, as the one code that they mean."""

    def __enter__(self) -> None:
        self._quiet = warnings.catch_warnings(record=True)
        self._told = self._quiet.__enter__()
        warnings.simplefilter("always")  # of a TIFF that ends before its directory, only a warning says so

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._quiet.__exit__(None, None, None)
        if isinstance(error, Image.DecompressionBombError):
            raise Rejected(ErrorCode.TOO_MANY_PIXELS, "the picture is too large") from None
        if isinstance(error, _DECODING) and not isinstance(error, Rejected):
            said = " ".join(map(str, (error, *(told.message for told in self._told)))).lower()
            cut = any(word in said for word in _TRUNCATED_WORDS)
            raise Rejected(
                ErrorCode.FILE_TRUNCATED if cut else ErrorCode.FILE_CORRUPT, "the picture"
            ) from None


def _open(data: bytes, kind: str, allowed: ReadingLimits) -> Image.Image:
    if kind == media.JPEG and data.count(_START_OF_SCAN) > limits.JPEG_SCANS_MAX:
        # Each pass goes over the whole picture again: 50 kB can cost seconds.
        raise Rejected(ErrorCode.FILE_CORRUPT, "the picture has too many passes")
    if kind == media.WEBP:
        _check_webp(data, allowed)
    if kind == media.AVIF:
        warm_up()  # no more than a look where it was done before
    Image.MAX_IMAGE_PIXELS = allowed.page_pixels_max
    with _translated():
        try:
            return Image.open(io.BytesIO(data), formats=_FORMATS[kind])
        except UnidentifiedImageError:
            raise Rejected(ErrorCode.FILE_CORRUPT, "the picture's header") from None
    raise AssertionError


def _read_frame(picture: Image.Image, number: int, allowed: ReadingLimits) -> PageSeen:
    _check_size(picture, allowed)
    with _translated():
        turned = _TURNED.get(picture.getexif().get(_ORIENTATION, 1), 0)
        width, height = picture.size if turned in (0, 180) else picture.size[::-1]
        shrink = min(1.0, (limits.RENDER_PIXELS_MAX / (width * height)) ** 0.5)
        # JPEG can be decoded smaller and without colours, which saves most of the work.
        picture.draft("L", (int(picture.width * shrink), int(picture.height * shrink)))
        gray = _shrunk(ImageOps.exif_transpose(_flat(picture)).convert("L"))
    page = Page(number, float(width), float(height), "px", (), Provenance.EMPTY, rotation=turned)
    pixels = Pixels(gray.width, gray.height, gray.tobytes(), photo=True)
    return PageSeen(with_marks(page, pixels), pixels)


def _check_webp(data: bytes, allowed: ReadingLimits) -> None:
    """Pillow makes room for the whole picture as soon as it is opened."""
    kind, head = data[12:16], data[20:30]
    width = height = 0
    if kind == b"VP8X":
        width, height = 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    elif kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"VP8 ":
        width, height = (int.from_bytes(head[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    if width * height > allowed.page_pixels_max:
        raise Rejected(ErrorCode.TOO_MANY_PIXELS, f"{width} x {height} pixels")


def _check_size(picture: Image.Image, allowed: ReadingLimits) -> None:
    if picture.width * picture.height > allowed.page_pixels_max:
        raise Rejected(ErrorCode.TOO_MANY_PIXELS, f"{picture.width} x {picture.height} pixels")


def _flat(picture: Image.Image) -> Image.Image:
    """On white, in a mode that converts to gray as people see it."""
    picture.load()
    if picture.mode.startswith(("I", "F")):
        return _eight_bit(picture)
    if picture.mode == "LAB":
        return _with_exif(picture.getchannel(0), picture)
    if picture.mode in _WITH_ALPHA or "transparency" in picture.info:
        # Smaller first: all at once, four bytes a pixel several times over are more than a child may have.
        whole = _shrunk(picture) if picture.mode in _WITH_ALPHA else picture
        colours = whole.convert("RGBA")
        paper = Image.new("RGB", colours.size, "white")
        paper.paste(colours, mask=colours.getchannel("A"))
        paper.info = dict(picture.info)
        return _with_exif(paper, picture)
    return picture


def _eight_bit(picture: Image.Image) -> Image.Image:
    """Deeper levels spread over those of gray; what is no number is dark."""
    levels = np.nan_to_num(np.asarray(picture, np.float32), copy=True, posinf=0.0, neginf=0.0)
    low, high = float(levels.min()), float(levels.max())
    levels -= low
    levels *= 255.0 / max(high - low, 1e-6)
    return _with_exif(Image.fromarray(levels.astype(np.uint8), "L"), picture)


def _with_exif(flat: Image.Image, picture: Image.Image) -> Image.Image:
    orientation = picture.getexif().get(_ORIENTATION)
    if orientation:
        flat.getexif()[_ORIENTATION] = orientation
    return flat


def _shrunk(picture: Image.Image) -> Image.Image:
    pixels = picture.width * picture.height
    if pixels <= limits.RENDER_PIXELS_MAX:
        return picture
    scale = (limits.RENDER_PIXELS_MAX / pixels) ** 0.5
    size = max(1, int(picture.width * scale)), max(1, int(picture.height * scale))
    return picture.resize(size, Image.Resampling.BOX if picture.mode != "P" else Image.Resampling.NEAREST)


def _failed(number: int) -> Page:
    return Page(number, 0.0, 0.0, "px", (), Provenance.EMPTY, error=ErrorCode.PAGE_FAILED.value)
