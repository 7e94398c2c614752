"""Both MediaPipe models against MediaPipe's own runtime, in an environment of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from selfieseg_engine.benchmarks.speed.mediapipe_process import mediapipe_python
from selfieseg_engine.benchmarks.speed.peer_process import PeerError
from selfieseg_engine.inference.loaded_model import load_model
from selfieseg_engine.matte.resize import stretch
from selfieseg_engine.pictures import read_picture

SCRIPT = Path(__file__).with_name("mediapipe_masks.py")
MODEL_IDS = ("selfie_segmentation", "selfie_segmentation_landscape")  # in the order of SCRIPT
PHOTOS, MOST_OFF = 20, 1e-3

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def peers_python(request: pytest.FixtureRequest) -> Path:
    """Return the Python of an environment with MediaPipe, made once for this checkout."""
    cache = request.config.cache
    assert cache is not None
    try:
        return mediapipe_python(cache.mkdir("peers"))
    except PeerError as error:
        pytest.skip(str(error))


def test_our_masks_are_mediapipes(
    shared: Path, peers_python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pictures of the models' own sizes: neither side has to stretch anything."""
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", str(shared / "models"))
    photos = [read_picture(path) for path in sorted((shared / "media" / "images").glob("*.jpg"))[:PHOTOS]]
    assert len(photos) == PHOTOS
    models = [load_model(model_id, "CPU") for model_id in MODEL_IDS]
    pictures = [np.stack([stretch(photo, model.input_size) for photo in photos]) for model in models]
    np.savez(tmp_path / "in.npz", *(each[..., ::-1] for each in pictures))
    subprocess.run(
        [str(peers_python), str(SCRIPT), str(tmp_path / "in.npz"), str(tmp_path / "out.npz")],
        check=True,
        capture_output=True,
    )
    with np.load(tmp_path / "out.npz") as masks:
        for model, each, theirs in zip(models, pictures, masks.values(), strict=True):
            request = model.new_request()
            ours = np.stack([request.infer(picture) for picture in each])
            assert ours.max() > 0.9
            off = float(np.abs(ours - theirs).max())
            print(f"{model.manifest.id}: at most {off:.6f} off")
            assert off <= MOST_OFF
