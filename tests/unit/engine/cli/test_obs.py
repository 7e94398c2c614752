"""``selfieseg obs`` on fake OBS trees; the real files of OBS are the installer's tests' matter."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from selfieseg_engine.cli import obs_state
from selfieseg_engine.cli.main import cli
from selfieseg_setup import locate_obs, obs_running
from selfieseg_setup.console import SetupError
from selfieseg_setup.locate_obs import ObsInstall

HERE = sys.version_info.minor


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["obs", *arguments])


def answer(done: Result) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return parsed


def put_obs(monkeypatch: pytest.MonkeyPatch, home: Path, *, minor: int = HERE, running: bool = False) -> None:
    found = ObsInstall(Path("/usr/bin/obs"), (29, 0, 2), home, minor, True, False)
    monkeypatch.setattr(locate_obs, "find", lambda: found)
    monkeypatch.setattr(obs_running, "is_running", lambda _obs: running)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_install_status_uninstall(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    put_obs(monkeypatch, home)
    assert answer(run("status", "--json"))["scripts_registered"] is False

    installed = answer(run("install", "--json"))
    assert installed["installed"] is True
    assert installed["script"] == str(obs_state.CHECKOUT / "obs_plugin" / "selfie_segmentation.py")
    assert Path(installed["collection"]).is_file()
    assert answer(run("status", "--json"))["scripts_registered"] is True

    assert answer(run("uninstall", "--json"))["uninstalled"] is True
    assert list(home.iterdir()) == []


def test_status_tells_everything(monkeypatch: pytest.MonkeyPatch, home: Path, data_dir: Path) -> None:
    put_obs(monkeypatch, home, running=True)
    told = answer(run("status", "--json"))
    record = told.pop("install_record")
    assert told == {
        "command": "obs status",
        "found": True,
        "binary": "/usr/bin/obs",
        "version": "29.0.2",
        "python": f"3.{HERE}",
        "lua": True,
        "running": True,
        "collection": str(home / "obs-studio/basic/scenes/Untitled.json"),
        "scripts_registered": False,
    }
    assert record["path"] == str(data_dir / "install.json")
    assert record["present"] is False
    assert "run install/install.py" in record["problems"][0]
    assert "scripts         NOT listed" in run("status").stdout


def test_status_without_obs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate_obs, "find", lambda: None)
    assert answer(run("status", "--json"))["found"] is False
    assert run("status").stdout.startswith("OBS             not found")


def test_install_without_obs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate_obs, "find", lambda: None)
    done = run("install")
    assert done.exit_code == 1
    assert done.stderr == (
        "error: there is no OBS to install into, it was not found, install OBS from obsproject.com\n"
    )


def test_obs_with_another_python_is_not_touched(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    put_obs(monkeypatch, home, minor=HERE + 1)
    done = run("install")
    assert done.exit_code == 1
    assert f"OBS has Python 3.{HERE + 1}, the environment 3.{HERE}, run install/install.py" in done.stderr
    assert list(home.iterdir()) == []


def test_failures_of_set_up_become_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def find() -> None:
        raise SetupError("OBS 27 is too old", "the filter needs OBS 28", "update OBS")

    monkeypatch.setattr(locate_obs, "find", find)
    for command in ("install", "status"):
        done = run(command)
        assert done.exit_code == 1
        assert done.stderr == "error: OBS 27 is too old, the filter needs OBS 28, update OBS\n"
    # Cleaning up is possible all the same.
    done = run("uninstall")
    assert done.exit_code == 0
    assert "nothing to take back" in done.stdout


@pytest.mark.parametrize("content", ["{ half a coll", '{"modules": []}', '{"modules": {"scripts-tool": 3}}'])
def test_damaged_collection_is_not_touched(monkeypatch: pytest.MonkeyPatch, home: Path, content: str) -> None:
    put_obs(monkeypatch, home)
    collection = home / "obs-studio/basic/scenes/Untitled.json"
    collection.parent.mkdir(parents=True)
    collection.write_text(content)
    for command in ("install", "status"):
        done = run(command)
        assert done.exit_code == 1
        assert done.stderr.startswith(f"error: cannot read OBS's scene collection {collection}, ")
    assert collection.read_text() == content
