"""The OBS of this machine, for ``selfieseg obs`` and ``selfieseg doctor``. Only reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selfieseg_engine.doctor.obs_facts import ObsFacts, ObsSearch
from selfieseg_engine.errors import UserError
from selfieseg_setup import locate_obs, obs_running, obs_side
from selfieseg_setup.console import SetupError
from selfieseg_setup.locate_obs import ObsInstall

CHECKOUT = Path(__file__).resolve().parents[3]


def as_user_error(error: SetupError) -> UserError:
    """Return set-up's failure as the command line tells failures."""
    return UserError(error.what, error.why, error.remedy)


@contextmanager
def _told_to_the_user() -> Iterator[None]:
    try:
        yield
    except SetupError as error:
        raise as_user_error(error) from error
    except OSError as error:
        raise UserError("OBS's files cannot be read", str(error), "check their permissions") from error


def find_obs() -> ObsInstall | None:
    """Return the OBS of this machine, or None.

    Raises:
        UserError: there is one that cannot be used.
    """
    with _told_to_the_user():
        return locate_obs.find()


def facts_of(obs: ObsInstall, checkout: Path = CHECKOUT) -> ObsFacts:
    """Return the facts about ``obs``.

    Raises:
        UserError: its settings or its scene collection cannot be read.
    """
    with _told_to_the_user():
        collection = obs.user_config.current_collection()
        registered = obs_side.is_installed(obs, checkout)
    return ObsFacts(
        binary=obs.binary,
        version=obs.version_text,
        python_minor=obs.python_minor,
        has_lua=obs.has_lua,
        running=obs_running.is_running(obs),
        collection=collection,
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
