"""The steps of ``uninstall.py``: everything that install did outside the checkout, and nothing else."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

from selfieseg_setup import locate_obs, obs_side
from selfieseg_setup.console import SetupError, hint, step
from selfieseg_setup.leftovers import leftovers, our_folders, own_models
from selfieseg_wire import paths


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of ``uninstall.py``."""
    parser = argparse.ArgumentParser(
        prog="uninstall.py", description="Takes Selfie Segmentation out of OBS again."
    )
    parser.add_argument("--purge", action="store_true", help="also remove the checkout's .venv")
    return parser.parse_args(arguments)


def uninstall(options: argparse.Namespace, checkout: Path) -> int:
    """Run ``uninstall.py`` and return its exit status."""
    obs = _find_obs()
    obs_side.require_closed(obs)  # its filters' engine uses what is removed below
    data, run = paths.data_dir(), paths.run_dir()
    is_out_of_obs = obs_side.uninstall(obs, checkout, data)
    published = sorted(path.name for path in (checkout / "models").iterdir() if path.is_dir())
    for path in leftovers(data, run, published):
        _remove(path)
    for folder in our_folders(data, run):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    if options.purge and (checkout / ".venv").exists():
        _remove(checkout / ".venv")
    for folder in own_models(data):
        hint(f"a model of your own stays: {folder}")
    for folder in (data, run):
        if folder.is_dir():
            hint(f"{folder} stays: there is more in it than ours")
    hint("system packages stay, also those that install.py may have brought (obs-studio, xvfb)")
    if not is_out_of_obs:
        hint("a file of OBS's could not be restored, see above; mend it and run this again")
        return 1
    step("uninstalled")
    return 0


def _find_obs() -> locate_obs.ObsInstall | None:
    try:
        return locate_obs.find()
    except SetupError:  # an OBS that no longer suits us must not keep us from cleaning up
        return None


def _remove(path: Path) -> None:
    is_folder = path.is_dir() and not path.is_symlink()
    try:
        shutil.rmtree(path) if is_folder else path.unlink(
            missing_ok=True
        )  # an engine that leaves tidies, too
    except OSError as error:
        raise SetupError(
            f"cannot remove {path}", f"the system says '{error}'", "remove it yourself"
        ) from error
    step(f"removed {path}")
