"""Bring up the Lua half and find the memory that it shares with us. Standard library only; any thread."""

from __future__ import annotations

from pathlib import Path

from selfieseg_obs.libobs import LibObs
from selfieseg_obs.words import say

FILTER_ID = "selfie_segmentation"
BRIDGE_KEY = "selfieseg_bridge"  # a default setting of the filter: bridge.lua, ADDRESS_KEY
STAND_IN = "none"  # instead of an address: the filter that only hides, because its files cannot be loaded
LUA_HALF = Path("filter") / "selfie_segmentation.lua"


class LuaHalfError(RuntimeError):
    """The Lua half does not run in this OBS."""


class LuaHalf:
    """The Lua script that registers and draws the filter; ours, or one that the user has listed in OBS."""

    def __init__(self, libobs: LibObs, plugin_dir: Path) -> None:
        self._libobs = libobs
        self._path = plugin_dir / LUA_HALF
        self._script: int | None = None

    def bridge_address(self) -> int | None:
        """Return where the bridge of the registered filter is, None while no Lua half is loaded.

        Raises:
            LuaHalfError: a filter is registered that only hides: loading it again can only fail again.
        """
        text = self._libobs.source_default(FILTER_ID, BRIDGE_KEY)
        if text == STAND_IN:
            raise LuaHalfError(say("python.trouble.lua_files", path=self._path))
        return int(text) if text else None

    def ensure(self) -> int:
        """Load the Lua half unless one is there already; return the address of its bridge.

        Raises:
            LuaHalfError: OBS has no Lua, or the script failed (OBS's log says how).
        """
        address = self.bridge_address()
        if address is None:
            self.unload()
            self._script = self._libobs.create_script(self._path.as_posix())
            address = self.bridge_address() if self._script else None
        if address is None:
            raise LuaHalfError(say("python.trouble.lua_missing", path=self._path))
        return address

    def unload(self) -> None:
        """Unload the Lua half, if it is ours."""
        if self._script is not None:
            self._libobs.destroy_script(self._script)
            self._script = None
