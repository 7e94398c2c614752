"""What our filter costs OBS's graphics thread: the same scene without it, with OBS's own filter, with ours.

OBS's profiler reports at its end and over its whole life, so every row is an OBS run of its own. The rows
take turns in rounds, so that a machine that slows down or warms up does so for all of them. Any thread.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from selfieseg_engine.benchmarks.frame_times import FrameTimes, parse_profile
from selfieseg_engine.benchmarks.machine import describe_machine
from selfieseg_engine.benchmarks.obs_report import (
    BACKGROUND_BLUR,
    BACKGROUND_NONE,
    BLUR_10,
    BLUR_100,
    COLOR_CORRECTION,
    NO_FILTER,
    FilterFigures,
    RunFigures,
    make_report,
)
from selfieseg_engine.errors import UserError
from selfieseg_engine.isolated_obs import (
    IsolatedObs,
    NoDisplayError,
    ObsConfig,
    ObsScene,
    ObsScript,
    ObsStartError,
    ObsUnavailableError,
    RequestError,
    demo_clip,
)
from selfieseg_engine.isolated_obs.demo_in_obs import FILTER_KIND
from selfieseg_engine.isolated_obs.graphics_adapter import graphics_adapter
from selfieseg_engine.pictures import write_picture
from selfieseg_wire.paths import install_record_path

logger = logging.getLogger(__name__)

SCRIPT = Path(__file__).resolve().parents[3] / "obs_plugin" / "selfie_segmentation.py"
_COMMAND = "bench obs"
_CAMERA = "Camera"
_FILTER = "Filter"
_BEHIND = "Behind"  # the source that is shown behind the person, and not by itself
_CLIP, _PHOTO = "clip.mp4", "photo.png"
_FIRST_MATTE_TIMEOUT_S = 60.0  # the engine compiles its model once
_SETTLE_S = 1.0
_SOME_MATTES = 10
# OBS 29 dies now and then on its way out: seen while its window was painted after its sources and our threads
# had gone, and in a thread of obs-websocket. Such a run leaves no profile and is made again.
_TRIES = 3


@dataclass(frozen=True)
class Variant:
    """One row: the scene with this filter on its camera, or with none.

    ``files`` are settings that name a file of the run's folder.
    """

    name: str
    filter_kind: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        """Whether it is our filter that is measured."""
        return self.filter_kind == FILTER_KIND


VARIANTS = (
    Variant(NO_FILTER),
    Variant(COLOR_CORRECTION, "color_filter_v2", {"gamma": 0.1}),
    Variant(BACKGROUND_NONE, FILTER_KIND, {"background": "none"}),
    Variant(BACKGROUND_BLUR, FILTER_KIND, {"background": "blur"}),
)
_COLOR = {"background": "color", "despill": 0.0}
_NO_LIGHT = {"despill": 0.0, "light_wrap": 0.0}
_HAIR_MODEL = {"background": "none", "class_model": "hair_segmentation"}
# One effect each, over a background that costs little itself. To the GPU it makes no difference where a class
# is: so the hair model's planes do for clothes, face and skin.
EFFECT_VARIANTS = (
    Variant(BACKGROUND_NONE, FILTER_KIND, {"background": "none"}),
    Variant(BLUR_10, FILTER_KIND, {"background": "blur", "blur_strength": 10}),
    Variant("blur_50", FILTER_KIND, {"background": "blur", "blur_strength": 50}),
    Variant(BLUR_100, FILTER_KIND, {"background": "blur", "blur_strength": 100}),
    Variant("color", FILTER_KIND, _COLOR),
    Variant("image", FILTER_KIND, {"background": "image"} | _NO_LIGHT, {"image_path": _PHOTO}),
    Variant("video", FILTER_KIND, {"background": "video"} | _NO_LIGHT, {"video_path": _CLIP}),
    Variant("source", FILTER_KIND, {"background": "source", "background_source": _BEHIND} | _NO_LIGHT),
    Variant("transparent", FILTER_KIND, {"background": "transparent"} | _NO_LIGHT),
    Variant("grayscale", FILTER_KIND, {"background": "grayscale"}),
    Variant("expand", FILTER_KIND, _COLOR | {"expand": 10.0}),
    Variant("despill", FILTER_KIND, _COLOR | {"despill": 1.0}),
    Variant("light_wrap", FILTER_KIND, _COLOR | {"light_wrap": 1.0}),
    Variant("hair", FILTER_KIND, _HAIR_MODEL | {"hair_strength": 1.0}),
    Variant("clothes", FILTER_KIND, _HAIR_MODEL | {"clothes_strength": 1.0}),
    Variant("skin_tone", FILTER_KIND, _HAIR_MODEL | {"skin_tone": 1.0}),
    Variant("face_brighten", FILTER_KIND, _HAIR_MODEL | {"face_brighten": 1.0}),
    Variant("face_smooth", FILTER_KIND, _HAIR_MODEL | {"face_smooth": 1.0}),
    Variant("blur_in_engine", FILTER_KIND, {"background": "blur", "effects_in_engine": True}),
)


def measure_graphics_thread(
    seconds: float,
    rounds: int,
    variants: Sequence[Variant] = VARIANTS,
    on_run: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Run every variant ``rounds`` times and return the report; ``on_run`` is called after each run.

    Raises:
        UserError: no OBS that can be isolated, no install record, or a run that did not go as it should.
    """
    if not install_record_path().exists():
        raise UserError(
            "the filter cannot be measured",
            f"its engine is not installed ({install_record_path()} is missing)",
            "run install/install.py",
        )
    runs: dict[str, list[RunFigures]] = {variant.name: [] for variant in variants}
    machine: dict[str, Any] = dict(describe_machine()) | {"runs_made_again": 0}
    with tempfile.TemporaryDirectory(prefix="selfieseg-bench-") as folder:
        media = Path(folder)
        demo_clip.write_clip(media / _CLIP)
        write_picture(media / _PHOTO, demo_clip.fetch_photo())
        for number, variant in _turns(rounds, variants):
            root = Path(folder) / f"{number}-{variant.name}"
            try:
                figures, facts, again = _run_until_it_ends_well(variant, media, root, seconds)
            except (ObsUnavailableError, ObsStartError, NoDisplayError, TimeoutError, RequestError) as error:
                raise UserError(
                    f"the run {variant.name} failed", str(error), "run `selfieseg doctor`"
                ) from error
            runs[variant.name].append(figures)
            machine |= facts
            machine["runs_made_again"] += again
            on_run()
    width, height = demo_clip.SIZE
    return make_report(_COMMAND, machine, f"{width}x{height}", runs)


def _turns(rounds: int, variants: Sequence[Variant]) -> Iterator[tuple[int, Variant]]:
    for number in range(rounds):
        for variant in variants:
            yield number, variant


class BadEndError(ObsStartError):
    """OBS measured, and then did not leave as it should."""


def _run_until_it_ends_well(
    variant: Variant, media: Path, root: Path, seconds: float
) -> tuple[RunFigures, dict[str, str], int]:
    """Return what ``_run`` does, and how many runs were in vain. Raises what the last one raised."""
    for tried in range(_TRIES - 1):
        try:
            return *_run(variant, media, root / str(tried), seconds), tried
        except BadEndError as error:
            logger.warning("%s: %s; once more", variant.name, error)
    return *_run(variant, media, root / str(_TRIES - 1), seconds), _TRIES - 1


def _run(variant: Variant, media: Path, root: Path, seconds: float) -> tuple[RunFigures, dict[str, str]]:
    """Return what one OBS run measured with the files in ``media``, and what OBS told of itself."""
    width, height = demo_clip.SIZE
    scripts = [ObsScript(SCRIPT)] if variant.is_ours else []
    config = ObsConfig(width=width, height=height, fps=demo_clip.FPS, scripts=scripts)
    with IsolatedObs(config, root=root) as obs:
        scene = ObsScene(obs)
        scene.create_media(_CAMERA, media / _CLIP)
        scene.wait_for_picture(_CAMERA)
        if "background_source" in variant.settings:
            scene.create_image(_BEHIND, media / _PHOTO)
            scene.set_visible(_BEHIND, False)
        if variant.filter_kind is not None:
            files = {key: str(media / name) for key, name in variant.files.items()}
            scene.add_filter(_CAMERA, _FILTER, variant.filter_kind, {**variant.settings, **files})
        if variant.is_ours:
            _wait_for_mattes(obs, scene)
        time.sleep(_SETTLE_S)
        figures = _measure(obs, scene, variant, seconds)
        facts = {"obs": scene.version(), "graphics": graphics_adapter(obs.log_text())}
        report = obs.stop()
        if not report.clean:
            raise BadEndError(f"OBS ended badly ({report})")
        return replace(figures, frame_times=read_profile(obs.home.obs_config)), facts


def _measure(obs: IsolatedObs, scene: ObsScene, variant: Variant, seconds: float) -> RunFigures:
    """Watch OBS for ``seconds``. Its profile comes only at its end."""
    engine_pid = filter_figures(_engine_stats(obs), 0).engine_pid if variant.is_ours else None
    before, obs_cpu, engine_cpu = scene.stats(), _cpu_seconds(obs.pid), _cpu_seconds(engine_pid)
    machine_cpu, started = _machine_cpu_seconds(), time.monotonic()
    time.sleep(seconds)
    after = scene.stats()
    obs_cpu, engine_cpu = _cpu_seconds(obs.pid) - obs_cpu, _cpu_seconds(engine_pid) - engine_cpu
    elsewhere_cpu = _machine_cpu_seconds() - machine_cpu - obs_cpu - engine_cpu
    return RunFigures(
        cores_busy_elsewhere=max(0.0, elsewhere_cpu / (time.monotonic() - started)),
        total_frames=int(after["renderTotalFrames"] - before["renderTotalFrames"]),
        skipped_frames=int(after["renderSkippedFrames"] - before["renderSkippedFrames"]),
        obs_cpu_s=obs_cpu,
        filter=filter_figures(_engine_stats(obs), engine_cpu) if variant.is_ours else None,
    )


def filter_figures(stats: Mapping[str, Any], engine_cpu_s: float) -> FilterFigures:
    """Return the figures of the only session in the engine's ``stats``. Pure.

    Raises:
        UserError: the session has gone.
    """
    if not stats["sessions"]:
        raise UserError("the filter has lost its engine", "its session ended", "run `selfieseg doctor`")
    session = stats["sessions"][0]
    client = session["client"]
    return FilterFigures(
        model=str(session["model"]),
        device=str(session["device"]),
        callback_ms_p50=float(client["callback_ms_p50"]),
        callback_ms_p99=float(client["callback_ms_p99"]),
        matte_fps=float(session["fps_out"]),
        matte_age_ms_p50=float(client["matte_age_ms_p50"]),
        matte_lag_frames_p50=int(client["matte_lag_frames_p50"]),
        model_ready_s=float(session["model_ready_s"]),
        first_matte_s=float(session["first_matte_s"]),
        engine_pid=int(stats["engine"]["pid"]),
        engine_cpu_s=engine_cpu_s,
    )


def _wait_for_mattes(obs: IsolatedObs, scene: ObsScene) -> None:
    def matted() -> bool:
        clients = (session["client"] for session in _engine_stats(obs)["sessions"])
        return any(client["frames"] - client["without_matte_frames"] >= _SOME_MATTES for client in clients)

    scene.wait_until(matted, what="the first mattes", timeout_s=_FIRST_MATTE_TIMEOUT_S, poll_s=0.5)


def _engine_stats(obs: IsolatedObs) -> dict[str, Any]:
    """Ask the engine of ``obs``; without sessions while there is none.

    Through a process of its own: the engine counts us as a client, and stays, until that process ends.
    """
    command = [sys.executable, "-m", "selfieseg_engine", "stats", "--json"]
    answer = subprocess.run(
        command, env=os.environ | obs.product_environment, capture_output=True, text=True, check=False
    )
    if answer.returncode != 0:
        return {"sessions": []}
    stats: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return stats


def _cpu_seconds(pid: int | None) -> float:
    if pid is None:
        return 0.0
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _machine_cpu_seconds() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))


def read_profile(obs_config: Path) -> FrameTimes:
    """Return the frame times of the one OBS that ran with this configuration folder.

    Raises:
        UserError: it left no profile, or one that cannot be understood.
    """
    try:
        (path,) = (obs_config / "profiler_data").glob("*.csv.gz")
        return parse_profile(gzip.decompress(path.read_bytes()).decode("utf-8"))
    except (OSError, ValueError) as error:  # ProfileError is a ValueError
        raise UserError(
            "OBS's profile cannot be read", str(error), "try OBS of your distribution or obsproject.com"
        ) from error
