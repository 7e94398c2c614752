"""The demo's moving picture of a real person: NASA's portrait of astronaut Eileen Collins (public domain).

It is fetched once, out of scikit-image's wheel, and panned and zoomed like a hand-held camera. Any thread.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from selfieseg_engine.atomic import scratch_dir_beside
from selfieseg_engine.errors import ObtainError
from selfieseg_engine.registry.manifest import Wheel, WheelSource
from selfieseg_engine.registry.wheel_source import fetch_from_wheel
from selfieseg_wire.paths import data_dir

SIZE = (1280, 720)
FPS = 30
SECONDS = 4

_PHOTO = WheelSource(
    project="scikit-image",
    version="0.25.2",
    python="311",
    member="skimage/data/astronaut.png",
    wheels=(
        Wheel("manylinux_2_17_x86_64", "24cc986e1f4187a12aa319f777b36008764e856e5013666a4a83f8df083c2641"),
        Wheel("macosx_12_0_arm64", "d989d64ff92e0c6c0f2018c7495a5b20e2451839299a018e0e5108b2680f71e0"),
        Wheel("win_amd64", "b4f6b61fc2db6340696afe3db6b26e0356911529f5f6aee8c322aa5157490c9b"),
    ),
)


def fetch_photo() -> NDArray[np.uint8]:
    """Return the portrait, uint8 512x512x3 BGR. Raises ``ObtainError`` where it cannot be had."""
    path = data_dir() / "demo" / "astronaut.png"
    if not path.exists():
        with scratch_dir_beside(path) as scratch:
            fetch_from_wheel(_PHOTO, scratch).replace(path)
    photo = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if photo is None:
        raise ObtainError(f"cannot read {path}", "it is damaged", "remove it and run the demo again")
    return photo.astype(np.uint8, copy=False)


def frames(photo: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Yield one loop of the moving picture: the last frame leads back to the first."""
    height, width = photo.shape[:2]
    out_width, out_height = SIZE
    for index in range(FPS * SECONDS):
        angle = 2 * math.pi * index / (FPS * SECONDS)
        zoom = out_width / width * (1.04 + 0.03 * math.cos(angle))
        # Head and shoulders of the portrait lie in its upper half.
        centre_x = width * (0.5 + 0.015 * math.sin(angle))
        centre_y = height * (0.285 + 0.01 * math.sin(2 * angle))
        left, top = out_width / 2 - zoom * centre_x, out_height / 2 - zoom * centre_y
        view = np.array([[zoom, 0, left], [0, zoom, top]])
        frame = cv2.warpAffine(photo, view, SIZE, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        yield frame.astype(np.uint8, copy=False)


def write_clip(path: Path) -> None:
    """Write one loop as a video file that OBS's media source plays. Raises ``ObtainError``."""
    # OpenCV's wheels have no H.264 encoder; every FFmpeg has MPEG-4.
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, SIZE)
    if not writer.isOpened():
        raise ObtainError(
            f"cannot write {path}", "OpenCV has no MPEG-4 encoder", "reinstall opencv-python-headless"
        )
    try:
        for frame in frames(fetch_photo()):
            writer.write(frame)
    finally:
        writer.release()
