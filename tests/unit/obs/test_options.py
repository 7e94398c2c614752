from __future__ import annotations

import pytest

from selfieseg_obs.options import Options
from selfieseg_wire.look_text import parse_look


def options(look: str) -> Options:
    return Options("auto", "CPU", look)


def test_the_background_of_no_look_is_the_safe_one() -> None:
    assert options("").background == "blur"
    assert options("background=source").background == "source"


@pytest.mark.parametrize(
    ("look", "composed"),
    [
        ("", False),
        ("effects_in_engine=0", False),
        ("effects_in_engine=1", True),
        ("effects_in_engine=1\nbackground=image\nview=result", True),
        ("effects_in_engine=1\nbackground=source", False),
        ("effects_in_engine=1\nview=matte", False),
        ("effects_in_engine=1\nview=split", False),
    ],
)
def test_who_composes(look: str, composed: bool) -> None:
    asked = options(look)
    assert asked.composed_in_engine == composed
    for composes in {False, composed}:
        told = parse_look(asked.engine_look(composes))
        assert (told.get("effects_in_engine") == "1") == composes
        assert {**told, "effects_in_engine": ""} == {**asked.settings, "effects_in_engine": ""}


@pytest.mark.parametrize(
    ("look", "wanted"),
    [
        ("", False),
        ("hair_strength=0\nface_smooth=0\nview=matte", False),
        ("hair_strength=0\nface_smooth=0.25", True),
        ("skin_tone=1e-05", True),
        ("view=classes", True),
    ],
)
def test_what_takes_class_maps(look: str, wanted: bool) -> None:
    assert options(look).wants_classes == wanted


@pytest.mark.parametrize(
    ("background", "file"), [("image", "a"), ("video", "b"), ("blur", ""), ("source", "")]
)
def test_the_file_of_a_background(background: str, file: str) -> None:
    look = f"background={background}\nimage_path=a\nvideo_path=b"
    assert options(look).background_file == file
    assert options(f"background={background}").background_file == ""
