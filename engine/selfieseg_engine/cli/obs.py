"""``selfieseg obs``: the OBS side of the installation."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from selfieseg_engine.cli.options import json_option, print_json
from selfieseg_engine.errors import UserError


@click.group()
def obs() -> None:
    """Enter the script into OBS, take it out again, or look how things stand."""


@obs.command()
@json_option
def install(as_json: bool) -> None:
    """Enter the script into OBS's current scene collection. OBS must be closed."""
    # Imported late, for `selfieseg --help` imports every command.
    from selfieseg_engine.cli import obs_state
    from selfieseg_setup import obs_side, registration
    from selfieseg_setup.console import SetupError
    from selfieseg_wire.paths import data_dir

    found = obs_state.find_obs()
    if found is None:
        raise UserError(
            "there is no OBS to install into", "it was not found", "install OBS from obsproject.com"
        )
    facts = obs_state.facts_of(found)  # a collection that cannot be read ends it here
    script = registration.script_paths(obs_state.CHECKOUT)[0]
    try:
        python_folder = _python_folder(facts.python_minor, wanted=obs_side.wants_python_folder(found))
        entered = obs_side.install(found, obs_state.CHECKOUT, data_dir(), python_folder=python_folder)
    except SetupError as error:
        raise obs_state.as_user_error(error) from error
    if as_json:
        print_json(
            {
                "command": "obs install",
                "installed": entered,
                "script": str(script),
                "collection": str(facts.collection),
            }
        )
    if not entered:
        raise UserError(
            f"the script is not in {facts.collection} yet",
            "OBS is running and would overwrite the change",
            f"in OBS choose Tools > Scripts > + and open {script}; or close OBS and run this again",
        )


@obs.command()
@json_option
def uninstall(as_json: bool) -> None:
    """Take the script out of OBS again; its files are as they were before. OBS must be closed."""
    from selfieseg_engine.cli import obs_state
    from selfieseg_setup import locate_obs, obs_side
    from selfieseg_setup.console import SetupError
    from selfieseg_wire.paths import data_dir

    try:
        found = locate_obs.find()
    except SetupError as error:  # an OBS that no longer suits us must not keep us from cleaning up
        click.echo(f"! {error}", err=True)
        found = None
    try:
        done = obs_side.uninstall(found, obs_state.CHECKOUT, data_dir())
    except SetupError as error:
        raise obs_state.as_user_error(error) from error
    if as_json:
        print_json({"command": "obs uninstall", "uninstalled": done})
    if not done:
        raise UserError("the script is not all out of OBS", "a file of OBS's cannot be read", "see above")


@obs.command()
@json_option
def status(as_json: bool) -> None:
    """Show which OBS there is, and whether the script is in it."""
    from selfieseg_engine.cli import obs_state
    from selfieseg_wire.paths import install_record_path

    found = obs_state.find_obs()
    facts = obs_state.facts_of(found) if found is not None else None
    record_problems = _record_problems(install_record_path(), obs_state.CHECKOUT)
    answer: dict[str, Any] = {
        "command": "obs status",
        "found": facts is not None,
        "binary": str(facts.binary) if facts else None,
        "version": facts.version if facts else None,
        "python": f"3.{facts.python_minor}" if facts and facts.python_minor is not None else None,
        "lua": facts.has_lua if facts else None,
        "running": facts.running if facts else None,
        "collection": str(facts.collection) if facts else None,
        "scripts_registered": facts.scripts_registered if facts else None,
        "install_record": {
            "path": str(install_record_path()),
            "present": install_record_path().exists(),
            "consistent": not record_problems,
            "problems": record_problems,
        },
    }
    if as_json:
        print_json(answer)
        return
    for line in status_lines(answer):
        click.echo(line)


def status_lines(answer: dict[str, Any]) -> list[str]:
    """Return the answer of ``obs status`` as lines for people. Pure."""
    record = answer["install_record"]
    if answer["found"]:
        listed = "listed" if answer["scripts_registered"] else "NOT listed"
        lines = [
            f"OBS             {answer['version'] or 'never started'} at {answer['binary']}",
            f"embedded Python {answer['python'] or 'none set'}",
            f"Lua             {'there' if answer['lua'] else 'missing'}",
            f"running         {'yes' if answer['running'] else 'no'}",
            f"scripts         {listed} in {answer['collection']}",
        ]
    else:
        lines = ["OBS             not found"]
    state = "; ".join(record["problems"]) or f"{record['path']}, consistent"
    return [*lines, f"install record  {state}"]


def _record_problems(path: Path, checkout: Path) -> list[str]:
    from selfieseg_engine.doctor.install_checks import DISTRIBUTION
    from selfieseg_engine.doctor.install_record import (
        InstallRecordError,
        find_mismatches,
        read_install_record,
    )

    try:
        return find_mismatches(read_install_record(path), checkout, version(DISTRIBUTION))
    except InstallRecordError as error:
        return [str(error)]


def _python_folder(obs_minor: int | None, *, wanted: bool) -> Path | None:
    """Return the folder to name to an OBS that loads its Python at run time and knows none yet.

    Raises:
        UserError: OBS has, or would get, another minor version than this environment.
        SetupError: this machine has no Python that OBS could load.
    """
    from selfieseg_setup import run_time_python

    folder = None
    if wanted:
        interpreter, folder = run_time_python.choose(sys.platform)
        obs_minor = interpreter.minor
    here = sys.version_info.minor
    if obs_minor is not None and obs_minor != here:
        raise UserError(
            "OBS could not use this environment",
            f"OBS has Python 3.{obs_minor}, the environment 3.{here}",
            "run install/install.py: it makes the environment anew",
        )
    return folder
