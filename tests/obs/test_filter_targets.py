"""Every kind of source, any place in a filter chain, several filters, several views of one source."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.obs.product import (
    FILTER,
    HIDDEN_SECRET_CONTRAST,
    RAW_SECRET_CONTRAST,
    SOURCE,
    Product,
    person_in_a_room,
    secret_contrast,
    write_clip,
)

pytestmark = pytest.mark.timeout(120)

SETTLE_S = 0.5
COLOR_FILTER = "color_filter_v2"


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "person.mp4", person_in_a_room(), seconds=2, sway=0)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "person.png"
    cv2.imwrite(str(path), person_in_a_room())
    return path


def assert_hidden_but_drawn(product: Product, source: str = SOURCE) -> None:
    picture = product.scene.screenshot(source)
    assert secret_contrast(picture) < HIDDEN_SECRET_CONTRAST
    face = picture[100:300, 640:840].astype(float)
    assert cv2.Laplacian(face, cv2.CV_64F).std() > 5, "the person is sharp"


def settle(product: Product, filters: int = 1) -> list[dict[str, Any]]:
    """Wait for mattes, and until OBS and the engine have the processor again that asking for them took."""
    sessions = product.wait_for_mattes(filters)
    time.sleep(SETTLE_S)
    return sessions


def test_image_source(product: Product, tmp_path: Path) -> None:
    product.show_person(tmp_path)
    time.sleep(SETTLE_S)
    assert_hidden_but_drawn(product)


def test_looping_media_source(product: Product, clip: Path) -> None:
    product.scene.create_media(SOURCE, clip)
    product.scene.wait_for_picture(SOURCE)
    assert secret_contrast(product.scene.screenshot(SOURCE)) > RAW_SECRET_CONTRAST * 0.8
    product.add_filter()
    settle(product)
    for _ in range(8):  # across the loop's end
        assert_hidden_but_drawn(product)
        time.sleep(0.4)


def test_nested_scene(product: Product, photo: Path) -> None:
    """On a scene that holds a filtered source: our render callback within our render callback."""
    product.scene.create_scene("Inner")
    product.scene.create_image(SOURCE, photo, scene="Inner")
    product.add_filter()
    product.scene.request("CreateSceneItem", sceneName="Scene", sourceName="Inner")
    product.scene.switch_scene("Scene")
    product.add_filter("Inner", "Outer", background="color", color=0xFFFF0000)
    settle(product, filters=2)

    assert_hidden_but_drawn(product, SOURCE)
    outer = product.scene.screenshot("Scene")
    assert np.abs(outer[400:700, 20:120].astype(int) - (255, 0, 0)).max() < 30


@pytest.mark.parametrize("place", ["before", "after", "both"])
def test_colour_correction_in_the_chain(product: Product, tmp_path: Path, place: str) -> None:
    """Filters before ours change what we get, filters after ours what we give."""
    raw = product.show_person(tmp_path, background="none")
    grey = {"saturation": -1.0}
    if place in ("before", "both"):
        product.scene.add_filter(SOURCE, "First", COLOR_FILTER, grey)
        product.scene.request("SetSourceFilterIndex", sourceName=SOURCE, filterName="First", filterIndex=0)
    if place in ("after", "both"):
        product.scene.add_filter(SOURCE, "Last", COLOR_FILTER, grey)
    time.sleep(SETTLE_S)

    picture = product.scene.screenshot(SOURCE)
    assert np.ptp(picture.astype(int), axis=2).max() <= 1, "grey"
    assert np.abs(picture.mean() - raw.mean()) < 20
    product.configure(background="blur")
    time.sleep(SETTLE_S)
    assert_hidden_but_drawn(product)


def test_two_cameras_on_one_engine(product: Product, photo: Path, clip: Path) -> None:
    product.scene.create_image(SOURCE, photo)
    product.scene.create_media("Second", clip)
    for source in (SOURCE, "Second"):
        product.scene.wait_for_picture(source)
        product.add_filter(source)
    sessions = settle(product, filters=2)

    assert {session["source"] for session in sessions} == {SOURCE, "Second"}
    for source in (SOURCE, "Second"):
        assert_hidden_but_drawn(product, source)


def test_two_filters_on_one_source(product: Product, tmp_path: Path) -> None:
    product.show_person(tmp_path, background="none")
    product.add_filter(name="Again", background="blur")
    settle(product, filters=2)
    assert_hidden_but_drawn(product)


def test_one_source_in_two_scenes_and_studio_mode(product: Product, tmp_path: Path) -> None:
    """Drawn several times a frame, the source is still captured once a frame."""
    product.show_person(tmp_path)
    product.scene.create_scene("Other", switch=False)
    product.scene.request("CreateSceneItem", sceneName="Other", sourceName=SOURCE)
    product.scene.set_studio_mode(True)
    product.scene.request("SetCurrentPreviewScene", sceneName="Other")
    time.sleep(1)
    rates = []
    for _ in range(3):
        before, then = product.sessions()[0]["client"]["frames"], time.monotonic()
        time.sleep(3)
        after, now = product.sessions()[0]["client"]["frames"], time.monotonic()
        rates.append((after - before) / (now - then))
    for scene in ("Scene", "Other"):
        assert_hidden_but_drawn(product, scene)

    assert np.median(rates) < 36, "30 frames a second, each counted once"


def test_hidden_source_sends_nothing(product: Product, tmp_path: Path) -> None:
    product.show_person(tmp_path)
    for hide, show in (
        (lambda: product.scene.set_visible(SOURCE, False), lambda: product.scene.set_visible(SOURCE, True)),
        (
            lambda: product.scene.set_filter_enabled(SOURCE, FILTER, False),
            lambda: product.scene.set_filter_enabled(SOURCE, FILTER, True),
        ),
    ):
        hide()
        product.scene.wait_until(lambda: product.sessions()[0]["fps_in"] == 0, what="frames to stop")
        show()
        product.wait_for_mattes()


def test_source_without_a_size(product: Product, photo: Path) -> None:
    """A source that has no picture yet has nothing to show; once it has, it is served."""
    product.scene.create_image(SOURCE, photo.with_name("missing.png"))
    product.add_filter()
    time.sleep(1)
    assert not product.scene.screenshot("Scene").any()

    product.scene.set_input_settings(SOURCE, {"file": str(photo)})
    settle(product)
    assert_hidden_but_drawn(product)


def test_work_frames_follow_the_source(product: Product, tmp_path: Path) -> None:
    """A window that was small at first, a telephone that is turned, a 5:4 capture: each its own work size."""
    raw = product.show_person(tmp_path, model="selfie_segmentation")
    for size, work in (((160, 90), "160x90"), ((720, 1280), "288x512"), ((720, 576), "428x343")):
        path = tmp_path / f"{work}.png"
        resized = cv2.resize(raw, size, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(path), resized)
        product.scene.set_input_settings(SOURCE, {"file": str(path)})
        product.scene.wait_until(
            lambda work=work: [each["size"] for each in product.sessions()] == [work],  # type: ignore[misc]
            what=work,
        )
        settle(product)
        shown = cv2.resize(product.scene.screenshot(SOURCE), (1280, 720), interpolation=cv2.INTER_AREA)
        assert secret_contrast(shown) < 2 * HIDDEN_SECRET_CONTRAST
        expected = cv2.resize(resized, (1280, 720), interpolation=cv2.INTER_AREA).astype(float)
        assert np.abs(shown - expected)[150:300, 660:780].mean() < 4, "she is there"
    assert not [line for line in product.log_lines() if "warning" in line or "error" in line]


def test_twenty_sizes(product: Product, photo: Path, tmp_path: Path) -> None:
    """The source changes its size twenty times; after each the room is hidden and mattes go on."""
    raw = product.show_person(tmp_path)
    for number in range(20):
        width = 320 + 48 * ((number * 7) % 20)
        height = width * (9 if number % 3 else 16) // (16 if number % 3 else 9)
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), cv2.resize(raw, (width, height)))
        product.scene.set_input_settings(SOURCE, {"file": str(path)})
        product.scene.wait_until(
            lambda size=(height, width): product.scene.screenshot(SOURCE).shape[:2] == size,  # type: ignore[misc]
            what=f"{width}x{height}",
        )
        shown = cv2.resize(product.scene.screenshot(SOURCE), (1280, 720), interpolation=cv2.INTER_AREA)
        assert secret_contrast(shown) < 2 * HIDDEN_SECRET_CONTRAST
    product.scene.set_input_settings(SOURCE, {"file": str(photo)})
    settle(product)
    assert_hidden_but_drawn(product)
    assert not [line for line in product.log_lines() if "warning" in line or "error" in line]
