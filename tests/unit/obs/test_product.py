"""The order in which the two halves come and go."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.obs.conftest import FakeLibObs

from selfieseg_obs import helper as helper_module
from selfieseg_obs import product


class FakeHelper:
    def __init__(self, libobs: FakeLibObs, _lua_half: object) -> None:
        self._calls = libobs.calls

    def attach(self) -> None:
        self._calls.append("helper attaches")

    def start(self) -> None:
        self._calls.append("helper starts")

    def stop(self) -> None:
        self._calls.append("helper stops")

    def let_go_of_bridge(self) -> None:
        self._calls.append("helper lets go")


@pytest.fixture(autouse=True)
def world(libobs: FakeLibObs, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLibObs]:
    monkeypatch.setattr(product, "LibObs", lambda: libobs)
    monkeypatch.setattr(helper_module, "Helper", FakeHelper)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def loaded() -> None:
        libobs.bridge_text = "4096"

    libobs.when_loaded = loaded
    yield libobs
    product._running = None


def test_the_lua_half_comes_first_and_goes_before_its_memory(libobs: FakeLibObs, tmp_path: Path) -> None:
    product.load(tmp_path)
    product.unload()
    assert libobs.calls == [
        "create_script",
        "helper attaches",
        "helper starts",
        "helper stops",
        "destroy_script 77",
        "helper lets go",
    ]


def test_a_lua_half_that_is_there_already_is_used_and_left(libobs: FakeLibObs, tmp_path: Path) -> None:
    libobs.bridge_text = "4096"
    product.load(tmp_path)
    product.unload()
    assert libobs.calls == ["helper attaches", "helper starts", "helper stops", "helper lets go"]


def test_without_a_lua_half_the_helper_starts_all_the_same(libobs: FakeLibObs, tmp_path: Path) -> None:
    libobs.script_runs = False
    product.load(tmp_path)
    assert libobs.calls == ["create_script", "helper attaches", "helper starts"]
    assert "Lua" in libobs.logged[0]
    product.unload()
    assert libobs.calls[3:] == ["helper stops", "helper lets go"]


def test_unloading_twice_or_never_loaded_is_fine(libobs: FakeLibObs, tmp_path: Path) -> None:
    product.unload()
    product.load(tmp_path)
    product.unload()
    calls = list(libobs.calls)
    product.unload()
    assert libobs.calls == calls


def test_loading_twice_takes_the_first_down(libobs: FakeLibObs, tmp_path: Path) -> None:
    product.load(tmp_path)
    product.load(tmp_path)
    assert libobs.calls.count("helper starts") == 2
    assert libobs.calls.count("helper stops") == 1


def test_the_engines_contract_is_found_beside_the_plugin(tmp_path: Path) -> None:
    before = list(sys.path)
    product.load(tmp_path / "obs_plugin")
    assert sys.path == [*before, str(tmp_path / "engine")]
    product.unload()


def test_a_helper_that_cannot_be_made_leaves_the_lua_half_in_our_hands(
    libobs: FakeLibObs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise OSError("no socket pair")

    monkeypatch.setattr(helper_module, "Helper", broken)
    with pytest.raises(OSError, match="no socket pair"):
        product.load(tmp_path)
    product.unload()
    assert libobs.calls == ["create_script", "destroy_script 77"]


@pytest.mark.parametrize("step", ["attach", "start"])
def test_a_helper_that_cannot_be_started_leaves_the_lua_half_in_our_hands(
    libobs: FakeLibObs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def broken(_self: FakeHelper) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(FakeHelper, step, broken)
    with pytest.raises(RuntimeError, match="new thread"):
        product.load(tmp_path)
    product.unload()
    assert libobs.calls[-1] == "destroy_script 77"


def test_a_second_load_after_a_failed_one_takes_the_first_lua_half_down(
    libobs: FakeLibObs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(helper_module, "Helper", None)
        with pytest.raises(TypeError):
            product.load(tmp_path)
    libobs.bridge_text = None
    product.load(tmp_path)
    assert libobs.calls[:3] == ["create_script", "destroy_script 77", "create_script"]
