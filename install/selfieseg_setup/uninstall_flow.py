"""The steps of ``uninstall.py``: everything that install did outside the checkout, and nothing else."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from selfieseg_setup import locate_obs, obs_side
from selfieseg_setup.console import SetupError, hint, step
from selfieseg_wire import paths

# What the product makes in its data directory. Named one by one: the user may have put it among other things.
_DATA_FOLDERS = ("models", "compiled", "demo", "logs", "run")


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of ``uninstall.py``."""
    parser = argparse.ArgumentParser(
        prog="uninstall.py", description="Takes Selfie Segmentation out of OBS again."
    )
    parser.add_argument("--purge", action="store_true", help="also remove the checkout's .venv")
    return parser.parse_args(arguments)


def uninstall(options: argparse.Namespace, checkout: Path) -> int:
    """Run ``uninstall.py`` and return its exit status."""
    obs_side.uninstall(_find_obs(), checkout, paths.data_dir())
    data = paths.data_dir()
    _remove(paths.install_record_path())
    for name in _DATA_FOLDERS:
        _remove(data / name)
    _remove(paths.run_dir())
    if data.is_dir() and not any(data.iterdir()):
        _remove(data)
    if options.purge:
        _remove(checkout / ".venv")
    hint("system packages stay, also those that install.py may have brought (obs-studio, xvfb)")
    step("uninstalled")
    return 0


def _find_obs() -> locate_obs.ObsInstall | None:
    try:
        return locate_obs.find()
    except SetupError:  # an OBS that no longer suits us must not keep us from cleaning up
        return None


def _remove(path: Path) -> None:
    if not path.exists():
        return
    try:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    except OSError as error:
        raise SetupError(
            f"cannot remove {path}", f"the system says '{error}'", "remove it yourself"
        ) from error
    step(f"removed {path}")
