"""Whether an OBS is running that uses the configuration we are about to change. Reads only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from selfieseg_setup import obs_config
from selfieseg_setup.locate_obs import ObsInstall

_BINARY_NAMES = frozenset({"obs", "obs-studio"})


def is_running(obs: ObsInstall, platform: str = sys.platform, proc: Path = Path("/proc")) -> bool:
    """Whether ``obs`` runs now. On Linux an OBS with another configuration does not count."""
    if platform == "win32":
        answer = _output_of(["tasklist", "/FI", "IMAGENAME eq obs64.exe", "/NH"])
        return "obs64.exe" in answer.casefold()
    if platform == "darwin":
        return bool(_output_of(["pgrep", "-x", "OBS"]).strip())
    return any(_uses_configuration(process, obs.config_base) for process in _processes(proc))


def _processes(proc: Path) -> list[Path]:
    found = []
    for comm in proc.glob("[0-9]*/comm"):
        try:
            if comm.read_text().strip() in _BINARY_NAMES:
                found.append(comm.parent)
        except OSError:  # it ended while we looked
            continue
    return found


def _uses_configuration(process: Path, config_base: Path) -> bool:
    try:
        raw = (process / "environ").read_bytes()
    except PermissionError:
        return False  # another user's, who has another configuration
    except OSError:  # it ended while we looked
        return False
    entries = (part.partition("=") for part in raw.decode(errors="surrogateescape").split("\0") if part)
    environment = {name: value for name, _, value in entries}
    return obs_config.config_base("linux", environment) == config_base


def _output_of(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
