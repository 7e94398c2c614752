"""The demo in a real OBS: the moving picture as a camera, our filter on it. Any thread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from selfieseg_engine.errors import UserError
from selfieseg_engine.isolated_obs import demo_clip
from selfieseg_engine.isolated_obs.config import ObsConfig, ObsScript
from selfieseg_engine.isolated_obs.demo_report import Measurements, Pictures, mattes_per_second
from selfieseg_engine.isolated_obs.exit_report import ExitReport
from selfieseg_engine.isolated_obs.graphics_adapter import draws_in_software
from selfieseg_engine.isolated_obs.process import IsolatedObs
from selfieseg_engine.isolated_obs.scene import ObsScene

FILTER_KIND = "selfie_segmentation"
_CAMERA = "Camera"
_FILTER = "Selfie Segmentation"
# Where the processor does the graphics card's work, too, the preset for that is the one to show.
_PRESET, _SOFTWARE_PRESET = "balanced", "fast"
_RUN_S = 10.0
_FIRST_MATTE_TIMEOUT_S = 60.0  # the engine compiles its model once
_PAUSE = "OBS_WEBSOCKET_MEDIA_INPUT_ACTION_PAUSE"
_SETTLE_S = 1.0


class DemoError(UserError):
    """The demo could not show what it should."""


def run_in_obs(script: Path, clip: Path) -> tuple[Measurements, Pictures]:
    """Run the clip through the filter in an OBS of its own.

    Raises:
        ObsUnavailableError, ObsStartError, NoDisplayError: no OBS to run it in.
        DemoError: OBS has no such filter, or no matte came.
    """
    width, height = demo_clip.SIZE
    config = ObsConfig(width=width, height=height, fps=demo_clip.FPS, scripts=[ObsScript(script)])
    with IsolatedObs(config, use_display=True) as obs:
        scene = ObsScene(obs)
        if not scene.has_filter_kind(FILTER_KIND):
            raise DemoError(
                "OBS does not have the filter", "the script did not load", f"its words: {_script_words(obs)}"
            )
        scene.create_media(_CAMERA, clip)
        scene.wait_for_picture(_CAMERA)
        preset = _SOFTWARE_PRESET if draws_in_software(obs.log_text()) else _PRESET
        scene.add_filter(_CAMERA, _FILTER, FILTER_KIND, {"background": "blur", "preset": preset})
        _wait_for_mattes(obs, scene)
        measured = replace(_measure(obs, scene), preset=preset)
        pictures = _photograph(scene)
        report = obs.stop()
    return replace(measured, obs_ended_badly="" if report.clean else _describe_exit(report)), pictures


def _describe_exit(report: ExitReport) -> str:
    if report.killed:
        return "OBS had to be killed"
    told = [f"OBS ended with status {report.exit_code}", *report.crash_lines]
    return "; ".join(told + [f"left running: {orphan}" for orphan in report.orphans])


def _wait_for_mattes(obs: IsolatedObs, scene: ObsScene) -> None:
    try:
        scene.wait_until(
            lambda: _matte_count(_stats(obs)) > 0,
            what="the first matte",
            timeout_s=_FIRST_MATTE_TIMEOUT_S,
            poll_s=0.5,
        )
    except TimeoutError as error:
        raise DemoError("no matte came", str(error), f"the script's words: {_script_words(obs)}") from error


def _measure(obs: IsolatedObs, scene: ObsScene) -> Measurements:
    time.sleep(_SETTLE_S)
    before = _stats(obs)
    rendered, started = _drawn_frames(scene), time.monotonic()
    time.sleep(_RUN_S)
    rendered, seconds = _drawn_frames(scene) - rendered, time.monotonic() - started
    stats = _stats(obs)
    if (
        not (before.get("sessions") and stats.get("sessions"))
        or before["engine"]["pid"] != stats["engine"]["pid"]
    ):
        raise DemoError(
            "the engine went away", "while the clip ran", f"the script's words: {_script_words(obs)}"
        )
    session = stats["sessions"][0]
    client = session["client"]
    return Measurements(
        obs=scene.version(),
        model=session["model"],
        device=session["device"],
        mattes=_matte_count(stats) - _matte_count(before),
        matte_fps=mattes_per_second(before, stats),
        # Software rendering may be slower than the clip; there are never more frames than OBS draws.
        source_fps=min(float(demo_clip.FPS), rendered / seconds),
        matte_age_ms_p50=float(client["matte_age_ms_p50"]),
        callback_ms_p50=float(client["callback_ms_p50"]),
        callback_ms_p99=float(client["callback_ms_p99"]),
    )


def _drawn_frames(scene: ObsScene) -> int:
    """Return how many frames OBS has drawn: its total counts those that it was too late for."""
    stats = scene.stats()
    return int(stats["renderTotalFrames"]) - int(stats["renderSkippedFrames"])


def _photograph(scene: ObsScene) -> Pictures:
    # Held still, so that all three pictures are of one frame.
    scene.request("TriggerMediaInputAction", inputName=_CAMERA, mediaAction=_PAUSE)
    time.sleep(_SETTLE_S)
    after = scene.screenshot(_CAMERA)
    scene.set_filter_settings(_CAMERA, _FILTER, {"view": "matte"})
    time.sleep(_SETTLE_S)
    matte = scene.screenshot(_CAMERA)
    scene.set_filter_enabled(_CAMERA, _FILTER, False)
    time.sleep(_SETTLE_S)
    return Pictures(before=scene.screenshot(_CAMERA), after=after, matte=matte)


def _matte_count(stats: dict[str, Any]) -> int:
    """Return how many frames were drawn with a matte; 0 before the filter's session is there."""
    clients = [session["client"] for session in stats.get("sessions", ()) if session.get("client")]
    return sum(int(client["frames"]) - int(client["without_matte_frames"]) for client in clients)


def _stats(obs: IsolatedObs) -> dict[str, Any]:
    """Ask the engine of ``obs``; empty while there is none yet."""
    command = [sys.executable, "-m", "selfieseg_engine.cli.main", "stats", "--json"]
    answer = subprocess.run(
        command, env=os.environ | obs.product_environment, capture_output=True, text=True, check=False
    )
    if answer.returncode != 0 or not answer.stdout.strip():
        return {}
    stats: dict[str, Any] = json.loads(answer.stdout.strip().splitlines()[-1])
    return stats


def _script_words(obs: IsolatedObs) -> str:
    lines = [line for line in obs.log_text().splitlines() if "selfie" in line.lower()]
    return " | ".join(lines[-5:]) or "none"
