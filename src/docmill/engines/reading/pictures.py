"""JPEG, PNG and TIFF through Pillow: upright, gray, one page per frame."""

import io
import struct
import warnings
import zlib
from collections.abc import Iterator

from PIL import Image, ImageOps, UnidentifiedImageError

from docmill.domain import limits
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Page, Provenance
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading import media
from docmill.engines.reading.parts import Opened, PageDone, PageSeen, Part, Pixels

READER = "docmill 1"
_FORMATS = {media.JPEG: ("JPEG", "MPO"), media.PNG: ("PNG",), media.TIFF: ("TIFF",)}
_TURNED = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}
_ORIENTATION = 0x0112
_START_OF_SCAN = b"\xff\xda"
_TRUNCATED_WORDS = ("truncated", "broken data", "unexpected end", "not enough")


def picture_parts(data: bytes, kind: str, allowed: ReadingLimits, *, first: int) -> Iterator[Part]:
    """Yield Opened and one PageSeen per frame. Raises Rejected when the first frame cannot be decoded."""
    with _open(data, kind, allowed) as picture:
        with _translated():
            frames = getattr(picture, "n_frames", 1) if kind == media.TIFF else 1
        if frames > allowed.pages_max:
            raise Rejected(ErrorCode.TOO_MANY_PAGES, f"{frames} frames, the limit is {allowed.pages_max}")
        if first == 1:
            page = _read_frame(picture, 1, allowed)
            yield Opened(kind, frames, reader_version())
            yield page
        else:
            yield Opened(kind, frames, reader_version())
        for number in range(max(first, 2), frames + 1):
            try:
                picture.seek(number - 1)
                yield _read_frame(picture, number, allowed)
            except (Rejected, EOFError, *_DECODING):
                yield PageDone(_failed(number))


def render_png(data: bytes, kind: str, number: int, allowed: ReadingLimits) -> bytes | None:
    """Return one frame upright in its own colours; None for a frame that is not there."""
    with _open(data, kind, allowed) as picture:
        with _translated():
            if number != 1 and (kind != media.TIFF or not 1 <= number <= getattr(picture, "n_frames", 1)):
                return None
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
    struct.error,
    zlib.error,
)
"""What Pillow raises for broken files, besides its own: found on fuzzed ones."""


class _translated:  # noqa: N801 - reads like a function where it is used
    """Pillow's many ways to fail, as the one code that they mean."""

    def __enter__(self) -> None:
        self._quiet = warnings.catch_warnings()
        self._quiet.__enter__()
        warnings.simplefilter("ignore")

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._quiet.__exit__(None, None, None)
        if isinstance(error, Image.DecompressionBombError):
            raise Rejected(ErrorCode.TOO_MANY_PIXELS, "the picture is too large") from None
        if isinstance(error, _DECODING) and not isinstance(error, Rejected):
            cut = any(word in str(error).lower() for word in _TRUNCATED_WORDS)
            raise Rejected(
                ErrorCode.FILE_TRUNCATED if cut else ErrorCode.FILE_CORRUPT, "the picture"
            ) from None


def _open(data: bytes, kind: str, allowed: ReadingLimits) -> Image.Image:
    if kind == media.JPEG and data.count(_START_OF_SCAN) > limits.JPEG_SCANS_MAX:
        # Each pass goes over the whole picture again: 50 kB can cost seconds.
        raise Rejected(ErrorCode.FILE_CORRUPT, "the picture has too many passes")
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
    return PageSeen(page, Pixels(gray.width, gray.height, gray.tobytes(), photo=True))


def _check_size(picture: Image.Image, allowed: ReadingLimits) -> None:
    if picture.width * picture.height > allowed.page_pixels_max:
        raise Rejected(ErrorCode.TOO_MANY_PIXELS, f"{picture.width} x {picture.height} pixels")


def _flat(picture: Image.Image) -> Image.Image:
    """On white, in a mode that converts to gray as people see it."""
    picture.load()
    if picture.mode.startswith(("I", "F")) and picture.mode != "1":
        return _eight_bit(picture)
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        colours = picture.convert("RGBA")
        paper = Image.new("RGBA", colours.size, "white")
        paper.alpha_composite(colours)
        flat = paper.convert("RGB")
        flat.info = dict(picture.info)
        return _with_exif(flat, picture)
    return picture


def _eight_bit(picture: Image.Image) -> Image.Image:
    low, high = picture.convert("F").getextrema()
    span = max(float(high) - float(low), 1.0)  # type: ignore[arg-type]
    scaled = picture.convert("F").point(lambda level: (level - float(low)) * (255.0 / span))  # type: ignore[arg-type]
    return _with_exif(scaled.convert("L"), picture)


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
