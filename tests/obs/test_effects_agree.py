"""The GPU in OBS and the engine draw the same from the same frame, mask, class planes and background."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from selfieseg_engine.composite.compose import compose_frame
from selfieseg_engine.composite.look import Look, look_from_settings
from selfieseg_engine.isolated_obs import IsolatedObs, ObsConfig
from tests.obs.effects_probe import PLAIN, Drawn, ProbeJob, draw_in_obs, probe_script
from tests.obs.product import Picture, person_in_a_room

pytestmark = pytest.mark.timeout(300)

MEAN_LIMIT = 2.0
LIMIT_999 = 4.0
ALL_CLASSES = {
    "hair_strength": 0.8, "clothes_strength": 0.7, "face_smooth": 1.0, "face_brighten": 0.8, "skin_tone": 0.6,
}  # fmt: skip
LOOKS: dict[str, dict[str, Any]] = {
    "none": {},
    "blur 1": {"background": "blur", "blur_strength": 1},
    "blur 10": {"background": "blur", "blur_strength": 10},
    "blur 50": {"background": "blur", "blur_strength": 50},
    "blur 100": {"background": "blur", "blur_strength": 100},
    "blur 0": {"background": "blur", "blur_strength": 0},
    "color": {"background": "color", "color": (200, 40, 90)},
    "image": {"background": "image"},
    "grayscale": {"background": "grayscale"},
    "transparent": {"background": "transparent"},
    "invert": {"background": "blur", "invert": True},
    "threshold high": {"background": "color", "threshold": 0.9, "softness": 0.3},
    "hard edge": {"background": "color", "threshold": 0.2, "softness": 0.0},
    "stretched": {"background": "color", "refine_edges": False},
    "matte, refined": {"view": "matte", "softness": 1.0},
    "grow": {"background": "color", "expand": 13.5},
    "shrink": {"background": "color", "expand": -20.0},
    "wrap, blur": {"background": "blur", "light_wrap": 1.0},
    "wrap, color": {"background": "color", "light_wrap": 0.7},
    "wrap, image": {"background": "image", "light_wrap": 1.0},
    "wrap, grayscale": {"background": "grayscale", "light_wrap": 0.5},
    "despill, image": {"background": "image", "despill": 1.0},
    "despill, transparent": {"background": "transparent", "despill": 0.5},
    "hair": {"hair_strength": 1.0},
    "clothes": {"clothes_strength": 1.0, "clothes_color": (250, 220, 30)},
    "face smooth": {"face_smooth": 1.0},
    "face brighten": {"face_brighten": 1.0},
    "skin tone": {"skin_tone": 1.0},
    "everything": {"background": "image", "light_wrap": 0.3, "despill": 0.5, "expand": 3.0, **ALL_CLASSES},
    "matte": {"view": "matte", "expand": -4.0},
    "classes": {"view": "classes"},
}
STRENGTHS = (
    "light_wrap",
    "despill",
    "hair_strength",
    "clothes_strength",
    "face_smooth",
    "face_brighten",
    "skin_tone",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that an OBS watches for pictures to draw."""
    watched = tmp_path_factory.mktemp("probe")
    with IsolatedObs(ObsConfig(scripts=[probe_script(watched)])):
        yield watched


def soft_person() -> Picture:
    """A mask as a model gives it, uint8 144x256: soft, uneven, with a hole and an island."""
    mask = np.zeros((144, 256), np.float32)
    cv2.ellipse(mask, (145, 40), (28, 34), 0, 0, 360, 1.0, -1)
    cv2.ellipse(mask, (145, 140), (70, 72), 0, 0, 360, 1.0, -1)
    cv2.circle(mask, (40, 60), 6, 0.8, -1)
    cv2.circle(mask, (165, 120), 9, 0.4, -1)
    noise = np.random.default_rng(3).normal(0, 0.08, mask.shape)
    soft = cv2.GaussianBlur(mask, (0, 0), 2.2) + noise * (mask > 0)
    return np.asarray(np.clip(soft * 255, 0, 255), np.uint8)


def soft_planes() -> Picture:
    """Class planes, uint8 256x256x4: hair above, face in the middle, a neck, clothes below; soft borders."""
    rows = np.arange(256, dtype=np.float32)[:, None].repeat(256, axis=1)
    edges = (0, 40, 100, 130, 256)
    order = (0, 2, 1, 3)  # hair, face skin, body skin, clothes in their channels
    planes = np.zeros((256, 256, 4), np.float32)
    for channel, low, high in zip(order, edges[:-1], edges[1:], strict=True):
        planes[..., channel] = cv2.GaussianBlur(((rows >= low) & (rows < high)).astype(np.float32), (0, 0), 5)
    return np.asarray(np.rint(planes * 255), np.uint8)


def picture_behind() -> Picture:
    """A background picture of the frame's size, rich in detail."""
    coffee = cv2.cvtColor(skimage.data.coffee(), cv2.COLOR_RGB2BGR)
    return cast("Picture", cv2.resize(coffee, (1280, 720), interpolation=cv2.INTER_AREA))


def engine_look(changes: dict[str, Any]) -> Look:
    """Return the engine's look of the same settings, through the text that the filter sends."""
    values = {key: _as_text(value) for key, value in ({**PLAIN, **changes}).items()}
    return look_from_settings({**values, "image_path": "picture.png"})


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return "#{:02X}{:02X}{:02X}".format(*value)
    return str(value)


@pytest.fixture(scope="module")
def drawn(folder: Path) -> dict[str, Drawn]:
    """Every look, drawn by OBS in one go."""
    frame, mask, planes, layer = person_in_a_room(), soft_person(), soft_planes(), picture_behind()
    jobs = [ProbeJob(frame, mask, look, planes, layer) for look in LOOKS.values()]
    return dict(zip(LOOKS, draw_in_obs(folder, jobs), strict=True))


def differences(a: Picture, b: Picture) -> NDArray[np.float32]:
    return cast("NDArray[np.float32]", np.abs(a.astype(np.float32) - b.astype(np.float32)))


@pytest.mark.parametrize("name", LOOKS)
def test_gpu_and_engine_draw_the_same(name: str, drawn: dict[str, Drawn]) -> None:
    engine = compose_frame(
        person_in_a_room(), soft_person(), soft_planes(), engine_look(LOOKS[name]), picture_behind()
    )
    difference = differences(drawn[name].bgra, engine)
    mean, high = float(difference.mean()), float(np.percentile(difference, 99.9))
    assert mean <= MEAN_LIMIT, f"mean {mean:.2f}"
    assert high <= LIMIT_999, f"99.9th percentile {high:.2f}"


def test_the_effects_do_something(drawn: dict[str, Drawn]) -> None:
    """Otherwise two black pictures would agree."""
    plain = drawn["none"].bgra
    for name, picture in drawn.items():
        if name not in ("none", "blur 0"):
            assert differences(picture.bgra, plain).max() > 10, name


def test_nothing_at_strength_0(drawn: dict[str, Drawn], folder: Path) -> None:
    frame = person_in_a_room()
    for name in ("none", "blur 0"):
        assert differences(drawn[name].bgra[..., :3], frame).max() <= 1, name
    others = [{key: 0.0} for key in STRENGTHS]
    jobs = [ProbeJob(frame, soft_person(), look, soft_planes()) for look in others]
    for look, result in zip(others, draw_in_obs(folder, jobs), strict=True):
        assert differences(result.bgra[..., :3], frame).max() <= 1, look


def far_from_the_edge(matte: Picture) -> NDArray[np.bool_]:
    """Where no pixel within 40 px is between person and background."""
    edge = ((matte > 0) & (matte < 255)).astype(np.uint8)
    edge |= (
        cv2.morphologyEx((matte > 127).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0
    ).astype(np.uint8)
    return cv2.distanceTransform(1 - edge, cv2.DIST_L2, 5) > 40


@pytest.mark.parametrize("effect", ["light_wrap", "despill"])
def test_light_stays_at_the_edge(effect: str, folder: Path) -> None:
    frame, mask, layer = person_in_a_room(), soft_person(), picture_behind()
    looks = [{"background": "image", effect: strength} for strength in (0.0, 1.0)]
    looks.append({"view": "matte"})
    jobs = [ProbeJob(frame, mask, look, None, layer) for look in looks]
    without, with_it, matte = (result.bgra for result in draw_in_obs(folder, jobs))
    difference = differences(without, with_it).max(axis=2)
    far = far_from_the_edge(matte[..., 0])
    assert far.mean() > 0.2
    assert difference[far].max() <= 1
    assert difference[~far].max() > 10


def cut_out(person: tuple[int, int, int], room: tuple[int, int, int]) -> tuple[Picture, Picture, Picture]:
    """A plain person before a plain room (BGR): frame, mask at work size, and the true opacity, uint8."""
    hard = np.zeros((144, 256), np.float32)
    cv2.ellipse(hard, (128, 90), (45, 60), 0, 0, 360, 1.0, -1)
    mask = cv2.GaussianBlur(hard, (0, 0), 1.0)
    u8_mask = np.asarray(np.rint(mask * 255), np.uint8)
    opacity = cv2.resize(mask, (1280, 720), interpolation=cv2.INTER_LINEAR)
    u = np.clip((opacity - 0.25) / 0.5, 0, 1)
    alpha = (u * u * (3 - 2 * u))[..., None]
    frame = np.rint(alpha * np.array(person, np.float32) + (1 - alpha) * np.array(room, np.float32)).astype(
        np.uint8
    )
    return frame, u8_mask, np.asarray(np.rint(alpha[..., 0] * 255), np.uint8)


@pytest.mark.parametrize("person", [(0, 0, 255), (255, 0, 0), (0, 255, 255)])
def test_no_halo_and_no_bleeding(person: tuple[int, int, int], folder: Path) -> None:
    """A saturated person before a plain wall: the blur shows the wall's colour, and the person keeps hers."""
    wall = (150, 150, 150)
    frame, mask, alpha = cut_out(person, wall)
    (result,) = draw_in_obs(folder, [ProbeJob(frame, mask, {"background": "blur", "blur_strength": 50})])
    outside = cv2.distanceTransform((alpha == 0).astype(np.uint8), cv2.DIST_L2, 5)
    inside = cv2.distanceTransform((alpha == 255).astype(np.uint8), cv2.DIST_L2, 5)
    band = (outside >= 10) & (outside <= 40)
    assert differences(result.bgra[band][:, :3], np.array(wall, np.uint8)).max() <= 3
    band = (inside >= 10) & (inside <= 40)
    assert differences(result.bgra[band][:, :3], np.array(person, np.uint8)).max() <= 3


@pytest.mark.parametrize("below", [(0, 0, 255), (0, 255, 0), (255, 0, 0)])
def test_transparent_has_no_fringe(below: tuple[int, int, int], folder: Path) -> None:
    """The person over another source: what is drawn equals the true composite."""
    person, room = (40, 90, 170), (200, 190, 180)
    frame, mask, alpha = cut_out(person, room)
    # Stretched, as the truth is.
    looks: list[dict[str, Any]] = [
        {"background": "transparent", "refine_edges": False, "despill": despill} for despill in (0.0, 1.0)
    ]
    plain, cleaned = (
        each.bgra for each in draw_in_obs(folder, [ProbeJob(frame, mask, look) for look in looks])
    )
    assert (
        differences(plain[..., 3], alpha).max() <= 4
    )  # 8-bit masks, sampled finer than 8 bits in the engine
    opacity = plain[..., 3:].astype(np.float32) / 255

    def over(picture: Picture) -> NDArray[np.float32]:
        share = picture[..., 3:].astype(np.float32) / 255
        return cast("NDArray[np.float32]", picture[..., :3] + (1 - share) * np.array(below, np.float32))

    assert np.abs(over(plain) - (opacity * frame + (1 - opacity) * np.array(below, np.float32))).max() <= 3
    # Despill gives the person's own colour back: the truth is then the person without the room.
    truth = opacity * np.array(person, np.float32) + (1 - opacity) * np.array(below, np.float32)
    edge = (alpha > 0) & (alpha < 255)
    fringe, cleaned_fringe = (
        np.abs(over(each) - truth).max(axis=2)[edge].mean() for each in (plain, cleaned)
    )
    assert cleaned_fringe < fringe / 3
