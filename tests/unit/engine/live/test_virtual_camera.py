"""With a device that the tests make: pyvirtualcam's own class, and no kernel module."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import pyvirtualcam
import pyvirtualcam.camera
from tests.unit.engine.live.fake_device import FakeDevice, fake_device

from selfieseg_engine.live.errors import VirtualCameraError
from selfieseg_engine.live.virtual_camera import VirtualCamera, virtual_camera_remedy

BACKEND = "of_the_tests"


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> type[FakeDevice]:
    made = fake_device()
    monkeypatch.setitem(pyvirtualcam.camera.BACKENDS, BACKEND, made)
    return made


def test_pictures_arrive_as_they_are(device: type[FakeDevice]) -> None:
    picture = np.arange(8 * 6 * 3, dtype=np.uint8).reshape(6, 8, 3)
    with VirtualCamera((8, 6), 25.0, BACKEND) as camera:
        assert camera.device == "/dev/video42"
        camera.show(picture)
    wish = device.opened[0]
    assert (wish["width"], wish["height"], wish["fps"]) == (8, 6, 25.0)
    assert np.array_equal(device.sent[0].reshape(6, 8, 3), picture)
    assert device.closed == 1


@pytest.mark.parametrize(("size", "made"), [((9, 7), (8, 6)), ((1, 1), (2, 2)), ((1280, 720), (1280, 720))])
def test_sizes_are_even_and_other_pictures_are_fitted(
    device: type[FakeDevice], size: tuple[int, int], made: tuple[int, int]
) -> None:
    with VirtualCamera(size, 30.0, BACKEND) as camera:
        camera.show(np.full((size[1], size[0], 3), 9, np.uint8))
        camera.show(np.full((50, 40, 3), 9, np.uint8))  # the camera came back with another size
    assert (device.opened[0]["width"], device.opened[0]["height"]) == made
    assert [sent.size for sent in device.sent] == [made[0] * made[1] * 3] * 2


def test_a_device_that_goes_is_an_error(device: type[FakeDevice]) -> None:
    device.is_broken = True
    with (
        VirtualCamera((8, 6), 30.0, BACKEND) as camera,
        pytest.raises(VirtualCameraError, match="/dev/video42 takes no pictures, device is gone"),
    ):
        camera.show(np.zeros((6, 8, 3), np.uint8))


def test_no_device_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyvirtualcam.camera, "BACKENDS", {})
    with pytest.raises(VirtualCameraError) as caught:
        VirtualCamera((8, 6), 30.0)
    assert caught.value.remedy == virtual_camera_remedy(sys.platform)
    assert "v4l2loopback" in virtual_camera_remedy("linux")
    assert "OBS" in virtual_camera_remedy("win32")
    assert "OBS" in virtual_camera_remedy("darwin")
    assert "only" in virtual_camera_remedy("sunos")


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(VirtualCameraError, match="pip install"):
        VirtualCamera((8, 6), 30.0)
