"""Finds OBS: its binary, version, the Python it embeds, whether Lua scripting is there. Changes nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from selfieseg_setup import ini_text, obs_config
from selfieseg_setup.console import SetupError

OLDEST_VERSION = (28, 0)
# What OBS can load at run time on Windows and macOS; see obs-scripting-python-import.c of 32.2.2.
NEWEST_LOADABLE_MINOR = 12
OLDEST_LOADABLE_MINOR = 10  # the oldest that this product runs on
FLATPAK_ID = "com.obsproject.Studio"

_LIBRARY_FOLDERS = ("lib", "lib64", "local/lib", "local/lib64")
_LINKED_PYTHON = re.compile(rb"libpython3\.(\d+)[a-z]*\.so")
_LINKED_LUA = re.compile(rb"libluajit|liblua5")


@dataclass(frozen=True)
class ObsInstall:
    """One OBS on this machine."""

    binary: Path
    version: tuple[int, ...]
    config_base: Path
    python_minor: int | None
    has_lua: bool
    python_is_chosen_at_run_time: bool

    @property
    def version_text(self) -> str:
        """The version as people write it."""
        return ".".join(map(str, self.version))

    @property
    def user_config(self) -> obs_config.ObsUserConfig:
        """Where this OBS keeps the user's settings."""
        return obs_config.user_config(self.config_base, self.version)


@dataclass(frozen=True)
class Machine:
    """Where to look; tests give another root, platform and environment."""

    platform: str = sys.platform
    root: Path = Path("/")
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)


def find(machine: Machine | None = None) -> ObsInstall | None:
    """Return the OBS that the user starts, or None.

    Raises:
        SetupError: there is one, but its scripts cannot work with us.
    """
    machine = machine or Machine()
    finders = {"win32": _find_on_windows, "darwin": _find_on_macos}
    found = finders.get(machine.platform, _find_on_linux)(machine)
    if found is not None:
        _check_usable(found)
    return found


def flatpak_only(machine: Machine | None = None) -> bool:
    """Whether OBS is here only as a Flatpak, whose sandbox has a Python and a file system of its own."""
    machine = machine or Machine()
    home = Path(machine.environment.get("HOME") or Path.home())
    folders = (machine.root / "var/lib/flatpak/app", home / ".local/share/flatpak/app")
    return any((folder / FLATPAK_ID).exists() for folder in folders)


def parse_version(text: str) -> tuple[int, ...]:
    """Return the first three numbers of a version in ``text``; empty where there is none."""
    match = re.search(r"\d+(?:\.\d+)+", text)
    return tuple(int(part) for part in match.group().split(".")[:3]) if match else ()


def loadable_python_minor(folder: Path, platform: str) -> int | None:
    """Return the minor version of the Python that OBS loads from ``folder``: the newest there."""
    for minor in range(NEWEST_LOADABLE_MINOR, OLDEST_LOADABLE_MINOR - 1, -1):
        name = f"Python.framework/Versions/3.{minor}/lib/libpython3.{minor}.dylib"
        if platform == "win32":
            name = f"python3{minor}.dll"
        if (folder / name).exists():
            return minor
    return None


def _find_on_linux(machine: Machine) -> ObsInstall | None:
    binary = _which_obs(machine)
    if binary is None:
        return None
    library = next(_scripting_libraries(machine.root, binary), None)
    linked = library.read_bytes() if library else b""
    python = _LINKED_PYTHON.search(linked)
    return ObsInstall(
        binary=binary,
        version=_ask_version(binary),
        config_base=obs_config.config_base(machine.platform, machine.environment),
        python_minor=int(python.group(1)) if python else None,
        has_lua=bool(_LINKED_LUA.search(linked)),
        python_is_chosen_at_run_time=False,
    )


def _which_obs(machine: Machine) -> Path | None:
    found = shutil.which("obs", path=machine.environment.get("PATH"))
    return Path(found) if found else None


def _scripting_libraries(root: Path, binary: Path) -> Iterator[Path]:
    # Beside the binary first: an OBS built by the user may stand beside the distribution's.
    prefix = binary.resolve().parent.parent
    bases = [prefix / "lib", prefix / "lib64", *(root / "usr" / folder for folder in _LIBRARY_FOLDERS)]
    for base in bases:
        yield from sorted(base.glob("libobs-scripting.so*"))
        yield from sorted(base.glob("*/libobs-scripting.so*"))


def _ask_version(binary: Path) -> tuple[int, ...]:
    # Even for this OBS makes its configuration folder: not in the user's home, which we only look at.
    with tempfile.TemporaryDirectory() as home:
        try:
            answer = subprocess.run(
                [binary, "--version"],
                env=os.environ | {"HOME": home, "XDG_CONFIG_HOME": home},
                capture_output=True,
                text=True,
                timeout=30,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise SetupError(
                "OBS does not start", f"'{binary} --version' failed ({error})", "reinstall OBS"
            ) from error
    return parse_version(answer.stdout)


def _find_on_windows(machine: Machine) -> ObsInstall | None:
    for variable in ("ProgramW6432", "ProgramFiles"):
        folder = machine.environment.get(variable)
        binary = Path(folder) / "obs-studio" / "bin" / "64bit" / "obs64.exe" if folder else None
        if binary is not None and binary.exists():
            scripting = binary.parent.parent.parent / "data" / "obs-scripting" / "64bit"
            return _run_time_linked(machine, binary, (scripting / "obslua.dll").exists())
    return None


def _find_on_macos(machine: Machine) -> ObsInstall | None:
    home = Path(machine.environment.get("HOME") or Path.home())
    for folder in (machine.root / "Applications", home / "Applications"):
        contents = folder / "OBS.app" / "Contents"
        if (contents / "MacOS" / "OBS").exists():
            has_lua = any(contents.rglob("obslua.so"))
            return _run_time_linked(machine, contents / "MacOS" / "OBS", has_lua)
    return None


def _run_time_linked(machine: Machine, binary: Path, has_lua: bool) -> ObsInstall:
    """Describe an OBS that loads its Python from the folder named in its configuration."""
    base = obs_config.config_base(machine.platform, machine.environment)
    version = _recorded_version(base)
    settings = obs_config.user_config(base, version).settings_text()
    folder = ini_text.get_value(settings, "Python", "Path64bit")
    minor = loadable_python_minor(Path(folder), machine.platform) if folder else None
    return ObsInstall(binary, version, base, minor, has_lua, python_is_chosen_at_run_time=True)


def _recorded_version(base: Path) -> tuple[int, ...]:
    """Return the version that last ran: these platforms' binaries do not answer on a console."""
    global_ini = base / "obs-studio" / "global.ini"
    if not global_ini.exists():
        return ()
    recorded = ini_text.get_value(global_ini.read_bytes().decode("utf-8"), "General", "LastVersion")
    if recorded is None or not recorded.isdecimal():
        return ()
    packed = int(recorded)
    return packed >> 24, packed >> 16 & 0xFF, packed & 0xFFFF


def _check_usable(obs: ObsInstall) -> None:
    if obs.version and obs.version < OLDEST_VERSION:
        raise SetupError(
            f"OBS {obs.version_text} is too old",
            "the filter needs OBS 28 or newer",
            "update OBS and run this again",
        )
    if not obs.has_lua:
        raise SetupError(
            f"OBS at {obs.binary} cannot run the filter",
            "it was built without Lua scripting",
            "install OBS from obsproject.com or your distribution's obs-studio package",
        )
    if obs.python_minor is None and not obs.python_is_chosen_at_run_time:
        raise SetupError(
            f"OBS at {obs.binary} cannot run the script",
            "it was built without Python scripting",
            "install OBS from obsproject.com or your distribution's obs-studio package",
        )
