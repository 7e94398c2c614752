"""C functions that libobs may call with its locks held: FFI callbacks of small Lua scripts.

The helper thread only.
"""

from __future__ import annotations

from pathlib import Path

from selfieseg_obs.libobs import LOG_WARNING, LibObs

FOLDER = Path(__file__).resolve().parents[1] / "filter"


class LuaCallbacks:
    """A loaded script that has told the addresses of its callbacks; empty where it did not run."""

    def __init__(self, libobs: LibObs, file_name: str, names: tuple[str, ...]) -> None:
        """Load it; a script that does not run is told in OBS's log, and then no callback is there."""
        self._libobs = libobs
        self._script = libobs.create_script((FOLDER / file_name).as_posix())
        self._addresses: dict[str, int] = {}
        for name in names if self._script is not None else ():
            assert self._script is not None
            text = libobs.script_setting(self._script, name)
            if text:
                self._addresses[name] = int(text)
        if len(self._addresses) != len(names):
            libobs.log(LOG_WARNING, f"{file_name} does not load: what it is for is not available")
            self._addresses.clear()

    def address(self, name: str) -> int | None:
        """Return the address of a callback, None where the script does not run."""
        return self._addresses.get(name)

    def unload(self) -> None:
        """Unload the script; nothing may call its functions any more."""
        self._addresses.clear()
        if self._script is not None:
            self._libobs.destroy_script(self._script)
            self._script = None
