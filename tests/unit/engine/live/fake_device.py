"""A kind of virtual camera for pyvirtualcam that keeps what it is sent."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

U8Image = npt.NDArray[np.uint8]


class FakeDevice:
    """What pyvirtualcam asks of a kind of device."""

    opened: list[dict[str, Any]]
    sent: list[U8Image]
    closed: int
    is_broken: bool

    def __init__(self, **wish: Any) -> None:
        self.opened.append(wish)

    def close(self) -> None:
        type(self).closed += 1

    def send(self, frame: U8Image) -> None:
        if self.is_broken:
            raise RuntimeError("device is gone")
        self.sent.append(frame.copy())

    def device(self) -> str:
        return "/dev/video42"

    def native_fourcc(self) -> int | None:
        return None


def fake_device() -> type[FakeDevice]:
    """Return a kind of device of its own."""
    return type("Device", (FakeDevice,), {"opened": [], "sent": [], "closed": 0, "is_broken": False})
