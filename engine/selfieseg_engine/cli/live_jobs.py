"""What `selfieseg live` is to show: decided before anything is opened."""

from __future__ import annotations

from pathlib import Path

import click

from selfieseg_engine.composite.background import Background, TransparentBackground
from selfieseg_engine.composite.look import Look
from selfieseg_engine.live.job import CameraWish, LiveJob


def plan_live(
    camera: int | None,
    recording: Path | None,
    look: Look,
    backgrounds: tuple[Background, ...],
    flip: bool,
    loop: bool,
    salvage: bool,
    width: int | None,
    height: int | None,
    fps: float | None,
    virtual_camera: bool,
    headless: bool,
    frames: int | None,
) -> LiveJob:
    """Return the job. Opens nothing.

    Raises:
        click.UsageError: options contradict each other.
    """
    for option, is_given in {"--loop": loop, "--salvage": salvage}.items():
        if recording is None and is_given:
            raise click.UsageError(f"{option} is for a recording: give --input FILE too")
    asked = {"--camera": camera, "--width": width, "--height": height, "--fps": fps}
    given = [option for option, value in asked.items() if value is not None]
    if recording is not None and given:
        raise click.UsageError(f"{', '.join(given)} and --input cannot be had together: leave out one")
    if virtual_camera and any(isinstance(each, TransparentBackground) for each in backgrounds):
        raise click.UsageError(
            "a virtual camera cannot be transparent: use --background color:#00FF00 and a chroma key"
        )
    usual = CameraWish()
    return LiveJob(
        look,
        backgrounds,
        recording,
        loop,
        salvage,
        camera or 0,
        CameraWish(width or usual.width, height or usual.height, fps or usual.fps),
        flip,
        has_window=not headless,
        has_virtual_camera=virtual_camera,
        frames=frames,
    )
