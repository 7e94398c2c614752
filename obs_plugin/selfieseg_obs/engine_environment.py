"""Find the engine's Python, and let this process import pyzmq and msgpack from it. Standard library only."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from selfieseg_obs.trouble import TroubleError
from selfieseg_obs.words import say
from selfieseg_wire.paths import install_record_path

_NEEDED = ("msgpack", "zmq")


@dataclass(frozen=True)
class EngineEnvironment:
    """What ``install.py`` recorded: the interpreter that runs the engine, and where its packages are."""

    python: Path
    python_version: str
    site_packages: tuple[str, ...]


def read_install_record() -> EngineEnvironment:
    """Return the recorded environment.

    Raises:
        TroubleError: there is no record, it is damaged, or the environment has gone.
    """
    path = install_record_path()
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        environment = EngineEnvironment(
            python=Path(record["python"]),
            python_version=str(record["python_version"]),
            site_packages=tuple(str(folder) for folder in record["site_packages"]),
        )
    except FileNotFoundError:
        raise _trouble("not_installed", path=path) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _trouble("record_unreadable", path=path, why=repr(error)) from None
    if not environment.python.exists():
        raise _trouble("python_gone", python=environment.python)
    return environment


def import_messaging(environment: EngineEnvironment) -> None:
    """Make ``zmq`` and ``msgpack`` importable here: OBS's own if it has them, else the engine's.

    The folders go last on the path, and no ``.pth`` file in them is run: nothing of OBS or of another
    script may change.

    Raises:
        TroubleError: they cannot be imported.
    """
    for folder in environment.site_packages:
        if folder not in sys.path:
            sys.path.append(folder)
    importlib.invalidate_caches()  # the packages may have been installed a moment ago
    for name in _NEEDED:
        try:
            importlib.import_module(name)
        except ImportError as error:
            here = f"{sys.version_info.major}.{sys.version_info.minor}"
            if here != environment.python_version:
                raise _trouble("other_python", here=here, there=environment.python_version) from error
            raise _trouble("part_missing", why=error) from error


def _trouble(key: str, **values: object) -> TroubleError:
    return TroubleError(say(f"python.trouble.{key}", remedy=say("python.trouble.install_again"), **values))
