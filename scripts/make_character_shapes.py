"""Make the table of character shapes: ``python scripts/make_character_shapes.py FONTS OUT.npz``.

FONTS is a folder of TrueType or OpenType fonts whose licences let glyphs be measured (SIL OFL, Apache,
Bitstream Vera); the shipped table was made from the Debian packages fonts-dejavu, -liberation, -lato,
-open-sans, -roboto, -crosextra-carlito, -crosextra-caladea, -noto-mono, -inconsolata, -comic-neue,
-cantarell, -texgyre, -inter, -firacode, -ebgaramond and -quicksand. Takes five minutes of one core.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from docmill.engines.reading.appearance.letters import KNOWN
from docmill.engines.reading.appearance.shapes import FEATURES, Place, features, ink_of

HIDDEN = 128
_SIZES_PX = (16, 20, 26, 32, 40, 48)
_CANVAS_EMS = 4
_BATCH = 256
_DROPPED = 0.1
_DECAY = 1e-5
_WITH_NEIGHBOURS = 0.6


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
    ink = ink_of(np.asarray(small))
    if ink is None:
        return None
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
    for font_file in sorted(p for p in arguments.fonts.rglob("*") if p.suffix in (".ttf", ".otf")):
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
