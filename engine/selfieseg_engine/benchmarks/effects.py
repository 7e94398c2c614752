"""What each effect costs in the engine, for a frame of 1280x720 with its mask and class planes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from selfieseg_engine.benchmarks.machine import describe_machine
from selfieseg_engine.composite.background import (
    BlurBackground,
    ColorBackground,
    GrayscaleBackground,
    ImageBackground,
    NoBackground,
    TransparentBackground,
)
from selfieseg_engine.composite.compose import compose_frame
from selfieseg_engine.composite.look import Look

SIZE = (1280, 720)
_MASK_SIZE = (256, 144)
_PLANES_SIZE = (256, 256)
_NONE, _COLOR, _PICTURE = NoBackground(), ColorBackground((0, 255, 0)), ImageBackground(Path("any"))

BASE = "none"
# Effects on hair, skin and clothes are measured alone; those on the edge come on top of a color or a picture.
LOOKS: dict[str, Look] = {
    BASE: Look(_NONE),
    "color": Look(_COLOR),
    "grayscale": Look(GrayscaleBackground()),
    "image": Look(_PICTURE),
    "transparent": Look(TransparentBackground()),
    "blur_10": Look(BlurBackground(10)),
    "blur_50": Look(BlurBackground(50)),
    "blur_100": Look(BlurBackground(100)),
    "expand_on_color": Look(_COLOR, expand=10),
    "despill_on_image": Look(_PICTURE, despill=1),
    "light_wrap_on_image": Look(_PICTURE, light_wrap=0.2),
    "hair": Look(_NONE, hair_strength=1),
    "clothes": Look(_NONE, clothes_strength=1),
    "skin_tone": Look(_NONE, skin_tone=1),
    "face_smooth": Look(_NONE, face_smooth=1),
    "face_brighten": Look(_NONE, face_brighten=1),
    "everything": Look(
        _PICTURE,
        expand=5,
        light_wrap=0.2,
        despill=1,
        hair_strength=1,
        clothes_strength=1,
        face_smooth=1,
        face_brighten=1,
        skin_tone=1,
    ),
}


@dataclass
class Samples:
    """What one look took, a frame at a time, in milliseconds."""

    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Scene:
    """What a person before the camera gives: frame, backdrop (uint8 BGR), mask and class planes (uint8)."""

    frame_bgr: npt.NDArray[np.uint8]
    backdrop_bgr: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.uint8]
    class_planes: npt.NDArray[np.uint8]


def measure_effects(frames: int, on_frame: Callable[[], object] = lambda: None) -> dict[str, Any]:
    """Return the JSON object of the contract: wall and CPU time of ``frames`` frames of every look.

    The looks take turns, frame by frame, so that whatever else the machine does meets them all alike.
    CPU time is that of all threads of this process.
    """
    scene = make_scene()
    samples = {name: Samples() for name in LOOKS}
    for look in LOOKS.values():  # the first frame of each pays for tables and memory
        _draw(scene, look)
    for _ in range(frames):
        for name, look in LOOKS.items():
            _measure(scene, look, samples[name])
        on_frame()
    return make_report(describe_machine(), samples)


def make_report(machine: dict[str, Any], samples: dict[str, Samples]) -> dict[str, Any]:
    """Return rows of medians, and how much CPU time each look takes against ``none``. Pure."""
    rows = [
        {
            "name": name,
            "n": len(each.wall_ms),
            "median_ms": round(median(each.wall_ms), 3),
            "p95_ms": round(sorted(each.wall_ms)[math.ceil(0.95 * len(each.wall_ms)) - 1], 3),
            "cpu_ms_per_frame": round(median(each.cpu_ms), 3),
        }
        for name, each in samples.items()
    ]
    base = median(samples[BASE].cpu_ms)
    return {
        "command": "bench effects",
        "machine": machine,
        "model": None,
        "frame": f"{SIZE[0]}x{SIZE[1]}",
        "rows": rows,
        "ratios": {
            f"{name}_over_{BASE}": round(median(each.cpu_ms) / base, 2)
            for name, each in samples.items()
            if name != BASE
        },
    }


def make_scene() -> Scene:
    """Return a drawn head and shoulders in the middle of a noisy room: they cost what a real person does."""
    noise = np.random.default_rng(0)
    shape = (SIZE[1], SIZE[0], 3)
    room = cv2.GaussianBlur(noise.integers(0, 256, shape, np.uint8), (0, 0), 2)
    backdrop = cv2.GaussianBlur(noise.integers(0, 256, shape, np.uint8), (0, 0), 9)
    mask = np.zeros(_MASK_SIZE[::-1], np.uint8)
    cv2.ellipse(mask, (128, 56), (26, 34), 0, 0, 360, 255, -1)
    cv2.ellipse(mask, (128, 144), (72, 56), 0, 0, 360, 255, -1)
    hair, body, face, clothes = (np.zeros(_PLANES_SIZE[::-1], np.uint8) for _ in range(4))
    cv2.ellipse(hair, (128, 72), (26, 36), 0, 180, 360, 255, -1)
    cv2.ellipse(face, (128, 100), (22, 48), 0, 0, 360, 255, -1)
    cv2.rectangle(body, (112, 145), (144, 165), 255, -1)
    cv2.ellipse(clothes, (128, 256), (72, 98), 0, 0, 360, 255, -1)
    hair[face > 0] = 0
    planes = cv2.GaussianBlur(cv2.merge((hair, body, face, clothes)), (0, 0), 1.5)
    return Scene(
        np.asarray(room, np.uint8),
        np.asarray(backdrop, np.uint8),
        np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.5), np.uint8),
        np.asarray(planes, np.uint8),
    )


def _measure(scene: Scene, look: Look, into: Samples) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    _draw(scene, look)
    into.wall_ms.append((time.perf_counter() - wall) * 1000)
    into.cpu_ms.append((time.process_time() - cpu) * 1000)


def _draw(scene: Scene, look: Look) -> None:
    compose_frame(scene.frame_bgr, scene.mask, scene.class_planes, look, scene.backdrop_bgr)
