"""What the installer compiles is all that pictures go through: nobody waits for a compiler in a stream."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.engine.harness import FilterClient, StartEngine, U8Image
from tests.unit.engine.recording.clips import walk, write_clip

SIZE = (640, 360)
LOOKS = ("background=blur\nblur_strength=5", "background=blur\nblur_strength=100", "background=grayscale")


def run(environment: dict[str, str], *arguments: str | Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "selfieseg_engine", *map(str, arguments)], env=environment, check=True
    )


def kept(folder: Path) -> set[str]:
    """Return the names of the machine code in a cache of Numba's."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*.nbc")}


@pytest.mark.usefixtures("real_model")
def test_nothing_is_compiled_for_a_picture(
    start_engine: StartEngine,
    environment: dict[str, str],
    run_dir: Path,
    astronaut_rgb: U8Image,
    tmp_path: Path,
) -> None:
    cache = tmp_path / "machine code"
    environment["NUMBA_CACHE_DIR"] = str(cache)
    run(environment, "compile")
    ready = kept(cache)
    assert ready
    # An index that names a class of ours could not be read again once an update has moved the class.
    assert all(b"selfieseg" not in index.read_bytes() for index in cache.rglob("*.nbi"))

    with filter_of(start_engine, cache) as client:
        frame = np.asarray(cv2.resize(astronaut_rgb, SIZE), np.uint8)
        client.ask_frame(astronaut_rgb)
        for look in LOOKS:
            client.configure(f"effects_in_engine=1\nsmoothing=0.8\n{look}")
            client.ask_frame(frame)
    assert kept(cache) == ready

    bgr = np.ascontiguousarray(frame[:, :, ::-1])
    clip, photo, deep = tmp_path / "clip.mp4", tmp_path / "photo.png", tmp_path / "deep.png"
    write_clip(clip, walk(bgr, 5))
    cv2.imwrite(str(photo), bgr)
    cv2.imwrite(str(deep), bgr.astype(np.uint16) * 257)
    for number, background in enumerate(("blur", "color:#336699", "transparent")):
        options = ("--background", background)
        run(environment, "image", photo, deep, "-o", tmp_path / f"stills {number}", *options)
        run(environment, "video", clip, "-o", tmp_path / f"clip {number}.mov", *options)
    assert kept(cache) == ready


def filter_of(start_engine: StartEngine, cache: Path) -> FilterClient:
    engine = start_engine(NUMBA_CACHE_DIR=str(cache))
    return engine.filter(frame_size=SIZE)
