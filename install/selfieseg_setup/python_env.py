"""Finds a Python of the wanted minor version, makes ``.venv`` with it. Standard library only."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from selfieseg_setup import system_packages
from selfieseg_setup.console import SetupError, hint, step

OLDEST_MINOR = 10

_PROBE = (
    "import json, sys\n"
    "try:\n"
    " import ensurepip, venv; usable = True\n"
    "except ImportError:\n"
    " usable = False\n"
    "print(json.dumps([sys.version_info[0], sys.version_info[1], usable,"
    " sys.implementation.name, sys.maxsize > 2**32]))\n"
)


@dataclass(frozen=True)
class Interpreter:
    """A Python on this machine."""

    path: Path
    minor: int
    has_venv: bool


def venv_python(venv: Path, platform: str = sys.platform) -> Path:
    """Return the interpreter of ``venv``."""
    return venv / "Scripts" / "python.exe" if platform == "win32" else venv / "bin" / "python"


def venv_command(venv: Path, name: str, platform: str = sys.platform) -> Path:
    """Return the command ``name`` of ``venv``."""
    return venv / "Scripts" / f"{name}.exe" if platform == "win32" else venv / "bin" / name


def probe(path: Path) -> Interpreter | None:
    """Return what ``path`` is, or None if it is no 64-bit CPython 3 that runs."""
    try:
        answer = subprocess.run(
            [path, "-I", "-c", _PROBE], capture_output=True, text=True, timeout=30, check=True
        )
        major, minor, has_venv, implementation, is_64_bit = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None  # pyenv's shims, for one, are there but answer only for versions that are set
    if major != 3 or implementation != "cpython" or not is_64_bit:
        return None
    return Interpreter(path, minor, has_venv)


def find_python(minor: int | None, *, may_install: bool = True) -> Interpreter:
    """Return a Python 3.``minor`` that can make environments; any that we support where ``minor`` is None.

    Where it is missing and ``may_install``, it is installed on systems where that can be done.

    Raises:
        SetupError: there is none, and we may not install it.
    """
    found = _find_installed(minor)
    if found is not None and found.has_venv:
        return found
    wanted = minor if minor is not None else sys.version_info[1]
    packages = (
        [f"python3.{wanted}-venv"]
        if found or minor is None
        else [f"python3.{wanted}", f"python3.{wanted}-venv"]
    )
    if may_install and system_packages.can_install():
        system_packages.install(packages)
        found = _find_installed(minor)
        if found is not None and found.has_venv:
            return found
    if found is not None:
        raise SetupError(
            f"{found.path} cannot make environments",
            "its venv module is missing",
            f"install it ({system_packages.install_command(packages)}) and run this again",
        )
    if minor is None:
        raise SetupError(
            f"this is Python 3.{sys.version_info[1]}",
            f"3.{OLDEST_MINOR} or newer is needed",
            "install a newer Python",
        )
    raise SetupError(
        f"no Python 3.{minor} was found",
        f"OBS embeds 3.{minor}, and the script shares its packages",
        f"install Python 3.{minor} ({_how_to_install(minor)}) and run this again",
    )


def make_venv(venv: Path, base: Interpreter) -> bool:
    """Make ``venv`` with ``base``, anew where it has another minor version; return whether it was made."""
    existing = probe(venv_python(venv))
    if existing is not None and existing.minor == base.minor:
        return False
    if venv.exists():
        hint(f"{venv} is not a Python 3.{base.minor} environment; making it anew")
    step(f"making {venv} with {base.path}")
    done = subprocess.run(
        [base.path, "-I", "-m", "venv", "--clear", venv], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = (done.stderr or done.stdout).strip() or f"exit status {done.returncode}"
        raise SetupError(f"cannot make {venv}", f"venv says '{reason}'", f"remove {venv} and run this again")
    return True


def _find_installed(minor: int | None) -> Interpreter | None:
    """Return the best match: one that has venv, else one that lacks it, else None."""
    lacking = None
    for path in _candidates(minor):
        found = probe(path)
        if found is None or found.minor < OLDEST_MINOR or minor not in (None, found.minor):
            continue
        if found.has_venv:
            return found
        lacking = lacking or found
    return lacking


def _candidates(
    minor: int | None, platform: str = sys.platform, environment: Mapping[str, str] = os.environ
) -> Iterator[Path]:
    """Yield where a Python may be, likeliest first; not all exist, not all match."""
    running = Path(getattr(sys, "_base_executable", sys.executable))  # not a venv's, which may be thrown away
    if minor is None:
        yield running
        return
    home = Path.home()
    if platform == "win32":
        local = Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
        programs = Path(environment.get("ProgramFiles") or "C:/Program Files")
        yield local / "Programs" / "Python" / f"Python3{minor}" / "python.exe"
        yield programs / f"Python3{minor}" / "python.exe"
        yield running
        return
    name = f"python3.{minor}"
    # The distribution's own first: it is the very one that OBS embeds there.
    yield Path("/usr/bin") / name
    yield running
    on_path = shutil.which(name, path=environment.get("PATH"))
    if on_path:
        yield Path(on_path)
    yield Path("/usr/local/bin") / name
    yield Path("/opt/homebrew/bin") / name
    yield Path("/Library/Frameworks/Python.framework/Versions") / f"3.{minor}" / "bin" / name
    for versions in (home / ".pyenv" / "versions", home / ".local" / "share" / "uv" / "python"):
        yield from sorted(versions.glob(f"*3.{minor}.*/bin/{name}"), reverse=True)


def _how_to_install(minor: int) -> str:
    if sys.platform.startswith("linux"):
        return f"{system_packages.install_command([f'python3.{minor}-venv'])}, or pyenv install 3.{minor}"
    return "from python.org, 64 bit"
