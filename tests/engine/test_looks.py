"""Looks: class planes, composites and changes, through a real process and real models."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from selfieseg_engine.client import RefusedError
from selfieseg_engine.composite.compose import compose_frame
from selfieseg_engine.composite.look import look_from_settings
from selfieseg_engine.model_choice import DEFAULT_MODEL_ID
from selfieseg_engine.pictures import write_picture
from selfieseg_wire.look_text import parse_look
from selfieseg_wire.messages import Configure, Matte, Opened
from selfieseg_wire.structs import ClassBit, ResultKind
from tests.engine.conftest import SHARED_MODELS
from tests.engine.harness import ClassPlane, Engine, FilterClient, U8Image

SIZE = (640, 360)
HAIR_MODEL = "hair_segmentation"
PATIENCE_SECONDS = 60


@pytest.fixture
def photo_rgb(astronaut_rgb: U8Image) -> U8Image:
    """Return a real person with hair: 640x360 RGB."""
    return np.asarray(cv2.resize(astronaut_rgb, SIZE, interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.fixture
def hair_model() -> str:
    """Return a class model's id; skip where its weights are not at hand."""
    if not (SHARED_MODELS / f"{HAIR_MODEL}.tflite").is_file():
        pytest.skip(f"needs {HAIR_MODEL} in {SHARED_MODELS}, which is not here")
    return HAIR_MODEL


def feed_until(client: FilterClient, rgb: U8Image, condition: Callable[[], object]) -> None:
    """Send frames at the rate of a camera until ``condition`` is true."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        client.ask_frame(rgb)
        time.sleep(0.02)


def wait_for_plane(client: FilterClient, rgb: U8Image, after: int = 0) -> ClassPlane:
    planes: list[ClassPlane] = []

    def is_there() -> bool:
        plane = client.newest_plane()
        planes.extend([plane] if plane is not None and plane.seq > after else [])
        return bool(planes)

    feed_until(client, rgb, is_there)
    return planes[0]


def composed(rgb: U8Image, mask: U8Image, planes: U8Image | None, look: str) -> U8Image:
    """Return what the Python half of the engine's library makes of the same parts: RGBA."""
    bgr = np.ascontiguousarray(rgb[:, :, ::-1])
    bgra = compose_frame(bgr, mask, planes, look_from_settings(parse_look(look)), None)
    return np.asarray(cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGBA), np.uint8)


def test_class_planes_of_a_real_person(engine: Engine, photo_rgb: U8Image, hair_model: str) -> None:
    with engine.filter(look=f"hair_strength=0.5\nclass_model={hair_model}") as client:
        opened = client.opened
        assert opened is not None
        assert (opened.classes, opened.class_model) == (ClassBit.HAIR, hair_model)
        assert (opened.work_width, opened.work_height) == (512, 512)
        work = np.asarray(cv2.resize(photo_rgb, (512, 512)), np.uint8)
        before = time.monotonic_ns()
        first = wait_for_plane(client, work)
        assert first.classes == ClassBit.HAIR
        assert before < first.frame_t_ns < time.monotonic_ns()
        assert first.pixels.shape == (512, 512, 4)
        hair = cv2.resize(first.pixels[:, :, 0], SIZE) > 127
        assert 0.005 < hair.mean() < 0.5, "she has hair, and is more than hair"
        assert hair[: SIZE[1] // 2].sum() > hair[SIZE[1] // 2 :].sum(), "on her head"
        assert not first.pixels[:, :, 1:].any(), "what the model does not know is 0"
        assert wait_for_plane(client, work, after=first.seq).seq > first.seq
        (session,) = json.loads(engine.stats())["sessions"]
        assert session["class_model"] == hair_model
        assert session["class_maps_per_s"] > 0


def test_a_look_alone_reloads_nothing(engine: Engine, photo_rgb: U8Image, hair_model: str) -> None:
    """Every step of a slider is a Configure."""
    with engine.filter(look="class_model=" + hair_model) as client:
        process = engine.figures()
        client.ask_frame(photo_rgb)
        threads = process.num_threads()
        for step in range(100):
            client.configure(f"threshold={step / 100}\nclass_model={hair_model}")
            answer = client.client.receive(0) if step % 10 else client.ask_frame(photo_rgb)
            assert answer is None or isinstance(answer, Matte), "nothing in Opened has changed"
        assert process.num_threads() <= threads
        client.configure(f"hair_strength=1\nclass_model={hair_model}")
        assert client.client.wait_for(Opened, 5).work_width == 512
        client.configure("hair_strength=1\nclass_model=none")
        opened = client.client.wait_for(Opened, 5)
        assert (opened.work_width, opened.classes, opened.class_model) == (256, 0, "")


def test_a_look_that_changes_fast_piles_nothing_up(
    engine: Engine, photo_rgb: U8Image, hair_model: str
) -> None:
    """A slider dragged over 0 again and again: each time the class model is wanted, and is not."""
    wanted, unwanted = (f"hair_strength={strength}\nclass_model={hair_model}" for strength in (1, 0))
    with engine.filter(look=wanted) as client:
        wait_for_plane(client, photo_rgb)
        process = engine.figures()
        threads, memory = process.num_threads(), process.memory_info().rss
        most_threads = 0
        for step in range(100):
            client.configure(unwanted if step % 2 == 0 else wanted)
            client.client.wait_for(Opened, 5)
            most_threads = max(most_threads, process.num_threads())
        plane = client.newest_plane()
        wait_for_plane(client, photo_rgb, after=plane.seq if plane else 0)
        assert most_threads <= threads + 4, "a worker, and OpenVINO's own while it compiles"
        assert process.memory_info().rss < memory + 150 * 2**20


def test_a_malformed_look_is_refused_and_the_old_one_stays(engine: Engine, photo_rgb: U8Image) -> None:
    look = "effects_in_engine=1\nbackground=color\ncolor=#123456\nview=result"
    with engine.filter(look=look, frame_size=SIZE) as client:
        before = client.composite(client.ask_frame(photo_rgb))
        for wrong in ("threshold=half", "color=green", "effects_in_engine=maybe"):
            with pytest.raises(RefusedError) as refused:
                client.client.ask(configured(client, f"{look}\n{wrong}"), Opened)
            assert refused.value.error.code.startswith("look_")
            assert wrong.split("=")[0] in refused.value.error.text
            assert np.array_equal(client.composite(client.ask_frame(photo_rgb)), before)


def configured(client: FilterClient, look: str) -> Configure:
    return Configure(client.session, DEFAULT_MODEL_ID, "CPU", look)


LOOKS = [
    "background=blur\nblur_strength=60\nsoftness=0.4",
    "background=transparent\nthreshold=0.3\ndespill=0.8",
    "background=color\ncolor=#336699\nlight_wrap=0.6",
    "background=grayscale\nexpand=-6",
    "background=none",
    "background=blur\nview=matte\ninvert=1",
    "background=blur\nview=split",
    "background=color\nview=classes\nclass_model=none",
]


def test_composites_are_compose_frames_bit_for_bit(engine: Engine, photo_rgb: U8Image) -> None:
    with engine.filter(frame_size=SIZE) as client:
        mask = client.matte(client.ask_frame(photo_rgb))
        for look in LOOKS:
            client.configure(f"{look}\neffects_in_engine=1")
            result = client.composite(client.ask_frame(photo_rgb))
            assert np.array_equal(result, composed(photo_rgb, mask, None, look)), look
        assert json.loads(engine.stats())["sessions"][0]["effects_in_engine"] is True
        client.configure("")
        assert np.array_equal(client.matte(client.ask_frame(photo_rgb)), mask)


def test_composites_with_classes_are_compose_frames(
    engine: Engine, photo_rgb: U8Image, hair_model: str
) -> None:
    look = f"background=blur\nhair_strength=0.9\nhair_color=#20C040\nclass_model={hair_model}"
    with engine.filter(frame_size=SIZE) as client:
        mask = client.matte(client.ask_frame(photo_rgb))
        client.configure(f"{look}\neffects_in_engine=1")
        assert client.client.wait_for(Opened, 5).work_width == SIZE[0]
        wait_for_plane(client, photo_rgb)
        for _ in range(50):
            plane = client.newest_plane()
            result = client.composite(client.ask_frame(photo_rgb))
            newest = client.newest_plane()
            if plane is not None and newest is not None and plane.seq == newest.seq:
                break  # no other plane came meanwhile: this one was used
        assert plane is not None
        assert np.array_equal(result, composed(photo_rgb, mask, plane.pixels, look))
        assert not np.array_equal(result, composed(photo_rgb, mask, None, look)), "her hair is green"


def test_work_frames_follow_the_pictures_size(engine: Engine, photo_rgb: U8Image) -> None:
    with engine.filter(frame_size=SIZE) as client:
        before = client.opened
        assert before is not None
        assert (before.work_width, before.work_height) == (512, 288)
        client.client.send(replace(configured(client, ""), frame_width=720, frame_height=1280))
        opened = client.client.wait_for(Opened, 5)
        assert (opened.work_width, opened.work_height) == (288, 512)
        upright = np.asarray(cv2.resize(photo_rgb, (288, 512)), np.uint8)
        assert client.matte(client.ask_frame(upright)).shape == (512, 288)
        client.configure("blur_strength=10")  # says nothing of a size
        client.configure("refine_edges=0")
        assert client.client.wait_for(Opened, 5).work_width == 256
        client.configure("")
        opened = client.client.wait_for(Opened, 5)
        assert (opened.work_width, opened.work_height) == (288, 512)


def test_sizes_change_in_flight(engine: Engine, photo_rgb: U8Image) -> None:
    """Configure after Configure, and no frame waits for the answer: every one gets a result."""
    small = np.asarray(cv2.resize(photo_rgb, (256, 144)), np.uint8)
    with engine.filter(frame_size=SIZE) as client:
        kinds = set()
        for number in range(60):
            client.configure(f"effects_in_engine={number // 5 % 2}\nbackground=color")
            answer = client.ask_frame(photo_rgb if number % 3 else small, number % 4)
            kinds.add((answer.holds, number % 3 > 0))
        assert (ResultKind.COMPOSITE_RGBA, True) in kinds
        assert (ResultKind.MATTE_U8, True) in kinds
        assert (ResultKind.COMPOSITE_RGBA, False) not in kinds, "never a composite of a coarser picture"


def test_background_files_in_the_engine(engine: Engine, photo_rgb: U8Image, tmp_path: Path) -> None:
    path = tmp_path / "hintergründe" / "blue.png"
    path.parent.mkdir()
    look = f"effects_in_engine=1\nbackground=image\nimage_path={path}"
    with engine.filter(frame_size=SIZE) as client:
        client.configure(look)
        with pytest.raises(RefusedError) as refused:
            feed_until(client, photo_rgb, lambda: False)
        assert refused.value.error.code.startswith("backdrop_")
        assert "blue.png" in refused.value.error.text
        assert corner(client, photo_rgb) == [32, 32, 32, 255], "dark grey rather than the room"

        write_picture(path, np.full((90, 160, 3), (200, 20, 10), np.uint8))
        client.configure(f"{look}\nthreshold=0.4")  # any change of the look has it tried again
        feed_until(client, photo_rgb, lambda: corner(client, photo_rgb) == [10, 20, 200, 255])


def corner(client: FilterClient, rgb: U8Image) -> list[int]:
    """Return the pixel at the top right, where nobody is."""
    answer = client.ask_frame(rgb)
    if answer.holds != ResultKind.COMPOSITE_RGBA:
        return []
    return [int(level) for level in client.composite(answer)[2, -3]]


def test_a_video_plays_behind(engine: Engine, photo_rgb: U8Image, tmp_path: Path) -> None:
    path = tmp_path / "colours.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (160, 90))
    for level in range(0, 250, 25):
        writer.write(np.full((90, 160, 3), level, np.uint8))
    writer.release()
    look = f"effects_in_engine=1\nbackground=video\nvideo_path={path}"
    with engine.filter(look=look, frame_size=SIZE) as client:
        seen: set[int] = set()

        def has_moved() -> bool:
            seen.add(corner(client, photo_rgb)[0])
            return len(seen - {32}) >= 5

        feed_until(client, photo_rgb, has_moved)


@pytest.fixture
def eight(engine: Engine) -> Iterator[list[FilterClient]]:
    looks = [
        "",
        "effects_in_engine=1\nbackground=blur",
        "view=classes",
        "effects_in_engine=1\nhair_strength=1",
    ]
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                engine.filter(source=f"cam {number}", look=looks[number % 4], frame_size=SIZE)
            )
            for number in range(8)
        ]


def test_eight_sessions(engine: Engine, eight: list[FilterClient], photo_rgb: U8Image) -> None:
    for _ in range(10):
        frames = [client.put(photo_rgb, 0) for client in eight]
        for client, frame in zip(eight, frames, strict=True):
            client.client.send(frame)
        for number, (client, frame) in enumerate(zip(eight, frames, strict=True)):
            answer = client.client.wait_for(Matte, 30)
            assert answer.seq == frame.seq
            expected = ResultKind.COMPOSITE_RGBA if number % 2 else ResultKind.MATTE_U8
            assert answer.holds == expected
    assert np.array_equal(
        eight[0].matte(eight[0].ask_frame(photo_rgb)), eight[4].matte(eight[4].ask_frame(photo_rgb))
    )
    sessions = json.loads(engine.stats())["sessions"]
    assert [session["effects_in_engine"] for session in sessions] == [False, True] * 4
