"""What OBS has recorded, through ``selfieseg video``: every frame, every time, every bit of its sound."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from skimage.data import astronaut

from selfieseg_engine.cli.main import cli
from selfieseg_engine.isolated_obs import IsolatedObs, ObsConfig, ObsScene
from tests.obs.product import MODEL
from tests.unit.engine.recording.clips import frames, tracks, walk, write_clip

SIZE = (640, 360)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_a_recording_by_obs(
    start_obs: Callable[..., IsolatedObs],
    product_data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    suffix: str,
) -> None:
    monkeypatch.setenv("SELFIESEG_DATA_DIR", str(product_data_dir))
    person = np.ascontiguousarray(astronaut()[:, :, ::-1])
    clip = write_clip(tmp_path / "camera.mp4", walk(person, 60, SIZE), sound_from=0.0)
    scene = ObsScene(start_obs(ObsConfig(width=SIZE[0], height=SIZE[1])))
    scene.create_media("Camera", clip)
    scene.wait_for_picture("Camera")
    recorded = scene.record(4)
    out = tmp_path / f"out{suffix}"

    done = CliRunner().invoke(
        cli,
        ["video", str(recorded), "-o", str(out), "--background", "color:#00FF00", "--model", MODEL, "--json"],
    )

    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    before, after = tracks(recorded), tracks(out)
    count = len(before["video"].times)
    assert count > 60
    assert told["frames"] == count
    assert told["left_out"] == []
    assert after["video"].times == before["video"].times
    assert after["audio"].packets == before["audio"].packets, "bit by bit"
    assert after["audio"].times == before["audio"].times
    assert len(after["audio"].packets) > 100
    pictures = frames(out)
    assert len(pictures) == count
    green = [np.abs(picture[:40, :40].astype(int) - (0, 255, 0)).mean() for picture in pictures]
    assert max(green) < 12, "in every frame the corner of the room is gone"
    original = frames(recorded)
    assert all(np.abs(a.astype(int) - b).mean() > 5 for a, b in zip(pictures, original, strict=True))
