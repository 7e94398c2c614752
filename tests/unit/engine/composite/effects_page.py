"""docs/effects.md, line by line, in floating point and without haste: what the engine is compared with."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from selfieseg_engine.composite.background import (
    BlurBackground,
    ColorBackground,
    GrayscaleBackground,
    NoBackground,
    TransparentBackground,
)
from selfieseg_engine.composite.look import Look

Array = npt.NDArray[np.float64]
CLASS_COLORS = ((192, 192, 192), (128, 0, 0), (255, 229, 204), (255, 204, 204), (0, 0, 128), (128, 0, 128))


def draw(
    frame_bgr: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.uint8],
    planes: npt.NDArray[np.uint8],
    look: Look,
    backdrop_bgr: npt.NDArray[np.uint8],
) -> Array:
    """Return premultiplied B, G, R, A in 0…255 for a frame."""
    frame, backdrop = frame_bgr / 255, backdrop_bgr / 255
    h, w = frame.shape[:2]
    wanted = refine(mask / 255, frame) if look.refine_edges and look.expand == 0 else mask / 255
    person = levels(expand(wanted, look.expand, w, h), look.threshold, look.softness, w, h)
    matte = rounded(1 - person if look.invert else person)
    person = 1 - matte if look.invert else matte
    maps = stretch(planes / 255, w, h)
    if look.view == "matte":
        return 255 * np.dstack((matte, matte, matte, np.ones((h, w))))
    if look.view == "classes":
        return classes(maps, person)
    result = over(frame, foreground(frame, matte, person, maps, look), matte, look, backdrop)
    if look.view == "split":
        left = (np.arange(w) + 0.5) / w < 0.5
        result[:, left] = np.dstack((frame, np.ones((h, w))))[:, left]
    return 255 * result


def over(frame: Array, front: Array, matte: Array, look: Look, backdrop: Array) -> Array:
    h, w = matte.shape
    opacity = matte[..., None]
    wanted = look.background
    if isinstance(wanted, NoBackground):
        return np.dstack((front, np.ones((h, w))))
    if isinstance(wanted, TransparentBackground):
        return np.dstack((front * opacity, matte))
    if isinstance(wanted, BlurBackground):
        back = blur(frame, matte, wanted.strength)
    elif isinstance(wanted, ColorBackground):
        back = np.broadcast_to(np.array(wanted.bgr) / 255, frame.shape)
    elif isinstance(wanted, GrayscaleBackground):
        back = np.repeat(luma(frame)[..., None], 3, axis=2)
    else:
        back = backdrop
    result = back + (front - back) * opacity
    if look.light_wrap > 0:
        light = stretch(edge_light(back, 1 - matte), w, h)
        result = result + look.light_wrap * opacity * light[..., :3] * (1 - result)
    return np.dstack((result, np.ones((h, w))))


def sample(picture: Array, x: Array, y: Array) -> Array:
    """Sample bilinearly at pixel coordinates whose whole numbers are pixel centres, clamped to the edge."""
    x0, y0 = np.floor(x), np.floor(y)
    fx, fy = x - x0, y - y0
    if picture.ndim == 3:
        fx, fy = fx[..., None], fy[..., None]

    def at(column: Array, row: Array) -> Any:
        columns = np.clip(column, 0, picture.shape[1] - 1).astype(int)
        return picture[np.clip(row, 0, picture.shape[0] - 1).astype(int), columns]

    upper = at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx
    lower = at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx
    return np.asarray(upper * (1 - fy) + lower * fy)


def stretch(picture: Array, w: int, h: int, dx: float = 0, dy: float = 0) -> Array:
    """Sample at the middles of the pixels of a w x h picture, moved by (dx, dy) pixels of ``picture``."""
    rows, columns = picture.shape[:2]
    y, x = np.mgrid[:h, :w] + 0.5
    return sample(picture, x * columns / w - 0.5 + dx, y * rows / h - 0.5 + dy)


def rounded(values: Array) -> Array:
    return np.asarray(np.rint(values * 255) / 255)


def luma(color: Array) -> Array:
    return np.asarray(color @ (0.114, 0.587, 0.299))


def step01(a: float, b: float, x: Array) -> Array:
    u = np.clip((x - a) / (b - a), 0, 1)
    return np.asarray(u * u * (3 - 2 * u))


def expand(mask: Array, amount: float, w: int, h: int) -> Array:
    if amount == 0:
        return mask
    rows = min(360, h)
    columns = max(1, round(w * rows / h))
    grid = rounded(stretch(mask, columns, rows))
    r = abs(amount) / 1080 * rows
    pick: Any = np.maximum if amount > 0 else np.minimum
    for dx, dy, length in ((1, 0, 0.4142), (0, 1, 0.4142), (1, 1, 0.2929), (1, -1, 0.2929)):
        taken = [
            stretch(grid, columns, rows, sign * min(i, length * r) * dx, sign * min(i, length * r) * dy)
            for i in range(4)
            for sign in (1, -1)
        ]
        grid = rounded(pick.reduce(taken))
    return grid


def refine(mask: Array, frame: Array) -> Array:
    """Return a mask that is smaller than the frame at the frame's size: joint bilateral upsampling.

    The mean of the four samples around a pixel. A sample counts as much as in a bilinear stretch, times
    ``exp(−c² / (2 · 0.1²)) + 0.001``, c how far its colour is from the pixel's.
    """
    h, w = frame.shape[:2]
    rows, columns = mask.shape
    if columns >= w or rows >= h:
        return mask
    middle_x = ((np.arange(columns) + 0.5) * frame.shape[1] / columns).astype(int)
    middle_y = ((np.arange(rows) + 0.5) * frame.shape[0] / rows).astype(int)
    guide = frame[middle_y][:, middle_x]
    y, x = np.mgrid[:h, :w] + 0.5
    y, x = y * rows / h - 0.5, x * columns / w - 0.5
    total, weights = np.zeros((h, w)), np.zeros((h, w))
    for down in (0, 1):
        for right in (0, 1):
            row, column = np.floor(y) + down, np.floor(x) + right
            near = (1 - np.abs(row - y)) * (1 - np.abs(column - x))
            at = np.clip(row, 0, rows - 1).astype(int), np.clip(column, 0, columns - 1).astype(int)
            apart = ((guide[at] - frame) ** 2).sum(axis=2)
            weight = near * (np.exp(-apart / (2 * 0.1**2)) + 0.001)
            total += weight * mask[at]
            weights += weight
    return np.asarray(total / weights)


def levels(mask: Array, t: float, s: float, w: int, h: int) -> Array:
    width = max(s, 1 / 255)
    low = t * (1 - width)
    return step01(low, low + width, stretch(mask, w, h))


def foreground(frame: Array, matte: Array, person: Array, maps: Array, look: Look) -> Array:
    hair, body, face, clothes = (step01(0.25, 0.75, maps[..., i]) * person for i in range(4))
    c = frame
    if look.face_smooth > 0:
        c = c + (bilateral(frame) - c) * (look.face_smooth * face)[..., None]
    if look.despill > 0 and not isinstance(
        look.background, BlurBackground | GrayscaleBackground | NoBackground
    ):
        h, w = matte.shape
        light = stretch(edge_light(frame, (1 - matte) ** 2), w, h)
        room = light[..., :3] / np.maximum(light[..., 3:], 1e-9)
        clean = np.clip(room + (c - room) / np.maximum(matte, 0.2)[..., None], 0, 1)
        c = c + (clean - c) * look.despill * np.minimum(1, 4 * light[..., 3:])
    for weight, bgr, strength in (
        (hair, look.hair_color, look.hair_strength),
        (clothes, look.clothes_color, look.clothes_strength),
    ):
        k = np.array(bgr) / 255
        y = luma(c)
        lift = (y + (y * (2 - y) - y) * luma(k))[..., None]
        dyed = np.where(lift < 0.5, 2 * lift * k, 1 - 2 * (1 - lift) * (1 - k))
        c = c + (dyed - c) * (strength * weight)[..., None]
    k = np.array(look.skin_color) / 255
    y = luma(c)[..., None]
    tone = (k - luma(k)) * np.minimum(1.5, y / luma(k))
    share = 0.6 * look.skin_tone * np.minimum(1, face + body)[..., None]
    c = np.clip(y + (c - y) + (tone - (c - y)) * share, 0, 1)
    return np.asarray(c + 0.5 * look.face_brighten * face[..., None] * c * (1 - c))


def bilateral(frame: Array) -> Array:
    h, w = frame.shape[:2]
    r = max(1, math.floor(h / 360 + 0.5))
    own = luma(frame)
    colour, total = np.zeros_like(frame), np.zeros((h, w, 1))
    offsets = [(dx * n * r, dy * n * r) for n in (1, 2, 3) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
    for dx, dy in [(0, 0), *(each for each in offsets if each != (0, 0))]:
        other = stretch(frame, w, h, dx, dy)
        weight = (np.maximum(0, 1 - np.abs(luma(other) - own) / 0.12) ** 2)[..., None]
        colour += weight * other
        total += weight
    return np.asarray(colour / total)


def edge_light(picture: Array, k: Array) -> Array:
    h, w = k.shape
    rows = min(180, h)
    columns = max(1, round(w * rows / h))
    # k is sampled before it is squared, but the difference is beyond a grid of so few rows
    light = weighed(picture, k, columns, rows, w / columns / 4, h / rows / 4)
    for dx, dy in ((1, 0), (0, 1)):
        light = np.asarray(
            sum((4 - abs(i)) / 16 * stretch(light, columns, rows, i * dx, i * dy) for i in range(-3, 4))
        )
    return light


def weighed(picture: Array, k: Array, w: int, h: int, dx: float, dy: float) -> Array:
    total = np.zeros((h, w, 4))
    for sx, sy in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        colour = stretch(picture, w, h, sx * dx, sy * dy)
        weight = stretch(k, w, h, sx * dx, sy * dy)[..., None]
        total += np.concatenate((colour * weight, weight), axis=2) / 4
    return total


def blur(frame: Array, matte: Array, strength: float) -> Array:
    if strength == 0:
        return frame
    h, w = matte.shape
    spread = max(2**1.01, 2**6.5 * strength / 100 * h / 1080)
    octave = math.log2(spread)
    deepest = min(6, math.floor(octave))
    offset = 2 ** (octave - deepest)
    first = max(1, deepest - 2)

    def size(level: int) -> tuple[int, int]:
        return max(1, math.floor(w / 2**level)), max(1, math.floor(h / 2**level))

    reach = 2**first / 4
    sums: Any = np.zeros((*size(first)[::-1], 4))
    for sx, sy in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        colour = stretch(frame, *size(first), sx * reach, sy * reach)
        weight = ((1 - stretch(matte, *size(first), sx * reach, sy * reach)) ** 4)[..., None]
        sums += np.concatenate((colour * weight, weight), axis=2) / 4
    near, far = offset / 2, offset
    diagonals = ((near, near), (near, -near), (-near, near), (-near, -near))
    axes = ((far, 0.0), (-far, 0.0), (0.0, far), (0.0, -far))
    for level in range(first + 1, deepest + 1):
        sums = (
            4 * stretch(sums, *size(level)) + sum(stretch(sums, *size(level), *each) for each in diagonals)
        ) / 8
    for level in range(deepest - 1, first - 1, -1):
        sums = (
            sum(stretch(sums, *size(level), *each) for each in axes)
            + 2 * sum(stretch(sums, *size(level), *each) for each in diagonals)
        ) / 12
    share = np.minimum(1, 1000 * sums[..., 3:])
    inside = stretch(frame, *size(first))
    filled = inside + (sums[..., :3] / np.maximum(sums[..., 3:], 1e-4) - inside) * share
    return stretch(rounded(np.clip(filled, 0, 1)), w, h)


def classes(maps: Array, person: Array) -> Array:
    picture = np.zeros((*person.shape, 4))
    for y, x in np.ndindex(person.shape):
        index = 0
        if person[y, x] >= 0.5:
            four = maps[y, x]
            index = int(np.argmax(four)) + 1 if four.max() >= 1 - four.sum() else 5
        picture[y, x] = (*CLASS_COLORS[index][::-1], 255)
    return picture
