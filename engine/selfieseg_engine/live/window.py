"""The preview window, with SDL through pygame-ce: wheels for every system, and unlike OpenCV's own window it
lives beside ``opencv-python-headless``. The main thread's alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from selfieseg_engine.live.controls import Action
from selfieseg_engine.live.errors import WindowError
from selfieseg_engine.live.letterbox import letterbox, shrink_to

U8Image = npt.NDArray[np.uint8]

_TITLE = "Selfie Segmentation"
_SHARE_OF_DESKTOP = 0.9
_REMEDY = "run it in a desktop session, or without a window: --headless"


class Window:
    """Opens with the first picture, can be resized; pictures keep their proportions. A context manager.

    Raises:
        WindowError: pygame-ce is not installed, or there is no display.
    """

    def __init__(self) -> None:
        driver = video_driver(os.environ)
        self._pygame = _import_pygame()
        try:
            with _environment("SDL_VIDEODRIVER", driver):
                self._pygame.display.init()
        except self._pygame.error as error:
            raise WindowError("no window can be opened", f"SDL says '{error}'", _REMEDY) from error
        self._pygame.display.set_allow_screensaver(True)  # unlike a game's, this screen may go to sleep
        key = self._pygame
        self._actions = {
            key.K_b: Action.NEXT_BACKGROUND,
            key.K_m: Action.MASK_VIEW,
            key.K_t: Action.TIMES,
            key.K_q: Action.QUIT,
            key.K_ESCAPE: Action.QUIT,
        }

    def __enter__(self) -> Window:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def show(self, bgr: U8Image) -> None:
        """Show uint8 HxWx3 of any size."""
        display = self._pygame.display
        if display.get_surface() is None:
            self._open(bgr.shape[1::-1])
        surface = display.get_surface()
        fitted = letterbox(bgr, surface.get_size())
        surface.blit(self._pygame.image.frombuffer(fitted, surface.get_size(), "BGR"), (0, 0))
        display.flip()

    def actions(self) -> list[Action]:
        """Return what was pressed since the last call, in order; closing the window is QUIT."""
        found = []
        for event in self._pygame.event.get():
            if event.type == self._pygame.QUIT:
                found.append(Action.QUIT)
            elif event.type == self._pygame.KEYDOWN and event.key in self._actions:
                found.append(self._actions[event.key])
        return found

    def close(self) -> None:
        """Close the window. May be called twice."""
        self._pygame.display.quit()

    def _open(self, picture_size: tuple[int, int]) -> None:
        display = self._pygame.display
        width, height = display.get_desktop_sizes()[0]
        most = (round(width * _SHARE_OF_DESKTOP), round(height * _SHARE_OF_DESKTOP))
        try:
            display.set_mode(shrink_to(picture_size, most), self._pygame.RESIZABLE)
        except self._pygame.error as error:
            raise WindowError("no window can be opened", f"SDL says '{error}'", _REMEDY) from error
        display.set_caption(_TITLE)


def video_driver(environment: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """Return what SDL shall draw with; None leaves the choice to it.

    Left to choose on a Linux without a display, it would open a window that nobody can see.

    Raises:
        WindowError: there is plainly no display.
    """
    if platform != "linux" or environment.get("SDL_VIDEODRIVER"):
        return environment.get("SDL_VIDEODRIVER")
    displays = {"DISPLAY": "x11", "WAYLAND_DISPLAY": "wayland"}
    drivers = [driver for name, driver in displays.items() if environment.get(name)]
    if not drivers:
        raise WindowError("no window can be opened", "there is no display here (DISPLAY is not set)", _REMEDY)
    return ",".join(drivers)


@contextmanager
def _environment(name: str, value: str | None) -> Iterator[None]:
    """Set a variable of the environment for a while; None leaves it alone."""
    before = os.environ.get(name)
    if value is not None:
        os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before


def _import_pygame() -> Any:
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # it greets on stdout, which is for our answer
    try:
        import pygame
    except ImportError as error:
        raise WindowError(
            "no window can be opened",
            "pygame-ce, which draws it, is not installed",
            f'run `"{sys.executable}" -m pip install "pygame-ce>=2.5"`, or without a window: --headless',
        ) from error
    return pygame
