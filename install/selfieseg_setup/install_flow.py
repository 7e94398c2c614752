"""The steps of ``install.py``, in order. Each says what it does; none repeats what is done already."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from selfieseg_setup import (
    atomic_file,
    install_record,
    locate_obs,
    obs_side,
    packages,
    python_env,
    run_time_python,
    system_packages,
)
from selfieseg_setup.console import SetupError, hint, step
from selfieseg_setup.locate_obs import ObsInstall
from selfieseg_setup.python_env import Interpreter
from selfieseg_wire import paths

# The fast default and its slower, square sibling: presets switch between the two.
LIVE_EXTRA = "live"
DEFAULT_MODELS = ("selfie_segmentation_landscape", "selfie_segmentation")
# For the effects on hair, face and clothes; the first gives all of them. They have one source each, on the
# internet, so they are welcome and not required.
CLASS_MODELS = ("selfie_multiclass_256x256", "hair_segmentation")
OBS_PACKAGES = ("obs-studio", "xvfb")


@dataclass(frozen=True)
class Environment:
    """What the steps so far have settled."""

    checkout: Path
    venv: Path
    obs: ObsInstall | None
    interpreter: Interpreter
    python_folder: Path | None


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options of ``install.py``."""
    parser = argparse.ArgumentParser(prog="install.py", description="Installs Selfie Segmentation for OBS.")
    parser.add_argument(
        "--demo", action="store_true", help="then run the main job and write pictures and a report"
    )
    parser.add_argument(
        "--demo-out", type=Path, default=Path("demo-out"), metavar="DIR", help="where to (%(default)s)"
    )
    parser.add_argument(
        "--no-obs", action="store_true", help="leave OBS alone: do not look for it, do not install it"
    )
    parser.add_argument("--offline", action="store_true", help="fetch nothing; use what is here")
    return parser.parse_args(arguments)


def install(options: argparse.Namespace, checkout: Path) -> int:
    """Run ``install.py`` and return its exit status."""
    environment = prepare(checkout, extras=["obs"], with_obs=not options.no_obs, offline=options.offline)
    add_live_window(environment, offline=options.offline)
    fetch_models(environment, os.environ, offline=options.offline)
    if not options.offline:
        fetch_a_class_model(environment, os.environ)
    compile_ahead(environment, os.environ)
    measure_models(environment, os.environ)
    record = install_record.make_record(
        checkout, environment.venv, environment.interpreter, environment.obs, DEFAULT_MODELS[0]
    )
    if install_record.write_record(paths.install_record_path(), record):
        step(f"wrote {paths.install_record_path()}")
    if environment.obs is not None:
        obs_side.install(environment.obs, checkout, paths.data_dir(), python_folder=environment.python_folder)
    step("installed")
    if not options.demo:
        return 0
    return run_demo(environment, options.demo_out, _variables(os.environ, offline=options.offline))


def prepare(checkout: Path, *, extras: Sequence[str], with_obs: bool, offline: bool) -> Environment:
    """Find OBS and a Python, make ``.venv``, install the package into it."""
    atomic_file.check_writable(checkout)
    obs = find_obs(offline=offline) if with_obs else None
    interpreter, python_folder = choose_python(obs, offline=offline)
    venv = checkout / ".venv"
    python_env.make_venv(venv, interpreter)
    packages.install_checkout(checkout, venv, extras, offline=offline)
    return Environment(checkout, venv, obs, interpreter, python_folder)


def find_obs(*, offline: bool) -> ObsInstall | None:
    """Return the OBS of this machine; where it is missing and we may, install it first."""
    obs = locate_obs.find()
    if obs is None and system_packages.can_install() and not offline:
        system_packages.install(OBS_PACKAGES)
        obs = locate_obs.find()
    if obs is not None:
        step(f"OBS {obs.version_text} at {obs.binary}, {_describe_python(obs)}")
    elif locate_obs.flatpak_only():
        hint(
            "OBS is here only as a Flatpak, which is not supported: its sandbox cannot start the engine. "
            "Install OBS as a system package and run this again; going on without OBS"
        )
    else:
        hint("OBS was not found; going on without it. Install it from obsproject.com and run this again")
    return obs


def choose_python(obs: ObsInstall | None, *, offline: bool) -> tuple[Interpreter, Path | None]:
    """Return the Python for ``.venv``, and the folder to name to an OBS that asks for one."""
    if obs is not None and obs_side.wants_python_folder(obs):
        return run_time_python.choose(sys.platform)
    return python_env.find_python(obs.python_minor if obs else None, may_install=not offline), None


def add_live_window(environment: Environment, *, offline: bool) -> None:
    """Install what the window of ``selfieseg live`` needs; where that is not to be had, say so and go on."""
    try:
        packages.install_checkout(environment.checkout, environment.venv, [LIVE_EXTRA], offline=offline)
    except SetupError as error:
        hint(f"`selfieseg live` has no window and no virtual camera here; all else works: {error}")


def fetch_models(environment: Environment, inherited: Mapping[str, str], *, offline: bool) -> None:
    """Fetch and convert the default models; quick when they are there.

    Raises:
        SetupError: they could not be had.
    """
    step(f"fetching the models {', '.join(DEFAULT_MODELS)}")
    why = _why_not_fetched(environment, _variables(inherited, offline=offline), DEFAULT_MODELS)
    if why is not None:
        remedy = (
            "run install.py once without --offline" if offline else "check the connection and run this again"
        )
        raise SetupError("cannot fetch the default model", why, remedy)


def fetch_a_class_model(environment: Environment, inherited: Mapping[str, str]) -> None:
    """Fetch the best class model that can be had; without one, say what that means and go on."""
    step(f"fetching the model {CLASS_MODELS[0]}, for the effects on hair, face and clothes")
    for model in CLASS_MODELS:
        if _why_not_fetched(environment, inherited, [model]) is None:
            return
    hint(
        "it cannot be fetched now; all else works, and those effects stay grey until you run: "
        f"{python_env.venv_command(environment.venv, 'selfieseg')} models fetch {CLASS_MODELS[0]}"
    )


def compile_ahead(environment: Environment, inherited: Mapping[str, str]) -> None:
    """Compile what the engine would else compile for its first frame; go on where that fails."""
    step("compiling for this machine's processor")
    why = _why_failed(environment, inherited, ["compile"])
    if why is not None:
        hint(f"that failed ({why}); the first frame will take some seconds")


def measure_models(environment: Environment, inherited: Mapping[str, str]) -> None:
    """Measure the models that are new here, so that the engine need not; go on where that fails."""
    step("measuring how fast the models are on this machine")
    why = _why_failed(environment, inherited, ["models", "measure", "--new"])
    if why is not None:
        hint(f"that failed ({why}); the engine measures when it starts")


def _why_not_fetched(
    environment: Environment, variables: Mapping[str, str], models: Sequence[str]
) -> str | None:
    """Fetch these models; return the reason where that failed."""
    return _why_failed(environment, variables, ["models", "fetch", *models])


def _why_failed(
    environment: Environment, variables: Mapping[str, str], arguments: Sequence[str]
) -> str | None:
    """Run ``selfieseg`` with these arguments; return the reason where that failed."""
    done = subprocess.run(
        [python_env.venv_command(environment.venv, "selfieseg"), *arguments],
        env=dict(variables),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return None
    lines = done.stderr.strip().splitlines() or ["it gave no reason"]
    return lines[-1].removeprefix("error: ")


def run_demo(environment: Environment, out: Path, variables: Mapping[str, str]) -> int:
    """Run the main job once and return its exit status; the command says what came of it."""
    command = [str(python_env.venv_command(environment.venv, "selfieseg")), "demo", "--out", str(out)]
    if environment.obs is None:
        command.append("--no-obs")
    return subprocess.run(command, env=dict(variables), check=False).returncode


def _variables(inherited: Mapping[str, str], *, offline: bool) -> dict[str, str]:
    """Return the environment of our commands; ``SELFIESEG_OFFLINE`` keeps them from fetching anything."""
    return {**inherited, "SELFIESEG_OFFLINE": "1"} if offline else dict(inherited)


def _describe_python(obs: ObsInstall) -> str:
    if obs.python_minor is None:
        return "which has no Python set yet"
    return f"which uses Python 3.{obs.python_minor}"
