"""Sources and hotkeys of an OBS that is not there. Every reference is counted."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from selfieseg_obs.kept_keys import Binding
from selfieseg_obs.obs_hotkeys import ObsHotkeys
from selfieseg_obs.obs_sources import ObsSources

WEAK = 1_000_000  # a weak handle is the source's and this


@dataclass
class FakeSource:
    name: str
    video: bool = True
    removed: bool = False
    alive: bool = True
    enabled: bool = True
    showing: int = 0
    width: int = 1280
    kind: str = "color_source"
    children: list[int] = field(default_factory=list)
    filters: list[int] = field(default_factory=list)
    settings: dict[str, str | bool] = field(default_factory=dict)
    updates: list[dict[str, str | bool]] = field(default_factory=list)
    dialogues_renewed: int = 0


class FakeSources(ObsSources):
    """Handles are small numbers; ``strong`` and ``weak_refs`` count what was not given back."""

    def __init__(self) -> None:
        self.all: dict[int, FakeSource] = {}
        self.strong = 0
        self.weak_refs: dict[int, int] = {}
        self.creates = True
        self._numbers = itertools.count(1)

    def add(self, name: str, **changes: object) -> int:
        handle = next(self._numbers)
        self.all[handle] = FakeSource(name, **changes)  # type: ignore[arg-type]
        return handle

    def add_filter(self, source: int, name: str) -> int:
        handle = self.add(name, kind="selfie_segmentation")
        self.all[source].filters.append(handle)
        return handle

    def destroy(self, handle: int) -> None:
        self.all[handle].alive = False

    @contextlib.contextmanager
    def _found(self, handle: int | None) -> Iterator[int | None]:
        if handle is None:
            yield None
            return
        self.strong += 1
        yield handle
        self.strong -= 1

    @contextlib.contextmanager
    def named(self, name: str) -> Iterator[int | None]:
        found = (h for h, s in self.all.items() if s.name == name and s.alive and s.kind != "private")
        with self._found(next(found, None)) as handle:
            yield handle

    @contextlib.contextmanager
    def alive(self, weak: int) -> Iterator[int | None]:
        assert self.weak_refs.get(weak), "a weak reference that was given back"
        with self._found(weak - WEAK if self.all[weak - WEAK].alive else None) as handle:
            yield handle

    def release(self, source: int) -> None:
        self.strong -= 1
        self.destroy(source)

    def weak(self, source: int) -> int:
        weak = source + WEAK
        self.weak_refs[weak] = self.weak_refs.get(weak, 0) + 1
        return weak

    def release_weak(self, weak: int) -> None:
        self.weak_refs[weak] -= 1
        assert self.weak_refs[weak] >= 0

    def name(self, source: int) -> str:
        return self.all[source].name

    def is_removed(self, source: int) -> bool:
        return self.all[source].removed

    def has_video(self, source: int) -> bool:
        return self.all[source].video

    def width(self, source: int) -> int:
        return self.all[source].width

    def is_enabled(self, source: int) -> bool:
        return self.all[source].enabled

    def set_enabled(self, source: int, enabled: bool) -> None:
        self.all[source].enabled = enabled

    def renew_dialogue(self, source: int) -> None:
        self.all[source].dialogues_renewed += 1

    def begin_showing(self, source: int) -> None:
        self.all[source].showing += 1

    def end_showing(self, source: int) -> None:
        self.all[source].showing -= 1

    def update(self, source: int, settings: Mapping[str, str | bool]) -> None:
        self.all[source].updates.append(dict(settings))
        self.all[source].settings.update(settings)

    def setting(self, source: int, key: str) -> str | None:
        value = self.all[source].settings.get(key)
        return value if isinstance(value, str) and value else None

    def create_silent(self, kind: str, name: str, settings: Mapping[str, str | bool]) -> int | None:
        if not self.creates:
            return None
        assert kind == "ffmpeg_source"
        self.strong += 1
        return self.add(name, kind="private", settings=dict(settings), width=0)

    def call_for_each(self, callback: int, data: int) -> None:
        """Do what add_name of source_walks.lua does."""
        assert callback == 1002
        used = ctypes.c_uint32.from_address(data + 4)
        for source in self.all.values():
            if source.video and source.alive and not source.removed and source.kind == "color_source":
                line = source.name.encode() + b"\n"
                ctypes.memmove(data + 8 + used.value, line, len(line))
                used.value += len(line)

    def call_for_tree(self, source: int, callback: int, data: int) -> None:
        """Do what look_for of source_walks.lua does."""
        assert callback == 1003
        wanted = ctypes.c_uint64.from_address(data).value
        for child in self.all[source].children:
            if child == wanted:
                ctypes.c_uint32.from_address(data + 8).value = 1
            self.call_for_tree(child, callback, data)

    def call_for_filters(self, source: int, callback: int, data: int) -> None:
        """Do what take_filter of source_walks.lua does; a filter's address is its handle."""
        assert callback == 1004
        wanted = ctypes.c_uint64.from_address(data).value
        if wanted in self.all[source].filters:
            ctypes.c_uint64.from_address(data + 8).value = self.weak(wanted)

    def given_back(self) -> bool:
        return self.strong == 0 and not any(self.weak_refs.values())


@dataclass
class FakeHotkey:
    source: int
    name: str
    description: str
    counter: int
    bindings: list[Binding] = field(default_factory=list)

    def press(self) -> None:
        """Do what hotkeys.lua does."""
        ctypes.c_uint32.from_address(self.counter).value += 1


class FakeHotkeys(ObsHotkeys):
    def __init__(self) -> None:
        self.all: dict[int, FakeHotkey] = {}
        self.refuses = False
        self.saved: dict[tuple[int, str], list[Binding]] = {}  # by source and name
        self._numbers = itertools.count(1)

    def register(self, source: int, name: str, description: str, callback: int, data: int) -> int | None:
        assert callback == 1001
        if self.refuses:
            return None
        number = next(self._numbers)
        self.all[number] = FakeHotkey(source, name, description, data, self.saved.get((source, name), []))
        return number

    def save(self) -> None:
        """Do what OBS does: what is not registered is forgotten."""
        self.saved = {(each.source, each.name): each.bindings for each in self.all.values()}

    def bindings(self, number: int) -> list[Binding] | None:
        return list(self.all[number].bindings) if number in self.all else None

    def bind(self, number: int, bindings: list[Binding]) -> None:
        self.all[number].bindings = list(bindings)

    def unregister(self, number: int) -> None:
        self.all.pop(number, None)  # it may have gone with its source

    def named(self, name: str) -> FakeHotkey:
        return next(each for each in self.all.values() if each.name == f"selfie_segmentation.{name}")
