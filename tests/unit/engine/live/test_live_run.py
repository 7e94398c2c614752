"""The loop with a fake model, preview and output: what is shown, when it ends, and what never is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from tests.unit.engine.live.fake_stage import FakeSegmenter, Screen, frames

from selfieseg_engine.composite.background import Background, ColorBackground
from selfieseg_engine.composite.look import Look
from selfieseg_engine.errors import InferenceError
from selfieseg_engine.live.backdrops import BackdropShelf
from selfieseg_engine.live.controls import Action, Controls
from selfieseg_engine.live.feed import Feed
from selfieseg_engine.live.items import LiveItem, SourceGone
from selfieseg_engine.live.overlay import plate
from selfieseg_engine.live.run import LiveRun
from selfieseg_engine.live.segmented import SegmentedFrame, segmented

ROOM = 200
COLOURS = ((255, 0, 0), (0, 255, 0))
BACKGROUNDS: tuple[Background, ...] = tuple(ColorBackground(colour) for colour in COLOURS)


class Theatre:
    """A run over ``items``."""

    def __init__(
        self, items: Sequence[LiveItem], keys: Sequence[Action | None] = (), fails_at: int | None = None
    ) -> None:
        self.preview, self.output = Screen(keys), Screen()
        self.told: list[str] = []
        self.feed: Feed[SegmentedFrame | SourceGone] = Feed("test", keeps_newest=False)
        self.run = LiveRun(
            self.feed,
            Controls(Look(), BACKGROUNDS),
            BackdropShelf((), (32, 24), lambda error: None),
            self.preview,
            (self.output,),
            self.told.append,
            (32, 24),
        )
        self.feed.start(segmented(items, FakeSegmenter(fails_at).as_segmenter(), flip=False))


@pytest.fixture
def theatres() -> Iterator[list[Theatre]]:
    opened: list[Theatre] = []
    yield opened
    for theatre in opened:
        theatre.feed.close()


def background_of(picture: np.ndarray) -> tuple[int, ...]:
    """Return the colour at the lower right, where no words are."""
    return tuple(int(level) for level in picture[-1, -1])


def test_every_frame_is_drawn_and_the_others_see_no_words(theatres: list[Theatre]) -> None:
    theatres.append(Theatre(frames(5)))
    counted: list[None] = []
    assert theatres[0].run.until_end(on_frame=lambda: counted.append(None)) == "end"
    assert len(theatres[0].output.shown) == len(theatres[0].preview.shown) == len(counted) == 5
    for picture in theatres[0].output.shown:
        assert (picture[:, :16] == ROOM).all()
        assert (picture[:, 16:] == COLOURS[0]).all()
    assert not np.array_equal(theatres[0].preview.shown[0], theatres[0].output.shown[0])
    assert theatres[0].run.figures.drawn == 5


def test_keys(theatres: list[Theatre]) -> None:
    keys = [Action.NEXT_BACKGROUND, Action.MASK_VIEW, Action.TIMES, Action.MASK_VIEW, Action.QUIT]
    theatres.append(Theatre(frames(20), keys))
    assert theatres[0].run.until_end() == "quit"
    shown, seen = theatres[0].preview.shown, theatres[0].output.shown
    assert [background_of(picture) for picture in seen] == [
        COLOURS[0],
        COLOURS[1],
        (0, 0, 0),
        (0, 0, 0),
        COLOURS[1],
    ]
    with_words = [not np.array_equal(mine, theirs) for mine, theirs in zip(shown, seen, strict=True)]
    assert with_words == [True, True, True, False, False]


def test_so_many_frames(theatres: list[Theatre]) -> None:
    theatres.append(Theatre(frames(20)))
    assert theatres[0].run.until_end(frames=3) == "frames"
    assert len(theatres[0].output.shown) == 3


def test_a_failing_model_shows_nothing_more(theatres: list[Theatre]) -> None:
    """It fails closed: the frame that has no matte is not shown in any way."""
    theatres.append(Theatre(frames(5), fails_at=3))
    with pytest.raises(InferenceError):
        theatres[0].run.until_end()
    assert len(theatres[0].output.shown) == len(theatres[0].preview.shown) == 2


def test_while_the_camera_is_gone_there_is_an_empty_picture(theatres: list[Theatre]) -> None:
    gone = SourceGone("camera 0 has gone: connect it again")
    theatres.append(Theatre([*frames(1), gone, gone, *frames(1), gone]))
    assert theatres[0].run.until_end() == "end"
    assert theatres[0].told == [gone.message] * 2  # once for each absence
    assert theatres[0].run.figures.interruptions == 2
    assert theatres[0].run.figures.drawn == 2
    seen = theatres[0].output.shown
    assert [np.array_equal(picture, plate((32, 24))) for picture in seen] == [False, True, True, False, True]


def test_a_key_ends_it_while_nothing_comes(theatres: list[Theatre]) -> None:
    theatre = Theatre([])
    theatres.append(theatre)
    theatre.run.controls.do(Action.QUIT)
    assert theatre.run.until_end() == "quit"
