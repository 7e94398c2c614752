from __future__ import annotations

import pytest
from tests.unit.obs.fake_sources import WEAK, FakeSources

from selfieseg_obs.filter_handles import FilterHandle, FilterHandles
from selfieseg_wire.structs import FilterEntry

KEY = (0, 1)


@pytest.fixture
def sources() -> FakeSources:
    made = FakeSources()
    made.add_filter(made.add("Camera"), "Selfie")
    return made


def test_a_filter_is_found_by_its_names_once_and_keeps_through_renames(
    sources: FakeSources, entry: FilterEntry
) -> None:
    handles = FilterHandles(sources)
    assert handles.find(KEY, entry) == FilterHandle(1 + WEAK, 2 + WEAK)
    sources.all[1].name = "Other"
    assert handles.find(KEY, entry) == FilterHandle(1 + WEAK, 2 + WEAK)
    handles.forget(KEY)
    handles.forget(KEY)
    assert sources.given_back()


@pytest.mark.parametrize("field", ["source_name", "filter_name"])
@pytest.mark.parametrize("name", [b"", b"Nobody"])
def test_who_is_not_known_is_looked_for_again(
    sources: FakeSources, entry: FilterEntry, field: str, name: bytes
) -> None:
    handles = FilterHandles(sources)
    right = getattr(entry, field)
    setattr(entry, field, name)
    assert handles.find(KEY, entry) is None
    assert sources.given_back()
    setattr(entry, field, right)
    assert handles.find(KEY, entry) is not None


def test_before_it_was_drawn_nothing_is_known(sources: FakeSources, entry: FilterEntry) -> None:
    entry.frames = 0
    assert FilterHandles(sources).find(KEY, entry) is None
