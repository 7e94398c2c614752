from __future__ import annotations

from dataclasses import replace

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.composite.background import (
    Background,
    BlurBackground,
    ColorBackground,
    GrayscaleBackground,
    NoBackground,
    TransparentBackground,
)
from selfieseg_engine.composite.compose import composite
from selfieseg_engine.composite.look import Look
from selfieseg_engine.recording.codecs import EncoderPlan
from selfieseg_engine.recording.colours import ColourTags
from selfieseg_engine.recording.parcels import SourceFrame
from selfieseg_engine.recording.pixels import FramePacker
from selfieseg_engine.recording.plane_drawing import PlaneDrawer, is_plain
from selfieseg_engine.recording.planes import planes_of
from selfieseg_engine.result import SegmentationResult

U8Image = npt.NDArray[np.uint8]
WIDTH, HEIGHT = 160, 90
LIMITED, FULL = ColourTags(1, 1, 1, 1), ColourTags(2, 1, 1, 1)


def plan(pixel_format: str, colours: ColourTags = LIMITED) -> EncoderPlan:
    return EncoderPlan("mp4", "libx264", pixel_format, {}, colours)


def person() -> SegmentationResult:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(mask, (80, 50), 30, 255, -1)
    return SegmentationResult(np.asarray(cv2.GaussianBlur(mask, (0, 0), 2), np.uint8), None, ())


def source(astronaut_bgr: U8Image, pixel_format: str, colours: ColourTags = LIMITED) -> SourceFrame:
    bgr = np.asarray(cv2.resize(astronaut_bgr, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
    return SourceFrame(bgr, None, None, FramePacker(pixel_format, colours).pack(bgr))


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv422p", "yuv444p"])
@pytest.mark.parametrize("background", [BlurBackground(50), ColorBackground((40, 200, 30))])
def test_the_picture_is_that_of_the_way_through_colours(
    astronaut_bgr: U8Image, pixel_format: str, background: Background
) -> None:
    look, frame, result = Look(background), source(astronaut_bgr, pixel_format), person()
    drawn = PlaneDrawer(look, plan(pixel_format), None).draw(frame, result, 0.0)
    assert drawn is not None
    wanted = FramePacker(pixel_format, LIMITED).pack(composite(frame.bgr, result, look=look))
    for ours, theirs in zip(planes_of(drawn), planes_of(wanted), strict=True):
        difference = np.abs(ours.astype(int) - theirs)
        assert difference.mean() < 1
        # Colour that is stored for several pixels: theirs is a mixture's, ours a mixture of two colours.
        assert difference.max() <= (3 if pixel_format == "yuv444p" else 24)


def test_the_persons_pixels_are_the_inputs_to_the_last_bit(astronaut_bgr: U8Image) -> None:
    frame, result = source(astronaut_bgr, "yuv420p"), person()
    assert frame.stored is not None
    drawn = PlaneDrawer(Look(), plan("yuv420p"), None).draw(frame, result, 0.0)
    assert drawn is not None
    certain = np.asarray(cv2.erode((result.mask == 255).astype(np.uint8), np.ones((3, 3), np.uint8))) > 0
    for ours, theirs in zip(planes_of(drawn), planes_of(frame.stored), strict=True):
        step = HEIGHT // ours.shape[0]
        inside = certain[::step, ::step]
        assert inside.any()
        assert np.array_equal(ours[inside], theirs[inside])
        assert not np.array_equal(ours, theirs)


def test_the_full_range_by_its_old_name(astronaut_bgr: U8Image) -> None:
    frame = source(astronaut_bgr, "yuv420p", FULL)
    assert frame.stored is not None
    old = frame.stored.reformat(format="yuvj420p")
    renamed = replace(frame, stored=old)
    assert PlaneDrawer(Look(), plan("yuv420p", FULL), None).draw(renamed, person(), 0.0) is not None
    assert PlaneDrawer(Look(), plan("yuv420p", LIMITED), None).draw(renamed, person(), 0.0) is None


@pytest.mark.parametrize("pixel_format", ["yuv422p", "yuv420p10le", "nv12", "gray"])
def test_what_is_stored_otherwise_is_not_for_it(astronaut_bgr: U8Image, pixel_format: str) -> None:
    frame = source(astronaut_bgr, "yuv420p")
    other = replace(frame, stored=av.VideoFrame(WIDTH, HEIGHT, pixel_format))
    assert PlaneDrawer(Look(), plan("yuv420p"), None).draw(other, person(), 0.0) is None
    assert PlaneDrawer(Look(), plan("yuv420p"), None).draw(replace(frame, stored=None), person(), 0.0) is None


@pytest.mark.parametrize(
    ("look", "plain"),
    [
        (Look(), True),
        (Look(invert=True, expand=3), True),
        (Look(despill=1), True),  # nothing to take away: the room's own light stays
        (Look(ColorBackground((0, 255, 0))), True),
        (Look(ColorBackground((0, 255, 0)), despill=1), False),
        (Look(BlurBackground(0)), False),
        (Look(GrayscaleBackground()), False),
        (Look(TransparentBackground()), False),
        (Look(NoBackground()), False),
        (Look(light_wrap=0.1), False),
        (Look(hair_strength=0.1), False),
        (Look(view="split"), False),
        (Look(view="matte"), False),
    ],
)
def test_which_looks_are_plain(look: Look, plain: bool) -> None:
    assert is_plain(look) == plain
