"""The keys that the user has bound, through all that happens to filters."""

from __future__ import annotations

import ctypes
import json

import pytest
from tests.unit.obs.conftest import FakeLibObs, claim
from tests.unit.obs.fake_sources import FakeHotkey

from selfieseg_obs.hotkeys import Hotkeys
from selfieseg_obs.kept_keys import SETTING, Binding, KeptKeys, read_kept_keys
from selfieseg_obs.registered_hotkeys import KEEP_SECONDS
from selfieseg_obs.source_walks import FilterHandle
from selfieseg_wire.structs import Bridge, FilterEntry, FilterState

F9: list[Binding] = [{"key": "OBS_KEY_F9", "control": True}]
F8: list[Binding] = [{"key": "OBS_KEY_F8"}, {"key": "OBS_KEY_A", "shift": True}]
SETTINGS = {"background": "blur"}


class World:
    """A camera whose filters come and go, in an OBS that saves the keys of registered hotkeys only."""

    def __init__(self, libobs: FakeLibObs, bridge: Bridge) -> None:
        self.libobs, self.sources = libobs, libobs.sources
        self.camera = self.sources.add("Camera")
        self.hotkeys = Hotkeys(libobs)
        self._bridge = bridge
        self._now = 0.0
        self._shown: dict[int, tuple[tuple[int, int], FilterEntry, FilterHandle]] = {}  # by filter

    def add(self, name: str = "Selfie", source: int = 0, kept: str = "") -> int:
        """Add a filter, maybe with the setting of another one; return its handle."""
        filter_ = self.sources.add_filter(source or self.camera, name)
        if kept:
            self.sources.all[filter_].settings[SETTING] = kept
        self.show(filter_, source or self.camera)
        return filter_

    def show(self, filter_: int, source: int) -> None:
        """Let a filter be found."""
        index = next(i for i in range(32) if self._bridge.filters[i].state == FilterState.UNUSED)
        entry = claim(self._bridge, index)
        handle = FilterHandle(self.sources.weak(source), self.sources.weak(filter_))
        self._shown[filter_] = ((index, entry.generation), entry, handle)
        self.go()

    def go(self, rounds: int = 4) -> None:
        for _ in range(rounds):
            self._now += KEEP_SECONDS
            for key, entry, handle in self._shown.values():
                self.hotkeys.follow(key, entry, handle, SETTINGS, self._now)

    def hide(self) -> None:
        """Let all filters go, as at the end of OBS."""
        for key, entry, _ in self._shown.values():
            self.hotkeys.forget(key)
            entry.state = FilterState.UNUSED
        self._shown.clear()

    def load(self, *filters: int) -> None:
        """Let OBS find the camera's filters in this order."""
        for filter_ in filters:
            self.show(filter_, self.camera)

    def change_settings(self, filter_: int) -> None:
        self._shown[filter_][1].settings_version += 2

    def panic(self, filter_: int) -> FakeHotkey:
        """Return the panic hotkey of a filter."""
        counter = ctypes.addressof(self._shown[filter_][1]) + FilterEntry.panic_presses.offset
        return next(each for each in self.libobs.hotkeys.all.values() if each.counter == counter)

    def setting(self, filter_: int) -> str:
        return str(self.sources.all[filter_].settings.get(SETTING, ""))


@pytest.fixture
def world(libobs: FakeLibObs, bridge: Bridge) -> World:
    return World(libobs, bridge)


def test_what_is_kept_is_read_as_it_was_written() -> None:
    kept = KeptKeys("me", 2, {"panic": F9, "toggle": []})
    assert read_kept_keys(kept.text()) == kept
    assert read_kept_keys(kept.text()) != KeptKeys("me", 2, {"panic": F8, "toggle": []})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "3",
        '{"owner": "me", "place": 1}',
        '{"owner": 5, "place": 1, "keys": {}}',
        '{"owner": "me", "place": 0, "keys": {}}',
        '{"owner": "me", "place": true, "keys": {}}',
        '{"owner": "me", "place": 1, "keys": []}',
        '{"owner": "me", "place": 1, "keys": {"panic": 3}}',
        '{"owner": "me", "place": 1, "keys": {"panic": ["F9"]}}',
        "[" * 100_000,
    ],
)
def test_what_we_have_not_written_is_not_read(text: str) -> None:
    assert read_kept_keys(text) is None


def test_keys_survive_a_save_without_our_hotkeys(world: World) -> None:
    """The Python half did not run: libobs saves the keys of what is registered, and forgets the others."""
    camera = world.add()
    world.panic(camera).bindings = F9
    world.go()
    world.hide()
    world.libobs.hotkeys.save()
    world.load(camera)
    assert world.panic(camera).bindings == F9


def test_keys_that_were_taken_away_stay_away(world: World) -> None:
    """What libobs had saved last is older than what we have seen."""
    camera = world.add()
    world.panic(camera).bindings = F9
    world.go()
    world.libobs.hotkeys.save()
    world.panic(camera).bindings = []
    world.go()
    world.hide()
    world.load(camera)
    assert world.panic(camera).bindings == []


def test_keys_of_a_version_that_kept_none_are_libobss(world: World) -> None:
    world.libobs.hotkeys.saved = {(world.camera, "selfie_segmentation.panic"): F9}
    camera = world.add()
    assert world.panic(camera).bindings == F9
    assert json.loads(world.setting(camera))["keys"]["panic"] == F9


@pytest.mark.parametrize("saved", [True, False])
def test_two_filters_keep_their_own_keys_whichever_is_found_first(world: World, saved: bool) -> None:
    first, second = world.add("One"), world.add("Two")
    world.panic(first).bindings, world.panic(second).bindings = F9, F8
    names = [world.panic(filter_).name for filter_ in (first, second)]
    world.go()
    if saved:
        world.libobs.hotkeys.save()
    world.hide()
    world.load(second, first)
    assert (world.panic(first).bindings, world.panic(second).bindings) == (F9, F8)
    assert [world.panic(filter_).name for filter_ in (first, second)] == names


def test_the_second_keeps_its_keys_when_the_first_has_gone(world: World) -> None:
    world.add("One")
    second = world.add("Two")
    world.panic(second).bindings = F8
    world.go()
    world.libobs.hotkeys.save()
    world.hide()
    third = world.sources.add_filter(world.camera, "Three")
    world.load(third, second)
    assert (world.panic(third).bindings, world.panic(second).bindings) == ([], F8)


def test_renaming_takes_nothing(world: World) -> None:
    camera = world.add()
    world.panic(camera).bindings = F9
    world.go()
    world.hide()
    world.sources.all[camera].name = "Another name"
    world.sources.all[world.camera].name = "Another camera"
    world.load(camera)
    assert world.panic(camera).bindings == F9


@pytest.mark.parametrize("same_source", [True, False])
def test_a_copy_of_a_filter_has_no_keys_and_takes_none(world: World, same_source: bool) -> None:
    camera = world.add()
    world.panic(camera).bindings = F9
    world.go()
    other = world.camera if same_source else world.sources.add("Other")
    copy = world.add("Copy", other, kept=world.setting(camera))
    assert (world.panic(camera).bindings, world.panic(copy).bindings) == (F9, [])
    world.panic(copy).bindings = F8
    world.go()
    assert world.setting(copy) != world.setting(camera)
    world.hide()
    world.show(copy, other)
    world.load(camera)
    assert (world.panic(camera).bindings, world.panic(copy).bindings) == (F9, F8)


def test_a_collection_that_was_copied_is_no_copy_of_filters(world: World) -> None:
    """The old filters may not have gone yet when the new ones come."""
    camera = world.add()
    world.panic(camera).bindings = F9
    world.go()
    world.sources.all[world.camera].removed = True
    new = world.sources.add("Camera")
    again = world.add("Selfie", new, kept=world.setting(camera))
    assert world.panic(again).bindings == F9


def test_nothing_is_written_where_nothing_is_bound(world: World) -> None:
    """A write while OBS reads the settings of a filter that was just added would be a needless risk."""
    camera = world.add()
    world.go(20)
    assert world.sources.all[camera].updates == []


def test_it_is_written_once(world: World) -> None:
    camera = world.add()
    world.panic(camera).bindings = F9
    world.go(20)
    assert len(world.sources.all[camera].updates) == 1
    assert list(world.sources.all[camera].updates[0]) == [SETTING]


def test_the_defaults_button_takes_no_keys(world: World) -> None:
    camera = world.add()
    world.panic(camera).bindings = F9
    world.go()
    world.sources.all[camera].settings.clear()
    world.change_settings(camera)
    world.go()
    assert json.loads(world.setting(camera))["keys"]["panic"] == F9


def test_a_source_that_goes_leaves_the_keys_as_they_were(world: World) -> None:
    """Its hotkeys go first: that is not the user who takes the keys away."""
    camera = world.add()
    world.panic(camera).bindings = F9
    world.go()
    world.libobs.hotkeys.all.clear()
    world.go()
    assert json.loads(world.setting(camera))["keys"]["panic"] == F9
    world.hide()
