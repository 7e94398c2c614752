from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.obs.conftest import FakeLibObs

from selfieseg_obs.lua_half import LUA_HALF, LuaHalf, LuaHalfError

PLUGIN = Path(__file__).parents[3] / "obs_plugin"


def test_the_script_is_where_it_is_looked_for() -> None:
    assert (PLUGIN / LUA_HALF).is_file()


def test_it_is_loaded_once(libobs: FakeLibObs) -> None:
    half = LuaHalf(libobs, PLUGIN)

    def loaded() -> None:
        libobs.bridge_text = "4096"

    libobs.when_loaded = loaded
    assert [half.ensure(), half.ensure()] == [4096, 4096]
    assert libobs.calls == ["create_script"]


def test_one_that_runs_but_registers_nothing_is_an_error_and_is_replaced(libobs: FakeLibObs) -> None:
    half = LuaHalf(libobs, PLUGIN)
    for _ in range(2):
        with pytest.raises(LuaHalfError, match="does not load"):
            half.ensure()
    assert libobs.calls == ["create_script", "destroy_script 77", "create_script"]


def test_unloading_twice_is_fine(libobs: FakeLibObs) -> None:
    half = LuaHalf(libobs, PLUGIN)
    with pytest.raises(LuaHalfError):
        half.ensure()
    half.unload()
    half.unload()
    assert libobs.calls == ["create_script", "destroy_script 77"]


def test_the_stand_in_of_broken_files_is_left_alone_and_told(libobs: FakeLibObs) -> None:
    """It hides the room; loading it again can only fail again, and opens OBS's script log each time."""
    half = LuaHalf(libobs, PLUGIN)

    def loaded() -> None:
        libobs.bridge_text = "none"

    libobs.when_loaded = loaded
    for _ in range(3):
        with pytest.raises(LuaHalfError, match=r"install\.py"):
            half.ensure()
    assert libobs.calls == ["create_script"]
