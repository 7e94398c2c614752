"""Background pictures for the Lua half: decoded by the engine into memory that OBS has mapped."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from selfieseg_engine.composite.backdrop import load_backdrop
from selfieseg_engine.pictures import write_picture
from selfieseg_wire.messages import Backdrop, BackdropDone, Ping, Pong
from selfieseg_wire.shared_region import SharedRegion
from tests.engine.harness import Engine, U8Image

WIDTH, HEIGHT = 320, 180


@pytest.fixture
def region(run_dir: Path) -> Iterator[SharedRegion]:
    with SharedRegion.create(run_dir / f"backdrop-{os.getpid()}-1", WIDTH * HEIGHT * 4) as made:
        yield made


def test_good_and_bad_pictures(
    engine: Engine, region: SharedRegion, tmp_path: Path, astronaut_rgb: U8Image
) -> None:
    good = tmp_path / "hübsch.jpg"
    write_picture(good, np.ascontiguousarray(astronaut_rgb[:, :, ::-1]))
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    serials = itertools.count(1)
    with engine.filter() as client:

        def ask(picture: Path, place: Path = region.path) -> BackdropDone:
            wish = Backdrop(1, next(serials), str(picture), str(place), WIDTH, HEIGHT)
            done = client.client.ask(wish, BackdropDone, timeout_seconds=20)
            assert (done.session, done.serial) == (1, wish.serial)
            assert bool(done.trouble) == bool(done.remedy)
            return done

        assert ask(good).trouble == ""
        with region.memory as memory:
            rgbx = np.frombuffer(memory, np.uint8).reshape(HEIGHT, WIDTH, 4).copy()
        assert np.array_equal(rgbx[:, :, 2::-1], load_backdrop(good, (WIDTH, HEIGHT)))
        for bad in (tmp_path / "nothing.png", text, tmp_path, Path("/dev/zero")):
            assert str(bad) in ask(bad).trouble
        for place in (good, Path("/dev/shm/nothing"), region.path.parent, engine.run_dir / "engine.json"):
            assert "memory" in ask(good, place).trouble
        client.segment(astronaut_rgb)


def test_a_broken_picture_does_not_keep_others_waiting(
    engine: Engine, region: SharedRegion, tmp_path: Path, astronaut_rgb: U8Image
) -> None:
    """The newest request wins: the last is always answered, and frames go on meanwhile."""
    good = tmp_path / "large.png"
    write_picture(good, np.zeros((3000, 4000, 3), np.uint8))
    with engine.filter() as client:
        for serial in range(1, 51):
            client.client.send(Backdrop(1, serial, str(good), str(region.path), WIDTH, HEIGHT))
        client.segment(astronaut_rgb)
        answered = 0
        while answered != 50:
            answered = client.client.wait_for(BackdropDone, 30).serial
        client.client.ask(Ping(1), Pong)


def test_leaving_while_a_picture_is_decoded(engine: Engine, region: SharedRegion, tmp_path: Path) -> None:
    good = tmp_path / "large.png"
    write_picture(good, np.zeros((3000, 4000, 3), np.uint8))
    with engine.filter() as client:
        client.client.send(Backdrop(1, 1, str(good), str(region.path), WIDTH, HEIGHT))
        client.client.ask(Ping(1), Pong)
        assert engine.end() == 0
