from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from tests.unit.obs.conftest import FakeLibObs
from tests.unit.obs.fake_sources import WEAK, FakeSources

from selfieseg_obs.bridge import BridgeView
from selfieseg_obs.published_source import PublishedSource
from selfieseg_obs.source_background import SourceBackground
from selfieseg_obs.source_walks import FilterHandle, SourceWalks
from selfieseg_wire.structs import FilterEntry


class World(NamedTuple):
    sources: FakeSources
    background: SourceBackground
    handle: FilterHandle
    camera: int
    filter: int
    behind: int
    entry: FilterEntry

    def follow(self, name: str) -> int:
        """Follow a choice; return the handle of what is published, 0 for nothing."""
        self.background.follow(name, self.handle)
        weak = int(self.entry.background_source)
        return weak - WEAK if weak else 0


@pytest.fixture
def world(libobs: FakeLibObs, view: BridgeView, entry: FilterEntry) -> Iterator[World]:
    sources = libobs.sources
    camera = sources.add("Camera")
    found = sources.add_filter(camera, "Selfie")
    behind = sources.add("Behind")
    handle = FilterHandle(sources.weak(camera), sources.weak(found))
    walks = SourceWalks(libobs)
    background = SourceBackground(sources, walks, PublishedSource(sources, view, entry))
    made = World(sources, background, handle, camera, found, behind, entry)
    yield made
    background.end()
    assert (entry.background_source, background.trouble) == (0, "")
    for weak in handle.parent, handle.filter:
        sources.release_weak(weak)
    assert sources.given_back()
    assert not any(source.showing for source in sources.all.values())


def test_the_chosen_source_is_published_and_shown_once(world: World) -> None:
    for _ in range(3):
        assert world.follow("Behind") == world.behind
    assert (world.sources.all[world.behind].showing, world.entry.background_generation) == (1, 1)
    assert world.background.trouble == ""


def test_another_choice_takes_the_first_one_back(world: World) -> None:
    other = world.sources.add("Other")
    world.follow("Behind")
    assert world.follow("Other") == other
    assert (world.sources.all[world.behind].showing, world.sources.all[other].showing) == (0, 1)
    assert world.sources.weak_refs[world.behind + WEAK] == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "No background source is chosen"),
        ("Nobody", "'Nobody' does not exist"),
        ("Camera", "'Camera' cannot be its own background"),
        ("Microphone", "'Microphone' has no picture"),
        ("Scene", "'Scene' cannot be the background, because this source is in it"),
        ("Nested", "this source is in it"),
        ("Removed", "'Removed' does not exist"),
    ],
)
def test_what_cannot_be_is_said(world: World, name: str, words: str) -> None:
    sources = world.sources
    sources.add("Microphone", video=False)
    scene = sources.add("Scene", children=[world.behind, world.camera])
    sources.add("Nested", children=[scene])
    sources.add("Removed", removed=True)
    world.follow("Behind")
    assert world.follow(name) == 0
    assert words in world.background.trouble
    assert world.follow("Behind") == world.behind
    assert world.background.trouble == ""


def test_a_renamed_source_is_kept_and_the_setting_follows(world: World) -> None:
    world.follow("Behind")
    world.sources.all[world.behind].name = "Curtain"
    assert world.follow("Behind") == world.behind, "the setting has not come round yet"
    assert world.sources.all[world.filter].updates[-1] == {"background_source": "Curtain"}
    told = len(world.sources.all[world.filter].updates)
    assert world.follow("Curtain") == world.behind
    assert len(world.sources.all[world.filter].updates) == told
    assert world.entry.background_generation == 1


def test_after_a_rename_another_choice_counts(world: World) -> None:
    other = world.sources.add("Other")
    world.follow("Behind")
    world.sources.all[world.behind].name = "Curtain"
    assert world.follow("Other") == other
    assert world.sources.all[world.filter].updates == []


@pytest.mark.parametrize("how", ["removed", "destroyed"])
def test_a_source_that_goes_is_given_up_and_taken_again(world: World, how: str) -> None:
    world.follow("Behind")
    if how == "removed":
        world.sources.all[world.behind].removed = True
    else:
        world.sources.destroy(world.behind)
        world.sources.all[world.behind].showing = 0  # gone with it
    assert world.follow("Behind") == 0
    assert "does not exist" in world.background.trouble
    world.sources.all[world.behind].name = "(gone)"
    again = world.sources.add("Behind")
    assert world.follow("Behind") == again


def test_a_scene_that_gets_the_parent_later_is_given_up(world: World) -> None:
    scene = world.sources.add("Scene")
    assert world.follow("Scene") == scene
    world.sources.all[scene].children.append(world.camera)
    assert world.follow("Scene") == 0
    assert "this source is in it" in world.background.trouble


def test_on_a_copy_of_a_scene_the_choice_is_followed_all_the_same(world: World) -> None:
    """Studio mode draws a copy of the scene, with a copy of its filter, that no list has."""
    world.background.follow("Behind", None)
    assert world.entry.background_source == world.behind + WEAK
    world.sources.all[world.behind].name = "Curtain"
    world.background.follow("Behind", None)
    assert world.entry.background_source == world.behind + WEAK
    world.background.follow("Nobody", None)
    assert world.entry.background_source == 0


def test_without_its_parent_nothing_is_published(world: World) -> None:
    world.follow("Behind")
    world.sources.destroy(world.camera)
    assert world.follow("Behind") == 0


def test_a_render_that_is_stuck_keeps_the_reference(
    world: World, bridge: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may read the weak reference any time: freed memory would crash OBS, a few bytes do not."""
    monkeypatch.setattr("selfieseg_obs.bridge.RENDER_LIMIT_S", 0.02)
    world.follow("Behind")
    world.entry.render_count = 1
    assert world.follow("") == 0
    assert world.sources.weak_refs[world.behind + WEAK] == 1
    world.entry.render_count = 2
    world.sources.release_weak(world.behind + WEAK)
