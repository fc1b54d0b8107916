"""Make the table of character shapes: ``python scripts/make_character_shapes.py FONTS OUT.npz``.

FONTS is a folder into which the packages of `SELECTION` were unpacked (``apt-get download`` on Debian 12,
``dpkg -x``). Their licences let glyphs be measured (SIL OFL, Apache, Bitstream Vera, GUST). No other font
is taken, and one that is missing is an error. The shipped table is what this makes on one thread
(``OPENBLAS_NUM_THREADS=1``) with the locked numpy and Pillow; another processor may round some weights
differently. Takes about five minutes of one core.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from docmill.engines.reading.appearance.letters import KNOWN
from docmill.engines.reading.appearance.shapes import FEATURES, Place, features, ink_of, tones_of

_FOUR = ("Regular", "Bold", "Italic", "BoldItalic")
_OBLIQUE = ("", "-Bold", "-Oblique", "-BoldOblique")
_SMALL = ("regular", "bold", "italic", "bolditalic")
SELECTION: dict[str, tuple[str, ...]] = {
    "fonts-dejavu-core 2.37-6": ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "DejaVuSerif-Bold"),
    "fonts-dejavu-extra 2.37-6": (
        "DejaVuSans-Oblique", "DejaVuSans-BoldOblique", "DejaVuSerif-Italic", "DejaVuSerif-BoldItalic",
        *(f"DejaVuSansCondensed{style}" for style in _OBLIQUE),
    ),
    "fonts-liberation 1:1.07.4-11": tuple(
        f"Liberation{family}-{style}"
        for family in ("Sans", "SansNarrow", "Serif", "Mono") for style in _FOUR
    ),
    "fonts-lato 2.0-2.1": (*(f"Lato-{style}" for style in _FOUR), "Lato-Light", "Lato-Heavy"),
    "fonts-open-sans 1.11-2": (*(f"OpenSans-{style}" for style in _FOUR), "OpenSans-Light"),
    "fonts-roboto-unhinted 2:0~20170802-3": (
        *(f"Roboto-{style}" for style in _FOUR), "Roboto-Light",
        *(f"RobotoCondensed-{style}" for style in _FOUR),
    ),
    "fonts-crosextra-carlito 20220224-1": tuple(f"Carlito-{style}" for style in _FOUR),
    "fonts-crosextra-caladea 20200211-1": tuple(f"Caladea-{style}" for style in _FOUR),
    "fonts-noto-mono 20201225-1": ("NotoMono-Regular", "NotoSansMono-Bold"),
    "fonts-inconsolata 001.010-6": ("Inconsolata",),
    "fonts-comic-neue 2.51-4": tuple(f"ComicNeue-{style}" for style in _FOUR),
    "fonts-cantarell 0.303.1-1": ("Cantarell-Regular", "Cantarell-Bold"),
    "fonts-texgyre 20180621-6": tuple(
        f"texgyre{family}-{style}"
        for family in ("adventor", "bonum", "cursor", "heros", "heroscn", "pagella", "schola", "termes")
        for style in _SMALL
    ),
    "fonts-inter 4.0~beta7+ds-1": (*(f"Inter-{style}" for style in _FOUR), "Inter-Medium"),
    "fonts-firacode 6.2-2": ("FiraCode-Regular", "FiraCode-Bold"),
    "fonts-ebgaramond 0.016+git20210310.42d4f9f2-1": (
        "EBGaramond12-Regular", "EBGaramond12-Italic", "EBGaramond12-Bold",
    ),
    "fonts-quicksand 0.2016-2.1": ("Quicksand-Regular", "Quicksand-Bold"),
}  # fmt: skip
"""Of each package the fonts that are drawn, in this order; hairlines and scripts are not what bills use."""

HIDDEN = 128
_SIZES_PX = (16, 20, 26, 32, 40, 48)
_CANVAS_EMS = 4
_BATCH = 256
_DROPPED = 0.1
_DECAY = 1e-5
_WITH_NEIGHBOURS = 0.6


def selected(folder: Path) -> list[Path]:
    """The files of `SELECTION`, in its order. Raises SystemExit for one that is missing."""
    there = {path.stem: path for path in sorted(folder.rglob("*")) if path.suffix in (".ttf", ".otf")}
    wanted = [(package, stem) for package, stems in SELECTION.items() for stem in stems]
    missing = [f"{stem} of {package}" for package, stem in wanted if stem not in there]
    if missing:
        raise SystemExit(f"not in {folder}: {', '.join(missing)}")
    return [there[stem] for _, stem in wanted]


def samples(font_file: Path, generator: np.random.Generator, times: int) -> Iterator[tuple[np.ndarray, int]]:
    """Each character of one font, ``times`` over: (features, class)."""
    for _ in range(times):
        size = int(generator.choice(_SIZES_PX))
        font = ImageFont.truetype(str(font_file), size * 4)
        blank = font.getmask("\uffff").getbbox(), font.getlength("\uffff")
        for label, character in enumerate(KNOWN):
            if (font.getmask(character).getbbox(), font.getlength(character)) == blank:
                continue
            row = _sample(font, character, size, generator)
            if row is not None:
                yield row, label


def _sample(
    font: ImageFont.FreeTypeFont, character: str, size: int, generator: np.random.Generator
) -> np.ndarray | None:
    # Four times too large, shifted by parts of a pixel, then shrunk: as renderers smooth.
    side = size * 4 * _CANVAS_EMS
    picture = Image.new("L", (side, side), 255)
    draw = ImageDraw.Draw(picture)
    x, y = size * 6 + int(generator.integers(4)), size * 8 + int(generator.integers(4))
    tone = int(generator.choice([0, 0, 0, 60, 110]))
    draw.text((x, y), character, font=font, fill=tone, anchor="ls")
    if generator.random() < _WITH_NEIGHBOURS:
        # Slanted letters reach into the boxes of those beside them.
        before, after = (KNOWN[int(generator.integers(len(KNOWN)))] for _ in range(2))
        draw.text((x - font.getlength(before), y), before, font=font, fill=tone, anchor="ls")
        draw.text((x + font.getlength(character), y), after, font=font, fill=tone, anchor="ls")
    box = draw.textbbox((x, y), character, font=font, anchor="ls")
    stretch = float(generator.choice([1.0, 1.0, 0.9, 1.1]))
    small = picture.resize((round(side / 4 * stretch), side // 4), Image.Resampling.BOX)
    if generator.random() < 0.3:
        small = small.filter(ImageFilter.GaussianBlur(float(generator.uniform(0.2, 0.6))))
    gray = np.asarray(small)
    tones = tones_of(gray)
    if tones is None:
        return None
    ink = ink_of(gray, tones)
    jitter = generator.uniform(-0.5, 0.5, 4)
    x0, y0, x1, y1 = np.array(box) / 4 * [stretch, 1, stretch, 1] + jitter
    em = size * float(generator.uniform(0.93, 1.07))
    return features(ink, Place(x0, y0, x1, y1), baseline=y / 4, em=em)


class Network:
    """One hidden layer, trained by Adam on the cross entropy."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator
        self.weights = [
            (generator.standard_normal(shape) * scale).astype(np.float32)
            for shape, scale in (
                ((FEATURES, HIDDEN), (2 / FEATURES) ** 0.5),
                (HIDDEN, 0),
                ((HIDDEN, len(KNOWN)), (2 / HIDDEN) ** 0.5),
                (len(KNOWN), 0),
            )
        ]
        self._first = [np.zeros_like(weight) for weight in self.weights]
        self._second = [np.zeros_like(weight) for weight in self.weights]
        self._step = 0

    def train(self, rows: np.ndarray, labels: np.ndarray, *, rounds: int) -> None:
        for turn in range(rounds):
            rate = 2e-3 * (1 - turn / rounds) + 1e-5
            order, lost = self._generator.permutation(len(rows)), 0.0
            for start in range(0, len(order), _BATCH):
                some = order[start : start + _BATCH]
                lost += self._learn(rows[some], labels[some], rate)
            print(f"round {turn}: loss {lost / len(rows):.4f}", flush=True)

    def right(self, rows: np.ndarray, labels: np.ndarray) -> float:
        inner, bias, outer, last = self.weights
        return float(((np.maximum(rows @ inner + bias, 0) @ outer + last).argmax(1) == labels).mean())

    def _learn(self, rows: np.ndarray, labels: np.ndarray, rate: float) -> float:
        inner, bias, outer, last = self.weights
        hidden = np.maximum(rows @ inner + bias, 0)
        keep = (self._generator.random(hidden.shape) > _DROPPED).astype(np.float32) / (1 - _DROPPED)
        scores = (hidden * keep) @ outer + last
        grown = np.exp(scores - scores.max(1, keepdims=True))
        chance = grown / grown.sum(1, keepdims=True)
        own = np.arange(len(labels)), labels
        loss = float(-np.log(chance[own] + 1e-9).sum())
        chance[own] -= 1
        chance /= len(labels)
        back = (chance @ outer.T) * keep * (hidden > 0)
        self._follow([rows.T @ back, back.sum(0), (hidden * keep).T @ chance, chance.sum(0)], rate)
        return loss

    def _follow(self, slopes: list[np.ndarray], rate: float) -> None:
        self._step += 1
        for weight, slope, first, second in zip(self.weights, slopes, self._first, self._second, strict=True):
            decayed = slope + _DECAY * weight
            first[...] += 0.1 * (decayed - first)
            second[...] += 0.001 * (decayed * decayed - second)
            ahead = first / (1 - 0.9**self._step)
            weight[...] -= rate * ahead / (np.sqrt(second / (1 - 0.999**self._step)) + 1e-8)


def main() -> None:
    """Draw, train, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fonts", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--leave-out", default="", help="comma-separated starts of file names, to test on")
    arguments = parser.parse_args()
    generator = np.random.default_rng(1)
    left_out = tuple(filter(None, arguments.leave_out.split(",")))
    held, taken = [], []
    for font_file in selected(arguments.fonts):
        if left_out and font_file.name.startswith(left_out):
            held += samples(font_file, generator, 2)
        else:
            taken += samples(font_file, generator, arguments.times)
    rows, labels = np.stack([r for r, _ in taken]), np.array([k for _, k in taken])
    print(f"{len(rows)} shapes", flush=True)
    network = Network(generator)
    network.train(rows, labels, rounds=arguments.rounds)
    if held:
        shapes, truth = np.stack([row for row, _ in held]), np.array([label for _, label in held])
        print(f"fonts left out: {network.right(shapes, truth):.4f} of {len(truth)} right")
    _write(arguments.out, network)


def _write(out: Path, network: Network) -> None:
    """Weights as bytes: 127 is the largest."""
    inner, bias, outer, last = network.weights
    inner_scale, outer_scale = np.float32(np.abs(inner).max() / 127), np.float32(np.abs(outer).max() / 127)
    np.savez_compressed(
        out,
        inner=np.round(inner / inner_scale).astype(np.int8),
        inner_scale=inner_scale,
        inner_bias=bias,
        outer=np.round(outer / outer_scale).astype(np.int8),
        outer_scale=outer_scale,
        outer_bias=last,
    )


if __name__ == "__main__":
    main()
