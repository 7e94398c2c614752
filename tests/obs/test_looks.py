"""Looks in a real OBS with a real engine: pictures behind the person, broken files, hair, composites."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
import skimage.data

from selfieseg_engine.isolated_obs import DEFAULT_SCENE, IsolatedObs
from tests.obs.product import (
    FILTER,
    HIDDEN_SECRET_CONTRAST,
    SECRET,
    SHARED,
    SOURCE,
    Picture,
    Product,
    product_config,
    product_environment,
    product_scripts,
    secret_contrast,
)
from tests.obs.properties_probe import PROBE, ask_state_text

pytestmark = pytest.mark.timeout(240)

DARK = 32
SETTLE_S = 0.5
ROUNDED = 4
PANIC = "selfie_segmentation.panic"
has_hair_model = pytest.mark.skipif(
    not (SHARED / "models" / "hair_segmentation.tflite").exists(),
    reason="the weights of hair_segmentation are not beside this checkout",
)


@pytest.fixture(scope="module")
def one_product(product_data_dir: Path) -> Iterator[Product]:
    """One OBS for all tests of this file, with a script that asks the filter's properties."""
    config = product_config([*product_scripts(), PROBE])
    with IsolatedObs(config, environment=product_environment(product_data_dir)) as isolated:
        shared = Product(isolated, product_data_dir)
        yield shared
        shared.stop()


def look(product: Product) -> Picture:
    """Return what the source shows, which must not be the room; uint8 BGRA."""
    picture = product.scene.screenshot(SOURCE, alpha=True)
    assert secret_contrast(picture) < HIDDEN_SECRET_CONTRAST
    return picture


def wait_for(product: Product, is_so: Callable[[Picture], bool], what: str) -> Picture:
    """Look until it is so; the room must be hidden all the while."""
    seen: list[Picture] = []

    def looks_so() -> bool:
        seen[:] = [look(product)]
        return is_so(seen[0])

    product.scene.wait_until(looks_so, what=what)
    return seen[0]


def wait_for_words(product: Product, *words: str) -> None:
    def are_said() -> bool:
        text = ask_state_text(product, FILTER)
        return all(word in text for word in words)

    product.scene.wait_until(are_said, what=f"the properties to say {words}")


def wait_for_no_trouble(product: Product) -> None:
    def is_solved() -> bool:
        text = ask_state_text(product, FILTER)
        return text.startswith("running:") and "but:" not in text

    product.scene.wait_until(is_solved, what="the trouble to pass")


def is_color(*bgr: int) -> Callable[[Picture], bool]:
    return lambda picture: bool(np.abs(picture[SECRET][..., :3].mean(axis=(0, 1)) - bgr).max() < ROUNDED)


def write_color(path: Path, *bgr: int, width: int = 640, height: int = 360) -> None:
    """Write a picture at once: a reader never sees half of it."""
    draft = path.with_name("draft" + path.suffix)
    cv2.imwrite(str(draft), np.full((height, width, 3), bgr, np.uint8))
    draft.rename(path)


def test_an_image_fills_the_background_and_follows_its_file(product: Product, tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    write_color(path, 200, 120, 40)
    product.show_person(tmp_path, background="image", image_path=str(path))
    wait_for(product, is_color(200, 120, 40), "the picture")
    time.sleep(1.1)  # file systems that count in seconds
    write_color(path, 20, 160, 220)
    wait_for(product, is_color(20, 160, 220), "the changed picture")

    path.write_bytes(b"half a picture")
    wait_for_words(product, "but:", "wall.png")
    assert is_color(20, 160, 220)(look(product)), "the last good picture stays"
    write_color(path, 90, 90, 0)
    wait_for(product, is_color(90, 90, 0), "the mended picture")
    wait_for_no_trouble(product)


def test_an_image_is_cut_and_not_stretched(product: Product, tmp_path: Path) -> None:
    """A square picture, red in its middle half and blue above and below: in 16:9 mostly red is left."""
    square = np.zeros((800, 800, 3), np.uint8)
    square[:, :] = (255, 0, 0)
    square[200:600] = (0, 0, 255)
    cv2.imwrite(str(tmp_path / "square.png"), square)
    product.show_person(tmp_path, background="image", image_path=str(tmp_path / "square.png"))
    picture = wait_for(product, lambda seen: bool(seen[360, 20, 2] > 200), "the picture")
    # 16:9 of the square's 800x800 is 800x450, rows 175 to 625: blue for the first 40 of 720 rows, then red.
    assert tuple(picture[15, 20, :3]) == (255, 0, 0)
    assert tuple(picture[60, 20, :3]) == (0, 0, 255)
    assert tuple(picture[705, 20, :3]) == (255, 0, 0)


def write_sound(path: Path) -> Path:
    """Write a video file without a single frame."""
    tone = ["-f", "lavfi", "-i", "sine=duration=2"]
    subprocess.run(["ffmpeg", "-loglevel", "error", *tone, str(path)], check=True)
    return path


def broken_files(folder: Path) -> dict[str, dict[str, Any]]:
    """Settings with a background that cannot be had, by what the properties say of it."""
    (folder / "text.png").write_text("no picture")
    (folder / "text.mp4").write_text("no video")
    wide = folder / "wide.png"
    cv2.imwrite(str(wide), np.zeros((40, 20_000, 3), np.uint8))
    return {
        "gone.png": {"background": "image", "image_path": str(folder / "gone.png")},
        "text.png": {"background": "image", "image_path": str(folder / "text.png")},
        "20000": {"background": "image", "image_path": str(wide)},
        str(folder): {"background": "image", "image_path": str(folder)},
        "gone.mp4": {"background": "video", "video_path": str(folder / "gone.mp4")},
        "text.mp4": {"background": "video", "video_path": str(folder / "text.mp4")},
        "sound.mp4": {"background": "video", "video_path": str(write_sound(folder / "sound.mp4"))},
    }


def test_a_broken_file_is_told_and_the_room_stays_hidden(product: Product, tmp_path: Path) -> None:
    product.show_person(tmp_path)
    for words, settings in broken_files(tmp_path).items():
        product.configure(**settings)
        wait_for_words(product, "but:", words)
        picture = look(product)
        assert is_color(DARK, DARK, DARK)(picture), words
    product.configure(background="blur")
    wait_for_no_trouble(product)
    product.scene.wait_until(lambda: not is_color(DARK, DARK, DARK)(look(product)), what="the blur")


def test_black_and_white_keeps_the_persons_colours(product: Product, tmp_path: Path) -> None:
    raw = product.show_person(tmp_path, background="grayscale")
    time.sleep(SETTLE_S)
    picture = product.scene.screenshot(SOURCE).astype(int)
    room = picture[500:700, 20:200]
    assert np.ptp(room, axis=2).max() <= 2
    assert np.ptp(raw[500:700, 20:200].astype(int), axis=2).max() > 60
    person = (slice(560, 680), slice(760, 860))
    assert np.abs(picture[person] - raw[person]).mean() < 3


def test_split_shows_before_and_after(product: Product, tmp_path: Path) -> None:
    raw = product.show_person(tmp_path, background="color", view="split")
    time.sleep(SETTLE_S)
    picture = product.scene.screenshot(SOURCE).astype(int)
    assert np.abs(picture[:, :638] - raw[:, :638]).max() <= 1
    assert tuple(picture[10, 1270]) == (0, 255, 0)


@has_hair_model
def test_hair_is_dyed(product: Product, tmp_path: Path) -> None:
    """With the real model: the hair of the photo turns red, the face and the suit do not change."""
    raw = product.show_person(tmp_path, background="none")
    product.configure(hair_strength=1.0, hair_color=0xFF0000FF)
    hair = (slice(20, 70), slice(700, 800))
    unchanged = {"face": (slice(140, 205), slice(690, 770)), "suit": (slice(560, 680), slice(760, 860))}

    def is_red() -> bool:
        picture = product.scene.screenshot(SOURCE)[hair].astype(int)
        return bool((picture[..., 2] - picture[..., 1]).mean() > 60)

    product.scene.wait_until(is_red, what="red hair")
    picture = product.scene.screenshot(SOURCE).astype(int)
    for name, part in unchanged.items():
        assert np.abs(picture[part] - raw[part]).mean() < 3, name
    product.configure(view="classes")
    product.scene.wait_until(
        lambda: (
            np.median(product.scene.screenshot(SOURCE)[hair].reshape(-1, 3), axis=0).tolist() == [0, 0, 128]
        ),
        what="hair in the view of classes",
    )


def test_the_engine_draws_what_the_gpu_draws(product: Product, tmp_path: Path) -> None:
    coffee = cv2.cvtColor(skimage.data.coffee(), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(tmp_path / "coffee.png"), coffee)
    product.show_person(tmp_path, background="image", image_path=str(tmp_path / "coffee.png"))
    time.sleep(2)
    drawn_here = product.scene.screenshot(SOURCE, alpha=True)
    product.configure(effects_in_engine=True)
    product.scene.wait_until(
        lambda: any(session.get("effects_in_engine") for session in product.sessions()),
        what="the engine to draw",
    )
    time.sleep(1.5)  # until its picture is loaded, and the last matte is stale
    drawn_there = product.scene.screenshot(SOURCE, alpha=True)
    difference = np.abs(drawn_here.astype(np.float32) - drawn_there.astype(np.float32))
    # The engine shrinks the whole frame for the model its own way: the masks differ a little at the edge.
    assert difference.mean() <= 2
    assert np.percentile(difference, 90) <= 1


def test_composites_fail_closed(product: Product, tmp_path: Path) -> None:
    product.show_person(tmp_path, background="color", effects_in_engine=True, without_matte="hide")
    wait_for(product, is_color(0, 255, 0), "the engine's picture")
    for _ in range(3):
        product.configure(effects_in_engine=False)
        look(product)
        product.configure(effects_in_engine=True)
        look(product)
    product.wait_for_mattes()
    wait_for(product, is_color(0, 255, 0), "the engine's picture")


def test_panic_hides_what_studio_mode_shows(product: Product, tmp_path: Path) -> None:
    """In studio mode the program shows a private copy of the scene, whose filters have no hotkeys."""
    product.show_person(tmp_path, background="none")
    product.scene.remove_filter(SOURCE, FILTER)
    product.add_filter(DEFAULT_SCENE, FILTER)
    product.wait_for_mattes()
    product.scene.set_studio_mode(True)
    product.scene.create_scene("Other", switch=False)
    product.scene.request("SetCurrentPreviewScene", sceneName="Other")
    product.wait_for_mattes()
    names = product.scene.request("GetHotkeyList")["hotkeys"]
    assert PANIC in names

    assert program(product).mean() > 30
    product.scene.request("TriggerHotkeyByName", hotkeyName=PANIC)
    assert program(product).mean() < 5
    product.scene.request("TriggerHotkeyByName", hotkeyName=PANIC)
    assert program(product).mean() > 30


def test_panic_hides_a_copy_whose_filter_was_never_drawn(product: Product, tmp_path: Path) -> None:
    """A scene can go on air in studio mode without having been in the preview."""
    product.show_person(tmp_path, background="none")
    product.scene.remove_filter(SOURCE, FILTER)
    product.scene.create_scene("Other", switch=True)
    product.scene.wait_until(  # until then the scene, and its filter with it, is drawn
        lambda: product.scene.request("GetCurrentSceneTransitionCursor")["transitionCursor"] == 1,
        what="the end of the transition",
    )
    product.add_filter(DEFAULT_SCENE, FILTER)
    product.scene.set_studio_mode(True)
    product.scene.request("SetCurrentPreviewScene", sceneName="Other")
    product.scene.wait_until(
        lambda: PANIC in product.scene.request("GetHotkeyList")["hotkeys"], what="the hotkey"
    )
    product.scene.request("SetCurrentProgramScene", sceneName=DEFAULT_SCENE)
    assert program(product).mean() > 30
    product.scene.request("TriggerHotkeyByName", hotkeyName=PANIC)
    assert program(product).mean() < 5
    product.scene.request("TriggerHotkeyByName", hotkeyName=PANIC)
    assert program(product).mean() > 30


def program(product: Product) -> Picture:
    """Return what viewers see now."""
    video = cv2.VideoCapture(str(product.scene.record(1.0)))
    frames = []
    while True:
        ok, frame = video.read()
        if not ok:
            break
        frames.append(cast("Picture", frame))
    video.release()
    return frames[-1]
