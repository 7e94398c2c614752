"""What tests of other models share: a picture that tells who sees the wall, and what the engine says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np

from selfieseg_engine.client import EngineClient
from selfieseg_wire.messages import Stats, StatsRequest
from tests.obs.product import MODEL, SOURCE, Picture, Product, person_in_a_room, write_clip
from tests.obs.recorded_mattes import FPS, HEIGHT, WIDTH, decoded

LOAD_S = 60.0
# Frames that may show the same picture one after the other: a busy machine stalls for a second or two.
STILL_LIMIT = 5 * FPS
# Where only the wall is: a picture that shows it here was drawn without a matte. (A pattern on it would not
# tell: now and then one of these models takes some of that for a person.)
WALL_COLUMNS = 60
WALL = (200, 120, 60)
SHOWN_SHARE = 0.05


def wall_of(picture: Picture) -> Picture:
    """Return where there is only wall, beside the person."""
    return np.hstack([picture[:, :WALL_COLUMNS], picture[:, -WALL_COLUMNS:]])


def wall_share(picture: Picture) -> float:
    """Return which share of the wall can be seen: is blue, as nothing else in these tests."""
    return float((wall_of(picture)[..., 0] > 60).mean())


def is_hidden(picture: Picture) -> bool:
    """Return whether there is no matte: the wall is not green."""
    return float((wall_of(picture)[..., 1] > 200).mean()) < 0.5


def write_person(path: Path) -> Path:
    """Write a clip: a person that sways before a wall of a colour that no person has."""
    picture = cast("Picture", cv2.resize(person_in_a_room(), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA))
    for beside in (slice(None, WIDTH // 4), slice(-WIDTH // 10, None)):
        picture[:, beside] = WALL
    assert wall_share(picture) == 1
    return write_clip(path, picture, sway=10)


def show(product: Product, clip: Path, source: str = SOURCE, **settings: Any) -> None:
    product.scene.create_media(source, clip)
    product.scene.wait_for_picture(source)
    product.add_filter(
        source, **({"background": "color", "without_matte": "hide", "model": MODEL} | settings)
    )


def session_of(client: EngineClient, source: str = SOURCE) -> dict[str, Any]:
    """Return what the engine knows of a source's filter."""
    sessions = json.loads(client.ask(StatsRequest(), Stats, LOAD_S).json_text)["sessions"]
    return next(each for each in sessions if each["source"] == source)


def wait_for_model(product: Product, client: EngineClient, model: str) -> None:
    """Wait until it is at work: it has answered frames."""
    product.scene.wait_until(
        lambda: session_of(client)["model"] == model, what=model, timeout_s=LOAD_S, poll_s=0.02
    )
    mattes = session_of(client)["mattes"]
    product.scene.wait_until(
        lambda: session_of(client)["mattes"] > mattes, what=f"mattes of {model}", poll_s=0.02
    )


@dataclass(frozen=True)
class Seen:
    """What a recording shows.

    Attributes:
        frames: how many there are.
        hidden: how many without any matte.
        longest_still: the longest row of frames that show the same picture as the one before.
    """

    frames: int
    hidden: int
    longest_still: int


def look_through(recording: Path) -> Seen:
    """Look at every frame; none may show the room."""
    frames = hidden = still = longest = 0
    last: Picture | None = None
    for frame in decoded(recording):
        assert wall_share(frame) < SHOWN_SHARE, f"frame {frames} shows the room"
        frames += 1
        hidden += int(is_hidden(frame))
        still = still + 1 if last is not None and np.array_equal(frame, last) else 0
        longest = max(longest, still)
        last = frame
    return Seen(frames, hidden, longest)
