"""The background picture: what is asked of the engine when, and what is published meanwhile."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from selfieseg_obs.bridge import BridgeView
from selfieseg_obs.chosen_file import LOOK_SECONDS
from selfieseg_obs.options import Options
from selfieseg_obs.picture_background import PictureBackground
from selfieseg_obs.picture_backgrounds import PictureBackgrounds
from selfieseg_wire.messages import Backdrop, BackdropDone, encode
from selfieseg_wire.shared_region import SharedRegion
from selfieseg_wire.structs import FilterEntry

SESSION = 7


@pytest.fixture
def beach(tmp_path: Path) -> Path:
    path = tmp_path / "beach.png"
    path.write_text("a picture")
    return path


@pytest.fixture
def picture(view: BridgeView, entry: FilterEntry, tmp_path: Path) -> Iterator[PictureBackground]:
    made = PictureBackground(view, entry)
    yield made
    made.end()
    assert entry.backdrop_address == 0
    assert regions(tmp_path) == []


def regions(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "run").glob("backdrop-*"))


def paint(backdrop: Backdrop, value: int) -> BackdropDone:
    """Do what the engine does."""
    with SharedRegion.open(Path(backdrop.region_path)) as region, region.memory as memory:
        assert len(memory) == backdrop.width * backdrop.height * 4
        memory[:] = bytes([value]) * len(memory)
    return BackdropDone(backdrop.session, backdrop.serial, "", "")


def shown(entry: FilterEntry) -> int:
    """Return the byte that the Lua half would copy, -1 where there is nothing."""
    address = int(entry.backdrop_address)
    if not address:
        return -1
    data = ctypes.string_at(address, entry.backdrop_width * entry.backdrop_height * 4)
    assert len(set(data)) == 1
    return data[0]


def asked(picture: PictureBackground, path: Path, now: float, session: int | None = SESSION) -> Backdrop:
    backdrop = picture.follow(str(path), session, now)
    assert backdrop is not None
    encode(backdrop)
    return backdrop


def show(picture: PictureBackground, path: Path, value: int, now: float = 0.0) -> None:
    picture.done(paint(asked(picture, path, now), value))


def test_it_is_asked_for_once_and_published_when_it_is_there(
    picture: PictureBackground, entry: FilterEntry, beach: Path
) -> None:
    backdrop = asked(picture, beach, 0.0)
    assert (backdrop.session, backdrop.picture_path) == (SESSION, str(beach))
    assert (backdrop.width, backdrop.height) == (1280, 720)
    assert picture.follow(str(beach), SESSION, 0.1) is None
    assert (shown(entry), entry.background_generation) == (-1, 0)
    picture.done(paint(backdrop, 9))
    assert (shown(entry), entry.background_generation) == (9, 1)
    assert (entry.backdrop_width, entry.backdrop_height) == (1280, 720)
    assert picture.follow(str(beach), SESSION, 50.0) is None


def test_the_old_picture_stays_until_the_new_one_is_there(
    picture: PictureBackground, entry: FilterEntry, beach: Path, tmp_path: Path
) -> None:
    show(picture, beach, 1)
    hills = tmp_path / "hills.png"
    hills.write_text("another")
    backdrop = asked(picture, hills, 0.1)
    assert shown(entry) == 1
    picture.done(paint(backdrop, 2))
    assert (shown(entry), entry.background_generation) == (2, 2)
    assert len(regions(tmp_path)) == 1


def test_a_changed_file_is_read_again_when_it_was_looked_at(
    picture: PictureBackground, entry: FilterEntry, beach: Path
) -> None:
    show(picture, beach, 1)
    os.utime(beach, ns=(5, 5))
    assert picture.follow(str(beach), SESSION, LOOK_SECONDS / 2) is None
    picture.done(paint(asked(picture, beach, LOOK_SECONDS), 2))
    assert shown(entry) == 2


def test_another_frame_size_asks_again(picture: PictureBackground, entry: FilterEntry, beach: Path) -> None:
    show(picture, beach, 1)
    entry.frame_width, entry.frame_height = 320, 240
    backdrop = asked(picture, beach, 0.1)
    assert entry.backdrop_width == 1280, "the old picture's size changed under the Lua half's hands"
    picture.done(paint(backdrop, 2))
    assert (shown(entry), entry.backdrop_width, entry.backdrop_height) == (2, 320, 240)


def test_a_broken_choice_is_told_and_shows_no_other_picture(
    picture: PictureBackground, entry: FilterEntry, beach: Path, tmp_path: Path
) -> None:
    show(picture, beach, 1)
    text = tmp_path / "text.png"
    text.write_text("no picture")
    backdrop = asked(picture, text, 0.1)
    picture.done(BackdropDone(SESSION, backdrop.serial, "It is no picture", "Choose another file"))
    assert (shown(entry), entry.background_generation) == (-1, 2)
    assert picture.trouble == "It is no picture. Choose another file."
    assert picture.follow(str(text), SESSION, 9.0) is None, "asked again for what was refused"
    show(picture, beach, 1, now=10.0)
    assert picture.trouble == ""


def test_a_broken_state_of_the_same_file_keeps_the_picture(
    picture: PictureBackground, entry: FilterEntry, beach: Path
) -> None:
    """A program that saves the file anew leaves half of it for a moment."""
    show(picture, beach, 1)
    beach.write_text("half")
    backdrop = asked(picture, beach, 5.0)
    picture.done(BackdropDone(SESSION, backdrop.serial, "It ends too soon", ""))
    assert (shown(entry), picture.trouble) == (1, "It ends too soon.")
    beach.write_text("whole again")
    show(picture, beach, 2, now=10.0)
    assert (shown(entry), picture.trouble) == (2, "")


def test_a_file_that_goes_keeps_the_picture_and_says_so(
    picture: PictureBackground, entry: FilterEntry, beach: Path
) -> None:
    show(picture, beach, 1)
    stamp = beach.stat().st_mtime_ns
    beach.unlink()
    assert picture.follow(str(beach), SESSION, 5.0) is None
    assert shown(entry) == 1
    assert "does not exist" in picture.trouble
    beach.write_text("a picture")
    os.utime(beach, ns=(stamp, stamp))
    assert picture.follow(str(beach), SESSION, 10.0) is None
    assert picture.trouble == ""


@pytest.mark.parametrize(
    ("name", "words"), [("", "No background picture"), ("no.png", "does not exist"), (".", "is a folder")]
)
def test_what_is_no_file_is_told_without_asking(
    picture: PictureBackground, entry: FilterEntry, beach: Path, tmp_path: Path, name: str, words: str
) -> None:
    show(picture, beach, 1)
    assert picture.follow(name and str(tmp_path / name), SESSION, 0.1) is None
    assert words in picture.trouble
    assert shown(entry) == -1


def test_a_late_answer_is_for_nobody(
    picture: PictureBackground, entry: FilterEntry, beach: Path, tmp_path: Path
) -> None:
    hills = tmp_path / "hills.png"
    hills.write_text("another")
    first = asked(picture, beach, 0.0)
    second = asked(picture, hills, 0.1)
    picture.done(BackdropDone(first.session, first.serial, "", ""))
    picture.done(BackdropDone(SESSION + 1, second.serial, "", ""))
    assert shown(entry) == -1
    picture.done(paint(second, 2))
    assert shown(entry) == 2


def test_it_survives_the_engine_and_is_asked_for_anew_only_if_it_was_not_there(
    picture: PictureBackground, entry: FilterEntry, beach: Path
) -> None:
    first = asked(picture, beach, 0.0)
    assert picture.follow(str(beach), None, 0.1) is None
    second = asked(picture, beach, 0.2, session=SESSION + 1)
    picture.done(BackdropDone(first.session, first.serial, "", ""))
    assert shown(entry) == -1
    picture.done(paint(second, 3))
    for session in (None, SESSION + 2):
        assert picture.follow(str(beach), session, 0.3) is None
        assert shown(entry) == 3


def test_another_engine_is_asked_for_what_one_refused(picture: PictureBackground, beach: Path) -> None:
    backdrop = asked(picture, beach, 0.0)
    picture.done(BackdropDone(SESSION, backdrop.serial, "No memory", ""))
    asked(picture, beach, 0.1, session=SESSION + 1)


def test_before_the_frames_size_is_known_nothing_is_asked(
    picture: PictureBackground, entry: FilterEntry, beach: Path
) -> None:
    entry.frame_width = 0
    assert picture.follow(str(beach), SESSION, 0.0) is None


def test_no_room_is_told_and_not_tried_in_every_round(
    picture: PictureBackground, beach: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def full(*_arguments: object) -> None:
        tries.append(1)
        raise OSError("No space left on device")

    monkeypatch.setattr("selfieseg_obs.picture_background.PictureRegion", full)
    for number in range(5):
        assert picture.follow(str(beach), SESSION, number * 0.05) is None
    assert len(tries) == 1
    assert "No space left" in picture.trouble


def test_a_render_that_is_stuck_keeps_the_pixels_mapped(
    picture: PictureBackground,
    entry: FilterEntry,
    beach: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("selfieseg_obs.bridge.RENDER_LIMIT_S", 0.02)
    show(picture, beach, 4)
    address = int(entry.backdrop_address)
    entry.render_count = 1
    picture.end()
    entry.render_count = 2
    assert ctypes.string_at(address, 4) == bytes([4]) * 4
    assert regions(tmp_path) == []


def test_pictures_are_followed_only_where_obs_draws_one(
    view: BridgeView, entry: FilterEntry, beach: Path, tmp_path: Path
) -> None:
    told: list[str] = []
    pictures = PictureBackgrounds(view, told.append)
    image = f"background=image\nimage_path={beach}"

    def follow(look: str) -> Backdrop | None:
        return pictures.follow((0, 1), entry, Options("auto", "AUTO", look), SESSION, 0.0)

    assert follow("background=blur") is None
    backdrop = follow(image)
    assert backdrop is not None
    pictures.done((0, 1), paint(backdrop, 5))
    assert shown(entry) == 5
    assert follow(image + "\neffects_in_engine=1") is None
    assert shown(entry) == -1
    assert follow("background=image") is None
    assert told == [pictures.trouble((0, 1))]
    assert "No background picture" in told[0]
    pictures.end_gone([])
    assert pictures.trouble((0, 1)) == ""
    assert regions(tmp_path) == []
