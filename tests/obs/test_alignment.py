"""Which matte each recorded frame was composed with, in a real OBS over a moving person.

Every picture of the clip has its number on the person's chest, as a bar code. From a recording over pure
green the number and the alpha of each frame are read, and the alpha is compared with the mattes that the same
model gives for the pictures before and after.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from selfieseg_engine import Segmenter
from selfieseg_engine.isolated_obs import IsolatedObs
from selfieseg_engine.matte.joint_upsampling import upsample_matte
from selfieseg_engine.matte.levels import apply_levels, to_u8_matte
from selfieseg_engine.work_size import guide_size
from tests.obs.product import (
    FILTER,
    MODEL,
    SHARED,
    SOURCE,
    Picture,
    Product,
    product_config,
    product_environment,
    product_scripts,
    video_frames,
)
from tests.obs.properties_probe import PROBE, ask_state_text

pytestmark = pytest.mark.timeout(300)

WIDTH, HEIGHT, FPS = 640, 360, 30
PICTURES = 180
MODEL_SIZE = 256, 144
SHRINKING = (cv2.INTER_LINEAR, cv2.INTER_AREA)
# The bar code: a row of bits and a row of their complements.
BITS, CELL = 8, 8
CODE_X, CODE_Y = 300, 288
NEIGHBOURS = 6  # pictures before and after that are compared
# A stream's mattes depend on the pictures before: from here on the clip's are those of its endless loop.
SETTLED = 30
TIE = 1.02
RECORD_S = 8.0
SEQUENCE = SHARED / "media" / "sequences" / "lively_360p" / "frames.mp4"
PLAIN: dict[str, Any] = {
    "background": "color",
    "without_matte": "hide",
    "smoothing": 0.0,
    "refine_edges": False,
    "threshold": 0.5,
    "softness": 0.5,
}
STEADIED: dict[str, Any] = PLAIN | {"smoothing": 0.5, "refine_edges": True}
Alpha = NDArray[np.float32]


def swaying_astronaut() -> Iterator[Picture]:
    """Yield a person that never rests (NASA, public domain), the chest in the middle; uint8 360x640x3 BGR."""
    photo = cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR)
    for number in range(PICTURES):
        turn = 2 * np.pi * number / PICTURES
        scale = HEIGHT / photo.shape[0] * (1.1 + 0.08 * np.sin(7 * turn))
        x = WIDTH / 2 - 130 * scale + 30 * np.sin(5 * turn)
        y = HEIGHT - 512 * scale + 14 * np.sin(8 * turn + 1)
        moved = np.array([[scale, 0, x], [0, scale, y]])
        size = (WIDTH, HEIGHT)
        yield cast("Picture", cv2.warpAffine(photo, moved, size, borderMode=cv2.BORDER_REPLICATE))


def with_code(picture: Picture, number: int) -> Picture:
    coded = picture.copy()
    frame = slice(CODE_Y - 4, CODE_Y + 2 * CELL + 4), slice(CODE_X - 4, CODE_X + BITS * CELL + 4)
    coded[frame] = 128
    for bit in range(BITS):
        is_set = number >> bit & 1
        for row, value in enumerate((is_set, 1 - is_set)):
            top, left = CODE_Y + row * CELL, CODE_X + bit * CELL
            coded[top : top + CELL, left : left + CELL] = 255 * value
    return coded


def read_code(picture: Picture) -> int | None:
    """Return the number on the person's chest, None where there is none."""
    grey = picture.mean(axis=2)
    number = 0
    for bit in range(BITS):
        left = CODE_X + bit * CELL + 2
        value, complement = (
            grey[top : top + CELL - 4, left : left + CELL - 4].mean()
            for top in (CODE_Y + 2, CODE_Y + CELL + 2)
        )
        if abs(value - complement) < 80:
            return None
        number |= int(value > complement) << bit
    return number


def write_coded_clip(path: Path, pictures: Iterator[Picture]) -> Path:
    """Write a clip without loss: OBS is to give the model the very pictures that the test gives it."""
    command = ["ffmpeg", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24"]
    command += ["-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-"]
    command += ["-c:v", "ffv1", "-pix_fmt", "bgr0", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for number, picture in enumerate(pictures):
            encoder.stdin.write(with_code(picture, number).tobytes())
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


@dataclass(frozen=True)
class Clip:
    """A moving person: the file, its pictures, and the mattes of each, any of which may be the one drawn.

    The first ``unsettled`` pictures' mattes are others in OBS, which shows the clip again and again.
    """

    path: Path
    pictures: list[Picture]
    alphas: list[list[Alpha]]
    unsettled: int

    def near(self, number: int, shift: int) -> list[Alpha]:
        return self.alphas[(number + shift) % PICTURES]

    def tells(self, number: int) -> bool:
        return self.unsettled <= number < PICTURES - self.unsettled // 5


def drawn_alpha(matte: NDArray[Any]) -> Alpha:
    return np.divide(apply_levels(matte, (WIDTH, HEIGHT), 0.5, 0.5), 255, dtype=np.float32)


def raw_alphas(pictures: list[Picture]) -> list[list[Alpha]]:
    """Return the model's own mattes.

    The GPU shrinks a picture for the model by single samples, the engine a picture of full size by means: so
    each picture has a matte of either.
    """
    with Segmenter(model=MODEL, device="CPU", refine=False, smoothing=0.0) as segmenter:
        return [
            [
                drawn_alpha(segmenter.segment(small(picture, MODEL_SIZE, shrinking)).matte)
                for shrinking in SHRINKING
            ]
            for picture in pictures
        ]


def steadied_alphas(pictures: list[Picture]) -> list[list[Alpha]]:
    """Return the mattes of the pictures as a stream, with everything that is done to them by default."""
    alphas = []
    with Segmenter(model=MODEL, device="CPU") as segmenter:
        for picture in pictures:
            work_frame = small(picture, guide_size((WIDTH, HEIGHT)), cv2.INTER_LINEAR)
            matte = to_u8_matte(segmenter.segment(work_frame).matte)
            alphas.append([drawn_alpha(upsample_matte(matte, picture))])
    return alphas


def small(picture: Picture, size: tuple[int, int], shrinking: int) -> Picture:
    return cast("Picture", cv2.resize(picture, size, interpolation=shrinking))


GREEN = np.array([0, 255, 0], np.float32)


def alpha_of(recorded: Picture, picture: Picture) -> tuple[Alpha, NDArray[np.bool_]]:
    """Return the alpha that ``picture`` was put over green with, and where that can be told."""
    over_green = recorded.astype(np.float32) - GREEN
    difference = picture.astype(np.float32) - GREEN
    contrast = (difference**2).sum(axis=2)
    alpha = (over_green * difference).sum(axis=2) / np.maximum(contrast, 1)
    return np.clip(alpha, 0, 1).astype(np.float32), contrast > 100**2


def matte_error(recorded: Picture, number: int, clip: Clip) -> int:
    """Return how many pictures after ``number`` that one lies whose matte fits best; 0 where its own ties."""
    alpha, is_known = alpha_of(recorded, clip.pictures[number])
    shifts = range(-NEIGHBOURS, NEIGHBOURS + 1)
    costs = {
        shift: min(float(np.abs(alpha - each)[is_known].mean()) for each in clip.near(number, shift))
        for shift in shifts
    }
    best = min(costs, key=lambda shift: costs[shift])
    return 0 if costs[0] <= TIE * costs[best] else best


def shows_room(recorded: Picture, number: int, clip: Clip) -> bool:
    """Whether something of ``number`` is to be seen where no matte near it has the person."""
    near = [each for shift in range(-NEIGHBOURS, NEIGHBOURS + 1) for each in clip.near(number, shift)]
    wall = cv2.erode((np.max(near, axis=0) < 0.02).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    return bool(np.abs(recorded[wall].astype(np.float32) - GREEN).mean() > 12)


@dataclass(frozen=True)
class Findings:
    """What a recording shows: the error of every frame with a person, the numbers, frames without anyone."""

    errors: list[int]
    numbers: list[int]
    hidden: int


def look_through(recording: Path, clip: Clip) -> Findings:
    """Look at every frame; none may show the room."""
    errors, numbers, hidden = [], [], 0
    for index, recorded in enumerate(decoded(recording)):
        if recorded.max() < 40:  # without_matte = "hide"
            hidden += 1
            continue
        number = read_code(recorded)
        assert number is not None, f"frame {index} has no number"
        assert not shows_room(recorded, number, clip), f"frame {index} shows the room"
        if clip.tells(number):
            numbers.append(number)
            errors.append(matte_error(recorded, number, clip))
    return Findings(errors, numbers, hidden)


def tally(errors: list[int]) -> dict[int, int]:
    return {error: errors.count(error) for error in sorted(set(errors))}


@pytest.fixture(scope="module")
def one_product(product_data_dir: Path) -> Iterator[Product]:
    """One OBS of the clip's size, with a script that asks the filter's properties."""
    config = product_config([*product_scripts(), PROBE], width=WIDTH, height=HEIGHT, fps=FPS)
    with IsolatedObs(config, environment=product_environment(product_data_dir)) as isolated:
        shared = Product(isolated, product_data_dir)
        yield shared
        shared.stop()


@pytest.fixture(params=["astronaut", "lively"])
def coded_clip(
    request: pytest.FixtureRequest, tmp_path: Path, product_data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, list[Picture]]:
    """A moving person: the file and its pictures. Mattes of them can be computed."""
    if request.param == "lively" and not SEQUENCE.exists():
        pytest.skip("no ../shared/media: moving portraits")
    frames = swaying_astronaut() if request.param == "astronaut" else video_frames(SEQUENCE)
    path = write_coded_clip(tmp_path / "person.mkv", frames)
    pictures = list(decoded(path))
    assert [read_code(picture) for picture in pictures] == list(range(PICTURES))
    for key, value in product_environment(product_data_dir).items():
        monkeypatch.setenv(key, value)
    return path, pictures


@pytest.fixture
def clip(coded_clip: tuple[Path, list[Picture]]) -> Clip:
    """The clip with the model's own mattes."""
    path, pictures = coded_clip
    return Clip(path, pictures, raw_alphas(pictures), unsettled=0)


@pytest.fixture
def steadied_clip(coded_clip: tuple[Path, list[Picture]]) -> Clip:
    """The clip with the mattes that the default settings give."""
    path, pictures = coded_clip
    return Clip(path, pictures, steadied_alphas(pictures), SETTLED)


def start_clip(product: Product, clip: Clip, alignment: str, **settings: Any) -> None:
    product.scene.create_media(SOURCE, clip.path)
    product.scene.wait_for_picture(SOURCE)
    product.add_filter(**(PLAIN | {"alignment": alignment, "model": MODEL} | settings))
    product.wait_for_mattes()
    time.sleep(2)  # telemetry comes once a second


@pytest.mark.parametrize("in_engine", [False, True], ids=["drawn by OBS", "drawn in the engine"])
def test_exact(product: Product, clip: Clip, in_engine: bool) -> None:
    """Every frame of the recording was composed with its own matte."""
    start_clip(product, clip, "exact", effects_in_engine=in_engine)
    recording = product.scene.record(RECORD_S)
    (session,) = product.sessions()
    client = session["client"]
    found = look_through(recording, clip)
    print(
        f"{len(found.errors)} frames, {found.hidden} hidden, {np.count_nonzero(found.errors)} wrong; {client}"
    )

    assert len(found.errors) >= RECORD_S * FPS / 2
    assert set(found.errors) == {0}
    assert (client["alignment"], client["matte_lag_frames_p50"]) == ("exact", 0)
    assert client["delay_ms"] in [round(frames * 1000 / FPS, 1) for frames in (2, 3, 4)]
    text = ask_state_text(product, FILTER)
    assert "every picture with its own mask" in text
    assert "Sync Offset" in text


def test_exact_by_default(product: Product, steadied_clip: Clip) -> None:
    """Mattes that are steadied along the motion and follow the edges are still those of their own frames."""
    start_clip(product, steadied_clip, "exact", **STEADIED)
    found = look_through(product.scene.record(RECORD_S), steadied_clip)
    print(f"{len(found.errors)} frames, {found.hidden} hidden, errors {tally(found.errors)}")

    assert len(found.errors) >= RECORD_S * FPS / 2
    assert set(found.errors) == {0}


def state_lag(product: Product, clip: Clip) -> None:
    recording = product.scene.record(RECORD_S)
    (session,) = product.sessions()
    found = look_through(recording, clip)
    print(
        f"{len(found.errors)} frames, {found.hidden} hidden: their mattes are {-np.mean(found.errors):.2f}"
        f" pictures older in the mean, {tally(found.errors)}; {session['client']}"
    )

    assert len(found.errors) >= RECORD_S * FPS / 2
    assert session["client"]["alignment"] == "low_latency"
    assert session["client"]["matte_lag_frames_p50"] >= 1


def test_low_latency_states_its_lag(product: Product, clip: Clip) -> None:
    start_clip(product, clip, "low_latency")
    state_lag(product, clip)


def test_low_latency_states_its_lag_by_default(product: Product, steadied_clip: Clip) -> None:
    start_clip(product, steadied_clip, "low_latency", **STEADIED)
    state_lag(product, steadied_clip)


def test_alignment_changed_while_recording(
    product: Product, clip: Clip, record_frames: Callable[[Callable[[], None]], Path]
) -> None:
    """No frame shows the room, however often the setting is changed; afterwards all is well."""
    start_clip(product, clip, "low_latency")

    def change() -> None:
        for alignment in ("exact", "low_latency") * 6:
            product.configure(alignment=alignment)
            time.sleep(0.5)

    found = look_through(record_frames(change), clip)
    print(f"{len(found.errors)} frames, {found.hidden} hidden")
    assert len(found.errors) >= 60
    product.wait_for_mattes()


def test_engine_killed_in_exact(
    product: Product, clip: Clip, record_frames: Callable[[Callable[[], None]], Path]
) -> None:
    """``kill -9``: the room stays hidden, and what is shown before and after has its own matte."""
    start_clip(product, clip, "exact")

    def kill_twice() -> None:
        for _ in range(2):
            victim = product.engine_pid()
            assert victim is not None
            os.kill(victim, signal.SIGKILL)
            product.scene.wait_until(
                lambda victim=victim: product.engine_pid() not in (None, victim),  # type: ignore[misc]
                what="another engine",
            )
            product.wait_for_mattes()
            time.sleep(1.5)

    found = look_through(record_frames(kill_twice), clip)
    print(f"{len(found.errors)} frames, {found.hidden} hidden")
    assert found.hidden > 0
    assert len(found.errors) >= 30
    assert set(found.errors) == {0}


@pytest.fixture
def record_frames(product: Product) -> Callable[[Callable[[], None]], Path]:
    """Record while something is done."""

    def record(work: Callable[[], None]) -> Path:
        product.scene.request("StartRecord")
        product.scene.wait_until(
            lambda: product.scene.request("GetRecordStatus")["outputActive"], what="the recording to start"
        )
        work()
        path = Path(product.scene.request("StopRecord")["outputPath"])
        product.scene.wait_until(
            lambda: not product.scene.request("GetRecordStatus")["outputActive"], what="the recording to end"
        )
        return path

    return record
