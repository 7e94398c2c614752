"""A picture that stands still but for a camera's noise, in a real OBS: inference rests, the matte with it.

The flicker is measured in what OBS records of the drawn matte, without loss, and compared with that of the
model's own mattes of the same pictures.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import psutil
import pytest
import skimage.data
from numpy.typing import NDArray

from selfieseg_engine import Segmenter
from selfieseg_engine.benchmarks.quality.temporal import edge_band, flicker
from selfieseg_engine.isolated_obs import IsolatedObs, ObsScene
from tests.obs.gpu_shrinking import shrunk_by_gpu
from tests.obs.product import (
    MODEL,
    SOURCE,
    Picture,
    Product,
    product_config,
    product_environment,
)
from tests.obs.recorded_mattes import (
    FPS,
    HEIGHT,
    MODEL_SIZE,
    WIDTH,
    Alpha,
    alpha_of,
    decoded,
    drawn_alpha,
    drawn_matte,
    write_clip_without_loss,
)
from tests.obs.session_mattes import session_mattes

pytestmark = pytest.mark.timeout(300)

NOISE_LEVELS = 2.0
STILL_PICTURES = 240
RAW_PICTURES = 60
JUMP_PIXELS = 40
JUMPS_EVERY = 75  # pictures
PIXELS_PER_S = 200.0
SETTLE_S, RECORD_S = 4.0, 8.0
# What has no matte is black, or hidden.
NOTHING = 40


def astronaut(x: int) -> Picture:
    """Return a person (NASA, public domain) whose photo begins at column ``x``; uint8 360x640x3 BGR."""
    photo = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    scale = HEIGHT / photo.shape[0]
    placed = np.array([[scale, 0, x], [0, scale, 0]])
    return cast("Picture", cv2.warpAffine(photo, placed, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE))


def seen_by_a_camera(pictures: Iterator[Picture]) -> Iterator[Picture]:
    """Yield the pictures with noise of their own."""
    chance = np.random.default_rng(4)
    for picture in pictures:
        noise = chance.normal(0, NOISE_LEVELS, picture.shape)
        yield cast("Picture", np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8))


def record_without_loss(scene: ObsScene) -> None:
    """Have OBS record so, once; it heeds the setting where the profile is chosen, and makes new outputs then.

    One of those that record without loss may take no second recording: where the thread that it starts ends
    before it notes having started it, it waits for that thread for ever (obs-ffmpeg-output.c).
    """
    profiles = scene.request("GetProfileList")
    profile, another = profiles["currentProfileName"], "another"
    value = {"parameterCategory": "SimpleOutput", "parameterName": "RecQuality", "parameterValue": "Lossless"}
    scene.request("SetProfileParameter", **value)
    if another not in profiles["profiles"]:
        scene.request("CreateProfile", profileName=another)
    for wanted in (another, profile):
        scene.request("SetCurrentProfile", profileName=wanted)
        scene.wait_until(
            lambda wanted=wanted: scene.request("GetProfileList")["currentProfileName"] == wanted,  # type: ignore[misc]
            what="the profile",
        )


@pytest.fixture(scope="module")
def one_product(product_data_dir: Path) -> Iterator[Product]:
    """One OBS of the clips' size."""
    config = product_config(width=WIDTH, height=HEIGHT, fps=FPS)
    with IsolatedObs(config, environment=product_environment(product_data_dir)) as isolated:
        shared = Product(isolated, product_data_dir)
        yield shared
        shared.stop()


@pytest.fixture(scope="module")
def still_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pictures = seen_by_a_camera(astronaut(140) for _ in range(STILL_PICTURES))
    return write_clip_without_loss(tmp_path_factory.mktemp("still") / "still.mkv", pictures)


@pytest.fixture
def models(product_data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models can be loaded in this process."""
    for key, value in product_environment(product_data_dir).items():
        monkeypatch.setenv(key, value)


def start_clip(product: Product, clip: Path, **settings: Any) -> None:
    product.scene.create_media(SOURCE, clip)
    start_filter(product, **settings)


def start_moving(product: Product, picture: Path) -> None:
    """Let a picture move on whenever OBS draws; of a clip a busy machine shows some pictures twice."""
    product.scene.create_image(SOURCE, picture)
    product.scene.add_filter(SOURCE, "moving", "scroll_filter", {"speed_x": PIXELS_PER_S, "loop": True})
    start_filter(product)


def start_filter(product: Product, **settings: Any) -> None:
    product.scene.wait_for_picture(SOURCE)
    product.add_filter(model=MODEL, **settings)
    product.wait_for_mattes()
    time.sleep(SETTLE_S)


def flicker_of(mattes: list[NDArray[np.uint8]]) -> float:
    """Return the mean change from matte to matte (uint8 HxW), along the edge of the first."""
    band = edge_band(mattes[0] > 127)
    changes = [flicker(before, after, band) for before, after in pairwise(mattes)]
    return float(np.mean([change for change in changes if change is not None]))


def raw_mattes(pictures: list[Picture]) -> list[NDArray[np.uint8]]:
    with Segmenter(model=MODEL, device="CPU", refine=False, smoothing=0.0) as segmenter:
        return [drawn_matte(segmenter.segment(shrunk_by_gpu(each, MODEL_SIZE)).matte) for each in pictures]


def test_the_matte_rests(product: Product, still_clip: Path, models: None) -> None:
    """Nearly no inference, and all the same a matte for every frame, far steadier than the model's own."""
    record_without_loss(product.scene)
    start_clip(product, still_clip, view="matte")
    (before,) = product.sessions()
    recording = product.scene.record(RECORD_S)
    assert recording.suffix == ".avi", "it was not recorded without loss"
    (after,) = product.sessions()
    drawn = [frame.mean(axis=2).astype(np.uint8) for frame in decoded(recording)]
    raw = raw_mattes(list(decoded(still_clip))[:RAW_PICTURES])

    mattes, without, dropped = (
        after[key] - before[key] for key in ("mattes", "mattes_without_inference", "dropped")
    )
    rests = without / mattes
    flickers, flickers_raw = flicker_of(drawn), flicker_of(raw)
    print(
        f"{len(drawn)} frames, {mattes} mattes, {100 * (1 - rests):.1f} % inferred; "
        f"flicker {flickers:.4f}, raw {flickers_raw:.4f}: {flickers_raw / flickers:.1f} times; {after}"
    )

    assert rests > 0.9
    assert mattes >= 0.9 * (mattes + dropped)
    assert after["client"]["without_matte_frames"] == before["client"]["without_matte_frames"]
    assert len(drawn) >= RECORD_S * FPS / 2
    assert min(int(matte.max()) for matte in drawn) > 255 - NOTHING
    assert 5 * flickers <= flickers_raw


def test_the_first_moved_picture_has_its_own_matte(product: Product, tmp_path: Path, models: None) -> None:
    """A person who has sat still jumps aside: from the first frame on the matte is where the person is."""
    here, there = astronaut(120), astronaut(120 + JUMP_PIXELS)
    pictures = (here if number < JUMPS_EVERY else there for number in range(2 * JUMPS_EVERY))
    clip = write_clip_without_loss(tmp_path / "jumps.mkv", seen_by_a_camera(pictures))
    record_without_loss(product.scene)
    start_clip(product, clip, alignment="exact", background="color", without_matte="hide")
    (before,) = product.sessions()
    recording = product.scene.record(RECORD_S)
    (after,) = product.sessions()
    with session_mattes() as matte_of:
        seen = [[matte_of(picture) for _ in range(JUMPS_EVERY)][-1] for picture in (here, there, here)]
    alphas = [drawn_alpha(matte) for matte in (seen[2], seen[1])]
    shown = [
        which_shown(frame, (here, there), alphas) for frame in decoded(recording) if frame.max() > NOTHING
    ]
    jumps = [index for index in range(1, len(shown)) if shown[index][0] != shown[index - 1][0]]
    mattes, without = (after[key] - before[key] for key in ("mattes", "mattes_without_inference"))
    print(
        f"{len(shown)} frames, {len(jumps)} jumps, {100 * (1 - without / mattes):.1f} % inferred; off by "
        + "; ".join(" ".join(f"{own:.3f}" for _, own, _ in shown[jump - 1 : jump + 4]) for jump in jumps)
    )

    assert len(jumps) >= 2
    assert without > mattes / 2, "the picture was not still between the jumps"
    for place, own, others in shown:
        assert own < others / 3, (
            f"at place {place} the matte is {own:.3f} off, from the other place's {others:.3f}"
        )


def which_shown(
    frame: Picture, pictures: tuple[Picture, Picture], alphas: list[Alpha]
) -> tuple[int, float, float]:
    """Return which picture a frame shows, and how far its alpha is from that one's matte and the other's."""
    person = cv2.erode((np.minimum(*alphas) > 0.98).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    off = [float(cv2.absdiff(frame, picture)[person].mean()) for picture in pictures]
    place = int(off[1] < off[0])
    alpha, is_known = alpha_of(frame, pictures[place])
    own, other = (float(np.abs(alpha - alphas[each])[is_known].mean()) for each in (place, 1 - place))
    return place, own, other


def test_less_cpu_while_still(product: Product, still_clip: Path, tmp_path: Path) -> None:
    """States what a matte costs the engine while the picture stands still, and while it moves."""
    picture = tmp_path / "person.png"
    cv2.imwrite(str(picture), astronaut(140))
    start_moving(product, picture)
    moving = work_of_engine(product)
    product.clear_scene()
    start_clip(product, still_clip)
    still = work_of_engine(product)
    print(f"while it moves {moving}, while it stands still {still}; CPU {still.cpu_ms / moving.cpu_ms:.2f}")

    assert moving.inferred > 0.98
    assert still.inferred < 0.1


@dataclass(frozen=True)
class Work:
    """The share of mattes that the model was run for, and the engine's CPU time for a matte."""

    inferred: float
    cpu_ms: float


def work_of_engine(product: Product) -> Work:
    pid = product.engine_pid()
    assert pid is not None
    engine = psutil.Process(pid)
    (before,), used = product.sessions(), engine.cpu_times()
    time.sleep(RECORD_S)
    (after,), now = product.sessions(), engine.cpu_times()
    mattes, without = (after[key] - before[key] for key in ("mattes", "mattes_without_inference"))
    cpu_s = now.user + now.system - used.user - used.system
    return Work(1 - without / mattes, 1000 * cpu_s / mattes)
