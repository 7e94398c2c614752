"""Uninstall removes what is ours, in folders that may hold other things."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from selfieseg_setup import obs_side, uninstall_flow
from selfieseg_setup.console import SetupError

MODEL = "selfie_segmentation"
OURS = (
    "install.json",
    "measurements.json",
    "compiled/1234.blob",
    "compiled/1234.cl_cache",
    "demo/astronaut.png",
    "logs/engine.log",
    "logs/engine.log.1",
    "logs/engine-stderr.log",
    f"models/{MODEL}/weights.tflite",
    f"models/{MODEL}/ir-0123/model.xml",
    "models/.partial-ab12/half",
    "peers/mediapipe-0.10.21/bin/python",
)
OURS_RUNNING = (
    "engine.json",
    "engine.json.17",
    "engine.lock",
    "engine.sock",
    "hung_device.json",
    "ring-17-1",
    "backdrop-17-2",
)
OTHERS = (
    "photo.jpg",
    "compiled/mine.o",
    "demo/my demo.txt",
    "logs/syslog",
    "models/llama/llama.safetensors",
    "peers/list.txt",
)
OTHERS_RUNNING = ("bus", "ring-of-keys", "pipewire-0.lock")


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def folders(tmp_path: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Return the data and the run directory, with what is ours in them."""
    data, run = tmp_path / "big", tmp_path / "running"
    monkeypatch.setenv("SELFIESEG_DATA_DIR", str(data))
    monkeypatch.setenv("SELFIESEG_RUN_DIR", str(run))
    monkeypatch.setattr(uninstall_flow, "_find_obs", lambda: None)
    write(checkout / "models", f"{MODEL}/manifest.toml")
    write(data, *OURS)
    write(run, *OURS_RUNNING)
    return data, run


def uninstall(checkout: Path, *, purge: bool = False) -> int:
    return uninstall_flow.uninstall(argparse.Namespace(purge=purge), checkout)


def test_nothing_of_ours_is_left(folders: tuple[Path, Path], checkout: Path) -> None:
    assert uninstall(checkout) == 0
    assert not any(folder.exists() for folder in folders)
    assert uninstall(checkout) == 0  # there is nothing to remove


def test_what_others_keep_there_stays(folders: tuple[Path, Path], checkout: Path) -> None:
    data, run = folders
    write(data, *OTHERS)
    write(run, *OTHERS_RUNNING)
    (data / "models" / "empty").mkdir()
    uninstall(checkout)
    assert files_in(data) == set(OTHERS)
    assert files_in(run) == set(OTHERS_RUNNING)
    assert (data / "models" / "empty").is_dir()


@pytest.mark.parametrize("own", ["mine", MODEL])
def test_a_model_of_ones_own_stays_and_is_named(
    folders: tuple[Path, Path], checkout: Path, own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folders[0], f"models/{own}/manifest.toml", f"models/{own}/mine.onnx")
    uninstall(checkout, purge=True)
    assert {f"models/{own}/manifest.toml", f"models/{own}/mine.onnx"} <= files_in(folders[0])
    assert f"a model of your own stays: {folders[0] / 'models' / own}" in capsys.readouterr().out


def test_only_purge_takes_the_environment(folders: tuple[Path, Path], checkout: Path) -> None:
    write(checkout, ".venv/bin/python")
    uninstall(checkout)
    assert (checkout / ".venv/bin/python").exists()
    uninstall(checkout, purge=True)
    assert not (checkout / ".venv").exists()


def test_nothing_is_removed_under_an_obs_that_runs(
    folders: tuple[Path, Path], checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the user added the script by hand, so that no file of OBS's was changed."""

    def refuse(_obs: object) -> None:
        raise SetupError("cannot take the script out of OBS", "OBS is running", "close it")

    monkeypatch.setattr(obs_side, "require_closed", refuse)
    with pytest.raises(SetupError, match="OBS is running"):
        uninstall(checkout)
    assert files_in(folders[0]) == set(OURS)


def test_a_link_goes_and_what_it_leads_to_stays(
    folders: tuple[Path, Path], checkout: Path, tmp_path: Path
) -> None:
    write(tmp_path, "elsewhere/kept")
    (folders[0] / "peers/mediapipe-1").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    uninstall(checkout)
    assert not folders[0].exists()
    assert (tmp_path / "elsewhere/kept").exists()
