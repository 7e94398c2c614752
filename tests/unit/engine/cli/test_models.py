from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from selfieseg_engine.cli.main import cli
from selfieseg_engine.registry.cache_paths import cached_weights_path
from selfieseg_engine.registry.registry import default_registry


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["models", *arguments])


def answer(done: Result) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return parsed


def test_list_names_every_model() -> None:
    models = answer(run("list", "--json"))["models"]
    assert {"selfie_segmentation", "selfie_segmentation_landscape"} <= {model["id"] for model in models}
    assert all(model["weights"] == "missing" for model in models)
    assert "not fetched yet" in run("list").stdout


def test_show_tells_the_facts() -> None:
    model = answer(run("show", "selfie_segmentation", "--json"))["model"]
    assert model["file"]["bytes"] == 249505
    assert "256x256" in run("show", "selfie_segmentation").stdout
    done = run("show", "nope")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: no model is called 'nope'")


def test_class_models_are_told_apart() -> None:
    gifts = {
        model["id"]: (model["gives_matte"], model["classes"])
        for model in answer(run("list", "--json"))["models"]
    }
    assert gifts["selfie_segmentation"] == (True, [])
    assert gifts["hair_segmentation"] == (False, ["background", "hair"])
    assert gifts["selfie_multiclass_256x256"][0] is True
    assert "gives classes: background, hair\n" in run("list").stdout
    assert "gives      a matte of the person\n" in run("show", "auto").stdout
    assert "gives      classes: background, hair\n" in run("show", "hair_segmentation").stdout


def test_a_class_model_is_fetched_and_converted(tiny_multiclass: str) -> None:
    (fetched,) = answer(run("fetch", tiny_multiclass, "--json"))["models"]
    assert fetched["id"] == tiny_multiclass
    assert Path(fetched["ir"]).is_file()
    assert answer(run("show", tiny_multiclass, "--json"))["model"]["weights"] in ("local", "ready")


def test_fetch_then_verify_then_damage(real_model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (fetched,) = answer(run("fetch", "auto", "--json"))["models"]
    assert fetched["id"] == real_model
    assert Path(fetched["ir"]).is_file()
    monkeypatch.delenv("SELFIESEG_MODEL_PATH")
    assert answer(run("verify", "--json"))["ok"] is True

    cached_weights_path(default_registry().get(real_model)).write_bytes(b"cut")
    done = run("verify", "--json")
    assert done.exit_code == 1
    assert answer(done)["ok"] is False
    assert done.stderr.startswith("error: not all model files are right: selfie_segmentation_landscape")


def test_verify_notices_a_damaged_ir(real_model: str) -> None:
    (fetched,) = answer(run("fetch", real_model, "--json"))["models"]
    Path(fetched["ir"]).write_text("<net/>")
    assert run("verify").exit_code == 1


@pytest.mark.usefixtures("offline")
def test_fetch_without_the_internet_is_one_line() -> None:
    done = run("fetch", "selfie_segmentation")
    assert done.exit_code == 1
    assert done.stderr.startswith("error: the weights of selfie_segmentation could not be fetched, ")
    assert done.stderr.count("\n") == 1


def test_a_wrong_file_in_the_search_path_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "selfie_segmentation.tflite"
    wrong.write_bytes(b"wrong")
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", str(tmp_path))
    assert "WRONG FILE" in run("list").stdout
    done = run("fetch", "selfie_segmentation")
    assert done.exit_code == 1
    assert str(wrong) in done.stderr
