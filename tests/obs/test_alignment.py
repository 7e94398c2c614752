"""Which matte each recorded frame was composed with, in a real OBS over a moving person.

Every picture of the clip has its number on the person's chest, as a bar code. From a recording over pure
green the number and the alpha of each frame are read, and the alpha is compared with the mattes that the same
model gives for the pictures before and after.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
import skimage.data

from selfieseg_engine import Segmenter
from selfieseg_engine.isolated_obs import IsolatedObs
from tests.obs.gpu_shrinking import shrunk_by_gpu
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
from tests.obs.recorded_mattes import (
    FPS,
    GREEN,
    HEIGHT,
    MODEL_SIZE,
    SOFTNESS,
    THRESHOLD,
    WIDTH,
    Alpha,
    alpha_of,
    decoded,
    drawn_alpha,
    write_clip_without_loss,
)
from tests.obs.session_mattes import session_mattes

pytestmark = pytest.mark.timeout(300)

PICTURES = 180
# The bar code: a row of bits and a row of their complements.
BITS, CELL = 8, 8
CODE_X, CODE_Y = 300, 288
NEIGHBOURS = 6  # pictures before and after that are compared
# A steadied matte depends on the pictures before. So a clip of those has so many plain pictures behind each
# take: behind such a curtain everything is forgotten, and what a recording shows from then on can be
# replayed. Takes are short because a busy machine leaves pictures out, and from there on none can be.
TAKE = 60
CURTAIN = 6
CURTAIN_GREY = 128
TIE = 1.02
RECORD_S = 8.0
# A curtain comes within so many seconds.
STEADIED_RECORD_S = (TAKE + CURTAIN) / FPS + RECORD_S
MOST_RECORDINGS = 6
SEQUENCE = SHARED / "media" / "sequences" / "lively_360p" / "frames.mp4"
PLAIN: dict[str, Any] = {
    "background": "color",
    "without_matte": "hide",
    "smoothing": 0.0,
    "refine_edges": False,
    "threshold": THRESHOLD,
    "softness": SOFTNESS,
}
STEADIED: dict[str, Any] = PLAIN | {"smoothing": 0.5, "refine_edges": True}


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


@dataclass(frozen=True)
class Clip:
    """A moving person: the file, its pictures, and the mattes of each, any of which may be the one drawn."""

    path: Path
    pictures: list[Picture]
    alphas: list[list[Alpha]]

    def near(self, number: int, shift: int) -> list[Alpha]:
        return self.alphas[(number + shift) % PICTURES]


def raw_alphas(pictures: list[Picture]) -> list[list[Alpha]]:
    """Return the model's own mattes.

    The GPU shrinks a picture for the model by single samples, the engine a picture of full size by means: so
    each picture has a matte of either.
    """
    with Segmenter(model=MODEL, device="CPU", refine=False, smoothing=0.0) as segmenter:
        return [
            [
                drawn_alpha(segmenter.segment(small).matte)
                for small in (
                    shrunk_by_gpu(picture, MODEL_SIZE),
                    cast("Picture", cv2.resize(picture, MODEL_SIZE, interpolation=cv2.INTER_AREA)),
                )
            ]
            for picture in pictures
        ]


def steadied_alphas(pictures: list[Picture], numbers: Iterable[int]) -> dict[int, Alpha]:
    """Return the mattes of the numbered pictures, seen in this order, with all that is done by default."""
    with session_mattes() as matte_of:
        return {number: drawn_alpha(matte_of(pictures[number])) for number in numbers}


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
    """What a recording shows: the error of every frame that was compared, and frames without anyone."""

    errors: list[int]
    hidden: int


def look_through(recording: Path, clip: Clip, *, every_number: bool = True) -> Findings:
    """Look at every frame; none may show the room.

    With another picture's matte the number may be cut off: where that can be, ``every_number`` is false, and
    such a frame counts as hidden.
    """
    errors, hidden = [], 0
    for index, recorded in enumerate(decoded(recording)):
        if recorded.max() < 40:  # without_matte = "hide"
            hidden += 1
            continue
        number = read_code(recorded)
        if number is None:
            assert not every_number, f"frame {index} has no number"
            hidden += 1
            continue
        assert not shows_room(recorded, number, clip), f"frame {index} shows the room"
        errors.append(matte_error(recorded, number, clip))
    return Findings(errors, hidden)


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


@pytest.fixture(scope="module", params=["astronaut", "lively"])
def coded_clip(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, product_data_dir: Path
) -> Iterator[tuple[Path, list[Picture]]]:
    """A moving person: the file and its pictures. Mattes of them can be computed meanwhile."""
    if request.param == "lively" and not SEQUENCE.exists():
        pytest.skip("no ../shared/media: moving portraits")
    frames = swaying_astronaut() if request.param == "astronaut" else video_frames(SEQUENCE)
    coded = (with_code(frame, number) for number, frame in enumerate(frames))
    path = write_clip_without_loss(tmp_path_factory.mktemp("clip") / "person.mkv", coded)
    pictures = list(decoded(path))
    assert [read_code(picture) for picture in pictures] == list(range(PICTURES))
    with pytest.MonkeyPatch.context() as environment:
        for key, value in product_environment(product_data_dir).items():
            environment.setenv(key, value)
        yield path, pictures


@pytest.fixture(scope="module")
def clip(coded_clip: tuple[Path, list[Picture]]) -> Clip:
    """The clip with the model's own mattes."""
    path, pictures = coded_clip
    return Clip(path, pictures, raw_alphas(pictures))


@pytest.fixture(scope="module")
def steadied_clip(coded_clip: tuple[Path, list[Picture]]) -> Clip:
    """The clip in takes, a curtain behind each, with the mattes that the default settings give."""
    path, pictures = coded_clip
    curtain = np.full_like(pictures[0], CURTAIN_GREY)
    takes = [range(first, first + TAKE) for first in range(0, PICTURES, TAKE)]
    played = [[*(pictures[number] for number in take), *[curtain] * CURTAIN] for take in takes]
    path = write_clip_without_loss(path.with_name("takes.mkv"), chain.from_iterable(played))
    alphas = [[alpha] for take in takes for alpha in steadied_alphas(pictures, take).values()]
    return Clip(path, pictures, alphas)


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


def is_next(number: int, last: int) -> bool:
    """Whether nothing lies between two pictures that are shown one after the other."""
    return number == last or (number == last + 1 and number % TAKE != 0)


def scenes(recording: Path) -> Iterator[list[tuple[int, Picture]]]:
    """Yield each take's frames behind a curtain, as (number, frame), up to the first that is missing.

    Of pictures that a busy machine has left out, or hidden as their mattes came too late, nobody knows
    whether the engine has seen them. Where OBS's media source gets no time it leaves out up to a second; then
    no more frames are without a person than the curtain has.
    """
    scene: list[tuple[int, Picture]] = []
    is_whole = False  # from the first curtain on
    shown: list[int | None] = []
    plain = 0  # frames since the last number
    for frame in decoded(recording):
        number = read_code(frame)
        shown.append(number)
        if number is None and frame.max() >= 40:
            if scene:
                yield scene
            scene, is_whole, plain = [], True, plain + 1
            continue
        if is_whole and number is not None and not scene and number % TAKE >= CURTAIN:
            assert plain <= CURTAIN, f"frames without a person: {shown[-80:]}"
            is_whole = False
        is_whole = is_whole and number is not None and (not scene or is_next(number, scene[-1][0]))
        if is_whole and number is not None:
            scene.append((number, frame))
        if number is not None:
            plain = 0
    if scene:
        yield scene


def scene_errors(scene: list[tuple[int, Picture]], steadied_clip: Clip) -> Iterator[int]:
    """Yield the error of each frame behind a curtain."""
    seen = steadied_alphas(steadied_clip.pictures, dict.fromkeys(number for number, _ in scene))
    # The first pictures behind the curtain may have been seen though the recording lacks them.
    alphas = [
        [*every, *([seen[number]] if number in seen else [])]
        for number, every in enumerate(steadied_clip.alphas)
    ]
    clip = replace(steadied_clip, alphas=alphas)
    for number, frame in scene:
        assert not shows_room(frame, number, clip)
        error = matte_error(frame, number, clip)
        if error != 0:
            print(f"picture {number} of the scene from {scene[0][0]} on: error {error}")
        yield error


def test_exact_by_default(product: Product, steadied_clip: Clip) -> None:
    """Mattes that are steadied along the motion and follow the edges are still those of their own frames."""
    start_clip(product, steadied_clip, "exact", **STEADIED)
    errors: list[int] = []
    for _ in range(MOST_RECORDINGS):
        for scene in scenes(product.scene.record(STEADIED_RECORD_S)):
            errors += scene_errors(scene, steadied_clip)
        if len(errors) >= RECORD_S * FPS / 2:
            break
    print(f"{len(errors)} frames, errors {tally(errors)}")

    assert len(errors) >= RECORD_S * FPS / 2
    assert set(errors) == {0}


def state_lag(product: Product, clip: Clip) -> None:
    recording = product.scene.record(RECORD_S)
    (session,) = product.sessions()
    found = look_through(recording, clip, every_number=False)
    print(
        f"{len(found.errors)} frames, {found.hidden} hidden: their mattes are {-np.mean(found.errors):.2f}"
        f" pictures older in the mean, {tally(found.errors)}; {session['client']}"
    )

    assert len(found.errors) >= RECORD_S * FPS / 3
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

    found = look_through(record_frames(change), clip, every_number=False)
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
        product.scene.start_recording()
        work()
        return product.scene.stop_recording()

    return record
