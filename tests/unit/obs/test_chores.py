"""What is done for all filters without an engine, and that nothing of it is left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.obs.conftest import FakeLibObs, claim
from tests.unit.obs.fake_sources import WEAK

from selfieseg_obs import chosen_file
from selfieseg_obs.backgrounds import CHECK_SECONDS
from selfieseg_obs.bridge import BridgeView
from selfieseg_obs.chores import NAMES_SECONDS, Chores
from selfieseg_wire.structs import Bridge, FilterEntry, FilterState

KEY = (0, 1)


class World:
    """Chores that are done when told, for one camera with our filter."""

    def __init__(self, libobs: FakeLibObs, bridge: Bridge, view: BridgeView) -> None:
        self.libobs, self.sources = libobs, libobs.sources
        self.view = view
        self.camera = self.sources.add("Camera")
        self.filter = self.sources.add_filter(self.camera, "Selfie")
        self.behind = self.sources.add("Behind")
        self.entry = claim(bridge)
        self.entry.filter = self.filter
        self.chores = Chores(libobs, view)
        self.now = 100.0

    def choose(self, **settings: str) -> None:
        self.entry.look = "\n".join(f"{key}={value}" for key, value in settings.items()).encode()

    def go(self, seconds: float = 0.05) -> int:
        """Go round; return what is published, 0 for nothing."""
        self.now += seconds
        filters = self.view.filters()
        self.chores.go_round(filters, self.now)
        filters.give_back()
        weak = int(self.entry.background_source)
        return weak - WEAK if weak else 0

    def nothing_is_left(self) -> bool:
        return (
            self.sources.given_back()
            and not self.libobs.hotkeys.all
            and not any(source.showing for source in self.sources.all.values())
        )


@pytest.fixture
def world(libobs: FakeLibObs, bridge: Bridge, view: BridgeView) -> World:
    return World(libobs, bridge, view)


def test_a_filter_gets_hotkeys_and_its_background(world: World) -> None:
    world.choose(background="source", background_source="Behind")
    assert world.go() == world.behind
    assert len(world.libobs.hotkeys.all) == 3
    world.chores.end()
    assert world.entry.background_source == 0
    assert world.nothing_is_left()
    assert world.libobs.small_scripts == {}


def test_hotkeys_go_whatever_fails_at_the_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory that they count in is freed afterwards."""
    world.choose(background="source", background_source="Behind")
    world.go()

    def fail(_weak: int) -> None:
        raise OSError("a bug")

    monkeypatch.setattr(world.sources, "release_weak", fail)
    with pytest.raises(OSError, match="a bug"):
        world.chores.end()
    assert world.libobs.hotkeys.all == {}


def test_a_filter_that_goes_leaves_nothing_in_an_entry_that_is_given_away(world: World) -> None:
    world.choose(background="source", background_source="Behind")
    world.go()
    world.entry.state = FilterState.CLOSED
    assert world.go() == 0
    assert world.nothing_is_left()
    assert world.entry.state == FilterState.UNUSED


def test_a_change_counts_at_once_and_the_world_is_looked_at_now_and_then(world: World) -> None:
    world.choose(background="source", background_source="Behind")
    world.go()
    world.sources.all[world.behind].removed = True
    assert world.go(CHECK_SECONDS / 2) == world.behind
    assert world.go(CHECK_SECONDS) == 0
    other = world.sources.add("Other")
    world.choose(background="source", background_source="Other")
    assert world.go() == other


def test_only_the_chosen_kind_is_published(world: World, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_text("x")
    choice = {"background_source": "Behind", "video_path": str(tmp_path / "clip.mp4")}
    world.choose(background="source", **choice)
    assert world.go() == world.behind
    world.choose(background="video", **choice)
    video = world.go()
    assert world.sources.all[video].kind == "private"
    assert world.sources.all[world.behind].showing == 0
    world.choose(background="video", effects_in_engine="1", **choice)
    assert world.go() == 0, "the engine plays it"
    assert not world.sources.all[video].alive
    world.choose(background="source", effects_in_engine="1", **choice)
    assert world.go() == world.behind, "the engine has no source"
    world.choose(background="blur", **choice)
    assert world.go() == 0


def test_a_video_begins_as_soon_as_its_file_has_been_looked_at(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Callable[[], None]] = []
    monkeypatch.setattr(chosen_file, "start_thread", looks.append)
    (tmp_path / "clip.mp4").write_text("x")
    world.choose(background="video", video_path=str(tmp_path / "clip.mp4"))
    assert world.go() == 0
    assert world.chores.trouble(KEY) == ""
    looks[0]()
    assert world.go()


def test_a_video_is_played_by_who_draws_it(world: World, tmp_path: Path) -> None:
    """The engine does where its finished pictures fit a ring; before a first frame nobody knows."""
    (tmp_path / "clip.mp4").write_text("x")
    world.choose(background="video", video_path=str(tmp_path / "clip.mp4"), effects_in_engine="1")
    world.entry.frame_width = world.entry.frame_height = 0
    assert world.go() == 0
    world.entry.frame_width, world.entry.frame_height = 1280, 720
    assert world.go(CHECK_SECONDS) == 0
    world.entry.frame_width, world.entry.frame_height = 7680, 4320
    assert world.sources.all[world.go(CHECK_SECONDS)].kind == "private"


def test_trouble_is_told_once_in_the_log_and_passes(world: World) -> None:
    world.choose(background="source", background_source="Late")
    for _ in range(4):
        world.go(CHECK_SECONDS)
    assert "'Late' does not exist" in world.chores.trouble(KEY)
    assert world.libobs.logged == [world.chores.trouble(KEY)]
    world.sources.add("Late")
    world.go(CHECK_SECONDS)
    assert world.chores.trouble(KEY) == ""


def test_a_choice_is_judged_as_soon_as_the_parent_is_known(world: World) -> None:
    world.entry.filter = 0
    world.choose(background="source", background_source="Camera")
    assert world.go() == world.camera, "the Lua half does not draw it"
    world.entry.filter = world.filter
    assert world.go() == 0
    assert "cannot be its own background" in world.chores.trouble(KEY)


def test_settings_that_are_being_written_are_left_alone(world: World) -> None:
    world.entry.settings_version = 1
    world.choose(background="source", background_source="Behind")
    assert world.go() == 0
    world.entry.settings_version = 2
    assert world.go() == world.behind


def test_names_are_listed_once_a_second(world: World, bridge: Bridge) -> None:
    world.sources.add("Microphone", video=False)
    world.sources.add("a scene")
    world.go()
    assert bridge.source_names == b"a scene\nBehind\nCamera\n"
    world.sources.add("New")
    world.go(NAMES_SECONDS / 2)
    assert b"New" not in bridge.source_names
    world.go(NAMES_SECONDS)
    assert b"New" in bridge.source_names


def test_without_the_small_scripts_there_are_no_hotkeys_and_backgrounds_all_the_same(
    libobs: FakeLibObs, bridge: Bridge, view: BridgeView
) -> None:
    """Then the Lua half alone sees to it that the camera is not drawn behind itself."""
    libobs.small_scripts_run = False
    world = World(libobs, bridge, view)
    world.choose(background="source", background_source="Behind")
    assert world.go() == world.behind
    assert bridge.source_names == b""
    assert libobs.hotkeys.all == {}
    world.chores.end()
    assert world.nothing_is_left()


def test_filters_come_and_go_and_nothing_grows(world: World, bridge: Bridge) -> None:
    for _ in range(40):
        entry: FilterEntry = claim(bridge, 1)
        entry.filter = world.sources.add_filter(world.camera, "Another")
        entry.look = b"background=source\nbackground_source=Behind"
        world.go()
        assert len(world.libobs.hotkeys.all) == 6
        entry.state = FilterState.CLOSED
        world.go()
        assert len(world.libobs.hotkeys.all) == 3
    world.chores.end()
    assert world.nothing_is_left()


def test_the_dialogue_of_a_filter_that_was_found_is_made_anew(world: World) -> None:
    filters = world.sources.all
    world.chores.renew_dialogue(KEY)
    assert filters[world.filter].dialogues_renewed == 0, "it has not been looked for"
    world.go()
    world.chores.renew_dialogue(KEY)
    assert (filters[world.filter].dialogues_renewed, filters[world.camera].dialogues_renewed) == (1, 0)
    world.sources.destroy(world.filter)
    world.chores.renew_dialogue(KEY)
    assert filters[world.filter].dialogues_renewed == 1
