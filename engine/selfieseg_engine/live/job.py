"""What a live run is to show. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from selfieseg_engine.composite.background import Background
from selfieseg_engine.composite.look import Look


@dataclass(frozen=True)
class CameraWish:
    """What is asked of a camera, which may give something else: pixels, and frames a second."""

    width: int = 1280
    height: int = 720
    fps: float = 30.0


@dataclass(frozen=True)
class LiveJob:
    """One run.

    Attributes:
        recording: what to play; None for a camera.
        loop: play it again and again.
        salvage: play what can be had of it where it is damaged.
        camera: its number.
        wish: what to ask of the camera.
        flip: mirror the frames.
        look: what to draw, but for the background.
        backgrounds: to cycle through; at least one.
        has_window: open a preview.
        has_virtual_camera: show it to other programs.
        frames: end after so many; None for no such end.
    """

    look: Look
    backgrounds: tuple[Background, ...]
    recording: Path | None = None
    loop: bool = False
    salvage: bool = False
    camera: int = 0
    wish: CameraWish = CameraWish()
    flip: bool = False
    has_window: bool = True
    has_virtual_camera: bool = False
    frames: int | None = None

    @property
    def is_watched(self) -> bool:
        """Return whether somebody sees it: frames come at their own pace, and a camera is waited for."""
        return self.has_window or self.has_virtual_camera
