"""Draws frames with the filter's own GPU passes in a real OBS, from given masks (effects_probe.lua)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from selfieseg_engine.isolated_obs import ObsScript
from tests.obs.product import PLUGIN, Picture

PROBE = Path(__file__).with_name("effects_probe.lua")
TIMEOUT_S = 60.0
POLL_S = 0.05

# The filter's settings without any effect, as settings.lua reads them.
PLAIN: dict[str, Any] = {
    "background": "none", "blur_strength": 50, "color": (0, 255, 0), "threshold": 0.5, "softness": 0.5,
    "light_wrap": 0.0, "despill": 0.0, "expand": 0.0, "refine_edges": True, "invert": False, "view": "result",
    "hair_color": (138, 63, 252), "hair_strength": 0.0, "clothes_color": (31, 95, 191),
    "clothes_strength": 0.0, "face_smooth": 0.0, "face_brighten": 0.0, "skin_tone": 0.0,
    "skin_color": (224, 172, 138),
}  # fmt: skip


@dataclass(frozen=True)
class ProbeJob:
    """One picture to draw.

    Attributes:
        frame_bgr: uint8 HxWx3.
        mask: uint8 hxw; w a multiple of 4, or OBS's OpenGL reads past its end.
        look: changes to PLAIN; colours as (red, green, blue).
        planes: uint8 hxwx4 (hair, body skin, face skin, clothes), or None.
        layer_bgr: a background picture, uint8 HxWx3, or None.
        repeats: how often to draw it, for the time.
    """

    frame_bgr: Picture
    mask: Picture
    look: Mapping[str, Any]
    planes: Picture | None = None
    layer_bgr: Picture | None = None
    repeats: int = 1


@dataclass(frozen=True)
class Drawn:
    """The result, uint8 HxWx4 BGRA premultiplied, and the milliseconds that drawing it took."""

    bgra: Picture
    ms: float


def probe_script(folder: Path) -> ObsScript:
    """Return the script to list in the OBS that is to draw; it watches ``folder``."""
    return ObsScript(PROBE, {"jobs": str(folder / "jobs.lua"), "plugin": str(PLUGIN)})


def draw_in_obs(folder: Path, jobs: Sequence[ProbeJob]) -> list[Drawn]:
    """Let the OBS with ``probe_script(folder)`` draw all jobs. Raises AssertionError with OBS's reason."""
    texts = [_write(folder, number, job) for number, job in enumerate(jobs)]
    done = folder / "jobs.lua.done"
    done.unlink(missing_ok=True)
    draft = folder / "jobs.draft"
    draft.write_text("return {\n" + ",\n".join(texts) + "\n}\n", encoding="utf-8")
    draft.rename(folder / "jobs.lua")
    deadline = time.monotonic() + TIMEOUT_S
    while not done.exists() or not done.read_text():
        assert time.monotonic() < deadline, "OBS does not draw"
        time.sleep(POLL_S)
    assert done.read_text() == "ok", done.read_text()
    return [_read(folder, number, job) for number, job in enumerate(jobs)]


def _write(folder: Path, number: int, job: ProbeJob) -> str:
    pictures = {
        "frame": _rgba(job.frame_bgr),
        "mask": job.mask,
        "planes": job.planes,
        "layer": None if job.layer_bgr is None else _rgba(job.layer_bgr),
    }
    parts = []
    for name, picture in pictures.items():
        if picture is not None:
            path = folder / f"{number}.{name}"
            path.write_bytes(np.ascontiguousarray(picture).tobytes())
            height, width = picture.shape[:2]
            parts.append(f"{name} = {{ path = {_lua(str(path))}, width = {width}, height = {height} }}")
    look = ", ".join(f"{key} = {_lua(value)}" for key, value in ({**PLAIN, **job.look}).items())
    parts.append(f"look = {{ {look} }}")
    parts.append(f"out = {_lua(str(folder / f'{number}.out'))}, repeats = {job.repeats}")
    return "{ " + ", ".join(parts) + " }"


def _read(folder: Path, number: int, job: ProbeJob) -> Drawn:
    height, width = job.frame_bgr.shape[:2]
    rgba = np.frombuffer((folder / f"{number}.out").read_bytes(), np.uint8).reshape(height, width, 4)
    bgra = cast("Picture", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))
    return Drawn(bgra, float((folder / f"{number}.out.ms").read_text()))


def _rgba(bgr: Picture) -> NDArray[np.uint8]:
    return cast("Picture", cv2.cvtColor(bgr, cv2.COLOR_BGR2RGBA))


def _lua(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, tuple):
        red, green, blue = (channel / 255 for channel in value)
        return f"{{ red = {red!r}, green = {green!r}, blue = {blue!r} }}"
    return repr(value)
