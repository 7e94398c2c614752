"""Where pictures are shown: what a window and a virtual camera have in common. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from selfieseg_engine.live.controls import Action

U8Image = npt.NDArray[np.uint8]


class Preview(Protocol):
    """A window for the person at the keyboard. The main thread's: macOS allows windows no other."""

    def show(self, bgr: U8Image) -> None:
        """Show uint8 HxWx3 of any size."""

    def actions(self) -> Sequence[Action]:
        """Return what was pressed since the last call, in order; keeps the window alive."""


class Output(Protocol):
    """What others see: nothing is written on its pictures."""

    def show(self, bgr: U8Image) -> None:
        """Show uint8 HxWx3 of any size."""


class NoPreview:
    """For runs without a window."""

    def show(self, bgr: U8Image) -> None:
        """Do nothing."""

    def actions(self) -> Sequence[Action]:
        """Return nothing: there are no keys."""
        return ()
