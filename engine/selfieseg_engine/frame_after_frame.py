"""Settles libraries for programs that handle frame after frame. Call once, early; any thread."""

from __future__ import annotations

import cv2

from selfieseg_engine.freed_memory import keep_freed_memory


def settle_libraries() -> None:
    """Keep freed memory, and let OpenCV work on the calling thread alone.

    Sharing out a frame's small pictures gains no time, and its helpers, who wait busily for the next one,
    took a quarter of all that a matte costs. How it shares out also changes optical flow's last bit.
    """
    keep_freed_memory()
    cv2.setNumThreads(1)
