"""The filter's dialogue, worked inside OBS: what is shown, greyed out, and what a preset does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from selfieseg_engine.isolated_obs import ObsScript
from tests.obs.product import FILTER, SOURCE, Product, product_config, product_scripts

pytestmark = pytest.mark.timeout(180)

PROBE = Path(__file__).with_name("dialogue_probe.lua")
STATE_LIMIT_S = 5.0  # the state is told twice a second
Change = tuple[str, str, str]
NAMES = (
    "state", "refresh_state", "preset", "background", "blur_strength", "color", "image_path",
    "video_path", "background_source", "view", "without_matte", "alignment", "show_person", "classes_missing",
    "hair_strength", "hair_color", "clothes_strength", "clothes_color", "face_smooth", "face_brighten",
    "skin_tone", "skin_color", "show_advanced", "threshold", "softness", "expand", "refine_edges",
    "smoothing", "light_wrap", "despill", "invert", "model", "class_model", "device", "effects_in_engine",
)  # fmt: skip
PERSON = ("hair_strength", "hair_color", "clothes_strength", "face_smooth", "face_brighten", "skin_tone")


@dataclass(frozen=True)
class Control:
    """One control of the dialogue, as a user sees it."""

    visible: bool
    enabled: bool
    label: str
    value: str


class Dialogue:
    """The dialogue of one filter."""

    def __init__(self, product: Product, folder: Path) -> None:
        self._product = product
        self._folder = folder

    def work(self, *changes: Change) -> dict[str, Control]:
        """Open the dialogue, make these changes one after the other, and return its controls."""
        answer = self._folder / "answer"
        answer.unlink(missing_ok=True)
        lines = [SOURCE, FILTER, ",".join(NAMES), *("\t".join(change) for change in changes)]
        draft = self._folder / "draft"
        draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
        draft.rename(self._folder / "question")
        self._product.scene.wait_until(answer.exists, what="the dialogue")
        text = answer.read_text(encoding="utf-8")
        assert not text.startswith("FAILED"), text
        controls = {}
        for line in text.splitlines():
            name, visible, enabled, label, value = line.split("\t")
            controls[name] = Control(visible == "true", enabled == "true", label, value)
        return controls


@pytest.fixture
def dialogue(start_product: Callable[..., Product], tmp_path: Path) -> Dialogue:
    folder = tmp_path / "dialogue"
    folder.mkdir()
    scripts = [*product_scripts(), ObsScript(PROBE, {"folder": str(folder)})]
    product = start_product(product_config(scripts))
    product.show_person(tmp_path, model="auto")  # as the preset has it
    return Dialogue(product, folder)


def test_the_dialogue(dialogue: Dialogue) -> None:
    deadline = time.monotonic() + STATE_LIMIT_S
    while "running" not in (opened := dialogue.work())["state"].label:
        assert time.monotonic() < deadline, opened["state"].label
    _everything_has_a_label(opened)
    _only_what_applies_is_shown(dialogue, opened)
    _controls_of_missing_classes_are_grey(dialogue)
    _presets(dialogue)


def _everything_has_a_label(opened: dict[str, Control]) -> None:
    assert opened["preset"].value == "balanced"
    for name, control in opened.items():
        assert control.label, name
        assert control.label != name, f"{name} has no text"


def _only_what_applies_is_shown(dialogue: Dialogue, opened: dict[str, Control]) -> None:
    assert opened["blur_strength"].visible
    for name in ("color", "image_path", "video_path", "background_source", "threshold", "model", *PERSON):
        assert not opened[name].visible, name
    for kind, name in {"color": "color", "image": "image_path", "video": "video_path"}.items():
        chosen = dialogue.work(("background", "string", kind))
        assert chosen[name].visible
        assert not chosen["blur_strength"].visible
    assert dialogue.work(("background", "string", "source"))["background_source"].visible
    advanced = dialogue.work(("background", "string", "blur"), ("show_advanced", "bool", "true"))
    for name in ("threshold", "softness", "expand", "light_wrap", "despill", "invert", "model", "device"):
        assert advanced[name].visible, name


def _controls_of_missing_classes_are_grey(dialogue: Dialogue) -> None:
    shown = dialogue.work(("show_person", "bool", "true"))
    assert all(shown[name].visible for name in PERSON)
    assert not shown["clothes_strength"].enabled
    assert not shown["face_smooth"].enabled
    assert "Model for hair, face and clothes" in shown["classes_missing"].label


def _presets(dialogue: Dialogue) -> None:
    green = dialogue.work(("preset", "string", "green_screen"))
    assert (green["background"].value, green["light_wrap"].value) == ("color", "0")
    assert (green["color"].visible, green["blur_strength"].visible) == (True, False)
    assert dialogue.work()["background"].value == "color", "kept when the dialogue opens again"

    custom = dialogue.work(("softness", "double", "0.77"))
    assert custom["preset"].value == "custom"
    assert (custom["background"].value, custom["softness"].value) == ("color", "0.77")

    fast = dialogue.work(("preset", "string", "fast"))
    assert fast["background"].value == "blur"
    assert fast["model"].value == "selfie_segmentation_landscape"
    assert fast["softness"].value != "0.77"

    kept = dialogue.work(("preset", "string", "custom"))
    assert (kept["model"].value, kept["preset"].value) == ("selfie_segmentation_landscape", "custom")
