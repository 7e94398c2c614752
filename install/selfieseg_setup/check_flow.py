"""The steps of ``test.py``: installs what the tests need, then linters, types and tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from selfieseg_setup import install_flow, python_env, system_packages
from selfieseg_setup.console import SetupError, hint, step

# The Lua tests compile a fake libobs against OBS's headers; xdotool presses keys in a window; gdb tells
# where an OBS hangs, strace what the render half asks of the system.
TEST_PACKAGES = (
    "obs-studio",
    "xvfb",
    "xdotool",
    "gdb",
    "strace",
    "luajit",
    "lua-check",
    "libobs-dev",
    "gcc",
    "libc6-dev",
    "ffmpeg",
)
_LUA_FOLDERS = ("obs_plugin/filter", "tests/lua")


def check(pytest_arguments: Sequence[str], checkout: Path) -> int:
    """Run ``test.py`` and return its exit status: the tests', or a linter's where the tests passed."""
    _install_system_packages()
    environment = install_flow.prepare(checkout, extras=["obs", "test"], with_obs=True, offline=False)
    variables = test_environment(checkout, os.environ)
    _fetch_models(environment, variables)
    install_flow.compile_ahead(environment, variables)
    venv = environment.venv
    results = [
        _run([python_env.venv_command(venv, "ruff"), "check"], checkout, variables),
        _run([python_env.venv_command(venv, "mypy")], checkout, variables),
        _run_luacheck(checkout, variables),
        # Last, so that the closing line is pytest's.
        _run([python_env.venv_command(venv, "pytest"), *pytest_arguments], checkout, variables),
    ]
    return results[-1] or max(results)


def test_environment(checkout: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the tests' environment: weights lie beside the checkout on developers' machines."""
    variables = dict(inherited)
    shared_models = checkout.parent / "shared" / "models"
    if "SELFIESEG_MODEL_PATH" not in variables and shared_models.is_dir():
        variables["SELFIESEG_MODEL_PATH"] = str(shared_models)
    return variables


def _install_system_packages() -> None:
    missing = system_packages.missing(TEST_PACKAGES)
    if not missing:
        return
    if system_packages.can_install():
        system_packages.install(missing)
    else:
        hint(
            "tests that need these will be skipped: "
            f"{' '.join(missing)}. On Debian/Ubuntu: {system_packages.install_command(missing)}"
        )


def _fetch_models(environment: install_flow.Environment, variables: Mapping[str, str]) -> None:
    try:
        install_flow.fetch_models(environment, variables, offline=False)
    except SetupError as error:  # most tests need no model; those that do will say so
        hint(str(error))


def _run_luacheck(checkout: Path, variables: Mapping[str, str]) -> int:
    luacheck = shutil.which("luacheck")
    folders = [folder for folder in _LUA_FOLDERS if (checkout / folder).is_dir()]
    if luacheck is None or not folders:
        hint("luacheck is not installed (Debian: lua-check); the Lua half is not linted")
        return 0
    return _run([luacheck, "--quiet", *folders], checkout, variables)


def _run(command: Sequence[str | Path], checkout: Path, variables: Mapping[str, str]) -> int:
    step(" ".join([Path(command[0]).name, *map(str, command[1:])]))
    return subprocess.run(
        [str(part) for part in command], cwd=checkout, env=dict(variables), check=False
    ).returncode
