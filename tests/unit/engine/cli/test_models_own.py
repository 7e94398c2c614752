"""The user's own models on the command line: add, list, quantize, remove."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from tests.unit.engine.model_shelf.conftest import person_onnx, photo, photo_bgr
from tests.unit.engine.tiny_onnx import linear_model

from selfieseg_engine.cli.main import cli
from selfieseg_engine.cli.models_summary import list_lines
from selfieseg_engine.inference import quantization
from selfieseg_engine.model_shelf import quantizing
from selfieseg_engine.model_shelf.agreement import Agreement
from selfieseg_engine.model_shelf.quantizing import Outcome
from selfieseg_engine.registry.cache_paths import models_dir
from selfieseg_engine.registry.registry import default_registry

__all__ = ["person_onnx", "photo", "photo_bgr"]  # pytest finds fixtures by their names

ID = "red_person"


def run(*arguments: str | Path, answers: str = "") -> Result:
    return CliRunner().invoke(cli, ["models", *map(str, arguments)], input=answers)


def answer(done: Result) -> dict[str, Any]:
    assert done.exit_code == 0, done.output
    parsed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return parsed


def summary(model_id: str) -> dict[str, Any]:
    return next(one for one in answer(run("list", "--json"))["models"] if one["id"] == model_id)


def test_add_and_ask_nothing(person_onnx: Path, photo: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    done = run("add", person_onnx, "--sample", photo, "--sheet", sheet, "--yes", "--json")
    told = answer(done)
    assert (told["id"], told["stored"], len(told["candidates"])) == (ID, 1, 8)
    assert sheet.is_file()
    found = summary(ID)
    assert (found["source"], found["at_hand"], found["iou"], found["ms"]) == ("own", True, None, None)
    assert found["bytes"] == person_onnx.stat().st_size
    assert "Red Person.onnx (own), your own" in run("list").stdout
    shown = run("show", ID).stdout
    assert "48x32 RGB (stretch), f32" in shown
    assert "ready: " in shown


def test_add_guided(person_onnx: Path, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("add", person_onnx, "--id", "mine", answers=f"{photo}\n2\n")
    assert done.exit_code == 0, done.output
    assert "A photo of a person to try it on" in done.stderr
    assert "* 1: RGB, 0 to 1, looks " in done.stdout
    assert "`selfieseg models fetch auto` first" in done.stdout
    assert f"look at {tmp_path / 'mine_sheet.png'}" in done.stdout
    assert default_registry().get("mine").input.mean == (127.5,) * 3  # the second row
    assert run("add", person_onnx, "--id", "mine").stderr.startswith("error: there is a model mine already")


def test_a_class_model_without_a_person(person_onnx: Path, photo: Path) -> None:
    options = ("--person", "none", "--classes", "background,hair", "--title", "Red hair")
    done = run("add", person_onnx, "--sample", photo, "--yes", *options)
    assert f"--class-model {ID}" in done.stdout
    found = summary(ID)
    assert (found["title"], found["gives_matte"], found["classes"]) == (
        "Red hair",
        False,
        ["background", "hair"],
    )


def test_add_and_decline(person_onnx: Path, photo: Path, tmp_path: Path) -> None:
    done = run("add", person_onnx, "--sample", photo, "--sheet", tmp_path / "s.png", answers="0\n")
    assert done.exit_code == 1
    assert list(models_dir().iterdir()) == []


def test_without_anyone_to_look_a_photo_is_needed(person_onnx: Path) -> None:
    done = run("add", person_onnx, "--yes")
    assert done.exit_code == 2
    assert "--yes needs --sample" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_at_the_question_ends_it(person_onnx: Path, photo: Path, tmp_path: Path) -> None:
    """The models tried out once took the main thread's stack for signals with them: Ctrl-C was a crash."""
    process = subprocess.Popen(
        [sys.executable, "-m", "selfieseg_engine", "models", "add", str(person_onnx), "--sample", str(photo)],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )
    with process:
        assert process.stdout is not None
        told = ""
        while "Which row" not in told:
            character = process.stdout.read(1)
            assert character, told
            told += character
        process.send_signal(signal.SIGINT)
        told += process.stdout.read()
    assert process.returncode == 1, told
    assert told.rstrip().endswith("Aborted!")
    assert list(models_dir().iterdir()) == []


def test_a_model_that_shows_nobody_is_refused(tmp_path: Path, photo: Path) -> None:
    path = tmp_path / "nobody.onnx"
    path.write_bytes(linear_model(32, 48, np.zeros((3, 2), np.float32), np.array([9, 0], np.float32)))
    done = run("add", path, "--sample", photo, "--yes")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: this model is not taken, none of its masks shows the person")
    assert done.stderr.count("\n") == 1
    assert list(models_dir().iterdir()) == []
    # Who looks at the sheet may know better.
    done = run("add", path, "--sample", photo, "--sheet", tmp_path / "s.png", answers="1\n")
    assert "None of them seems to show the person" in done.stderr
    assert default_registry().get("nobody")


def test_an_open_size_is_asked_for(person_onnx: Path, photo: Path, tmp_path: Path) -> None:
    import openvino as ov

    model = ov.Core().read_model(person_onnx)
    model.reshape([1, -1, -1, 3])
    ov.save_model(model, tmp_path / "open.xml")
    done = run(
        "add", tmp_path / "open.xml", "--sample", photo, "--sheet", tmp_path / "s.png", answers="64\n40\n\n"
    )
    assert done.exit_code == 0, done.output
    assert (default_registry().get("open").input.width, default_registry().get("open").input.height) == (
        64,
        40,
    )


@pytest.mark.parametrize(
    "options",
    [("--mean", "a"), ("--mean", "1,2"), ("--scale", "0"), ("--person", "x"), ("--width", "3")],
)
def test_misspelt_wishes_are_usage_errors(person_onnx: Path, options: tuple[str, str]) -> None:
    assert run("add", person_onnx, *options).exit_code == 2


def test_remove_asks_before_an_own_model_goes(person_onnx: Path, photo: Path) -> None:
    run("add", person_onnx, "--sample", photo, "--yes")
    assert run("remove", ID, answers="n\n").exit_code == 1
    assert default_registry().get(ID)
    assert answer(run("remove", ID, "--yes", "--json"))["bytes"] > 0
    assert list(models_dir().iterdir()) == []
    assert run("remove", ID).stderr.startswith("error: no model is called 'red_person'")


def test_remove_keeps_the_users_own_copy(real_model: str, weights_folder: Path) -> None:
    run("fetch", real_model)
    done = run("remove", real_model)
    assert done.exit_code == 0
    assert (
        f"{weights_folder / default_registry().get(real_model).file.name} is yours and stays" in done.stdout
    )
    assert summary(real_model)["at_hand"] is True
    assert run("remove", real_model).stderr.startswith(f"error: there is nothing of {real_model} to remove")


@pytest.mark.parametrize("model_id", ["../..", "/", "..", "nope"])
def test_remove_reaches_nothing_but_models(model_id: str, data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "precious").write_text("keep")
    assert run("remove", model_id, "--yes").exit_code == 1
    assert (data_dir / "precious").exists()


def test_a_broken_model_is_told_by_list_and_doctor(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from selfieseg_engine.doctor.model_checks import check_own_models

    assert check_own_models().found == "none were added"
    path = models_dir() / "broken" / "manifest.toml"
    path.parent.mkdir(parents=True)
    path.write_text("schema = 1\n", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        assert f"left out: the manifest {path} is not valid" in run("list").stdout
    assert list(answer(run("list", "--json"))["left_out"]) == ["broken"]
    found = check_own_models()
    assert (found.status, "1 left out" in found.found) == ("warn", True)
    assert found.remedy


def test_licences_and_figures_are_told() -> None:
    rmbg = summary("rmbg_1_4")
    assert rmbg["non_commercial"] is True
    assert "NON-COMMERCIAL USE ONLY" in "".join(list_lines(rmbg))
    lines = "".join(list_lines({**rmbg, "ms": 12.34, "iou": 0.9, "bytes": 2_500_000}))
    assert "2.5 MB; " in lines
    assert "12.3 ms here; IoU 0.900" in lines
    own_export = summary("deeplabv3_resnet101")
    assert own_export["can_be_fetched"] is False
    assert "nobody publishes this file" in "".join(list_lines(own_export))


def test_quantize_prints_both_figures(
    person_onnx: Path, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("add", person_onnx, "--sample", photo, "--yes")
    outcome = Outcome(10.0, 8.0, Agreement(0.9, 0.01), 2)
    monkeypatch.setattr(quantization, "find_spec", lambda _name: object())
    monkeypatch.setattr(quantizing, "read_pictures", lambda *_: [np.zeros((4, 4, 3), np.uint8)] * 10)
    monkeypatch.setattr(quantizing, "quantize_model", lambda *_: (outcome, None))
    told = answer(run("quantize", ID, "--images", tmp_path, "--json"))
    assert (told["original_ms"], told["quantized_ms"], told["iou"], told["kept_as"]) == (10.0, 8.0, 0.9, None)
    lines = run("quantize", ID, "--images", tmp_path).stdout
    assert "10.00 ms a frame on one thread; 8 bit: 8.00 ms (1.25 times as fast)" in lines
    assert "it is not kept: its masks are others" in lines


def test_quantize_without_nncf(
    person_onnx: Path, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("add", person_onnx, "--sample", photo, "--yes")
    monkeypatch.setattr(quantization, "find_spec", lambda _name: None)
    done = run("quantize", ID, "--images", tmp_path)
    assert done.exit_code == 1
    assert "pip install" in done.stderr
    assert done.stderr.count("\n") == 1
