"""Finding a Python, making the environment, installing into it: the decisions and the clear errors."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from selfieseg_setup import (
    atomic_file,
    console,
    install_flow,
    install_record,
    packages,
    python_env,
    run_time_python,
    system_packages,
)
from selfieseg_setup.console import SetupError
from selfieseg_setup.python_env import Interpreter


def fake_python(path: Path, minor: int, *, has_venv: bool = True) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    answer = json.dumps([3, minor, has_venv, "cpython", True])
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def no_apt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "can_install", lambda: False)


def candidates(monkeypatch: pytest.MonkeyPatch, *paths: Path) -> None:
    monkeypatch.setattr(python_env, "_candidates", lambda _minor: iter(paths))


def test_python_of_the_wanted_minor_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    newer, wanted = fake_python(tmp_path / "a", 13), fake_python(tmp_path / "b", 11)
    candidates(monkeypatch, tmp_path / "missing", newer, wanted)

    assert python_env.find_python(11) == Interpreter(wanted, 11, True)
    assert python_env.find_python(None).path == newer


def test_another_python_serves_where_the_first_has_no_venv(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bare, full = fake_python(tmp_path / "a", 11, has_venv=False), fake_python(tmp_path / "b", 11)
    candidates(monkeypatch, bare, full)

    assert python_env.find_python(11).path == full


@pytest.mark.usefixtures("no_apt")
def test_no_matching_python_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    candidates(monkeypatch, fake_python(tmp_path / "a", 13))

    with pytest.raises(
        SetupError, match=r"no Python 3\.11 was found, OBS embeds 3\.11, .* install Python 3\.11"
    ):
        python_env.find_python(11)


@pytest.mark.usefixtures("no_apt")
def test_missing_venv_module_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    candidates(monkeypatch, fake_python(tmp_path / "a", 11, has_venv=False))

    with pytest.raises(SetupError, match=r"its venv module is missing.*apt install python3\.11-venv"):
        python_env.find_python(11)


def test_missing_venv_module_is_installed_where_we_may(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = fake_python(tmp_path / "a", 11, has_venv=False)
    candidates(monkeypatch, python)
    monkeypatch.setattr(python_env, "_candidates", lambda _minor: iter([python]))
    monkeypatch.setattr(system_packages, "can_install", lambda: True)
    installed: list[str] = []

    def install(names: list[str]) -> list[str]:
        installed.extend(names)
        fake_python(python, 11)
        return names

    monkeypatch.setattr(system_packages, "install", install)

    with pytest.raises(SetupError, match="its venv module is missing"):
        python_env.find_python(11, may_install=False)
    assert installed == []
    assert python_env.find_python(11).has_venv
    assert installed == ["python3.11-venv"]


def test_environment_of_another_python_is_made_anew(tmp_path: Path) -> None:
    venv = tmp_path / ".venv"
    fake_python(python_env.venv_python(venv), 9)
    base = python_env.probe(Path(sys.executable).resolve())
    assert base is not None

    assert python_env.make_venv(venv, base)
    assert not python_env.make_venv(venv, base)

    made = python_env.probe(python_env.venv_python(venv))
    assert made is not None
    assert made.minor == base.minor


@pytest.fixture
def installable(tmp_path: Path) -> tuple[Path, Path]:
    """A checkout and its environment, with a fake pip."""
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.3"\n')
    venv = tmp_path / ".venv"
    fake_python(python_env.venv_python(venv), 11)
    return tmp_path, venv


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the fake pip answers, and the commands it got."""
    fake: dict[str, Any] = {"returncode": 0, "stderr": "", "commands": []}
    real = subprocess.run

    def run(command: list[Any], **options: Any) -> Any:
        if "pip" not in command:
            return real(command, **options)
        fake["commands"].append(command)
        return subprocess.CompletedProcess(command, fake["returncode"], "", fake["stderr"])

    monkeypatch.setattr(subprocess, "run", run)
    return fake


def test_second_install_does_not_call_pip(installable: tuple[Path, Path], pip: dict[str, Any]) -> None:
    assert packages.install_checkout(*installable, ["obs"], offline=False)
    assert not packages.install_checkout(*installable, ["obs"], offline=True)
    assert len(pip["commands"]) == 1


def test_changed_project_and_new_extras_call_pip(installable: tuple[Path, Path], pip: dict[str, Any]) -> None:
    checkout, venv = installable
    packages.install_checkout(checkout, venv, ["obs"], offline=False)
    assert packages.install_checkout(checkout, venv, ["test"], offline=False)
    (checkout / "pyproject.toml").write_text('[project]\nversion = "2"\n')
    assert packages.install_checkout(checkout, venv, ["obs"], offline=False)
    assert pip["commands"][-1][-1] == f"{checkout}[obs,test]"


@pytest.mark.parametrize(
    ("stderr", "offline", "said"),
    [
        ("NewConnectionError('...')", False, "there is no network"),
        ("ERROR: No matching distribution found for x", True, "cannot install the package offline"),
        ("ERROR: something odd", False, "pip failed, it says 'something odd'"),
    ],
)
def test_pip_failures_are_told(
    installable: tuple[Path, Path], pip: dict[str, Any], stderr: str, offline: bool, said: str
) -> None:
    pip.update(returncode=1, stderr=stderr)

    with pytest.raises(SetupError, match=said):
        packages.install_checkout(*installable, ["obs"], offline=offline)


def test_read_only_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_options: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)

    with pytest.raises(SetupError, match="the folder is read-only for you"):
        atomic_file.check_writable(tmp_path)


def test_failed_write_leaves_the_old_file_and_no_scraps(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SetupError, match="cannot write"):
        atomic_file.write_atomically(tmp_path / "folder", b"")

    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_model_that_cannot_be_had_is_told(tmp_path: Path) -> None:
    command = python_env.venv_command(tmp_path, "selfieseg")
    command.parent.mkdir(parents=True)
    command.write_text("#!/bin/sh\necho 'error: no mirror answers' >&2\nexit 1\n")
    command.chmod(0o755)
    environment = install_flow.Environment(tmp_path, tmp_path, None, Interpreter(command, 11, True), None)

    with pytest.raises(SetupError, match="cannot fetch the default model, no mirror answers, run"):
        install_flow.fetch_models(environment, {"PATH": "/usr/bin:/bin"}, offline=True)


@pytest.mark.parametrize(
    ("obtainable", "asked_for", "is_told"),
    [
        ("selfie_multiclass_256x256", ["selfie_multiclass_256x256"], False),
        ("hair_segmentation", ["selfie_multiclass_256x256", "hair_segmentation"], False),
        ("no_such_model", ["selfie_multiclass_256x256", "hair_segmentation"], True),
    ],
)
def test_class_models_are_welcome_and_not_required(
    obtainable: str, asked_for: list[str], is_told: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = python_env.venv_command(tmp_path, "selfieseg")
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\necho "$3" >> {tmp_path}/asked\n[ "$3" = {obtainable} ]\n')
    command.chmod(0o755)
    environment = install_flow.Environment(tmp_path, tmp_path, None, Interpreter(command, 11, True), None)

    install_flow.fetch_a_class_model(environment, {"PATH": "/usr/bin:/bin"})

    assert (tmp_path / "asked").read_text().split() == asked_for
    assert ("models fetch selfie_multiclass_256x256" in capsys.readouterr().out) == is_told


@pytest.mark.parametrize(
    ("step", "asked"),
    [
        (install_flow.measure_models, ["models", "measure", "--new"]),
        (install_flow.compile_ahead, ["compile"]),
    ],
)
@pytest.mark.parametrize(("status", "is_told"), [(0, False), (1, True)])
def test_what_makes_the_first_start_quick_may_fail(
    step: Callable[[install_flow.Environment, Mapping[str, str]], None],
    asked: list[str],
    status: int,
    is_told: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = python_env.venv_command(tmp_path, "selfieseg")
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\necho "error: no" >&2\nexit {status}\n')
    command.chmod(0o755)
    environment = install_flow.Environment(tmp_path, tmp_path, None, Interpreter(command, 11, True), None)

    step(environment, {"PATH": "/usr/bin:/bin"})

    assert (tmp_path / "asked").read_text().split() == asked
    assert ("that failed (no)" in capsys.readouterr().out) == is_told


def test_record_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "install.json"

    assert install_record.write_record(path, {"format": 1})
    assert not install_record.write_record(path, {"format": 1})
    assert json.loads(path.read_text()) == {"format": 1}


def test_errors_are_one_line_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> int:
        raise SetupError("a", "b\nc", "d")

    assert console.run_reporting_errors(fail) == 1
    assert capsys.readouterr().err == "error: a, b c, d\n"


def test_a_file_that_cannot_be_used_is_one_line_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> int:
        return len((tmp_path / "missing").read_bytes())

    assert console.run_reporting_errors(fail) == 1
    told = capsys.readouterr().err
    assert told.startswith("error: set-up cannot go on, the system says '[Errno 2]")
    assert str(tmp_path / "missing") in told
    assert told.count("\n") == 1


def test_newest_loadable_python_is_chosen_for_windows(tmp_path: Path) -> None:
    (tmp_path / "python311.dll").touch()

    def find(minor: int | None) -> Interpreter:
        if minor != 11:
            raise SetupError("no", "such", "python")
        return Interpreter(tmp_path / "python.exe", 11, True)

    interpreter, folder = run_time_python.choose("win32", find)
    assert (interpreter.minor, folder) == (11, tmp_path)


def test_mac_python_outside_a_framework_does_not_serve(tmp_path: Path) -> None:
    def find(minor: int | None) -> Interpreter:
        return Interpreter(tmp_path / "python3", minor or 0, True)

    with pytest.raises(SetupError, match="OBS has no Python to run the script with"):
        run_time_python.choose("darwin", find)


@pytest.mark.parametrize("fails", [False, True])
def test_the_live_window_is_welcome_and_not_required(
    fails: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def install_checkout(*arguments: object, offline: bool) -> bool:
        asked.append((*arguments, offline))
        if fails:
            raise SetupError("pip failed", "it says 'no wheel'", "see the log")
        return True

    monkeypatch.setattr(packages, "install_checkout", install_checkout)
    environment = install_flow.Environment(
        tmp_path, tmp_path / "venv", None, Interpreter(tmp_path, 11, True), None
    )

    install_flow.add_live_window(environment, offline=True)

    assert asked == [(tmp_path, tmp_path / "venv", ["live"], True)]
    assert ("no wheel" in capsys.readouterr().out) == fails
