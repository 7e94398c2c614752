"""The window on SDL's own dummy display; test_window_on_a_screen.py has it on a real one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import numpy as np
import pygame
import pytest

from selfieseg_engine.live.controls import Action
from selfieseg_engine.live.errors import WindowError
from selfieseg_engine.live.window import Window, video_driver


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    with Window() as opened:
        yield opened


def shown() -> np.ndarray:
    """Return what the window shows: uint8 HxWx3 RGB."""
    surface = pygame.display.get_surface()
    assert surface is not None
    return np.asarray(pygame.surfarray.array3d(surface)).swapaxes(0, 1)


def test_it_opens_with_the_first_picture_in_its_colours(window: Window) -> None:
    assert pygame.display.get_surface() is None
    picture = np.zeros((60, 80, 3), np.uint8)
    picture[:30] = (250, 100, 5)  # blue, green, red
    window.show(picture)
    assert np.array_equal(shown(), picture[:, :, ::-1])


def test_later_pictures_are_fitted(window: Window) -> None:
    window.show(np.zeros((60, 80, 3), np.uint8))
    window.show(np.full((60, 40, 3), 255, np.uint8))
    assert shown().shape == (60, 80, 3)
    assert (shown()[:, 20:60] == 255).all()
    assert (shown()[:, :20] == 0).all()


def test_a_picture_larger_than_the_desktop_is_shrunk(window: Window) -> None:
    window.show(np.zeros((8000, 16000, 3), np.uint8))
    width, height = pygame.display.get_desktop_sizes()[0]
    assert shown().shape[0] < height
    assert shown().shape[1] < width


@pytest.mark.parametrize(
    ("key", "action"),
    [
        (pygame.K_b, Action.NEXT_BACKGROUND),
        (pygame.K_m, Action.MASK_VIEW),
        (pygame.K_t, Action.TIMES),
        (pygame.K_q, Action.QUIT),
        (pygame.K_ESCAPE, Action.QUIT),
    ],
)
def test_keys(window: Window, key: int, action: Action) -> None:
    window.show(np.zeros((6, 8, 3), np.uint8))
    window.actions()
    for event in (pygame.KEYDOWN, pygame.KEYUP):
        pygame.event.post(pygame.event.Event(event, key=key))
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_x))
    assert window.actions() == [action]
    assert window.actions() == []


def test_closing_the_window_quits(window: Window) -> None:
    window.show(np.zeros((6, 8, 3), np.uint8))
    window.actions()
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    assert window.actions() == [Action.QUIT]


def test_no_display_names_the_way_out() -> None:
    with pytest.raises(WindowError, match=r"there is no display here .*--headless"):
        video_driver({}, "linux")


def test_only_displays_that_are_here_are_tried() -> None:
    assert video_driver({"DISPLAY": ":0"}, "linux") == "x11"
    assert video_driver({"WAYLAND_DISPLAY": "wayland-0"}, "linux") == "wayland"
    assert video_driver({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "linux") == "x11,wayland"
    assert video_driver({"SDL_VIDEODRIVER": "kmsdrm"}, "linux") == "kmsdrm"
    assert video_driver({}, "win32") is None


@pytest.mark.skipif(sys.platform != "linux", reason="X displays are Linux's")
def test_a_display_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Left to itself SDL then draws where nobody sees it."""
    for name in ("SDL_VIDEODRIVER", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":97531")
    with pytest.raises(WindowError, match="--headless"):
        Window()
    assert not pygame.display.get_init()
    assert "SDL_VIDEODRIVER" not in os.environ
    assert capfd.readouterr().err == ""  # the error is the only line


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setitem(sys.modules, "pygame", None)
    with pytest.raises(WindowError, match=r"pip install .* or without a window: --headless"):
        Window()
