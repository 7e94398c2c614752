"""An OBS source that the Lua half draws behind the person: held weakly, shown, and taken back safely.

The helper thread only.
"""

from __future__ import annotations

from selfieseg_obs.bridge import BridgeView
from selfieseg_obs.obs_sources import ObsSources
from selfieseg_wire.structs import FilterEntry


class PublishedSource:
    """The place in a filter's entry where the background's source is told; none or one is there."""

    def __init__(self, sources: ObsSources, bridge: BridgeView, entry: FilterEntry) -> None:
        self._sources = sources
        self._bridge = bridge
        self._entry = entry
        self.weak: int | None = None

    def publish(self, source: int) -> None:
        """Let the Lua half draw ``source``; take the one before back first."""
        assert self.weak is None
        self.weak = self._sources.weak(source)
        self._sources.begin_showing(source)
        self._tell(self.weak)

    def take_back(self) -> None:
        """Take it from the Lua half, and wait until no render uses it."""
        weak, self.weak = self.weak, None
        if weak is None:
            return
        self._tell(0)
        renders_have_ended = self._bridge.wait_for_renders()
        with self._sources.alive(weak) as source:
            if source is not None:
                self._sources.end_showing(source)
        if renders_have_ended:  # else a render is stuck, and may yet use it: better a few bytes too many
            self._sources.release_weak(weak)

    def _tell(self, weak: int) -> None:
        self._entry.background_source = weak
        self._entry.background_generation += 1
