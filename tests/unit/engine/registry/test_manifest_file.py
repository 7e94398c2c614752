from __future__ import annotations

from pathlib import Path

import pytest

from selfieseg_engine.errors import ManifestError, RegistryError
from selfieseg_engine.registry.manifest_file import read_manifest
from selfieseg_engine.registry.registry import CHECKOUT_MODELS_DIR, Registry, default_registry

LANDSCAPE = CHECKOUT_MODELS_DIR / "selfie_segmentation_landscape" / "manifest.toml"


def written(tmp_path: Path, old: str, new: str) -> Path:
    text = LANDSCAPE.read_text(encoding="utf-8")
    assert text.count(old) >= 1, f"the manifest no longer holds {old!r}"
    path = tmp_path / "some_model" / "manifest.toml"
    path.parent.mkdir()
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_every_manifest_of_the_checkout_is_valid() -> None:
    ids = [manifest.id for manifest in default_registry().manifests]
    assert "selfie_segmentation" in ids
    assert "selfie_segmentation_landscape" in ids


def test_the_landscape_model_eats_256x144_rgb() -> None:
    facts = read_manifest(LANDSCAPE).input
    assert (facts.width, facts.height, facts.colour, facts.scale) == (256, 144, "RGB", (255.0, 255.0, 255.0))


def test_class_models_say_what_their_channels_are() -> None:
    hair = default_registry().get("hair_segmentation")
    assert hair.output.classes == ("background", "hair")
    assert (hair.output.person, hair.input.previous_mask, hair.input.resize) == ((), "hair", "person")
    multiclass = default_registry().get("selfie_multiclass_256x256")
    names = [multiclass.output.classes[channel] for channel in multiclass.output.person]
    assert names == ["hair", "body-skin", "face-skin", "clothes", "others"]
    assert default_registry().get("selfie_segmentation").output.classes == ()


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('title = "', 'titel = "', "title"),
        ("schema = 1", "schema = 2", "schema"),
        ('cost = "low"', 'cost = "none"', "cost"),
        ('cost = "low"', 'cost = "low"\ncolor = "red"', "color"),
        ("bytes = 250145", 'bytes = "250145"', "file.bytes"),
        ("bytes = 250145", "bytes = true", "file.bytes"),
        ("bytes = 250145\nsha256 = ", "bytes = 250145\nsha256 = 'abc'  #", "file.sha256"),
        ('name = "selfie_segmentation_landscape.tflite"', 'name = "../../evil"', "file.name"),
        ('kind = "url"', 'kind = "ftp"', "sources[1].kind"),
        ('url = "https:', 'url = "http:', "sources[1].url"),
        ('platform = "win_amd64"', "platform = 3", "sources[0].wheels[2].platform"),
        ("width = 256", "width = 0", "input.width"),
        ('layout = "NHWC"', 'layout = "HWC"', "input.layout"),
        ('resize = "stretch"', 'resize = "stretch"\ndtype = "f64"', "input.dtype"),
        ("mean = [0.0, 0.0, 0.0]", "mean = [0.0]", "input.mean"),
        ("scale = [255.0, 255.0, 255.0]", "scale = [0, 1, 1]", "input.scale"),
        ("person = [0]", "person = [1]", "output.person"),
        ("person = [0]", "person = 0", "output.person"),
        ("person = [0]", "person = [0, 0]", "output.person"),
        ("person = [0]", "person = []", "output.person"),
        ("person = [0]", 'person = [0]\nclasses = ["Beard!"]', "output.classes"),
        ("person = [0]", 'person = [0]\nclasses = ["hair", "others"]', "output.classes"),
        ('resize = "stretch"', 'resize = "stretch"\nprevious_mask = "hair"', "input.previous_mask"),
        ('resize = "stretch"', 'resize = "person"', "input.resize"),
        ("channels = 1", 'channels = 1\nzero = "a"', "output.zero"),
        ("channels = 1", "channels = 1\nzero = 1", "output.one"),
        ('meaning = "probability"', 'meaning = "class-index"', "output.layout"),
        (
            'layout = "NHWC"\nchannels = 1',
            'layout = "NHW"\nchannels = 2',
            "output.layout",
        ),
        ("extensions = [", 'repairs = ["glue"]\nextensions = [', "conversion.repairs"),
        ("[file]", '[[states]]\ninput = "r1i"\noutput = "r1o"\nshape = [0]\n\n[file]', "states[0].shape"),
        ("[file]", '[[constants]]\ninput = "ratio"\nvalues = []\n\n[file]', "constants[0].values"),
        ("iou = 0.", "iou = 1.", "iou"),
        ('cost = "low"', 'cost = "low"\nnon_commercial = "yes"', "non_commercial"),
        ('sha256 = "a77d', 'git_blob = "a77d', "file.git_blob"),
        ('sha256 = "a77d', 'sha512 = "a77d', "file.sha512"),
        ('["Convolution2DTransposeBias"]', '["Softmax3D"]', "conversion.extensions"),
        ("[conversion]", "[conversation]", "conversion"),
        ("schema = 1", "schema = = 1", "file"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, old: str, new: str, field: str) -> None:
    with pytest.raises(ManifestError) as caught:
        read_manifest(written(tmp_path, old, new))
    assert caught.value.field == field
    assert f"{field}: " in str(caught.value)


def test_an_unknown_id_is_answered_with_the_known_ones() -> None:
    with pytest.raises(RegistryError, match="selfie_segmentation_landscape"):
        default_registry().get("nope")


def test_a_folder_without_manifests_is_no_registry(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match=r"manifest\.toml"):
        Registry(tmp_path)
