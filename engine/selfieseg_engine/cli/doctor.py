"""``selfieseg doctor``: every check that a support thread would ask for, each with its remedy."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from selfieseg_engine.cli.options import json_option, print_json
from selfieseg_engine.doctor.check import Check, NamedCheck, failed, report, run_checks
from selfieseg_engine.errors import UserError

if TYPE_CHECKING:
    from selfieseg_engine.doctor.obs_facts import ObsFacts, ObsSearch

_NAME_WIDTH = 18


@click.command()
@click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    metavar="ZIP",
    help="Write a zip for a bug report: the findings, versions and logs, without private data.",
)
@json_option
def doctor(bundle: Path | None, as_json: bool) -> None:
    """Check the installation, OBS, the model, the engine and the logs; exit status 1 if a check failed."""
    from selfieseg_engine.cli import obs_state

    search = obs_state.search_obs()
    checks = run_checks(_all_checks(search))
    if not as_json:
        for line in lines(checks):
            click.echo(line)
    answer = report(checks)
    if bundle is not None:
        from selfieseg_engine.cli.doctor_bundle import make_bundle

        names = make_bundle(bundle, answer, search.facts, obs_state.CHECKOUT)
        answer = {**answer, "bundle": {"path": str(bundle), "files": names}}
        if not as_json:
            click.echo(f"\nFor a bug report: {bundle} with {', '.join(names)}.")
            click.echo("Names, folders, addresses and keys are replaced. Look into it before you send it.")
    if as_json:
        print_json(answer)
    bad = failed(checks)
    if bad:
        raise UserError(
            f"{len(bad)} of {len(checks)} checks failed", ", ".join(each.name for each in bad), bad[0].remedy
        )


def lines(checks: Sequence[Check]) -> list[str]:
    """Return the findings as lines for people, remedies below them. Pure."""
    margin = " " * (_NAME_WIDTH + 5)
    told = []
    for check in checks:
        found = check.found.replace("\n", f"\n{margin}")
        told.append(
            f"{check.status.upper() if check.status == 'fail' else check.status:<5}"
            f"{check.name:<{_NAME_WIDTH}}{found}"
        )
        if check.remedy:
            told.append(f"{margin}-> {check.remedy}")
    return told


def _all_checks(search: ObsSearch) -> list[NamedCheck]:
    """Return every check, in the order in which one would look."""
    from selfieseg_engine.doctor import names

    return [
        *_install_checks(search.facts),
        *_obs_checks(search),
        (names.VERSIONS, _check_versions),
        (names.MODEL, _check_model),
        (names.OWN_MODELS, _check_own_models),
        (names.DEVICES, _check_devices),
        (names.DATA_DIR, _check_data_dir),
        (names.RUN_DIR, _check_run_dir),
        (names.SHARED_MEMORY, _check_shared_memory),
        (names.ENGINE, _check_engine),
        *_log_checks(search.facts),
    ]


def _install_checks(obs: ObsFacts | None) -> list[NamedCheck]:
    from selfieseg_engine.cli.obs_state import CHECKOUT
    from selfieseg_engine.doctor import install_checks, names
    from selfieseg_engine.doctor.install_record import InstallRecordError, read_install_record
    from selfieseg_wire.paths import install_record_path

    try:
        record = read_install_record(install_record_path())
    except InstallRecordError as error:
        found = Check(names.RECORD, "fail", f"{error.what}: {error.why}", error.remedy)
        return [(names.RECORD, lambda: found)]
    obs_version, obs_minor = (obs.version, obs.python_minor) if obs else ("", None)
    own = _own_version()
    return [
        (names.RECORD, lambda: install_checks.check_record(record, CHECKOUT, own, obs_version)),
        (names.PYTHON, lambda: install_checks.check_python(record, own)),
        (names.PACKAGES, lambda: install_checks.check_packages(record, obs_minor)),
    ]


def _obs_checks(search: ObsSearch) -> list[NamedCheck]:
    from selfieseg_engine.doctor import names, obs_checks

    checks: list[NamedCheck] = [(names.OBS, lambda: obs_checks.judge_obs(search))]
    obs = search.facts
    if obs is not None:
        checks += [
            (names.OBS_PYTHON, lambda: obs_checks.judge_python(obs, sys.version_info.minor)),
            (names.OBS_LUA, lambda: obs_checks.judge_lua(obs)),
            (names.SCRIPTS, lambda: obs_checks.judge_scripts(obs)),
        ]
    return checks


def _log_checks(obs: ObsFacts | None) -> list[NamedCheck]:
    from selfieseg_engine.doctor import log_checks, names
    from selfieseg_wire.paths import log_dir

    checks: list[NamedCheck] = [
        (names.ENGINE_LOG, lambda: log_checks.check_engine_log(log_dir() / "engine.log")),
        (names.ENGINE_STDERR, lambda: log_checks.check_engine_stderr(log_dir() / "engine-stderr.log")),
    ]
    if obs is not None:
        checks.append((names.OBS_LOG, lambda: log_checks.check_obs_log(obs.logs)))
    return checks


# Each imports its check when it runs: a library that does not load is then a finding, not the end.


def _check_versions() -> Check:
    from selfieseg_engine.doctor.version_checks import check_versions

    return check_versions()


def _check_model() -> Check:
    from selfieseg_engine.doctor.model_checks import check_model

    return check_model()


def _check_own_models() -> Check:
    from selfieseg_engine.doctor.model_checks import check_own_models

    return check_own_models()


def _check_devices() -> Check:
    from selfieseg_engine.doctor.model_checks import check_devices

    return check_devices()


def _check_data_dir() -> Check:
    from selfieseg_engine.doctor.data_dir_checks import check_data_dir
    from selfieseg_wire.paths import data_dir

    return check_data_dir(data_dir())


def _check_run_dir() -> Check:
    from selfieseg_engine.doctor.run_dir_checks import check_run_dir
    from selfieseg_wire.paths import run_dir

    return check_run_dir(run_dir())


def _check_shared_memory() -> Check:
    from selfieseg_engine.doctor.run_dir_checks import check_shared_memory
    from selfieseg_wire.paths import run_dir

    return check_shared_memory(run_dir())


def _check_engine() -> Check:
    from selfieseg_engine.doctor.engine_checks import check_engine
    from selfieseg_wire.paths import run_dir

    return check_engine(run_dir(), _own_version())


def _own_version() -> str:
    from selfieseg_engine.doctor.install_checks import DISTRIBUTION

    return version(DISTRIBUTION)
