from __future__ import annotations

from pathlib import Path

import pytest

from selfieseg_engine.composite.background import (
    Background,
    BlurBackground,
    ColorBackground,
    GrayscaleBackground,
    ImageBackground,
    NoBackground,
    TransparentBackground,
    VideoBackground,
)
from selfieseg_engine.composite.look import Look, SettingError, look_from_settings, needs_classes


def test_no_settings_are_the_defaults_and_what_is_none_of_ours_is_passed_over() -> None:
    assert look_from_settings({}) == Look() == Look(BlurBackground(50))
    assert look_from_settings({"preset": "best", "model": "auto"}) == Look()


def test_every_setting_arrives() -> None:
    look = look_from_settings(
        {
            "background": "color",
            "color": "#102030",
            "invert": "1",
            "threshold": "0.25",
            "softness": "0.75",
            "expand": "-3.5",
            "light_wrap": "0.1",
            "despill": "0.2",
            "refine_edges": "0",
            "hair_color": "#010203",
            "hair_strength": "0.3",
            "clothes_color": "#040506",
            "clothes_strength": "0.4",
            "face_smooth": "0.5",
            "face_brighten": "0.6",
            "skin_tone": "0.7",
            "skin_color": "#070809",
            "view": "split",
        }
    )
    assert look == Look(
        ColorBackground((0x30, 0x20, 0x10)),
        invert=True,
        threshold=0.25,
        softness=0.75,
        expand=-3.5,
        light_wrap=0.1,
        despill=0.2,
        refine_edges=False,
        hair_color=(3, 2, 1),
        hair_strength=0.3,
        clothes_color=(6, 5, 4),
        clothes_strength=0.4,
        face_smooth=0.5,
        face_brighten=0.6,
        skin_color=(9, 8, 7),
        skin_tone=0.7,
        view="split",
    )


@pytest.mark.parametrize(
    ("settings", "background"),
    [
        ({"background": "blur"}, BlurBackground(50)),
        ({"background": "blur", "blur_strength": "12.4"}, BlurBackground(12)),
        ({"background": "color"}, ColorBackground((0, 255, 0))),
        ({"background": "image", "image_path": "/a=b.png"}, ImageBackground(Path("/a=b.png"))),
        ({"background": "video", "video_path": "c.mp4"}, VideoBackground(Path("c.mp4"))),
        ({"background": "transparent"}, TransparentBackground()),
        ({"background": "grayscale"}, GrayscaleBackground()),
        ({"background": "none"}, NoBackground()),
    ],
)
def test_every_background_of_the_engine(settings: dict[str, str], background: Background) -> None:
    assert look_from_settings(settings).background == background


def test_numbers_are_clamped_to_their_range() -> None:
    look = look_from_settings({"threshold": "7", "expand": "-99", "blur_strength": "1e9", "despill": "-1"})
    assert (look.threshold, look.expand, look.despill) == (1, -20, 0)
    assert look.background == BlurBackground(100)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("threshold", "nan"),
        ("softness", "inf"),
        ("expand", "-inf"),
        ("blur_strength", "much"),
        ("hair_strength", ""),
        ("hair_color", "violet"),
        ("skin_color", "#12345"),
        ("invert", "true"),
        ("refine_edges", "yes"),
        ("view", "sideways"),
        ("background", "source"),
        ("background", "blurr"),
    ],
)
def test_what_is_wrong_is_named(key: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"the setting {key} ") as caught:
        look_from_settings({key: value})
    assert caught.value.key == key
    assert repr(value) in str(caught.value)


def test_only_effects_on_classes_and_their_view_need_classes() -> None:
    assert not needs_classes(Look(despill=1, light_wrap=1, expand=3, invert=True, view="matte"))
    assert needs_classes(Look(view="classes"))
    assert needs_classes(Look(hair_strength=0.1))
    assert needs_classes(Look(clothes_strength=0.1))
    assert needs_classes(Look(face_smooth=0.1))
    assert needs_classes(Look(face_brighten=0.1))
    assert needs_classes(Look(skin_tone=0.1))
