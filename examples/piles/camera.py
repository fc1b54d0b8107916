"""A telephone's photo of a piece of paper: crumple, perspective, shadow, blur, sensor noise, JPEG."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shot:
    """How bad a photo is; 0 everywhere is a copy. Lengths in pixels of the photo, ``quality`` is JPEG's."""

    tilt: float = 0.05  # how far corners move, as a part of the paper's sides
    turn_deg: float = 2.0
    crumple: float = 0.0  # 0 flat to 1 out of a pocket
    shadow: float = 0.3  # how much darker the darkest part is
    blur: float = 0.8  # sigma
    motion: int = 0  # length of the smear
    noise: float = 4.0  # grey levels
    quality: int = 75
    table: tuple[int, int, int] = (96, 70, 48)
    tint: tuple[float, float, float] = (1.0, 0.98, 0.94)
    margin: float = 0.1  # how much table is seen around the paper


def photograph(paper: Image.Image, shot: Shot, *, seed: int) -> bytes:
    """Return a JPEG of grey `paper` lying on a table."""
    import cv2

    rng = np.random.default_rng(seed)
    pixels = np.asarray(paper, dtype=np.float32)
    if shot.crumple:
        pixels = _crumple(pixels, shot.crumple, rng)
    height, width = pixels.shape
    frame_h, frame_w = round(height * (1 + 2 * shot.margin)), round(width * (1 + 2.6 * shot.margin))
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(source, _corners(width, height, frame_w, frame_h, shot, rng))
    warped = cv2.warpPerspective(pixels, matrix, (frame_w, frame_h), flags=cv2.INTER_CUBIC)
    mask = cv2.warpPerspective(np.ones_like(pixels), matrix, (frame_w, frame_h))
    drop = cv2.GaussianBlur(np.roll(mask, (6, 8), (0, 1)), (0, 0), 9)  # the paper's own shadow on the table
    scene = _table(frame_h, frame_w, shot.table, rng) * (1 - 0.5 * drop[:, :, None])
    lit = warped[:, :, None] * np.array(shot.tint, dtype=np.float32)
    scene = scene * (1 - mask[:, :, None]) + lit * mask[:, :, None]
    scene *= _light(frame_h, frame_w, shot.shadow, rng)[:, :, None]
    if shot.blur:
        scene = cv2.GaussianBlur(scene, (0, 0), shot.blur)
    if shot.motion > 1:
        kernel = np.zeros((shot.motion, shot.motion), np.float32)
        np.fill_diagonal(kernel, 1 / shot.motion)
        scene = cv2.filter2D(scene, -1, kernel)
    scene += rng.normal(0, shot.noise, (frame_h, frame_w, 1)).astype(np.float32)
    out = BytesIO()
    Image.fromarray(np.clip(scene, 0, 255).astype(np.uint8)).save(
        out, "JPEG", quality=shot.quality, subsampling=2
    )
    return out.getvalue()


def _corners(
    width: int, height: int, frame_w: int, frame_h: int, shot: Shot, rng: np.random.Generator
) -> Any:
    left, top = (frame_w - width) / 2, (frame_h - height) / 2
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    corners += rng.uniform(-1, 1, (4, 2)) * shot.tilt * width * 0.5
    angle = np.deg2rad(shot.turn_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = np.array([width / 2, height / 2])
    return ((corners - middle) @ turn + middle + np.array([left, top])).astype(np.float32)


def _crumple(pixels: Pixels, strength: float, rng: np.random.Generator) -> Pixels:
    """Fold the paper along a few creases: light falls differently on each side, and letters shift a little."""
    import cv2

    height, width = pixels.shape
    relief = np.zeros((height, width), np.float32)
    for cells, weight in ((4, 1.0), (9, 0.45), (22, 0.15)):
        coarse = rng.normal(0, 1, (max(2, cells * height // width), cells)).astype(np.float32)
        relief += weight * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    for _ in range(round(3 + 5 * strength)):
        angle = rng.uniform(0, np.pi)
        distance = (xs - rng.uniform(0, width)) * np.sin(angle) - (ys - rng.uniform(0, height)) * np.cos(
            angle
        )
        relief += rng.uniform(0.6, 1.6) * np.abs(np.tanh(distance / 60))
    slope_y, slope_x = np.gradient(cv2.GaussianBlur(relief, (0, 0), 3))
    shift = 45 * strength
    moved = cv2.remap(
        pixels, xs + shift * slope_x, ys + shift * slope_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    shade: Pixels = moved * np.clip(1 + strength * 5.0 * (slope_x + 0.6 * slope_y), 0.62, 1.12)
    return shade


def _table(height: int, width: int, colour: tuple[int, int, int], rng: np.random.Generator) -> Pixels:
    """Wood: streaks along one direction, with some grain."""
    import cv2

    streaks = cv2.resize(
        rng.normal(0, 1, (height // 6, 3)).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR
    )
    grain = rng.normal(0, 0.35, (height, width)).astype(np.float32)
    wood: Pixels = np.array(colour, dtype=np.float32) * (1 + 0.11 * (streaks + grain))[:, :, None]
    return wood


def _light(height: int, width: int, shadow: float, rng: np.random.Generator) -> Pixels:
    """Uneven light, and the soft shadow of a hand or telephone over one corner."""
    ys, xs = np.mgrid[0 : 1 : complex(height), 0 : 1 : complex(width)].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    fall = 0.5 * shadow * ((xs - 0.5) * np.cos(angle) + (ys - 0.5) * np.sin(angle))
    edge = (xs - rng.uniform(0.3, 0.7)) * np.cos(angle + 0.7) + (ys - rng.uniform(0.3, 0.7)) * np.sin(
        angle + 0.7
    )
    light: Pixels = 1 - shadow * 0.25 + fall - 0.5 * shadow / (1 + np.exp(-edge / 0.03))
    return light.astype(np.float32)
