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
    told = parse_look(asked.engine_look)
    assert (told.get("effects_in_engine") == "1") == composed
    assert {**told, "effects_in_engine": ""} == {**asked.settings, "effects_in_engine": ""}
