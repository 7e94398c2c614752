"""Runs the main job once, in OBS where there is one, and writes what came of it. Any thread."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from selfieseg_engine.atomic import write_bytes_atomically
from selfieseg_engine.errors import UserError
from selfieseg_engine.isolated_obs import demo_clip, demo_in_engine, demo_in_obs, demo_report
from selfieseg_engine.isolated_obs.display import NoDisplayError
from selfieseg_engine.isolated_obs.process import ObsStartError, find_obs
from selfieseg_wire import paths


def run_demo(out: Path, *, in_obs: bool = True) -> dict[str, Any]:
    """Run the demo and return its report, after writing it and the pictures into ``out``.

    Raises:
        UserError: it could not be run.
    """
    if in_obs and find_obs() is not None:
        measured, pictures = _in_obs()
    else:
        measured, pictures = demo_in_engine.run_in_engine()
    report = demo_report.make_report(measured, pictures)
    try:
        _write_pictures(out, pictures)
        write_bytes_atomically(out / "report.json", (json.dumps(report, indent=1) + "\n").encode())
    except OSError as error:
        raise UserError(f"cannot write to {out}", str(error), "choose another folder with --out") from error
    return report


def _in_obs() -> tuple[demo_report.Measurements, demo_report.Pictures]:
    script = _installed_script()
    with tempfile.TemporaryDirectory(prefix="selfieseg-demo-") as folder:
        clip = Path(folder) / "clip.mp4"
        demo_clip.write_clip(clip)
        try:
            return demo_in_obs.run_in_obs(script, clip)
        except (ObsStartError, NoDisplayError) as error:
            raise UserError(
                "the demo cannot use OBS", str(error), "try `selfieseg demo --no-obs` for the engine alone"
            ) from error


def _installed_script() -> Path:
    record = paths.install_record_path()
    try:
        return Path(json.loads(record.read_text(encoding="utf-8"))["script"])
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            "the demo does not know where the script is",
            f"{record} is missing or damaged",
            "run install/install.py",
        ) from error


def _write_pictures(out: Path, pictures: demo_report.Pictures) -> None:
    _write_png(out / "before.png", pictures.before)
    _write_png(out / "after.png", pictures.after)
    _write_png(out / "matte.png", pictures.matte[..., 0])


def _write_png(path: Path, picture: NDArray[np.uint8]) -> None:
    _, content = cv2.imencode(".png", picture)
    write_bytes_atomically(path, content.tobytes())
