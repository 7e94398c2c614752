"""The Python half's view of the bridge (structs.h, ss_bridge). One thread at a time; no locks.

Reads may see a value of the frame before: nothing here needs better. Standard library only.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from selfieseg_obs.options import Options
from selfieseg_obs.words import say
from selfieseg_wire.structs import (
    BRIDGE_MAGIC,
    MAX_FILTERS,
    MODEL_LIST_BYTES,
    SOURCE_NAMES_BYTES,
    STRUCTS_VERSION,
    TEXT_BYTES,
    Bridge,
    FilterEntry,
    FilterState,
)

if TYPE_CHECKING:
    from selfieseg_wire.messages import ModelRow

# Far longer than a write takes to be seen by another processor, on any of them.
VISIBLE_AFTER_S = 0.01
RENDER_LIMIT_S = 2.0

FilterKey: TypeAlias = tuple[int, int]  # index and generation of an entry


@dataclass(frozen=True)
class FilterRound:
    """The filters as they were at one moment.

    Attributes:
        present: those that live.
        closed: entries of those that have gone; theirs to be given back once nothing of them is in use.
    """

    present: dict[FilterKey, FilterEntry]
    closed: list[FilterEntry]

    def give_back(self) -> None:
        """Free the entries of filters that were gone; not of those that have gone since."""
        for entry in self.closed:
            entry.state = FilterState.UNUSED


class BridgeError(RuntimeError):
    """The Lua half is of another version than this Python half."""


class BridgeView:
    """The bridge at an address that the Lua half gave."""

    def __init__(self, address: int) -> None:
        """Attach: from now on this side frees the bridge, once it is closed.

        Raises:
            BridgeError: it is of another version.
        """
        data = Bridge.from_address(address)
        found = (data.magic, data.version, data.size, data.filter_count)
        if found != (BRIDGE_MAGIC, STRUCTS_VERSION, ctypes.sizeof(Bridge), MAX_FILTERS):
            raise BridgeError(say("python.trouble.versions"))
        self.address = address
        self._data = data
        data.python_attached = 1

    @property
    def closed(self) -> bool:
        """Whether the Lua half has gone."""
        return bool(self._data.closed)

    def beat(self, now_ns: int) -> None:
        """Show that the helper thread is alive."""
        self._data.python_beat_ns = now_ns

    def set_bell(self, descriptor: int) -> None:
        """Publish the socket that wakes the helper thread, -1 for none."""
        self._data.bell = descriptor

    def set_text(self, text: str) -> None:
        """Say what keeps everything from working; empty while nothing does."""
        _set_text(self._data, text)

    def entries(self) -> Iterator[tuple[int, FilterEntry]]:
        """Yield index and entry of every filter, live or closed."""
        for index in range(MAX_FILTERS):
            entry = self._data.filters[index]
            if entry.state != FilterState.UNUSED:
                yield index, entry

    def filters(self) -> FilterRound:
        """Return who is there now."""
        entries = list(self.entries())
        return FilterRound(
            present={(i, entry.generation): entry for i, entry in entries if entry.state == FilterState.LIVE},
            closed=[entry for _, entry in entries if entry.state == FilterState.CLOSED],
        )

    def set_source_names(self, names: list[str]) -> None:
        """Publish the names of the sources that can be a background, as many as there is room for."""
        raw = _lines(names, SOURCE_NAMES_BYTES)
        if raw == self._data.source_names:
            return
        self._data.source_names_version += 1  # odd: being written
        self._data.source_names = raw
        self._data.source_names_version += 1

    def set_models(self, rows: Iterable[ModelRow]) -> None:
        """Publish which models there are, as many as there is room for; it stays when the engine goes."""
        raw = _lines(map(_model_line, rows), MODEL_LIST_BYTES)
        if raw == self._data.model_list:
            return
        self._data.model_list_version += 1  # odd: being written
        self._data.model_list = raw
        self._data.model_list_version += 1

    @property
    def model_list_version(self) -> int:
        """Changes with the list of models."""
        return int(self._data.model_list_version)

    def wait_for_renders(self) -> bool:
        """Wait until every render that is under way has ended; False where one does not within seconds.

        What was unpublished before is then in nobody's hands: renders that begin later do not find it. Takes
        no lock of OBS, see structs.h.
        """
        time.sleep(VISIBLE_AFTER_S)
        under_way = {index: entry.render_count for index, entry in self.entries() if entry.render_count % 2}
        deadline = time.monotonic() + RENDER_LIMIT_S
        while under_way:
            now = {index: entry.render_count for index, entry in self.entries()}
            under_way = {index: count for index, count in under_way.items() if now.get(index) == count}
            if under_way and time.monotonic() > deadline:
                return False
            time.sleep(VISIBLE_AFTER_S if under_way else 0)
        return True

    def detach(self) -> None:
        """Leave the bridge to the Lua half."""
        self.set_bell(-1)
        self.filters().give_back()
        self._data.python_attached = 0


def set_entry_text(entry: FilterEntry, text: str) -> None:
    """Say how one filter is doing."""
    _set_text(entry, text)


def read_options(entry: FilterEntry) -> Options | None:
    """Return what the user chose; None while it is being written."""
    version = entry.settings_version
    options = Options(
        model=entry.model.decode(errors="replace"),
        device=entry.device.decode(errors="replace"),
        look=entry.look.decode(errors="ignore"),  # never longer than it was: a message has to hold it
    )
    return None if version % 2 or version != entry.settings_version else options


def _lines(texts: Iterable[str], room: int) -> bytes:
    """Return the texts, one a line; from the first that does not fit on they are left out."""
    raw = b""
    for text in texts:
        line = text.encode() + b"\n"
        if len(raw) + len(line) >= room:
            break
        raw += line
    return raw


def _model_line(row: ModelRow) -> str:
    facts = "m" * row.gives_matte + "c" * row.gives_classes + "h" * row.at_hand
    return "\t".join((row.id, facts, " ".join(row.title.split())))


def _set_text(holder: Bridge | FilterEntry, text: str) -> None:
    raw = text.encode()[: TEXT_BYTES - 1].decode(errors="ignore").encode()
    current = holder.text_index % 2
    if bytes(holder.text[current].value) == raw:
        return
    holder.text[1 - current].value = raw
    holder.text_index = 1 - current
