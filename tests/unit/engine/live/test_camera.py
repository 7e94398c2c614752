"""With a camera that the tests make: no machine that runs them has one."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from tests.unit.engine.live.fake_camera import FakeCapture, opening

from selfieseg_engine.live import camera as camera_module
from selfieseg_engine.live.camera import Camera
from selfieseg_engine.live.errors import CameraError
from selfieseg_engine.live.items import LiveFrame, SourceGone
from selfieseg_engine.live.job import CameraWish


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "_SECONDS_BETWEEN_FAILURES", 0.0)
    monkeypatch.setattr(camera_module, "_SECONDS_BETWEEN_OPENINGS", 0.0)


def levels_of(camera: Camera, count: int) -> list[int | str]:
    """Return what comes: the level of a frame, or what is told of its absence."""
    stopping = threading.Event()
    told: list[int | str] = []
    for item in camera.items(stopping):
        told.append(int(item.bgr[0, 0, 0]) if isinstance(item, LiveFrame) else item.message)
        if len(told) == count:
            stopping.set()
    return told


def test_size_and_rate_are_the_cameras() -> None:
    with Camera(0, CameraWish(), True, opening(FakeCapture([1, 2, 3], size=(64, 48)))) as camera:
        assert camera.size == (64, 48)
        assert camera.fps == 30.0  # it does not say
        assert levels_of(camera, 2) == [2, 3]


def test_times_grow() -> None:
    stopping = threading.Event()
    with Camera(0, CameraWish(), True, opening(FakeCapture([0, 1, 2]))) as camera:
        items = camera.items(stopping)
        first, second = next(items), next(items)
    assert isinstance(first, LiveFrame)
    assert isinstance(second, LiveFrame)
    assert 0 <= first.seconds < second.seconds


def test_a_few_bad_pictures_are_passed_over() -> None:
    with Camera(0, CameraWish(), False, opening(FakeCapture([None, 1, *[None] * 9, 2, None, 3]))) as camera:
        assert levels_of(camera, 2) == [2, 3]


def test_a_camera_that_has_gone_is_waited_for() -> None:
    """It may come back with pictures of another size."""
    gone = CameraError("camera 0 cannot be opened", "no camera is connected", "connect one")
    first, second = FakeCapture([1, 2]), FakeCapture([3, 4, 5], size=(4, 4))
    with Camera(0, CameraWish(), True, opening(first, gone, FakeCapture([]), second)) as camera:
        told = levels_of(camera, 6)
    message = "camera 0 has gone: connect it again"
    assert told == [2, message, message, message, 4, 5]
    assert first.released == 1
    assert second.released == 1


def test_where_nobody_watches_it_is_an_error() -> None:
    with (
        Camera(1, CameraWish(), False, opening(FakeCapture([1, 2]))) as camera,
        pytest.raises(CameraError, match="camera 1 has gone, it gives no pictures any more, connect it"),
    ):
        levels_of(camera, 3)


def test_stopping_ends_the_waiting() -> None:
    stopping = threading.Event()
    with Camera(0, CameraWish(), True, opening(FakeCapture([1]))) as camera:
        items = camera.items(stopping)
        assert isinstance(next(items), SourceGone)
        stopping.set()
        assert list(items) == []


@pytest.mark.parametrize("capture", [FakeCapture([], is_open=False), FakeCapture([])])
def test_a_camera_without_pictures_is_let_go(capture: FakeCapture) -> None:
    with pytest.raises(CameraError, match="camera 0"):
        Camera(0, CameraWish(), True, opening(capture))
    assert capture.released == 1


def test_a_camera_that_hangs_is_not_released_under_its_reader() -> None:
    """OpenCV crashes if it is."""
    hangs, goes_on = threading.Event(), threading.Event()

    class Hanging(FakeCapture):
        def read(self) -> tuple[bool, Any]:
            if not self._levels:
                hangs.set()
                goes_on.wait(20)
            return super().read()

    capture = Hanging([1])
    camera = Camera(0, CameraWish(), True, opening(capture))
    stopping = threading.Event()
    reader = threading.Thread(target=lambda: list(camera.items(stopping)))
    reader.start()
    assert hangs.wait(20)
    stopping.set()
    camera.close()
    assert capture.released == 0
    goes_on.set()
    reader.join(20)
    camera.close()
    assert capture.released == 1
