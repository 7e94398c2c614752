from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfieseg_engine.composite.background import (
    Background,
    BlurBackground,
    ColorBackground,
    GrayscaleBackground,
    ImageBackground,
)
from selfieseg_engine.composite.look import VIEWS, Look
from selfieseg_engine.live.controls import Action, Controls, describe

BACKGROUNDS: tuple[Background, ...] = (BlurBackground(50), GrayscaleBackground(), ColorBackground((3, 2, 1)))


@given(st.lists(st.sampled_from(Action), max_size=30), st.integers(1, 3))
def test_what_keys_do_adds_up(actions: list[Action], count: int) -> None:
    controls = Controls(Look(light_wrap=0.5), BACKGROUNDS[:count])
    for action in actions:
        controls.do(action)
    assert controls.look.background == BACKGROUNDS[actions.count(Action.NEXT_BACKGROUND) % count]
    assert (controls.look.view == "matte") == (actions.count(Action.MASK_VIEW) % 2 == 1)
    assert controls.shows_times == (actions.count(Action.TIMES) % 2 == 0)
    assert controls.has_quit == (Action.QUIT in actions)
    assert replace(controls.look, background=BACKGROUNDS[0], view="result") == Look(
        light_wrap=0.5, background=BACKGROUNDS[0]
    )


@pytest.mark.parametrize("view", VIEWS)
def test_the_mask_comes_and_goes_from_any_view(view: str) -> None:
    controls = Controls(replace(Look(), view=view), BACKGROUNDS)  # type: ignore[arg-type]
    seen = [controls.look.view]
    for _ in range(2):
        controls.do(Action.MASK_VIEW)
        seen.append(controls.look.view)
    assert seen == (["matte", "result", "matte"] if view == "matte" else [view, "matte", view])


def test_there_must_be_a_background() -> None:
    with pytest.raises(ValueError, match="no background"):
        Controls(Look(), ())


def test_backgrounds_in_words() -> None:
    assert [describe(each) for each in BACKGROUNDS] == ["blur 50", "grayscale", "color #010203"]
    assert describe(ImageBackground(Path("/a/beach.jpg"))) == "image beach.jpg"
