"""The Python half as a whole: brought up and taken down by the script's hooks (UI thread)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from selfieseg_obs.libobs import LOG_ERROR, LibObs
from selfieseg_obs.lua_half import LuaHalf, LuaHalfError
from selfieseg_obs.words import choose_language

if TYPE_CHECKING:
    from selfieseg_obs.helper import Helper

_running: tuple[LuaHalf, Helper | None] | None = None


def load(plugin_dir: Path) -> None:
    """Bring up the Lua half first: from then on the filter exists and hides the room, whatever fails."""
    global _running
    if _running is not None:
        unload()
    libobs = LibObs()
    choose_language(libobs.locale())
    lua_half = LuaHalf(libobs, plugin_dir)
    _running = (lua_half, None)  # ours to take down, whatever fails from here on
    try:
        lua_half.ensure()
    except LuaHalfError as error:
        libobs.log(LOG_ERROR, str(error))
    engine_code = str(plugin_dir.parent / "engine")
    if engine_code not in sys.path:
        sys.path.append(engine_code)
    from selfieseg_obs.helper import Helper  # only now can selfieseg_wire be imported

    helper = Helper(libobs, lua_half)
    helper.attach()
    helper.start()
    _running = (lua_half, helper)


def unload() -> None:
    """Take everything down; OBS is as before."""
    global _running
    if _running is None:
        return
    lua_half, helper = _running
    _running = None
    if helper is not None:
        helper.stop()
    lua_half.unload()
    if helper is not None:
        helper.let_go_of_bridge()
