"""Clips and recordings of one size, and the mattes in them: written, read and compared without loss."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from selfieseg_engine.matte.levels import apply_levels
from tests.obs.product import Picture

WIDTH, HEIGHT, FPS = 640, 360, 30
MODEL_SIZE = 256, 144
THRESHOLD, SOFTNESS = 0.5, 1.0  # the defaults
GREEN = np.array([0, 255, 0], np.float32)

Alpha = NDArray[np.float32]


def write_clip_without_loss(path: Path, pictures: Iterable[Picture]) -> Path:
    """Write a clip: OBS is to give the model the very pictures that the test gives it."""
    command = ["ffmpeg", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24"]
    command += ["-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-"]
    command += ["-c:v", "ffv1", "-pix_fmt", "bgr0", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for picture in pictures:
            encoder.stdin.write(picture.tobytes())
        encoder.stdin.close()
    assert encoder.returncode == 0
    return path


def decoded(path: Path) -> Iterator[Picture]:
    """Yield the pictures of a video in its own colours: OpenCV takes every video for one of BT.601."""
    command = ["ffmpeg", "-loglevel", "error", "-i", str(path), "-fps_mode", "passthrough"]
    command += ["-f", "rawvideo", "-pix_fmt", "bgr24", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as decoder:
        assert decoder.stdout is not None
        while raw := decoder.stdout.read(WIDTH * HEIGHT * 3):
            yield np.frombuffer(raw, np.uint8).reshape(HEIGHT, WIDTH, 3)
    assert decoder.returncode == 0


def drawn_matte(mask: NDArray[Any]) -> NDArray[np.uint8]:
    """Return a mask (HxW of any size, float32 in 0…1 or uint8) as it is drawn: uint8 360x640."""
    return apply_levels(mask, (WIDTH, HEIGHT), THRESHOLD, SOFTNESS)


def drawn_alpha(mask: NDArray[Any]) -> Alpha:
    """Return the same as float32 in 0…1."""
    return np.divide(drawn_matte(mask), 255, dtype=np.float32)


def alpha_of(recorded: Picture, picture: Picture) -> tuple[Alpha, NDArray[np.bool_]]:
    """Return the alpha that ``picture`` was put over green with, and where that can be told."""
    over_green = recorded.astype(np.float32) - GREEN
    difference = picture.astype(np.float32) - GREEN
    contrast = (difference**2).sum(axis=2)
    alpha = (over_green * difference).sum(axis=2) / np.maximum(contrast, 1)
    return np.clip(alpha, 0, 1).astype(np.float32), contrast > 100**2
