from __future__ import annotations

import pytest
from tests.unit.obs.conftest import FakeLibObs
from tests.unit.obs.fake_sources import WEAK, FakeSources

from selfieseg_obs.filter_handles import LONGEST_LOOK_SECONDS, LOOK_SECONDS, FilterHandles
from selfieseg_obs.source_walks import FilterHandle, SourceWalks
from selfieseg_wire.structs import FilterEntry

KEY = (0, 1)


@pytest.fixture
def sources(libobs: FakeLibObs) -> FakeSources:
    libobs.sources.add("Another")
    return libobs.sources


@pytest.fixture
def handles(libobs: FakeLibObs) -> FilterHandles:
    return FilterHandles(libobs.sources, SourceWalks(libobs))


def test_a_filter_is_found_by_its_address_once_and_kept_through_renames(
    sources: FakeSources, handles: FilterHandles, entry: FilterEntry
) -> None:
    camera = sources.add("Camera")
    entry.filter = sources.add_filter(camera, "Selfie")
    expected = FilterHandle(camera + WEAK, entry.filter + WEAK)
    assert handles.find(KEY, entry, 0.0) == expected
    sources.all[camera].name = "Other"
    assert handles.find(KEY, entry, 9.0) == expected
    handles.forget(KEY)
    handles.forget(KEY)
    assert sources.given_back()


def test_of_two_with_one_name_the_right_one_is_found(
    sources: FakeSources, handles: FilterHandles, entry: FilterEntry
) -> None:
    first, second = sources.add("First"), sources.add("Second")
    sources.add_filter(first, "Selfie Segmentation")
    entry.filter = sources.add_filter(second, "Selfie Segmentation")
    found = handles.find(KEY, entry, 0.0)
    assert found is not None
    assert found.parent == second + WEAK


def test_one_that_was_never_shown_is_found(
    sources: FakeSources, handles: FilterHandles, entry: FilterEntry
) -> None:
    """Its panic key must work before the first frame, and a key that is not registered is not saved."""
    entry.frames = 0
    entry.source_name = entry.filter_name = b""
    entry.filter = sources.add_filter(sources.add("Camera"), "Selfie")
    assert handles.find(KEY, entry, 0.0) is not None


def test_who_is_not_there_is_looked_for_now_and_then(
    sources: FakeSources, handles: FilterHandles, entry: FilterEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = sources.add("Camera")
    entry.filter = sources.add("Selfie", kind="selfie_segmentation")  # not on the camera yet
    assert handles.find(KEY, entry, 0.0) is None
    sources.all[camera].filters.append(entry.filter)
    assert handles.find(KEY, entry, LOOK_SECONDS / 2) is None
    assert handles.find(KEY, entry, LOOK_SECONDS) is not None


def test_who_is_never_there_is_looked_for_ever_more_rarely(
    sources: FakeSources, handles: FilterHandles, entry: FilterEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on the copy of a scene that studio mode shows."""
    entry.filter = sources.add("Selfie", kind="selfie_segmentation")
    looks: list[int] = []
    monkeypatch.setattr(sources, "call_for_each", lambda *_: looks.append(1))
    for number in range(int(60 / LOOK_SECONDS)):
        handles.find(KEY, entry, number * LOOK_SECONDS)
    assert 60 / LONGEST_LOOK_SECONDS <= len(looks) <= 60 / LONGEST_LOOK_SECONDS + 5


def test_an_entry_that_is_being_made_is_nobodys(handles: FilterHandles, entry: FilterEntry) -> None:
    assert entry.filter == 0
    assert handles.find(KEY, entry, 0.0) is None
