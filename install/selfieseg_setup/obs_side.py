"""The OBS side of set-up, for ``install.py`` and ``selfieseg obs`` alike: install, uninstall, status."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from selfieseg_setup import obs_running, registration
from selfieseg_setup.change_log import ChangeLog
from selfieseg_setup.console import SetupError, hint, step
from selfieseg_setup.locate_obs import ObsInstall

IsRunning = Callable[[ObsInstall], bool]


def install(
    obs: ObsInstall,
    checkout: Path,
    data_dir: Path,
    *,
    python_folder: Path | None = None,
    is_running: IsRunning = obs_running.is_running,
) -> bool:
    """Enter the scripts into OBS's current scene collection; return whether they are entered now.

    ``python_folder`` is where OBS shall load its Python from, on platforms where it does that at run time.
    """
    scripts = registration.script_paths(checkout)
    for script in scripts:
        if not script.exists():
            raise SetupError(
                f"cannot install into OBS, {script} is missing", "the checkout is incomplete", "get it anew"
            )
    if registration.is_registered(obs, scripts) and python_folder is None:
        step(f"OBS {obs.version_text}: the script is in its scene collection")
        return True
    if is_running(obs):
        hint(
            f"OBS is running and would overwrite the change. In OBS, choose Tools > Scripts > + and open "
            f"{scripts[0]}; or close OBS and run this again"
        )
        return False
    log = ChangeLog(data_dir, registration.taking_out(scripts))
    if python_folder is not None:
        registration.name_python_folder(obs, python_folder, log)
    registration.register(obs, scripts, log)
    step(f"OBS {obs.version_text}: entered the script into {obs.user_config.current_collection()}")
    return True


def uninstall(
    obs: ObsInstall | None, checkout: Path, data_dir: Path, *, is_running: IsRunning = obs_running.is_running
) -> bool:
    """Take back what install changed in OBS's files; return whether that is all done.

    Raises:
        SetupError: OBS is running and would write the scripts back when it ends.
    """
    scripts = registration.script_paths(checkout)
    log = ChangeLog(data_dir, registration.taking_out(scripts))
    if log.changes():
        require_closed(obs, is_running)
        for line in log.undo():
            step(line)
    else:
        step("OBS's files: nothing to take back")
    for collection in registration.collections_that_list(obs, scripts) if obs is not None else ():
        hint(f"{collection} lists the script still, entered by somebody else: see Tools > Scripts in OBS")
    return not log.changes()


def require_closed(obs: ObsInstall | None, is_running: IsRunning = obs_running.is_running) -> None:
    """Raise ``SetupError`` while OBS runs: it would write the scripts back when it ends."""
    if obs is not None and is_running(obs):
        raise SetupError(
            "cannot take the script out of OBS", "OBS is running", "close it and run uninstall.py again"
        )


def is_installed(obs: ObsInstall, checkout: Path) -> bool:
    """Whether OBS's current scene collection has the scripts."""
    return registration.is_registered(obs, registration.script_paths(checkout))


def wants_python_folder(obs: ObsInstall, platform: str = sys.platform) -> bool:
    """Whether OBS loads its Python at run time and does not know yet from where."""
    return platform in ("win32", "darwin") and obs.python_is_chosen_at_run_time and obs.python_minor is None
