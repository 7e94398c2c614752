"""The filter's hotkeys, pressed through obs-websocket as OBS itself calls them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest

from tests.obs.product import FILTER, SOURCE, Product, person_in_a_room

pytestmark = pytest.mark.timeout(200)

PREFIX = "selfie_segmentation."
PANIC, TOGGLE, NEXT = (PREFIX + name for name in ("panic", "toggle", "next_background"))


def hotkeys(product: Product) -> set[str]:
    names = product.scene.request("GetHotkeyList")["hotkeys"]
    return {name for name in names if name.startswith(PREFIX)}


def wait_for_hotkeys(product: Product, *expected: str) -> None:
    product.scene.wait_until(lambda: hotkeys(product) == set(expected), what=f"hotkeys {expected}")


def press(product: Product, name: str) -> None:
    product.scene.request("TriggerHotkeyByName", hotkeyName=name)


def shows_anything(product: Product) -> bool:
    return bool(product.scene.screenshot(SOURCE, alpha=True, width=160, height=90)[..., 3].any())


def is_enabled(product: Product) -> bool:
    answer = product.scene.request("GetSourceFilter", sourceName=SOURCE, filterName=FILTER)
    return bool(answer["filterEnabled"])


def test_panic_hides_everything_and_shows_it_again(product: Product, tmp_path: Path) -> None:
    product.show_person(tmp_path)
    wait_for_hotkeys(product, PANIC, TOGGLE, NEXT)
    press(product, PANIC)
    pressed = time.monotonic()
    product.scene.wait_until(lambda: not shows_anything(product), what="darkness", poll_s=0.01)
    print(f"hidden after {time.monotonic() - pressed:.2f} s")
    time.sleep(1)
    assert not shows_anything(product)
    press(product, PANIC)
    product.scene.wait_until(lambda: shows_anything(product), what="the picture")


def test_panic_switches_a_filter_on_that_was_off(product: Product, tmp_path: Path) -> None:
    """A filter that is off hides nothing."""
    product.show_person(tmp_path)
    wait_for_hotkeys(product, PANIC, TOGGLE, NEXT)
    product.scene.set_filter_enabled(SOURCE, FILTER, False)
    press(product, PANIC)
    product.scene.wait_until(lambda: is_enabled(product) and not shows_anything(product), what="darkness")


def test_what_panic_has_hidden_stays_hidden(product: Product, tmp_path: Path) -> None:
    """On/off does not end it. OBS's window does, but panic hides again whatever the count."""
    product.show_person(tmp_path)
    wait_for_hotkeys(product, PANIC, TOGGLE, NEXT)
    press(product, PANIC)
    product.scene.wait_until(lambda: not shows_anything(product), what="darkness")
    press(product, TOGGLE)
    for _ in range(20):
        assert not shows_anything(product)
    assert is_enabled(product)
    product.scene.set_filter_enabled(SOURCE, FILTER, False)
    product.scene.wait_until(lambda: shows_anything(product), what="the filter to be off")
    press(product, PANIC)
    product.scene.wait_until(lambda: is_enabled(product) and not shows_anything(product), what="darkness")
    for _ in range(20):
        assert not shows_anything(product)


def test_the_effect_goes_on_and_off(product: Product, tmp_path: Path) -> None:
    raw = product.show_person(tmp_path)
    wait_for_hotkeys(product, PANIC, TOGGLE, NEXT)
    press(product, TOGGLE)
    product.scene.wait_until(lambda: not is_enabled(product), what="the filter to be off")
    assert np.abs(product.scene.screenshot(SOURCE).astype(int) - raw).max() <= 1
    press(product, TOGGLE)
    product.scene.wait_until(lambda: is_enabled(product), what="the filter to be on")


def test_backgrounds_are_gone_through_and_the_room_is_none_of_them(product: Product, tmp_path: Path) -> None:
    product.show_person(tmp_path)
    product.configure(image_path=str(tmp_path / "person.png"))
    wait_for_hotkeys(product, PANIC, TOGGLE, NEXT)

    def background() -> str:
        return str(product.scene.filter_settings(SOURCE, FILTER).get("background", "blur"))

    for expected in ("color", "image", "transparent", "grayscale", "blur", "color"):
        time.sleep(0.2)  # until the setting has come round to the Python half
        press(product, NEXT)
        product.scene.wait_until(lambda name=expected: background() == name, what=expected)  # type: ignore[misc]


def test_two_filters_on_one_source_have_hotkeys_of_their_own(product: Product, tmp_path: Path) -> None:
    product.show_person(tmp_path)
    wait_for_hotkeys(product, PANIC, TOGGLE, NEXT)
    product.add_filter(name="Second")
    both = [PANIC, TOGGLE, NEXT, f"{PANIC} 2", f"{TOGGLE} 2", f"{NEXT} 2"]
    wait_for_hotkeys(product, *both)
    press(product, f"{TOGGLE} 2")

    def second_is_on() -> bool:
        answer = product.scene.request("GetSourceFilter", sourceName=SOURCE, filterName="Second")
        return bool(answer["filterEnabled"])

    product.scene.wait_until(lambda: not second_is_on(), what="the second to be off")
    assert is_enabled(product)
    product.scene.remove_filter(SOURCE, "Second")
    wait_for_hotkeys(product, PANIC, TOGGLE, NEXT)


def test_hotkeys_come_and_go_with_the_filter_while_they_are_pressed(product: Product, tmp_path: Path) -> None:
    product.show_person(tmp_path)
    for _ in range(15):
        wait_for_hotkeys(product, PANIC, TOGGLE, NEXT)
        for name in (PANIC, TOGGLE, NEXT) * 3:
            press(product, name)
        product.scene.remove_filter(SOURCE, FILTER)
        wait_for_hotkeys(product)
        product.add_filter()
    assert product.obs.running
    assert not [line for line in product.log_lines() if ".lua:" in line]


def test_a_filter_that_was_never_shown_has_its_hotkeys(product: Product, tmp_path: Path) -> None:
    """Panic works before the scene is switched to; and OBS forgets bindings of what is not registered."""
    cv2.imwrite(str(tmp_path / "person.png"), person_in_a_room())
    product.scene.create_scene("Later", switch=False)
    product.scene.create_image(SOURCE, tmp_path / "person.png", scene="Later")
    product.add_filter()
    wait_for_hotkeys(product, PANIC, TOGGLE, NEXT)
    press(product, PANIC)
    product.scene.switch_scene("Later")
    for _ in range(20):
        assert not shows_anything(product)


def saved_hotkeys(product: Product) -> dict[str, list[dict[str, str]]]:
    """Return the hotkeys of the source as the first collection's file has them."""
    collection = json.loads(product.obs.home.collection.read_text(encoding="utf-8"))
    source = next(source for source in collection["sources"] if source["name"] == SOURCE)
    return cast("dict[str, list[dict[str, str]]]", source["hotkeys"])


Collection = dict[str, Any]


def edit_the_file(product: Product, edit: Callable[[Collection], None]) -> None:
    """Change the camera in the first collection's file, which must not be loaded."""
    path = product.obs.home.collection
    collection = json.loads(path.read_text(encoding="utf-8"))
    edit(next(source for source in collection["sources"] if source["name"] == SOURCE))
    path.write_text(json.dumps(collection), encoding="utf-8")


def bind(name: str, key: str) -> Callable[[Collection], None]:
    return lambda source: source["hotkeys"].update({name: [{"key": key}]})


def test_keys_that_are_bound_stay_bound(start_product: Callable[..., Product], tmp_path: Path) -> None:
    """Every switch of collections saves, and loads again."""
    product = start_product()
    product.show_person(tmp_path)
    wait_for_hotkeys(product, PANIC, TOGGLE, NEXT)
    product.scene.create_collection("Empty")
    assert {PANIC, TOGGLE, NEXT} <= set(saved_hotkeys(product))
    edit_the_file(product, bind(PANIC, "OBS_KEY_F9"))
    for _ in range(2):
        product.scene.switch_collection("Untitled")
        wait_for_hotkeys(product, PANIC, TOGGLE, NEXT)
        product.scene.switch_collection("Empty")
        assert saved_hotkeys(product)[PANIC] == [{"key": "OBS_KEY_F9"}]
    product.stop()


def test_the_filters_themselves_keep_their_keys(
    start_product: Callable[..., Product], tmp_path: Path
) -> None:
    """libobs forgets those of hotkeys that are not registered when it saves, and names follow no filter."""

    def bind_in_the_filter(source: Collection) -> None:
        settings = next(found["settings"] for found in source["filters"] if found["name"] == second)
        kept = json.loads(settings["selfieseg_hotkeys"])
        kept["keys"]["panic"] = [{"key": "OBS_KEY_F8"}]
        settings["selfieseg_hotkeys"] = json.dumps(kept)

    second = "Second"
    product = start_product()
    product.show_person(tmp_path)
    product.add_filter(name=second)
    names = [PANIC, TOGGLE, NEXT, f"{PANIC} 2", f"{TOGGLE} 2", f"{NEXT} 2"]
    wait_for_hotkeys(product, *names)
    product.scene.wait_until(
        lambda: "selfieseg_hotkeys" in product.scene.filter_settings(SOURCE, second), what="the second place"
    )
    product.scene.create_collection("Empty")
    edit_the_file(product, bind(PANIC, "OBS_KEY_F9"))
    edit_the_file(product, bind_in_the_filter)
    product.scene.switch_collection("Untitled")
    wait_for_hotkeys(product, *names)

    def has(name: str, key: str) -> bool:
        return key in product.scene.filter_settings(SOURCE, name).get("selfieseg_hotkeys", "")

    product.scene.wait_until(lambda: has(FILTER, "OBS_KEY_F9") and has(second, "OBS_KEY_F8"), what="the keys")

    def forget_and_rename(source: Collection) -> None:
        source["hotkeys"].clear()
        source["filters"].reverse()
        for found in source["filters"]:
            found["name"] += " renamed"

    product.scene.switch_collection("Empty")
    edit_the_file(product, forget_and_rename)
    product.scene.switch_collection("Untitled")
    wait_for_hotkeys(product, *names)
    press(product, f"{TOGGLE} 2")

    def is_on(name: str) -> bool:
        answer = product.scene.request("GetSourceFilter", sourceName=SOURCE, filterName=f"{name} renamed")
        return bool(answer["filterEnabled"])

    product.scene.wait_until(lambda: not is_on(second), what="the second to be off")
    assert is_on(FILTER)
    product.scene.switch_collection("Empty")
    kept = saved_hotkeys(product)
    assert (kept[PANIC], kept[f"{PANIC} 2"]) == ([{"key": "OBS_KEY_F9"}], [{"key": "OBS_KEY_F8"}])
    product.stop()
