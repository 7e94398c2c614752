from __future__ import annotations

import logging
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from selfieseg_engine.errors import ManifestError, RegistryError
from selfieseg_engine.registry.cache_paths import models_dir
from selfieseg_engine.registry.manifest import Digest, Manifest, WeightsFile
from selfieseg_engine.registry.manifest_file import MANIFEST_NAME, read_manifest
from selfieseg_engine.registry.manifest_text import manifest_text
from selfieseg_engine.registry.registry import CHECKOUT_MODELS_DIR, default_registry

ID = "my_model"
WEIGHTS = WeightsFile("my_model.onnx", 3, Digest("sha256", "a" * 64))
OWN_EXPORT = "deeplabv3_resnet101"


def published(model_id: str) -> Manifest:
    return read_manifest(CHECKOUT_MODELS_DIR / model_id / MANIFEST_NAME)


def add(model_id: str, text: str | None = None) -> Path:
    path = models_dir() / model_id / MANIFEST_NAME
    path.parent.mkdir(parents=True)
    manifest = replace(published("selfie_segmentation"), file=WEIGHTS)
    path.write_text(manifest_text(manifest) if text is None else text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", sorted(CHECKOUT_MODELS_DIR.glob(f"*/{MANIFEST_NAME}")), ids=str)
def test_what_is_written_is_read_again(path: Path, tmp_path: Path) -> None:
    manifest = read_manifest(path)
    copy = tmp_path / manifest.id / MANIFEST_NAME
    copy.parent.mkdir()
    copy.write_text(manifest_text(manifest), encoding="utf-8")
    assert read_manifest(copy) == manifest


def test_any_text_survives(tmp_path: Path) -> None:
    nasty = "a \"quoted\" \\ title\n[file]\tname = '\x7f\x01' ünï 🙂"
    copy = tmp_path / "nasty" / MANIFEST_NAME
    copy.parent.mkdir()
    manifest = replace(published("slimnet"), id="nasty", title=nasty, iou=0.5, non_commercial=True)
    copy.write_text(manifest_text(manifest), encoding="utf-8")
    assert read_manifest(copy) == manifest


def test_models_that_come_and_go_are_noticed() -> None:
    before = default_registry()
    assert default_registry() is before
    path = add(ID)
    found = default_registry()
    assert found.get(ID).file == WEIGHTS
    assert (found.origin(ID), found.origin("slimnet")) == ("own", "checkout")
    assert [one.id for one in found.manifests] == sorted(one.id for one in found.manifests)
    path.unlink()
    with pytest.raises(RegistryError, match="no model is called 'my_model'"):
        default_registry().get(ID)


def test_a_model_that_changes_is_read_again() -> None:
    path = add(ID)
    assert default_registry().get(ID).cost == "low"
    path.write_text(path.read_text(encoding="utf-8").replace('"low"', '"medium"'), encoding="utf-8")
    assert default_registry().get(ID).cost == "medium"


def test_a_broken_model_takes_no_other_down(caplog: pytest.LogCaptureFixture) -> None:
    add(ID)
    add("broken", "schema = 1\n")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            registry = default_registry()
    assert registry.get(ID)
    assert list(registry.troubles) == ["broken"]
    with pytest.raises(ManifestError, match="is missing"):
        registry.get("broken")
    assert len(caplog.records) == 1


def test_a_model_of_the_checkout_is_not_replaced() -> None:
    add("slimnet")
    registry = default_registry()
    assert registry.get("slimnet") == published("slimnet")
    assert "slimnet is a model of this checkout" in str(registry.troubles["slimnet"])


def test_a_model_that_its_user_makes_is_completed() -> None:
    assert published(OWN_EXPORT).file.digest is None
    complete = replace(published(OWN_EXPORT), file=WEIGHTS)
    add(OWN_EXPORT, manifest_text(complete))
    assert default_registry().get(OWN_EXPORT).file.digest == WEIGHTS.digest
    assert default_registry().origin(OWN_EXPORT) == "own"


def test_an_own_model_has_to_say_which_file_it_is() -> None:
    add(ID, manifest_text(published(OWN_EXPORT)))
    assert "must have a sha256" in str(default_registry().troubles[ID])


@pytest.mark.parametrize("name", ["Big", "a-b", "a b", "x" * 65, "ü"])
def test_a_folder_that_no_model_may_be_called_after_is_told(name: str) -> None:
    add(name)
    assert list(default_registry().troubles) == [name]


def test_what_is_being_made_is_not_seen() -> None:
    add(".partial-abc")
    assert default_registry().troubles == {}


def test_weights_outside_of_the_models_folder_are_refused() -> None:
    path = add(ID)
    path.write_text(
        path.read_text(encoding="utf-8").replace("my_model.onnx", "../../secret"), encoding="utf-8"
    )
    assert "file.name: must be a file name without a folder" in str(default_registry().troubles[ID])


def test_it_may_be_asked_by_many_threads_while_models_come_and_go() -> None:
    failures: list[BaseException] = []
    done = threading.Event()

    def ask() -> None:
        try:
            while not done.is_set():
                default_registry().get("slimnet")
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        path = add(ID)
        default_registry().get(ID)
        path.unlink()
        path.parent.rmdir()
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
