"""Scans whose every word is known: text set by Pillow, then leaned, dirtied and compressed like a scan."""

import io
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from bench.scans_text import GOODS, LANGUAGES, SENTENCES

_POINTS_PER_INCH = 72
_A4_PT = (595, 842)
_FACES = (
    ("font_roboto", "Roboto-Regular.ttf"),
    ("font_source_sans_pro", "SourceSansPro-Regular.ttf"),
    ("font_source_serif_pro", "SourceSerifPro-Regular.ttf"),
)
"""Apache-2.0 and OFL, from packages that hold nothing but the font."""
_SIZES_PT = (8.0, 9.0, 10.0, 11.0)
_MARGIN_PT, _LEADING = 56, 1.45
_ITEMS = 12


class Placed(NamedTuple):
    """A word where it was set, in pixels of the upright page."""

    text: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Scan:
    """``lines`` are the words of each printed line, from top to bottom and left to right."""

    picture: Image.Image
    lines: tuple[tuple[Placed, ...], ...]
    dpi: int

    @property
    def words(self) -> list[str]:
        return [word.text for line in self.lines for word in line]

    def encoded(self, quality: int = 85) -> bytes:
        return jpeg(self.picture, quality, dpi=self.dpi)


def scan(language: str, seed: int, *, dpi: int = 200, size_pt: float | None = None) -> Scan:
    """Return a clean page: paragraphs, then a table of goods with amounts in euros."""
    chance = random.Random(f"{language} {seed}")
    scale = dpi / _POINTS_PER_INCH
    picture = Image.new("L", (round(_A4_PT[0] * scale), round(_A4_PT[1] * scale)), 255)
    canvas = ImageDraw.Draw(picture)
    size = (size_pt or chance.choice(_SIZES_PT)) * scale
    font = _font(seed % len(_FACES), round(size))
    left, right, top = _MARGIN_PT * scale, (_A4_PT[0] - _MARGIN_PT) * scale, _MARGIN_PT * scale
    lines = []
    for paragraph in _paragraphs(language, chance):
        for words in _wrapped(paragraph, font, right - left):
            lines.append(_set(canvas, font, words, (left, top)))
            top += size * _LEADING
        top += size
    for name, amounts in _items(language, chance):
        row = [*_set(canvas, font, name, (left, top))]
        for number, amount in enumerate(amounts):
            end = right - (len(amounts) - 1 - number) * 80 * scale
            row += _set(canvas, font, amount, (end - font.getlength(" ".join(amount)), top))
        lines.append(tuple(row))
        top += size * _LEADING
    return Scan(picture, tuple(lines), dpi)


def leaning(picture: Image.Image, degrees: float) -> Image.Image:
    """Turned clockwise about its middle, as paper that lay askew."""
    return picture.rotate(-degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)


def noisy(picture: Image.Image, strength: float, seed: int) -> Image.Image:
    """Grain of so many levels (standard deviation), specks, and a little blur."""
    chance = np.random.default_rng(seed)
    levels = np.asarray(picture.filter(ImageFilter.GaussianBlur(0.6)), np.float32)
    levels = levels + chance.normal(0, strength, levels.shape).astype(np.float32)
    specks = chance.random(levels.shape) < strength / 50_000
    levels[specks] = 40
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))


def shadowed(picture: Image.Image, depth: float) -> Image.Image:
    """Darker towards one corner, with the shadow of a fold: at worst ``1 - depth`` of the light is left."""
    levels = np.asarray(picture, np.float32)
    y, x = np.mgrid[0 : levels.shape[0], 0 : levels.shape[1]]
    along = x / levels.shape[1] * 0.6 + y / levels.shape[0] * 0.4
    fold = np.exp(-(((y / levels.shape[0] - 0.4) / 0.02) ** 2)) * 0.3
    light = 1 - depth * np.clip(along + fold, 0, 1)
    return Image.fromarray((levels * light).clip(0, 255).astype(np.uint8))


def jpeg(picture: Image.Image, quality: int, *, dpi: int = 200) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, dpi=(dpi, dpi))
    return out.getvalue()


def tiff(pictures: Sequence[Image.Image], *, dpi: int = 200) -> bytes:
    """One page for each picture."""
    out = io.BytesIO()
    first, *rest = pictures
    first.save(out, "TIFF", save_all=True, append_images=rest, compression="tiff_deflate", dpi=(dpi, dpi))
    return out.getvalue()


@dataclass(frozen=True)
class Condition:
    """How a scan was spoilt. ``spoil`` gets the clean scan and a number; it returns the file."""

    name: str
    dpi: int
    spoil: Callable[[Scan, int], bytes]


CONDITIONS: tuple[Condition, ...] = (
    Condition("150 dpi", 150, lambda made, _: made.encoded()),
    Condition("200 dpi", 200, lambda made, _: made.encoded()),
    Condition("300 dpi", 300, lambda made, _: made.encoded()),
    Condition("leaning 1 to 5°", 200, lambda made, seed: jpeg(leaning(made.picture, (1, -2, 3, -4, 5)[seed % 5]), 85)),
    Condition("leaning 10°", 200, lambda made, seed: jpeg(leaning(made.picture, (10, -10)[seed % 2]), 85)),
    Condition("noise", 200, lambda made, seed: jpeg(noisy(made.picture, 18, seed), 85)),
    Condition("JPEG quality 30 to 60", 200, lambda made, seed: jpeg(made.picture, (30, 45, 60)[seed % 3])),
    Condition("shadow", 200, lambda made, _: jpeg(shadowed(made.picture, 0.65), 85)),
    Condition("150 dpi, 3°, noise, quality 40, shadow", 150, lambda made, seed: jpeg(
        shadowed(noisy(leaning(made.picture, 3), 12, seed), 0.5), 40)),
    Condition("turned by 90, 180, 270°", 200, lambda made, seed: jpeg(
        made.picture.rotate(-90 * (1 + seed % 3), expand=True), 85)),
)  # fmt: skip


def scans(condition: Condition, count: int) -> Iterator[tuple[bytes, Scan]]:
    """Files and what stands in them, in all languages in turn."""
    for seed in range(count):
        made = scan(LANGUAGES[seed % len(LANGUAGES)], seed, dpi=condition.dpi)
        yield condition.spoil(made, seed), made


def _paragraphs(language: str, chance: random.Random) -> Iterator[list[str]]:
    sentences = list(SENTENCES[language])
    chance.shuffle(sentences)
    share = -(-len(sentences) // 3)
    for start in range(0, len(sentences), share):
        yield " ".join(sentences[start : start + share]).split()


def _items(language: str, chance: random.Random) -> Iterator[tuple[list[str], list[list[str]]]]:
    for _ in range(_ITEMS):
        count, price = chance.randint(1, 40), chance.randint(95, 99_999)
        amounts = [[str(count)], [_euros(price)], [_euros(price * count), "€"]]
        yield chance.choice(GOODS[language]).split(), amounts


def _euros(cents: int) -> str:
    return f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02}"


def _wrapped(words: list[str], font: ImageFont.FreeTypeFont, width: float) -> Iterator[list[str]]:
    line: list[str] = []
    for word in words:
        if line and font.getlength(" ".join([*line, word])) > width:
            yield line
            line = []
        line.append(word)
    yield line


def _set(
    canvas: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont, words: list[str], at: tuple[float, float]
) -> tuple[Placed, ...]:
    placed = []
    for number, word in enumerate(words):
        x = at[0] + font.getlength(" ".join([*words[:number], ""])) if number else at[0]
        canvas.text((x, at[1]), word, font=font, fill=0)
        placed.append(Placed(word, canvas.textbbox((x, at[1]), word, font=font)))
    return tuple(placed)


@cache
def _font(face: int, size_px: int) -> ImageFont.FreeTypeFont:
    package, name = _FACES[face]
    return ImageFont.truetype(io.BytesIO((files(package) / "files" / name).read_bytes()), size_px)
