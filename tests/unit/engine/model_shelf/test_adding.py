from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import openvino as ov
import pytest
from tests.unit.engine.model_shelf.conftest import RED_NOT_BLUE
from tests.unit.engine.tiny_onnx import linear_model

from selfieseg_engine.errors import InferenceError, RegistryError
from selfieseg_engine.inference.loaded_model import load_model
from selfieseg_engine.matte.resize import stretch
from selfieseg_engine.model_shelf.adding import Request, proposed, require_free_id, suggested_id
from selfieseg_engine.model_shelf.errors import ShelfError
from selfieseg_engine.model_shelf.storing import put_in_place, remove_model
from selfieseg_engine.model_shelf.wishes import Wishes
from selfieseg_engine.registry import registry as registry_module
from selfieseg_engine.registry.cache_paths import cached_weights_path, models_dir
from selfieseg_engine.registry.manifest import Manifest, ModelOutput, OwnExport, WeightsFile
from selfieseg_engine.registry.manifest_file import MANIFEST_NAME
from selfieseg_engine.registry.manifest_text import manifest_text
from selfieseg_engine.registry.obtain import obtain_weights
from selfieseg_engine.registry.registry import default_registry

Photo = npt.NDArray[np.uint8]
ID = "red_person"
NOTHING = Wishes()


def add(file: Path, photo_bgr: Photo, wishes: Wishes = NOTHING, like: str | None = None) -> Manifest:
    with proposed(Request(file, ID, wishes, like), [photo_bgr], default_registry()) as proposal:
        assert proposal.tried.is_plausible
        return proposal.store(proposal.tried.proposed)


def kept() -> list[str]:
    return sorted(str(path.relative_to(models_dir())) for path in models_dir().rglob("*"))


def test_an_unknown_model_is_stored_and_runs(person_onnx: Path, photo_bgr: Photo) -> None:
    manifest = add(person_onnx, photo_bgr)
    assert kept() == [ID, f"{ID}/manifest.toml", f"{ID}/{ID}.onnx"]
    assert default_registry().get(ID) == manifest
    assert default_registry().origin(ID) == "own"
    assert manifest.output.meaning == "logits"
    assert (manifest.input.colour, manifest.input.scale, manifest.cost) == ("RGB", (255.0,) * 3, "low")
    mask = load_model(ID, "CPU").new_request().infer(stretch(photo_bgr, (48, 32)))
    assert mask[16, 24] > 0.99
    assert mask[0, 0] < 0.01


@pytest.mark.parametrize("name", ["ir", "checked", "fresh", "old", "removed"])
def test_a_model_may_be_called_as_our_own_folders(person_onnx: Path, photo_bgr: Photo, name: str) -> None:
    wishes = Wishes(colour="RGB", mean=(0, 0, 0), scale=(255, 255, 255))
    with proposed(Request(person_onnx, name, wishes), [photo_bgr], default_registry()) as proposal:
        proposal.store(0)
    assert default_registry().get(name)
    remove_model(name, default_registry())
    assert kept() == []


def test_nothing_is_left_of_what_is_not_stored(person_onnx: Path, photo_bgr: Photo) -> None:
    with proposed(Request(person_onnx, ID, NOTHING), [photo_bgr], default_registry()) as proposal:
        assert len(proposal.tried.candidates) == 8
    assert kept() == []


def test_a_known_models_mask_decides(
    person_onnx: Path, photo_bgr: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = (photo_bgr[:, :, 2] > 128).astype(np.float32)
    monkeypatch.setattr("selfieseg_engine.model_shelf.adding.reference_masks", lambda *_: (1 - truth,))
    manifest = add(person_onnx, photo_bgr)
    assert manifest.input.colour == "BGR"


def test_a_model_that_tells_the_background_is_turned_round(
    tmp_path: Path, photo_bgr: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = (photo_bgr[:, :, 2] > 128).astype(np.float32)
    monkeypatch.setattr("selfieseg_engine.model_shelf.adding.reference_masks", lambda *_: (truth,))
    path = tmp_path / "background.onnx"
    path.write_bytes(linear_model(32, 48, -RED_NOT_BLUE, np.zeros(2, np.float32)))
    assert add(path, photo_bgr, Wishes(colour="RGB")).output.person == (0,)


def test_a_model_that_finds_nobody_is_not_plausible(tmp_path: Path, photo_bgr: Photo) -> None:
    path = tmp_path / "nobody.onnx"
    path.write_bytes(linear_model(32, 48, np.zeros((3, 2), np.float32), np.array([9, 0], np.float32)))
    with proposed(Request(path, ID, NOTHING), [photo_bgr], default_registry()) as proposal:
        assert not proposal.tried.is_plausible


def test_what_the_user_says_is_stored(person_onnx: Path, photo_bgr: Photo) -> None:
    wishes = Wishes(
        mean=(1.0, 2.0, 3.0), title="Mine", licence="CC BY-NC 4.0", non_commercial=True, person=(1,)
    )
    manifest = add(person_onnx, photo_bgr, wishes)
    assert (manifest.input.mean, manifest.title) == ((1.0, 2.0, 3.0), "Mine")
    assert default_registry().get(ID).non_commercial


def test_an_ir_is_stored_as_one_file(person_onnx: Path, photo_bgr: Photo, tmp_path: Path) -> None:
    ov.save_model(ov.Core().read_model(person_onnx), tmp_path / "ir.xml")
    manifest = add(tmp_path / "ir.xml", photo_bgr)
    assert manifest.file.name == f"{ID}.zip"
    assert load_model(ID, "CPU").input_size == (48, 32)


def test_a_model_with_an_open_size_gets_one(person_onnx: Path, photo_bgr: Photo, tmp_path: Path) -> None:
    model = ov.Core().read_model(person_onnx)
    model.reshape([1, -1, -1, 3])
    ov.save_model(model, tmp_path / "open.xml")
    with pytest.raises(ShelfError, match="--width and --height"):
        add(tmp_path / "open.xml", photo_bgr)
    manifest = add(tmp_path / "open.xml", photo_bgr, Wishes(width=64, height=40))
    assert (manifest.input.width, manifest.input.height) == (64, 40)
    assert load_model(ID, "CPU").output_size == (64, 40)


@pytest.fixture
def open_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_manifest: object) -> str:
    """Let the checkout hold a model of the signature of ``person_onnx`` that users export themselves."""
    assert callable(make_manifest)
    manifest = make_manifest(
        id="exported",
        file=WeightsFile("exported.onnx", None, None),
        sources=(OwnExport("export it"),),
        input=replace(make_manifest().input, width=48, height=32),
        output=ModelOutput("y", "logits", "NHWC", 2, (1,)),
    )
    path = tmp_path / "checkout" / manifest.id / MANIFEST_NAME
    path.parent.mkdir(parents=True)
    path.write_text(manifest_text(manifest), encoding="utf-8")
    monkeypatch.setattr(registry_module, "CHECKOUT_MODELS_DIR", tmp_path / "checkout")
    monkeypatch.setattr("selfieseg_engine.model_shelf.adding.reference_masks", lambda *_: (None,))
    return str(manifest.id)


def test_a_model_that_its_user_exports_is_completed(
    open_model: str, person_onnx: Path, photo_bgr: Photo
) -> None:
    request = Request(person_onnx, open_model, NOTHING, open_model)
    with proposed(request, [photo_bgr], default_registry()) as proposal:
        assert len(proposal.tried.candidates) == 1
        proposal.store(0)
    found = default_registry().get(open_model)
    assert found.file.name == "exported.onnx"
    assert found.file.digest is not None
    assert obtain_weights(found).read_bytes() == person_onnx.read_bytes()
    with pytest.raises(ShelfError, match="there is a model exported already"):
        require_free_id(open_model, open_model, default_registry())
    remove_model(open_model, default_registry())
    assert default_registry().get(open_model).file.digest is None


def test_a_model_like_a_known_one_takes_its_facts(
    open_model: str, person_onnx: Path, photo_bgr: Photo
) -> None:
    manifest = add(person_onnx, photo_bgr, like=open_model)
    assert manifest.output == default_registry().get(open_model).output
    assert manifest.file.name == f"{ID}.onnx"


def test_what_the_user_says_overrules_the_known_model(
    open_model: str, person_onnx: Path, photo_bgr: Photo
) -> None:
    wishes = Wishes(person=(0,), classes=("red", "blue"), meaning="probability")
    manifest = add(person_onnx, photo_bgr, wishes, like=open_model)
    known = default_registry().get(open_model).output
    assert manifest.output == replace(known, person=(0,), classes=("red", "blue"), meaning="probability")


@pytest.mark.parametrize(
    "wishes", [Wishes(input="nope"), Wishes(output="nope"), Wishes(layout="NCHW"), Wishes(person=(7,))]
)
def test_a_wish_that_the_model_does_not_have_is_told(
    open_model: str, person_onnx: Path, photo_bgr: Photo, wishes: Wishes
) -> None:
    with pytest.raises((ShelfError, InferenceError)):
        add(person_onnx, photo_bgr, wishes, like=open_model)
    assert kept() == []


def test_a_known_model_that_nobody_knows_is_told(person_onnx: Path, photo_bgr: Photo) -> None:
    with pytest.raises(RegistryError, match="no model is called 'nope'"):
        add(person_onnx, photo_bgr, like="nope")


def test_a_model_that_is_not_like_the_known_one_is_told(
    open_model: str, tmp_path: Path, photo_bgr: Photo
) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(linear_model(32, 48, np.ones((5, 2), np.float32), np.zeros(2, np.float32)))
    with pytest.raises(ShelfError, match=f"not like {open_model}: it has inputs"):
        add(path, photo_bgr, like=open_model)
    assert kept() == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.onnx", b"", "it is empty"),
        ("a.onnx", b"hello", "it is no .onnx model"),
        ("a.tflite", b"hello, hello", "it is no .tflite model"),
        ("a.onnx", b"\x08\x08cut", "check that it is whole"),
        ("a.tflite", b"\x1c\x00\x00\x00TFL3cut", "check that it is whole"),
        ("a.zip", b"PK\x03\x04cut", "must hold model.xml"),
        ("a.xml", b"<net/>", "a.bin is not taken, there is no such file"),
        ("a.pt", b"hello", ".pt is no kind of model known here"),
        ("a", b"hello", "a name without an ending is no kind"),
        ("missing.onnx", None, "there is no such file"),
    ],
)
def test_what_is_no_model_is_told_and_leaves_nothing(
    tmp_path: Path, photo_bgr: Photo, name: str, content: bytes | None, told: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ShelfError) as caught:
        add(path, photo_bgr)
    assert told in str(caught.value)
    assert ".partial-" not in str(caught.value)
    assert kept() == []


def test_a_file_of_3_gb_is_not_copied(tmp_path: Path, photo_bgr: Photo) -> None:
    path = tmp_path / "large.onnx"
    with path.open("wb") as file:
        file.truncate(3 << 30)  # a hole: it takes no room
    with pytest.raises(ShelfError, match="3221225472 bytes and may have 2 GiB"):
        add(path, photo_bgr)
    assert kept() == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path, photo_bgr: Photo) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")
    with pytest.raises(ShelfError, match="not a plain file"):
        add(tmp_path / "pipe.onnx", photo_bgr)


def test_a_data_directory_that_cannot_be_written_is_told(
    person_onnx: Path, photo_bgr: Photo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").write_text("in the way")
    monkeypatch.setenv("SELFIESEG_DATA_DIR", str(tmp_path / "a file"))
    with pytest.raises(ShelfError, match=r"Red Person\.onnx cannot be added, .*SELFIESEG_DATA_DIR"):
        add(person_onnx, photo_bgr)


def test_wishes_that_make_no_manifest_are_told(person_onnx: Path, photo_bgr: Photo) -> None:
    with pytest.raises(ShelfError, match=r"output\.person"):
        add(person_onnx, photo_bgr, Wishes(person=(7,)))
    with pytest.raises(ShelfError, match=r"output\.classes"):
        add(person_onnx, photo_bgr, Wishes(classes=("hair",)))
    assert kept() == []


def test_a_file_that_is_here_already_is_not_added_twice(person_onnx: Path, photo_bgr: Photo) -> None:
    add(person_onnx, photo_bgr)
    request = Request(person_onnx, "again", NOTHING)
    with (
        pytest.raises(ShelfError, match=f"it is the model {ID}, byte for byte"),
        proposed(request, [photo_bgr], default_registry()),
    ):
        pass


@pytest.mark.parametrize("name", ["", "Big", "../evil", "a/b", "a b", "x" * 65, "selfie_segmentation"])
def test_names_that_no_new_model_may_have(name: str) -> None:
    with pytest.raises(ShelfError, match=r"no model can be called|already"):
        require_free_id(name, None, default_registry())


@pytest.mark.parametrize(
    ("name", "suggested"),
    [("My Model-v2.onnx", "my_model_v2"), ("模.onnx", "own_model"), ("x" * 99 + ".tflite", "x" * 64)],
)
def test_a_name_is_suggested_after_the_file(name: str, suggested: str) -> None:
    assert suggested_id(Path(name)) == suggested


def test_a_removed_model_is_gone_wholly(person_onnx: Path, photo_bgr: Photo) -> None:
    add(person_onnx, photo_bgr)
    load_model(ID, "CPU")
    removed = remove_model(ID, default_registry())
    assert removed.bytes > person_onnx.stat().st_size
    assert kept() == []
    with pytest.raises(RegistryError):
        remove_model(ID, default_registry())


def test_only_our_copy_of_a_published_model_is_removed(
    tmp_path: Path, make_manifest: object, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", str(shared / "models"))
    manifest = default_registry().get("selfie_segmentation")
    ours = obtain_weights(manifest)
    removed = remove_model(manifest.id, default_registry())
    assert not ours.exists()
    assert removed.copies_left == (shared / "models" / manifest.file.name,)
    assert removed.copies_left[0].exists()
    with pytest.raises(ShelfError, match="there is nothing of selfie_segmentation to remove"):
        remove_model(manifest.id, default_registry())


def test_a_broken_model_can_be_removed() -> None:
    path = models_dir() / "broken" / MANIFEST_NAME
    path.parent.mkdir(parents=True)
    path.write_text("rubbish", encoding="utf-8")
    with pytest.raises(ShelfError, match="there is a model broken already"):
        require_free_id("broken", None, default_registry())
    remove_model("broken", default_registry())
    assert kept() == []


def test_who_stores_second_does_not_overwrite_the_first(person_onnx: Path, photo_bgr: Photo) -> None:
    with proposed(Request(person_onnx, ID, NOTHING), [photo_bgr], default_registry()) as proposal:
        proposal.store(0)
        fresh = proposal.folder / "other" / ID
        fresh.mkdir(parents=True)
        with pytest.raises(ShelfError, match="stored meanwhile"):
            put_in_place(fresh)
    assert cached_weights_path(default_registry().get(ID)).exists()


def test_a_real_model_that_the_registry_does_not_know(
    shared: Path, astronaut_bgr: Photo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MediaPipe's general model under another hash: its extension, layout, scale and person are found out."""
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", str(shared / "models"))
    path = tmp_path / "unknown.tflite"
    path.write_bytes((shared / "models" / "selfie_segmentation.tflite").read_bytes() + bytes(8))
    manifest = add(path, astronaut_bgr)
    published = default_registry().get("selfie_segmentation")
    assert replace(manifest.input, name="") == replace(published.input, name="")
    assert replace(manifest.output, name="") == replace(published.output, name="")
    assert manifest.extensions == published.extensions


def test_a_real_onnx_with_what_its_publisher_says(
    shared: Path, astronaut_bgr: Photo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SINet under another hash: it is scaled as no other model is."""
    monkeypatch.setenv("SELFIESEG_MODEL_PATH", str(shared / "models"))
    path = tmp_path / "unknown.onnx"
    a_comment = b"\x32\x01x"  # doc_string of ONNX's ModelProto
    path.write_bytes((shared / "models" / "sinet_320.onnx").read_bytes() + a_comment)
    published = default_registry().get("sinet")
    facts = published.input
    manifest = add(path, astronaut_bgr, Wishes(colour=facts.colour, mean=facts.mean, scale=facts.scale))
    assert replace(manifest.input, name="") == replace(facts, name="")
    assert (manifest.output.layout, manifest.output.person) == ("NCHW", (1,))
