"""Installs the checkout into its ``.venv`` with pip, and remembers that it did. Standard library only."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from selfieseg_setup.atomic_file import write_atomically
from selfieseg_setup.console import SetupError, step
from selfieseg_setup.python_env import probe, venv_python

_STAMP = "selfieseg-install.json"
_LOG = "selfieseg-pip.log"
_NO_NETWORK = (
    "NewConnectionError",
    "NameResolutionError",
    "Temporary failure in name resolution",
    "Network is unreachable",
    "Connection refused",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ProxyError",
    "SSLError",
)


def install_checkout(checkout: Path, venv: Path, extras: Sequence[str], *, offline: bool) -> bool:
    """Install ``checkout`` (editable) with ``extras``; return whether there was anything to do.

    Raises:
        SetupError: pip failed; the message tells a missing network from other causes.
    """
    stamp = venv / _STAMP
    done = _read_stamp(stamp)
    wanted = _stamp_of(checkout, venv)
    installed = set(done.pop("extras", ())) if done else set()
    if done == wanted and installed >= set(extras):
        return False
    all_extras = sorted(installed | set(extras))
    step(
        f"installing the package with pip ({'from here only' if offline else 'takes minutes the first time'})"
    )
    _pip(venv, f"{checkout}[{','.join(all_extras)}]", offline=offline)
    write_atomically(stamp, json.dumps({**wanted, "extras": all_extras}).encode())
    return True


def site_packages(venv: Path) -> list[str]:
    """Return the folders that a foreign interpreter must add to import what ``venv`` has."""
    code = "import json, site; print(json.dumps(site.getsitepackages()))"
    answer = subprocess.run([venv_python(venv), "-I", "-c", code], capture_output=True, text=True, check=True)
    folders = [Path(folder).absolute() for folder in json.loads(answer.stdout)]
    return [str(folder) for folder in folders if folder.is_dir()]  # Debian's Python names some that are not


def _stamp_of(checkout: Path, venv: Path) -> dict[str, Any]:
    interpreter = probe(venv_python(venv))
    return {
        # An editable install names the checkout's path: a moved one must be installed again.
        "checkout": str(checkout),
        "pyproject_sha256": hashlib.sha256((checkout / "pyproject.toml").read_bytes()).hexdigest(),
        "python_minor": interpreter.minor if interpreter else None,
    }


def _read_stamp(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None  # never finished: install again, pip keeps what is there
    return content if isinstance(content, dict) else None


def _pip(venv: Path, requirement: str, *, offline: bool) -> None:
    command = [str(venv_python(venv)), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    if offline:
        # Without an index pip cannot fetch the build tools for an isolated build either.
        command += ["--no-index", "--no-build-isolation"]
    done = subprocess.run(
        [*command, "-e", requirement], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    log = venv / _LOG
    log.write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode == 0:
        return
    output = done.stdout + done.stderr
    if offline:
        raise SetupError(
            "cannot install the package offline",
            "something it needs is not on this machine",
            f"run install.py once without --offline; pip's words: {log}",
        )
    if any(sign in output for sign in _NO_NETWORK):
        raise SetupError(
            "cannot fetch Python packages",
            "there is no network, or a proxy is in the way",
            f"check the connection and `pip config list`, then run this again; all of pip's words: {log}",
        )
    raise SetupError("pip failed", f"it says '{_complaint(output)}'", f"see {log}")


def _complaint(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    # Where pip itself breaks it prints a traceback, whose last line tells.
    return (errors or lines[-1:] or ["nothing"])[0]
