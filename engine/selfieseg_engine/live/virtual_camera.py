"""A virtual camera, which other programs show as if it were a real one. One thread at a time."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from selfieseg_engine.live.errors import VirtualCameraError
from selfieseg_engine.live.letterbox import letterbox

U8Image = npt.NDArray[np.uint8]

_REMEDIES = {
    "linux": "install and load v4l2loopback: `sudo apt install v4l2loopback-dkms`, then "
    "`sudo modprobe v4l2loopback exclusive_caps=1`; if it is loaded, close what writes to it",
    "win32": "install OBS Studio, which brings its virtual camera, and stop the camera in OBS itself",
    "darwin": "install OBS Studio, start its virtual camera once and stop it again",
}


class VirtualCamera:
    """The first virtual camera that is free. A context manager.

    Args:
        size: (width, height) of the first picture; all are fitted into it, rounded down to even numbers.
        fps: about how often a picture will come.
        backend: pyvirtualcam's name of the kind of device; None for the first that works.

    Attributes:
        device: what the system calls it.

    Raises:
        VirtualCameraError: pyvirtualcam is not installed, or there is no free device.
    """

    def __init__(self, size: tuple[int, int], fps: float, backend: str | None = None) -> None:
        pyvirtualcam = _import_pyvirtualcam()
        self._size = (max(2, size[0] & ~1), max(2, size[1] & ~1))  # cameras halve the resolution of colour
        try:
            self._camera = pyvirtualcam.Camera(
                *self._size, fps, fmt=pyvirtualcam.PixelFormat.BGR, backend=backend
            )
        except RuntimeError as error:
            raise VirtualCameraError(
                "the virtual camera cannot be opened", str(error), virtual_camera_remedy(sys.platform)
            ) from error
        self.device = str(self._camera.device)

    def __enter__(self) -> VirtualCamera:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def show(self, bgr: U8Image) -> None:
        """Send uint8 HxWx3 of any size. Raises ``VirtualCameraError`` where the device takes it no more."""
        try:
            self._camera.send(letterbox(bgr, self._size))
        except RuntimeError as error:
            raise VirtualCameraError(
                f"the virtual camera {self.device} takes no pictures",
                str(error),
                virtual_camera_remedy(sys.platform),
            ) from error

    def close(self) -> None:
        """Let go of the device. May be called twice."""
        self._camera.close()


def virtual_camera_remedy(platform: str) -> str:
    """Return what to do on a system, named as ``sys.platform`` does, to have a virtual camera."""
    return _REMEDIES.get(platform, "virtual cameras are known for Linux, Windows and macOS only")


def _import_pyvirtualcam() -> Any:
    try:
        import pyvirtualcam
    except ImportError as error:
        raise VirtualCameraError(
            "the virtual camera cannot be opened",
            "pyvirtualcam, which speaks to it, is not installed",
            f'run `"{sys.executable}" -m pip install "pyvirtualcam>=0.11"` and try again',
        ) from error
    return pyvirtualcam
