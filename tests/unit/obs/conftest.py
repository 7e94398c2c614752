"""A libobs that records, a bridge in plain memory, folders of the test's own."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from tests.unit.obs.fake_sources import FakeHotkeys, FakeSources

from selfieseg_obs import chosen_file
from selfieseg_obs.bridge import BridgeView
from selfieseg_obs.filter_session import FilterSession
from selfieseg_obs.libobs import LibObs
from selfieseg_obs.options import Options
from selfieseg_obs.ring_host import RingHost
from selfieseg_wire.messages import Error, Opened
from selfieseg_wire.structs import (
    BRIDGE_MAGIC,
    MAX_FILTERS,
    STRUCTS_VERSION,
    Bridge,
    FilterEntry,
    FilterState,
    Owner,
)

LUA_HALF_NAME = "selfie_segmentation.lua"
# What the small scripts tell, as hotkeys.lua and source_walks.lua do.
SCRIPT_SETTINGS = {
    "hotkeys.lua": {"count_press": "1001"},
    "source_walks.lua": {"add_name": "1002", "look_for": "1003", "take_filter": "1004"},
}
OPTIONS = Options("auto", "AUTO", "")


class FakeLibObs(LibObs):
    """Remembers what was asked of it; ``calls`` holds everything in order."""

    sources: FakeSources
    hotkeys: FakeHotkeys

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.logged: list[str] = []
        self.freed: list[int] = []
        self.now_ns = 1_000_000_000
        self.bridge_text: str | None = None
        self.script_runs = True
        self.small_scripts_run = True
        self.language = "en-US"
        self.sources = FakeSources()
        self.hotkeys = FakeHotkeys()
        self.small_scripts: dict[int, str] = {}
        self.when_loaded: Callable[[], None] = lambda: None

    def log(self, level: int, text: str) -> None:
        self.logged.append(text)

    def gettime_ns(self) -> int:
        return self.now_ns

    def source_default(self, source_id: str, key: str) -> str | None:
        assert (source_id, key) == ("selfie_segmentation", "selfieseg_bridge")
        return self.bridge_text

    def locale(self) -> str:
        return self.language

    def create_script(self, path: str, settings: Mapping[str, str | bool] | None = None) -> int | None:
        name = Path(path).name
        if name != LUA_HALF_NAME:
            return self._create_small_script(name)
        self.calls.append("create_script")
        if not self.script_runs:
            return None
        self.when_loaded()
        return 77

    def _create_small_script(self, name: str) -> int | None:
        if not self.small_scripts_run:
            return None
        script = 100 + len(self.small_scripts)
        self.small_scripts[script] = name
        return script

    def script_setting(self, script: int, key: str) -> str | None:
        return SCRIPT_SETTINGS[self.small_scripts[script]].get(key)

    def destroy_script(self, script: int) -> None:
        if script in self.small_scripts:
            del self.small_scripts[script]
            return
        self.calls.append(f"destroy_script {script}")

    def free(self, address: int) -> None:
        self.calls.append("free")
        self.freed.append(address)


@pytest.fixture
def libobs() -> FakeLibObs:
    return FakeLibObs()


@pytest.fixture
def bridge() -> Bridge:
    """A bridge as the Lua half makes it; keep it alive while its address is used."""
    data = Bridge()
    data.magic, data.version, data.size = BRIDGE_MAGIC, STRUCTS_VERSION, ctypes.sizeof(Bridge)
    data.filter_count, data.bell = MAX_FILTERS, -1
    return data


@pytest.fixture
def view(bridge: Bridge) -> BridgeView:
    return BridgeView(ctypes.addressof(bridge))


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder; the run folder lies beside it."""
    monkeypatch.setenv("SELFIESEG_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SELFIESEG_RUN_DIR", str(tmp_path / "run"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at files without a thread; test_chosen_file.py has the threads."""
    monkeypatch.setattr(chosen_file, "start_thread", lambda work: work())


def claim(bridge: Bridge, index: int = 0, name: bytes = b"Camera", *, shown: bool = True) -> FilterEntry:
    """Do what the Lua half does for a new filter, and for its first picture if it is ``shown``."""
    entry: FilterEntry = bridge.filters[index]
    generation = entry.generation + 1
    ctypes.memset(ctypes.addressof(entry), 0, ctypes.sizeof(FilterEntry))
    entry.generation, entry.state = generation, FilterState.LIVE
    entry.model, entry.device = b"auto", b"AUTO"
    if shown:
        entry.source_name, entry.frames, entry.last_render_ns = name, 1, 1
        entry.filter_name, entry.frame_width, entry.frame_height = b"Selfie", 1280, 720
    return entry


@pytest.fixture
def entry(bridge: Bridge) -> FilterEntry:
    return claim(bridge)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[RingHost]:
    made = RingHost(tmp_path / "run")
    yield made
    made.close()


@pytest.fixture
def session(entry: FilterEntry, host: RingHost) -> FilterSession:
    """An open session."""
    made = FilterSession(entry, host, OPTIONS)
    made.open(Opened(made.number, model="m", device="CPU", work_width=256, work_height=144))
    return made


def refusal(code: str = "model_missing", session: int = 1) -> Error:
    return Error(session, code, "No such model.", "Choose another one.")


def put_frame(host: RingHost, index: int, seq: int) -> None:
    """Do what the Lua half does with a work frame."""
    slot = host.ring.slot(index)
    slot.frame_seq_begin = slot.frame_seq_end = seq
    slot.frame_width, slot.frame_height, slot.frame_stride, slot.frame_format = 256, 144, 1024, 1
    slot.frame_t_ns = seq * 1000
    slot.owner = Owner.FRAME
