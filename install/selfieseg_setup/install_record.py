"""The install record: how the script inside OBS finds the engine. Standard library only."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from selfieseg_setup import packages, registration
from selfieseg_setup.atomic_file import write_atomically
from selfieseg_setup.locate_obs import ObsInstall
from selfieseg_setup.python_env import Interpreter, venv_python

FORMAT = 1


def make_record(
    checkout: Path, venv: Path, interpreter: Interpreter, obs: ObsInstall | None, model: str
) -> dict[str, Any]:
    """Return the record of this installation."""
    script, lua_half = registration.script_paths(checkout)
    return {
        "format": FORMAT,
        "version": project_version(checkout),
        "checkout": str(checkout),
        "python": str(venv_python(venv)),
        "python_version": f"3.{interpreter.minor}",
        "site_packages": packages.site_packages(venv),
        "script": str(script),
        "lua_half": str(lua_half),
        "obs": _describe_obs(obs),
        "model": model,
    }


def write_record(path: Path, record: dict[str, Any]) -> bool:
    """Write ``record`` unless it is there already; return whether it was written."""
    content = (json.dumps(record, indent=1) + "\n").encode()
    if path.exists() and path.read_bytes() == content:
        return False
    write_atomically(path, content)
    return True


def project_version(checkout: Path) -> str:
    """Return the version in ``pyproject.toml``; by hand, because Python 3.10 has no TOML reader."""
    text = (checkout / "pyproject.toml").read_text(encoding="utf-8")
    match = re.search(r'^version\s*=\s*"([^"]+)"', text, re.MULTILINE)
    return match.group(1) if match else "0"


def _describe_obs(obs: ObsInstall | None) -> dict[str, str] | None:
    if obs is None:
        return None
    return {"binary": str(obs.binary), "version": obs.version_text, "config": str(obs.config_base)}
