from __future__ import annotations

import pytest

from selfieseg_engine.composite.look import Look, SettingError
from selfieseg_engine.matte_stream import DEFAULT_SMOOTHING
from selfieseg_engine.session_look import SessionLook, read_look


def test_no_settings_are_the_defaults() -> None:
    assert read_look("") == SessionLook(Look(), False, "auto", False, DEFAULT_SMOOTHING, leads=True)


@pytest.mark.parametrize(
    ("text", "classes", "class_model", "in_engine"),
    [
        ("hair_strength=0.1", True, "auto", False),
        ("view=classes\nclass_model=hair_segmentation", True, "hair_segmentation", False),
        ("effects_in_engine=1", False, "auto", True),
        ("effects_in_engine=1\nbackground=image\nimage_path=/a=b.png", False, "auto", True),
        ("effects_in_engine=1\nbackground=source\nface_smooth=1", True, "auto", False),
        ("a_key_of_tomorrow=x", False, "auto", False),
    ],
)
def test_what_a_look_asks_of_a_session(text: str, classes: bool, class_model: str, in_engine: bool) -> None:
    look = read_look(text)
    assert (look.wants_classes, look.class_model, look.in_engine) == (classes, class_model, in_engine)


@pytest.mark.parametrize(
    ("text", "refines", "smoothing", "leads"),
    [
        ("alignment=low_latency", True, DEFAULT_SMOOTHING, True),
        ("alignment=exact", True, DEFAULT_SMOOTHING, False),
        ("refine_edges=0", False, DEFAULT_SMOOTHING, True),
        ("refine_edges=1\nsmoothing=0", True, 0.0, True),
        ("smoothing=0.25", True, 0.25, True),
        ("smoothing=7", True, 1.0, True),
        ("smoothing=-1\nalignment=exact", True, 0.0, False),
    ],
)
def test_how_a_look_wants_its_mattes(text: str, refines: bool, smoothing: float, leads: bool) -> None:
    look = read_look(text)
    assert (look.look.refine_edges, look.smoothing, look.leads) == (refines, smoothing, leads)


@pytest.mark.parametrize(
    "text",
    [
        "effects_in_engine=2",
        "effects_in_engine=",
        "softness=nan",
        "background=hole",
        "alignment=none",
        "alignment=",
        "smoothing=much",
        "smoothing=nan",
        "refine_edges=true",
    ],
)
def test_malformed_looks_name_the_key(text: str) -> None:
    with pytest.raises(SettingError) as refused:
        read_look(text)
    assert refused.value.key == text.split("=")[0]
