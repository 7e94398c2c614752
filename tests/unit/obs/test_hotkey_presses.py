"""Hotkeys with a fake libobs; filter/hotkeys.lua itself is in test_small_scripts.py."""

from __future__ import annotations

import pytest
from tests.unit.obs.conftest import FakeLibObs, claim
from tests.unit.obs.fake_sources import WEAK

from selfieseg_obs.hotkeys import Hotkeys, next_background
from selfieseg_obs.source_walks import FilterHandle
from selfieseg_wire.structs import Bridge, FilterEntry

KEY = (0, 1)
SETTINGS = {"background": "blur"}


@pytest.fixture
def handle(libobs: FakeLibObs) -> FilterHandle:
    parent = libobs.sources.add("Camera")
    return FilterHandle(
        libobs.sources.weak(parent), libobs.sources.weak(libobs.sources.add_filter(parent, "S"))
    )


@pytest.fixture
def hotkeys(libobs: FakeLibObs) -> Hotkeys:
    return Hotkeys(libobs)


def filter_of(libobs: FakeLibObs, handle: FilterHandle):  # type: ignore[no-untyped-def]  # a FakeSource
    return libobs.sources.all[handle.filter - WEAK]


@pytest.mark.parametrize(
    ("present", "files", "expected"),
    [
        ("blur", {}, "color"),
        ("color", {}, "transparent"),
        ("color", {"image_path": "/a.png"}, "image"),
        ("image", {"image_path": "/a.png"}, "transparent"),
        ("color", {"video_path": "/a.mp4", "background_source": "B"}, "video"),
        ("video", {"video_path": "/a.mp4", "background_source": "B"}, "source"),
        ("source", {}, "transparent"),  # its choice was taken away
        ("transparent", {}, "grayscale"),
        ("grayscale", {}, "blur"),
        ("none", {}, "blur"),
        ("nonsense", {}, "blur"),
    ],
)
def test_the_next_background(present: str, files: dict[str, str], expected: str) -> None:
    assert next_background({"background": present, **files}) == expected


def test_the_room_is_never_next() -> None:
    settings = {"background": "none", "image_path": "x", "video_path": "x", "background_source": "x"}
    seen = []
    for _ in range(8):
        settings["background"] = next_background(settings)
        seen.append(settings["background"])
    assert seen == ["blur", "color", "image", "video", "source", "transparent", "grayscale", "blur"]


def test_each_hotkey_counts_in_the_filters_entry(
    hotkeys: Hotkeys, libobs: FakeLibObs, entry: FilterEntry, handle: FilterHandle
) -> None:
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    for name, counter in (
        ("panic", "panic_presses"),
        ("toggle", "toggle_presses"),
        ("next_background", "next_presses"),
    ):
        libobs.hotkeys.named(name).press()
        assert getattr(entry, counter) == 1, name
    assert libobs.hotkeys.named("panic").description == (
        "Selfie Segmentation: hide everything now (again to show)"
    )
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    assert len(libobs.hotkeys.all) == 3, "registered twice"


def test_toggle_switches_the_filter(
    hotkeys: Hotkeys, libobs: FakeLibObs, entry: FilterEntry, handle: FilterHandle
) -> None:
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    found = filter_of(libobs, handle)
    for presses, expected in ((1, False), (0, False), (1, True), (2, True), (3, False)):
        for _ in range(presses):
            libobs.hotkeys.named("toggle").press()
        hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
        assert found.enabled == expected


def is_hidden(entry: FilterEntry) -> bool:
    """Do what bridge.lua does."""
    return bool((entry.panic_presses - entry.panic_base) % 2)


def test_who_is_hidden_is_known_before_it_was_ever_drawn_and_after_another_name(
    hotkeys: Hotkeys, libobs: FakeLibObs, entry: FilterEntry, handle: FilterHandle
) -> None:
    """Copies in studio mode are hidden by these names."""
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    assert (entry.source_name, entry.filter_name) == (b"Camera", b"S")
    libobs.sources.all[handle.parent - WEAK].name = "Caméra" + "x" * 300
    filter_of(libobs, handle).name = "F"
    libobs.hotkeys.named("panic").press()
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    assert entry.source_name == ("Caméra" + "x" * 300).encode()[:255]
    assert entry.filter_name == b"F"


@pytest.mark.parametrize("first", [0, 1, 6, 2**32 - 1])
def test_panic_switches_a_filter_on_that_is_off_and_hides(
    hotkeys: Hotkeys, libobs: FakeLibObs, entry: FilterEntry, handle: FilterHandle, first: int
) -> None:
    """In any case: also where it had been switched off in OBS's window while it hid."""
    entry.panic_presses = first
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    found = filter_of(libobs, handle)
    found.enabled = False
    libobs.hotkeys.named("panic").press()
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    assert (found.enabled, is_hidden(entry)) == (True, True)
    libobs.hotkeys.named("panic").press()
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    assert (found.enabled, is_hidden(entry)) == (True, False)


def test_panic_hides_before_it_switches_the_filter_on(
    hotkeys: Hotkeys,
    libobs: FakeLibObs,
    entry: FilterEntry,
    handle: FilterHandle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry.panic_presses = 1
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    filter_of(libobs, handle).enabled = False
    libobs.hotkeys.named("panic").press()
    hidden_at_switch = []
    monkeypatch.setattr(libobs.sources, "set_enabled", lambda *_: hidden_at_switch.append(is_hidden(entry)))
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    assert hidden_at_switch == [True]


def test_two_quick_panics_hide_a_filter_that_is_off(
    hotkeys: Hotkeys, libobs: FakeLibObs, entry: FilterEntry, handle: FilterHandle
) -> None:
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    filter_of(libobs, handle).enabled = False
    for _ in range(2):
        libobs.hotkeys.named("panic").press()
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    assert (filter_of(libobs, handle).enabled, is_hidden(entry)) == (True, True)


def test_panic_leaves_a_filter_that_is_on_to_the_lua_half(
    hotkeys: Hotkeys, libobs: FakeLibObs, entry: FilterEntry, handle: FilterHandle
) -> None:
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    for hidden in (True, False, True):
        libobs.hotkeys.named("panic").press()
        hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
        assert (is_hidden(entry), entry.panic_base) == (hidden, 0)


@pytest.mark.parametrize("presses", ["panic, toggle", "toggle panic", "panic, panic toggle"])
def test_what_is_hidden_is_not_switched_off(
    hotkeys: Hotkeys, libobs: FakeLibObs, entry: FilterEntry, handle: FilterHandle, presses: str
) -> None:
    """A comma is a round: keys that are pressed in one come in no order."""
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    for names in presses.split(", "):
        for name in names.split():
            libobs.hotkeys.named(name).press()
        hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    assert filter_of(libobs, handle).enabled
    assert libobs.logged == ["everything is hidden: the effect stays on"]


def test_what_is_hidden_and_off_is_switched_on(
    hotkeys: Hotkeys, libobs: FakeLibObs, entry: FilterEntry, handle: FilterHandle
) -> None:
    """It was switched off in OBS's window: on is the safe side."""
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    libobs.hotkeys.named("panic").press()
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    filter_of(libobs, handle).enabled = False
    libobs.hotkeys.named("toggle").press()
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    assert (filter_of(libobs, handle).enabled, is_hidden(entry)) == (True, True)


def test_next_changes_one_setting_alone(
    hotkeys: Hotkeys, libobs: FakeLibObs, entry: FilterEntry, handle: FilterHandle
) -> None:
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    libobs.hotkeys.named("next_background").press()
    libobs.hotkeys.named("next_background").press()
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    assert filter_of(libobs, handle).updates == [{"background": "transparent"}]


def test_presses_before_ours_are_none_of_ours(
    hotkeys: Hotkeys, libobs: FakeLibObs, entry: FilterEntry, handle: FilterHandle
) -> None:
    """The Python half was reloaded; the Lua half and its counters stayed."""
    entry.toggle_presses = 7
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    assert filter_of(libobs, handle).enabled


def test_a_counter_that_wraps_is_one_press(
    hotkeys: Hotkeys, libobs: FakeLibObs, entry: FilterEntry, handle: FilterHandle
) -> None:
    entry.toggle_presses = 2**32 - 1
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    libobs.hotkeys.named("toggle").press()
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    assert entry.toggle_presses == 0
    assert not filter_of(libobs, handle).enabled


def test_two_filters_of_one_source_have_names_of_their_own(
    hotkeys: Hotkeys, libobs: FakeLibObs, bridge: Bridge, handle: FilterHandle
) -> None:
    second = FilterHandle(handle.parent, libobs.sources.weak(libobs.sources.add("S2")))
    hotkeys.follow((0, 1), claim(bridge, 0), handle, SETTINGS, 0.0)
    hotkeys.follow((1, 1), claim(bridge, 1), second, SETTINGS, 0.0)
    assert libobs.hotkeys.named("panic 2").description.endswith(" 2")
    libobs.hotkeys.named("panic 2").press()
    assert [bridge.filters[index].panic_presses for index in (0, 1)] == [0, 1]
    hotkeys.forget((0, 1))
    hotkeys.follow((2, 1), claim(bridge, 2), handle, SETTINGS, 0.0)
    assert libobs.hotkeys.named("panic").counter > libobs.hotkeys.named("panic 2").counter, "the free place"


def test_they_go_with_the_filter(
    hotkeys: Hotkeys, libobs: FakeLibObs, entry: FilterEntry, handle: FilterHandle
) -> None:
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    hotkeys.forget(KEY)
    hotkeys.forget(KEY)
    assert libobs.hotkeys.all == {}


def test_they_go_before_the_script_that_counts(
    hotkeys: Hotkeys,
    libobs: FakeLibObs,
    entry: FilterEntry,
    handle: FilterHandle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    left_at_unload = []
    monkeypatch.setattr(
        libobs, "destroy_script", lambda _script: left_at_unload.append(len(libobs.hotkeys.all))
    )
    hotkeys.end()
    assert left_at_unload == [0]


@pytest.mark.parametrize("fault", ["the script does not run", "the source may have none", "it has gone"])
def test_without_hotkeys_everything_else_goes_on(
    libobs: FakeLibObs, entry: FilterEntry, handle: FilterHandle, fault: str
) -> None:
    libobs.small_scripts_run = fault != "the script does not run"
    libobs.hotkeys.refuses = fault == "the source may have none"
    if fault == "it has gone":
        libobs.sources.destroy(handle.parent - WEAK)
    hotkeys = Hotkeys(libobs)
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    hotkeys.follow(KEY, entry, handle, SETTINGS, 0.0)
    assert libobs.hotkeys.all == {}
    assert [line for line in libobs.logged if "hotkeys.lua" in line] == (
        [] if libobs.small_scripts_run else ["hotkeys.lua does not load: what it is for is not available"]
    )
    hotkeys.end()
