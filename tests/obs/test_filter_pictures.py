"""What the filter draws: foreground untouched, background hidden, the engine's own matte."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from selfieseg_engine.matte.levels import as_probability
from tests.obs.product import (
    FILTER,
    HIDDEN_SECRET_CONTRAST,
    RAW_SECRET_CONTRAST,
    SHARED,
    SOURCE,
    Picture,
    Product,
    product_environment,
    secret_contrast,
    write_clip,
)
from tests.obs.session_mattes import session_mattes

pytestmark = pytest.mark.timeout(120)

SETTLE_S = 0.4  # more frames than any change of a setting takes to be drawn
STILL_FRAMES = 12  # more than it takes until the picture stands still for good
PEOPLE = ["p3m_015cd10e", "p3m_51c916fc", "p3m_d684dae3", "voc_2008_000217", "ccp_0046", "ccp_0667"]


def look(product: Product, source: str = SOURCE, **settings: Any) -> Picture:
    """Return what the source shows with these settings, uint8 BGRA (straight alpha)."""
    if settings:
        product.configure(**settings)
    time.sleep(SETTLE_S)
    return product.scene.screenshot(source, alpha=True)


def matte_of(product: Product) -> NDArray[np.float32]:
    """Return the matte that OBS draws with, float32 0…1."""
    picture = look(product, view="matte")[..., 0]
    product.configure(view="result")
    return cast("NDArray[np.float32]", picture.astype(np.float32) / 255)


def intersection_over_union(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return float((a & b).sum() / (a | b).sum())


def test_blur_hides_the_room_and_leaves_the_person(product: Product, tmp_path: Path) -> None:
    raw = product.show_person(tmp_path)
    assert secret_contrast(raw) > RAW_SECRET_CONTRAST

    blurred = look(product)

    assert secret_contrast(blurred) < HIDDEN_SECRET_CONTRAST
    person = matte_of(product) == 1
    assert 0.05 < person.mean() < 0.9
    assert np.abs(blurred[..., :3].astype(int) - raw)[person].max() <= 1
    assert (blurred[..., 3] == 255).all()


@pytest.mark.parametrize("background", ["blur", "color", "transparent", "none"])
def test_foreground_colours_are_unchanged(product: Product, tmp_path: Path, background: str) -> None:
    raw = product.show_person(tmp_path, background=background)
    person = matte_of(product) == 1

    picture = look(product, background=background)

    assert np.abs(picture[..., :3].astype(int) - raw)[person].max() <= 1
    assert (picture[..., 3][person] == 255).all()


def test_color_fills_the_background(product: Product, tmp_path: Path) -> None:
    product.show_person(tmp_path, background="color", color=0xFF2040C0)  # 0xAABBGGRR

    picture = look(product)

    room = matte_of(product) == 0
    assert room.mean() > 0.2
    assert np.abs(picture[..., :3][room].astype(int) - (0x20, 0x40, 0xC0)).max() <= 1


def test_none_changes_nothing(product: Product, tmp_path: Path) -> None:
    raw = product.show_person(tmp_path, background="none")

    assert np.abs(look(product)[..., :3].astype(int) - raw).max() <= 1


def test_transparent_composes_over_another_source(product: Product, tmp_path: Path) -> None:
    behind = np.full((720, 1280, 3), (200, 90, 30), np.uint8)
    cv2.imwrite(str(tmp_path / "behind.png"), behind)
    product.scene.create_image("Behind", tmp_path / "behind.png")
    raw = product.show_person(tmp_path, background="transparent")
    matte = matte_of(product)[..., None]

    composed = look(product, "Scene")[..., :3]

    expected = raw * matte + behind * (1 - matte)
    assert np.abs(composed - expected).max() <= 3
    own = look(product)
    assert np.abs(own[..., 3].astype(int) / 255 - matte[..., 0]).max() <= 2 / 255


def test_alpha_of_the_source_is_kept(product: Product, tmp_path: Path) -> None:
    """A source with a round picture stays round: no background appears where the source has nothing."""
    raw = product.show_person(tmp_path)
    rgba = cv2.cvtColor(raw, cv2.COLOR_BGR2BGRA)
    rgba[:, :300, 3] = 0
    cv2.imwrite(str(tmp_path / "cut.png"), rgba)
    product.scene.set_input_settings(SOURCE, {"file": str(tmp_path / "cut.png")})

    for background in ("blur", "color", "transparent", "none"):
        picture = look(product, background=background)
        assert (picture[:, :298, 3] == 0).all(), background
    assert (look(product, background="color")[:, 302:, 3] == 255).all()


def engine_matte(product: Product, frame: Picture, monkeypatch: pytest.MonkeyPatch) -> NDArray[np.float32]:
    """Return what a session makes of a still picture, from a frame as small as OBS sends it."""
    (session,) = product.sessions()
    columns, rows = map(int, session["size"].split("x"))
    for key, value in product_environment(product.data_dir).items():
        monkeypatch.setenv(key, value)
    with session_mattes((columns, rows)) as matte_of:
        return as_probability([matte_of(frame) for _ in range(STILL_FRAMES)][-1])


def test_matte_is_the_engines(product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = product.show_person(tmp_path)

    matte = matte_of(product)

    assert intersection_over_union(matte > 0.5, engine_matte(product, raw, monkeypatch) > 0.5) >= 0.98


@pytest.mark.skipif(not (SHARED / "media").is_dir(), reason="no ../shared/media: photos with true masks")
def test_matte_of_photos(product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On photos of people: the engine's matte, and not further from the truth than the model itself."""
    product.show_person(tmp_path)
    of_obs, of_engine, agreement = [], [], []
    for name in PEOPLE:
        image = SHARED / "media" / "images" / f"{name}.jpg"
        photo = cast("Picture", cv2.imread(str(image)))
        product.scene.set_input_settings(SOURCE, {"file": str(image)})
        product.scene.wait_until(
            lambda size=photo.shape: product.scene.screenshot(SOURCE).shape == size,  # type: ignore[misc]
            what=f"the photo {name}",
        )
        # A filter of its own: what it saw before is not to count.
        product.scene.remove_filter(SOURCE, FILTER)
        product.scene.wait_until(lambda: not product.sessions(), what="the session to end")
        product.add_filter()
        product.wait_for_mattes()
        in_obs = matte_of(product) > 0.5
        in_engine = engine_matte(product, photo, monkeypatch) > 0.5
        truth = cv2.imread(str(SHARED / "media" / "masks" / f"{name}.png"), cv2.IMREAD_GRAYSCALE)
        assert truth is not None
        person = truth > 127
        agreement.append(intersection_over_union(in_obs, in_engine))
        of_obs.append(intersection_over_union(in_obs, person))
        of_engine.append(intersection_over_union(in_engine, person))
    print(
        "agreement",
        np.round(agreement, 4),
        "truth: OBS",
        np.round(of_obs, 4),
        "engine",
        np.round(of_engine, 4),
    )
    assert min(agreement) >= 0.98
    assert np.mean(of_obs) >= np.mean(of_engine) - 0.005


def test_a_moving_source_is_followed(product: Product, tmp_path: Path) -> None:
    """The matte moves with the person: its centre sways as the clip does."""
    raw = product.show_person(tmp_path)
    product.scene.remove_input(SOURCE)
    clip = write_clip(tmp_path / "sway.mp4", raw, seconds=2, sway=120)
    product.scene.create_media(SOURCE, clip)
    product.scene.wait_for_picture(SOURCE)
    product.add_filter(name=FILTER, view="matte")
    product.wait_for_mattes()

    centres = []
    for _ in range(40):
        matte = product.scene.screenshot(SOURCE)[..., 0].astype(float)
        if matte.any():
            centres.append(float((matte.sum(axis=0) * np.arange(matte.shape[1])).sum() / matte.sum()))
        time.sleep(0.05)

    assert np.ptp(centres) > 120
