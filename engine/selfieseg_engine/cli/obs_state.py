"""The OBS of this machine, for ``selfieseg obs`` and ``selfieseg doctor``. Only reads."""

from __future__ import annotations

from pathlib import Path

from selfieseg_engine.doctor.obs_facts import ObsFacts, ObsSearch
from selfieseg_engine.errors import UserError
from selfieseg_setup import locate_obs, obs_running, obs_side
from selfieseg_setup.console import SetupError
from selfieseg_setup.locate_obs import ObsInstall
from selfieseg_setup.obs_scripts import UnexpectedCollectionError

CHECKOUT = Path(__file__).resolve().parents[3]


def as_user_error(error: SetupError) -> UserError:
    """Return set-up's failure as the command line tells failures."""
    return UserError(error.what, error.why, error.remedy)


def find_obs() -> ObsInstall | None:
    """Return the OBS of this machine, or None.

    Raises:
        UserError: there is one that cannot be used.
    """
    try:
        return locate_obs.find()
    except SetupError as error:
        raise as_user_error(error) from error


def facts_of(obs: ObsInstall, checkout: Path = CHECKOUT) -> ObsFacts:
    """Return the facts about ``obs``.

    Raises:
        UserError: its scene collection cannot be read.
    """
    config = obs.user_config
    try:
        registered = obs_side.is_installed(obs, checkout)
    except SetupError as error:
        raise as_user_error(error) from error
    except UnexpectedCollectionError as error:
        raise UserError(
            f"cannot read OBS's scene collection {config.current_collection()}",
            f"it is not what OBS writes ({error})",
            "open it in OBS once, or choose another collection there",
        ) from error
    return ObsFacts(
        binary=obs.binary,
        version=obs.version_text,
        python_minor=obs.python_minor,
        has_lua=obs.has_lua,
        running=obs_running.is_running(obs),
        collection=config.current_collection(),
        scripts_registered=registered,
        logs=obs.config_base / "obs-studio" / "logs",
    )


def search_obs(checkout: Path = CHECKOUT) -> ObsSearch:
    """Return what the search for OBS came to; trouble is part of the answer."""
    try:
        obs = find_obs()
        if obs is None:
            return ObsSearch(None, flatpak_only=locate_obs.flatpak_only())
        return ObsSearch(facts_of(obs, checkout))
    except UserError as error:
        return ObsSearch(None, trouble=error)
