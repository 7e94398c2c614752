from __future__ import annotations

import ctypes
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.obs.conftest import claim

from selfieseg_obs.bridge import BridgeError, BridgeView, read_options, set_entry_text
from selfieseg_obs.options import Options
from selfieseg_wire.messages import MAX_MODELS, ModelRow
from selfieseg_wire.structs import SOURCE_NAMES_BYTES, TEXT_BYTES, Bridge, FilterEntry, FilterState


def text_of(holder: Bridge | FilterEntry) -> str:
    raw: bytes = holder.text[holder.text_index % 2].value
    return raw.decode()


def test_attaching_says_so(bridge: Bridge, view: BridgeView) -> None:
    assert bridge.python_attached == 1
    assert not view.closed
    bridge.closed = 1
    assert view.closed


@pytest.mark.parametrize("field", ["magic", "version", "size", "filter_count"])
def test_another_bridge_is_refused_and_not_attached(bridge: Bridge, field: str) -> None:
    setattr(bridge, field, getattr(bridge, field) + 1)
    with pytest.raises(BridgeError, match="different versions"):
        BridgeView(ctypes.addressof(bridge))
    assert bridge.python_attached == 0


def test_detaching_takes_the_bell_away(bridge: Bridge, view: BridgeView) -> None:
    view.set_bell(5)
    assert bridge.bell == 5
    view.detach()
    assert (bridge.bell, bridge.python_attached) == (-1, 0)


def test_texts_flip_between_two_places(bridge: Bridge, view: BridgeView) -> None:
    view.set_text("one")
    first = bridge.text_index
    view.set_text("two")
    assert (text_of(bridge), bridge.text_index) == ("two", 1 - first)
    assert bridge.text[first].value == b"one", "a reader may still be at it"


def test_the_same_text_is_not_written_again(bridge: Bridge, view: BridgeView) -> None:
    view.set_text("one")
    index = bridge.text_index
    view.set_text("one")
    assert bridge.text_index == index


@given(st.text(max_size=500).filter(lambda text: "\0" not in text))
def test_any_text_is_cut_to_whole_characters(text: str) -> None:
    entry = FilterEntry()
    set_entry_text(entry, text)
    found = text_of(entry)
    assert text.startswith(found)
    assert len(found.encode()) <= TEXT_BYTES - 1
    assert len(found.encode()) > TEXT_BYTES - 5 or found == text


@pytest.mark.parametrize("character", ["a", "ä", "€", "😀"])
def test_a_long_text_leaves_room_for_the_end(character: str) -> None:
    entry = FilterEntry()
    set_entry_text(entry, character * 400)
    assert set(text_of(entry)) == {character}


def test_a_shorter_text_leaves_nothing_of_the_longer_one() -> None:
    entry = FilterEntry()
    for text in ("a long text", "another one", "x", "y"):
        set_entry_text(entry, text)
        assert text_of(entry) == text


def test_entries_are_those_in_use(bridge: Bridge, view: BridgeView) -> None:
    claim(bridge, 3)
    claim(bridge, 31).state = FilterState.CLOSED
    assert [index for index, _ in view.entries()] == [3, 31]


def test_options_are_read_between_two_even_numbers(entry: FilterEntry) -> None:
    entry.settings_version = 2
    entry.look = b"background=blur\nview=result"
    assert read_options(entry) == Options("auto", "AUTO", "background=blur\nview=result")
    entry.settings_version = 3
    assert read_options(entry) is None


def test_options_that_are_no_text_do_not_fail(entry: FilterEntry) -> None:
    entry.model = b"\xff\xfe"
    entry.look = b"image_path=/tmp/\xc3"  # cut within a character
    assert read_options(entry) == Options("\ufffd\ufffd", "AUTO", "image_path=/tmp/")


def test_detaching_frees_the_entries_of_filters_that_are_gone(bridge: Bridge, view: BridgeView) -> None:
    """Where no Python is attached no one else would free them."""
    claim(bridge).state = FilterState.CLOSED
    claim(bridge, 1)
    view.detach()
    assert [bridge.filters[index].state for index in (0, 1)] == [FilterState.UNUSED, FilterState.LIVE]


def test_closed_entries_are_freed_and_live_ones_are_not(bridge: Bridge, view: BridgeView) -> None:
    claim(bridge, 3).state = FilterState.CLOSED
    claim(bridge, 4)
    filters = view.filters()
    claim(bridge, 5).state = FilterState.CLOSED  # since then: what it had is still in use
    assert list(filters.present) == [(4, 1)]
    filters.give_back()
    assert [index for index, _ in view.entries()] == [4, 5]


def test_source_names_are_written_between_two_even_numbers_and_only_if_they_changed(
    bridge: Bridge, view: BridgeView
) -> None:
    view.set_source_names(["Cam", "Scene ä"])
    assert (bridge.source_names, bridge.source_names_version) == ("Cam\nScene ä\n".encode(), 2)
    view.set_source_names(["Cam", "Scene ä"])
    assert bridge.source_names_version == 2
    view.set_source_names([])
    assert (bridge.source_names, bridge.source_names_version) == (b"", 4)


def test_names_for_which_there_is_no_room_are_left_out_whole(bridge: Bridge, view: BridgeView) -> None:
    names = [f"{number:04} ä" * 20 for number in range(200)]
    view.set_source_names(names)
    listed = bridge.source_names.decode().splitlines()
    assert listed == names[: len(listed)]
    assert SOURCE_NAMES_BYTES - 200 < len(bridge.source_names) < SOURCE_NAMES_BYTES


def test_models_are_written_between_two_even_numbers_and_only_if_they_changed(
    bridge: Bridge, view: BridgeView
) -> None:
    rows = [
        ModelRow("both", "Both\tof  them", True, True, True),
        ModelRow("hair", "Haar ä", False, True, False),
        ModelRow("own", "", True, False, True),
    ]
    view.set_models(rows)
    text = "both\tmch\tBoth of them\nhair\tc\tHaar ä\nown\tmh\t\n"
    assert (bridge.model_list.decode(), bridge.model_list_version) == (text, 2)
    view.set_models(rows)
    assert bridge.model_list_version == 2
    view.set_models(rows[1:2])
    assert (bridge.model_list.decode(), bridge.model_list_version) == ("hair\tc\tHaar ä\n", 4)


def test_as_many_models_as_a_message_holds_fit(bridge: Bridge, view: BridgeView) -> None:
    rows = [ModelRow(f"{number:03}" + "i" * 60, "ä" * 63, True, True, True) for number in range(MAX_MODELS)]
    view.set_models(rows)
    assert len(bridge.model_list.decode().splitlines()) == MAX_MODELS


def test_waiting_for_renders_needs_no_end_of_those_that_begin_later(bridge: Bridge) -> None:
    view = BridgeView(ctypes.addressof(bridge))
    entry = bridge.filters[0]
    entry.state, entry.render_count = FilterState.LIVE, 1
    going = True

    def render_again_and_again() -> None:
        while going:
            entry.render_count += 2  # always odd when looked at, and never the same
            time.sleep(0.001)

    rendering = threading.Thread(target=render_again_and_again)
    rendering.start()
    assert view.wait_for_renders()
    going = False
    rendering.join()


def test_a_render_that_is_stuck_is_told(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("selfieseg_obs.bridge.RENDER_LIMIT_S", 0.05)
    bridge.filters[0].state, bridge.filters[0].render_count = FilterState.LIVE, 1
    assert not BridgeView(ctypes.addressof(bridge)).wait_for_renders()
