from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.class_model import ClassModel
from selfieseg_engine.class_stream import ClassStream
from selfieseg_engine.inference.loaded_class_model import LoadedClassModel
from selfieseg_engine.result import ClassResult

U8Image = npt.NDArray[np.uint8]
SIZE = (32, 32)


class FakeRequest:
    """Finds hair where the red channel is over 100, and counts its streams."""

    def __init__(self) -> None:
        self.frames: list[U8Image] = []
        self.resets = 0

    def infer(self, frame: U8Image) -> ClassResult:
        assert frame.shape == (*SIZE, 3)
        self.frames.append(frame.copy())
        hair = frame[..., 2] > 100
        planes = np.zeros((*SIZE, 4), np.uint8)
        planes[..., 0] = hair * np.uint8(255)
        return ClassResult(planes, np.where(hair, 0, 1).astype(np.uint8), hair.astype(np.float32))

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        pass


def new_stream(resize: str) -> tuple[ClassStream, FakeRequest]:
    request = FakeRequest()
    loaded = SimpleNamespace(
        input_size=SIZE,
        manifest=SimpleNamespace(
            input=SimpleNamespace(resize=resize), output=SimpleNamespace(classes=("hair", "background"))
        ),
        new_request=lambda: request,
    )
    return ClassStream(cast("LoadedClassModel", loaded)), request


def scene(left: int) -> tuple[U8Image, npt.NDArray[np.bool_]]:
    """Return a wide frame with a red square in it, and where it is."""
    frame = np.zeros((64, 128, 3), np.uint8)
    frame[20:52, left : left + 32, 2] = 255
    return frame, frame[::2, ::2, 2] > 0


def test_it_looks_at_the_person_and_answers_for_the_frame() -> None:
    stream, request = new_stream("person")
    frame, person = scene(40)
    found = stream.segment(frame, person)
    assert request.frames[0][6:31, 3:29, 2].min() == 255, "the square fills what the model sees"
    expected = np.zeros(SIZE, np.bool_)
    expected[10:25, 10:18] = True  # its lowest rows lie below the box
    for seen in (found.planes[..., 0] > 127, found.class_map == 0, cast("U8Image", found.person) > 0.5):
        assert (seen != expected).mean() < 0.04
    assert not found.planes[..., 1:].any()


def test_the_box_stays_while_it_fits_and_another_begins_anew() -> None:
    stream, request = new_stream("person")
    stream.segment(*scene(40))
    assert request.resets == 1
    stream.segment(*scene(42))
    assert request.resets == 1
    found = stream.segment(*scene(90))
    assert request.resets == 2, "the memory is of another part"
    assert found.planes[:, 23:30, 0].max() == 255
    stream.reset()
    stream.segment(*scene(92))
    assert request.resets == 4, "another stream looks for its own box"


def test_the_whole_frame_where_that_is_the_models_way_or_nobody_is_known() -> None:
    frame, person = scene(40)
    for resize, mask in (("stretch", person), ("person", None), ("person", np.zeros_like(person))):
        stream, request = new_stream(resize)
        found = stream.segment(frame, mask)
        assert np.array_equal(request.frames[0], frame[::2, ::4]) or resize == "person"
        assert (found.planes[..., 0] > 127)[10:26, 10:18].all()
        assert request.resets == 0


def test_a_squeezed_copy_is_cut_in_true_proportions() -> None:
    """A square head over shoulders, in a copy of half the width."""
    stream, request = new_stream("person")
    frame, person = np.zeros((64, 128, 3), np.uint8), np.zeros((64, 128), np.bool_)
    frame[16:28, 50:62, 2] = 255
    person[16:28, 50:62] = person[28:, 36:76] = True
    stream.segment(np.ascontiguousarray(frame[:, ::2]), person, (128, 64))
    head = request.frames[0][..., 2] > 100
    assert head.any(axis=0).sum() / head.any(axis=1).sum() == pytest.approx(1, rel=0.15)


def test_hair_of_somebody_far_away(hair_model: str, astronaut_bgr: U8Image) -> None:
    """With the real weights: a head that is a tenth of a wide picture is found only near."""
    frame = np.full((720, 1280, 3), 90, np.uint8)
    frame[464:720, 500:756] = astronaut_bgr[::2, ::2]
    person = np.zeros((72, 128), np.bool_)
    person[47:, 50:75] = True
    with ClassModel(hair_model, "CPU") as model:
        near = model.segment(frame, person).planes[..., 0]
    hair = near[
        round(470 / 720 * 512) : round(500 / 720 * 512), round(600 / 1280 * 512) : round(640 / 1280 * 512)
    ]
    assert hair.mean() > 200
