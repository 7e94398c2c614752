"""Find the engine's Python, and let this process import pyzmq and msgpack from it. Standard library only."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from selfieseg_obs.trouble import TroubleError
from selfieseg_wire.paths import install_record_path

INSTALL_AGAIN = "Run this in the plugin's folder: python3 install/install.py"
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
        raise TroubleError(f"The engine is not installed ({path} is missing). {INSTALL_AGAIN}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TroubleError(f"The install record {path} cannot be read ({error!r}). {INSTALL_AGAIN}") from None
    if not environment.python.exists():
        raise TroubleError(f"The engine's Python is gone ({environment.python}). {INSTALL_AGAIN}")
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
                raise TroubleError(
                    f"OBS runs Python {here}, but the engine was installed for {environment.python_version}. "
                    f"{INSTALL_AGAIN}"
                ) from error
            raise TroubleError(f"A part of the engine is missing ({error}). {INSTALL_AGAIN}") from error
