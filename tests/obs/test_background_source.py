"""Another source of OBS behind the person: whatever becomes of it, the room is not shown."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from selfieseg_engine.isolated_obs import DEFAULT_SCENE, IsolatedObs, ObsScript
from tests.obs.product import (
    FILTER,
    HIDDEN_SECRET_CONTRAST,
    SECRET,
    SOURCE,
    Product,
    product_config,
    product_environment,
    product_scripts,
    secret_contrast,
    video_frames,
    write_clip,
)
from tests.obs.properties_probe import PROBE, ask_state_text

pytestmark = pytest.mark.timeout(300)

BEHIND, STORE = "Behind", "Store"
ORANGE, DARK = (30, 90, 200), (32, 32, 32)
SAME_COLOR = 3.0  # mean difference, grey levels
CHANGES = 100

# Writes what the filter's properties offer as background sources, one a line, again and again.
_FOLDER = Path(tempfile.mkdtemp(prefix="source-list-probe-"))
_OFFERED, _SCRIPT = _FOLDER / "offered", _FOLDER / "source_list_probe.lua"
_SCRIPT.write_text(
    f"""
local obs = obslua
local function tell()
  local source = obs.obs_get_source_by_name("{SOURCE}")
  if not source then return end
  local filter = obs.obs_source_get_filter_by_name(source, "{FILTER}")
  if filter then
    local properties = obs.obs_source_properties(filter)
    local list = obs.obs_properties_get(properties, "background_source")
    local out = io.open(script_path() .. "offered.part", "w")
    for i = 0, obs.obs_property_list_item_count(list) - 1 do
      out:write(obs.obs_property_list_item_string(list, i), "\\n")
    end
    out:close()
    os.rename(script_path() .. "offered.part", script_path() .. "offered")
    obs.obs_properties_destroy(properties)
    obs.obs_source_release(filter)
  end
  obs.obs_source_release(source)
end
function script_load() obs.timer_add(tell, 200) end
""",
    encoding="utf-8",
)


@pytest.fixture(scope="module")
def one_product(product_data_dir: Path) -> Iterator[Product]:
    """One OBS for all tests of this file, with scripts that ask the filter's properties."""
    config = product_config([*product_scripts(), PROBE, ObsScript(_SCRIPT)])
    with IsolatedObs(config, environment=product_environment(product_data_dir)) as isolated:
        shared = Product(isolated, product_data_dir)
        yield shared
        shared.stop()


@pytest.fixture
def behind(product: Product, tmp_path: Path) -> Product:
    """The person before an orange source that lies in a scene of its own, which is not shown."""
    cv2.imwrite(str(tmp_path / "orange.png"), np.full((360, 640, 3), ORANGE, np.uint8))
    product.scene.create_scene(STORE, switch=False)
    product.scene.create_image(BEHIND, tmp_path / "orange.png", scene=STORE)
    product.show_person(tmp_path, background="source", background_source=BEHIND)
    wait_for_color(product, ORANGE)
    return product


def color_behind(product: Product) -> tuple[float, ...]:
    """Return the mean colour where the secret is, and check that nobody can read it."""
    picture = product.scene.screenshot(SOURCE)
    assert secret_contrast(picture) < HIDDEN_SECRET_CONTRAST
    return tuple(float(value) for value in picture[SECRET].reshape(-1, 3).mean(axis=0))


def wait_for_color(product: Product, color: tuple[int, int, int]) -> None:
    def is_there() -> bool:
        return float(np.abs(np.subtract(color_behind(product), color)).max()) < SAME_COLOR

    product.scene.wait_until(is_there, what=f"{color} behind the person")


def wait_for_words(product: Product, words: str) -> None:
    product.scene.wait_until(
        lambda: words in ask_state_text(product, FILTER), what=f"the properties to say {words!r}"
    )


def wait_for_no_trouble(product: Product) -> None:
    def is_solved() -> bool:
        text = ask_state_text(product, FILTER)
        return text.startswith("running:") and "but:" not in text

    product.scene.wait_until(is_solved, what="the trouble to pass")


def assert_no_lua_error(product: Product) -> None:
    assert not [line for line in product.log_lines() if ".lua:" in line]


def test_another_source_is_drawn_live(behind: Product, tmp_path: Path) -> None:
    wait_for_no_trouble(behind)
    blue = (200, 60, 20)
    cv2.imwrite(str(tmp_path / "blue.png"), np.full((90, 160, 3), blue, np.uint8))
    behind.scene.set_input_settings(BEHIND, {"file": str(tmp_path / "blue.png")})
    wait_for_color(behind, blue)
    assert_no_lua_error(behind)


def test_a_renamed_source_stays_and_the_setting_follows(behind: Product) -> None:
    behind.scene.request("SetInputName", inputName=BEHIND, newInputName="Curtain")
    behind.scene.wait_until(
        lambda: behind.scene.filter_settings(SOURCE, FILTER).get("background_source") == "Curtain",
        what="the setting to follow",
    )
    wait_for_color(behind, ORANGE)
    wait_for_no_trouble(behind)


def test_a_removed_source_is_missed_and_taken_again(behind: Product, tmp_path: Path) -> None:
    behind.scene.remove_input(BEHIND)
    wait_for_color(behind, DARK)
    wait_for_words(behind, f"'{BEHIND}' does not exist")
    behind.scene.switch_scene(STORE)  # OBS gives a removed source up when it next draws its scene
    time.sleep(0.5)
    behind.scene.switch_scene(DEFAULT_SCENE)
    behind.scene.create_image(BEHIND, tmp_path / "orange.png", scene=STORE)
    wait_for_color(behind, ORANGE)
    wait_for_no_trouble(behind)


def test_a_hidden_source_is_drawn_all_the_same(behind: Product) -> None:
    behind.scene.set_visible(BEHIND, False, scene=STORE)
    time.sleep(1)
    wait_for_color(behind, ORANGE)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (SOURCE, "cannot be its own background"),
        (DEFAULT_SCENE, "this source is in it"),
        ("Nowhere", "does not exist"),
        ("", "No background source is chosen"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(behind: Product, choice: str, words: str) -> None:
    behind.configure(background_source=choice)
    wait_for_color(behind, DARK)
    wait_for_words(behind, words)
    behind.configure(background_source=BEHIND)
    wait_for_color(behind, ORANGE)
    wait_for_no_trouble(behind)


def test_a_scene_that_gets_the_parent_later_is_given_up(behind: Product) -> None:
    behind.configure(background_source=STORE)
    wait_for_no_trouble(behind)
    item = behind.scene.request("CreateSceneItem", sceneName=STORE, sourceName=SOURCE)["sceneItemId"]
    wait_for_words(behind, "this source is in it")
    wait_for_color(behind, DARK)
    behind.scene.request("RemoveSceneItem", sceneName=STORE, sceneItemId=item)
    wait_for_no_trouble(behind)
    assert_no_lua_error(behind)


def test_a_video_plays_behind_the_person(behind: Product, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", np.full((180, 320, 3), ORANGE, np.uint8), seconds=1)
    behind.configure(background="video", video_path=str(tmp_path / "none.mp4"))
    wait_for_color(behind, DARK)
    wait_for_words(behind, "none.mp4 does not exist")
    behind.configure(video_path=str(clip))
    product_colors = behind.scene.wait_until(
        lambda: max(color_behind(behind)) > 150 and color_behind(behind), what="the clip"
    )
    assert np.abs(np.subtract(product_colors, ORANGE)).max() < 12, "a codec's loss"
    wait_for_no_trouble(behind)
    (tmp_path / "text.mp4").write_text("no video")
    behind.configure(video_path=str(tmp_path / "text.mp4"))
    wait_for_words(behind, "gives no picture")
    wait_for_color(behind, DARK)


def test_scenes_are_switched_and_choices_changed_again_and_again(behind: Product) -> None:
    behind.scene.create_scene("Other", switch=False)
    choices = [BEHIND, STORE, SOURCE, DEFAULT_SCENE, "Other", "Nowhere", ""]
    behind.scene.request("StartRecord")
    behind.scene.wait_until(
        lambda: behind.scene.request("GetRecordStatus")["outputActive"], what="the recording to start"
    )
    for change in range(CHANGES):
        behind.configure(background_source=choices[change % len(choices)])
        if change % 10 == 5:
            behind.scene.switch_scene(STORE if change % 20 == 5 else DEFAULT_SCENE)
        time.sleep(0.06)
    behind.scene.switch_scene(DEFAULT_SCENE)
    behind.configure(background_source=BEHIND)
    wait_for_color(behind, ORANGE)
    recording = Path(behind.scene.request("StopRecord")["outputPath"])
    behind.scene.wait_until(
        lambda: not behind.scene.request("GetRecordStatus")["outputActive"], what="the recording to end"
    )
    contrasts = [secret_contrast(frame) for frame in video_frames(recording)]
    assert len(contrasts) > CHANGES
    assert max(contrasts) < HIDDEN_SECRET_CONTRAST
    wait_for_no_trouble(behind)
    assert_no_lua_error(behind)


def test_the_properties_offer_all_that_has_a_picture(behind: Product) -> None:
    def offers() -> bool:
        return _OFFERED.exists() and {SOURCE, BEHIND, STORE, DEFAULT_SCENE} <= set(
            _OFFERED.read_text(encoding="utf-8").splitlines()
        )

    behind.scene.wait_until(offers, what="the list of sources")
