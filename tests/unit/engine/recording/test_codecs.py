from __future__ import annotations

from fractions import Fraction
from typing import cast

import av
import click
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from tests.unit.engine.recording.clips import walk

from selfieseg_engine.cli.video import video
from selfieseg_engine.recording.codecs import CODECS, EncoderPlan, plan_encoder, plan_matte_encoder
from selfieseg_engine.recording.colours import ColourTags
from selfieseg_engine.recording.errors import RecordingError

BT709 = ColourTags(1, 1, 1, 1)


def plan(
    suffix: str,
    alpha: bool = False,
    codec: str | None = None,
    size: tuple[int, int] = (640, 480),
    chroma: str = "420",
    depth: int = 8,
    tags: ColourTags = BT709,
) -> EncoderPlan:
    return plan_encoder(suffix, alpha, codec, None, size, chroma, depth, tags)


@pytest.mark.parametrize(
    ("suffix", "alpha", "codec", "pixel_format"),
    [
        (".mp4", False, "libx264", "yuv420p"),
        (".mov", False, "libx264", "yuv420p"),
        (".mkv", False, "libx264", "yuv420p"),
        (".webm", False, "libvpx-vp9", "yuv420p"),
        (".mov", True, "prores_ks", "yuva444p10le"),
        (".webm", True, "libvpx-vp9", "yuva420p"),
        (".mkv", True, "ffv1", "bgra"),
    ],
)
def test_each_container_has_its_codec(suffix: str, alpha: bool, codec: str, pixel_format: str) -> None:
    made = plan(suffix, alpha)
    assert (made.codec, made.pixel_format) == (codec, pixel_format)


@pytest.mark.parametrize(
    ("codec", "size", "chroma", "depth", "pixel_format"),
    [
        ("libx264", (641, 480), "420", 8, "yuv444p"),
        ("libx264", (640, 481), "422", 8, "yuv422p"),
        ("libx264", (640, 480), "420", 10, "yuv420p10le"),
        ("libx265", (640, 480), "422", 12, "yuv422p10le"),
        ("libvpx-vp9", (641, 481), "420", 10, "yuv420p"),
        ("ffv1", (641, 481), "420", 12, "yuv420p12le"),
        ("ffv1", (640, 480), "444", 16, "yuv444p16le"),
        ("prores_ks", (640, 480), "420", 8, "yuv422p10le"),
        ("prores_ks", (641, 480), "422", 8, "yuv444p10le"),
    ],
)
def test_size_colour_and_depth_are_kept_where_the_codec_can(
    codec: str, size: tuple[int, int], chroma: str, depth: int, pixel_format: str
) -> None:
    assert plan(".mkv", codec=codec, size=size, chroma=chroma, depth=depth).pixel_format == pixel_format


def test_rgb_is_no_matrix_for_yuv() -> None:
    made = plan(".mp4", tags=ColourTags(range=2, matrix=0, primaries=1, transfer=13)).colours
    assert made == ColourTags(range=1, matrix=1, primaries=1, transfer=13)


def test_mattes_are_lossless_in_matroska() -> None:
    made = plan_matte_encoder(".mkv", (641, 481))
    assert (made.codec, made.pixel_format) == ("ffv1", "gray")
    assert plan_matte_encoder(".mp4", (641, 481)).pixel_format == "yuv444p"


def test_there_is_a_worst_quality() -> None:
    with pytest.raises(RecordingError, match="the highest is 51"):
        plan_encoder(".mp4", False, None, 52, (640, 480), "420", 8, BT709)


def test_the_command_offers_these_codecs() -> None:
    (option,) = (each for each in video.params if each.name == "codec")
    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == CODECS


@pytest.mark.parametrize("codec", CODECS)
def test_what_shall_be_repeatable_has_one_thread_and_nothing_random(codec: str) -> None:
    free = plan(".mkv", codec=codec)
    fixed = plan_encoder(".mkv", False, codec, None, (640, 480), "420", 8, BT709, repeatable=True)
    assert (free.settings.get("threads"), fixed.settings["threads"]) == (None, "1")
    assert (free.container_settings, fixed.container_settings) == ({}, {"fflags": "+bitexact"})
    for name in ("x264-params", "x265-params"):
        assert fixed.settings.get(name, "").startswith(free.settings.get(name, ""))
    assert ("cpu-independent=1" in fixed.settings.get("x264-params", "")) == (codec == "libx264")
    assert ("frame-threads=1" in fixed.settings.get("x265-params", "")) == (codec == "libx265")


def test_x264_encodes_alike_however_often(astronaut_bgr: npt.NDArray[np.uint8]) -> None:
    """Its quick ways to weigh frames gave other bytes every other time for small, soft pictures."""
    made = plan_encoder(".mp4", False, None, None, (320, 240), "420", 8, BT709, repeatable=True)
    pictures = [cv2.GaussianBlur(picture, (0, 0), 2) for picture in walk(astronaut_bgr, 120, (320, 240))]

    def encoded() -> bytes:
        context = cast("av.VideoCodecContext", av.CodecContext.create(made.codec, "w"))
        context.width, context.height, context.pix_fmt = 320, 240, made.pixel_format
        context.time_base, context.framerate = Fraction(1, 15360), Fraction(30)
        context.options = dict(made.settings)
        packets = []
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.asarray(picture, np.uint8), "bgr24")
            frame = frame.reformat(format=made.pixel_format)
            frame.pts, frame.time_base = 512 * index + index % 3 * 100, Fraction(1, 15360)
            packets += context.encode(frame)
        packets += context.encode(None)
        return b"".join(bytes(packet) for packet in packets)

    assert len({encoded() for _ in range(15)}) == 1
