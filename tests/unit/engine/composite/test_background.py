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
    parse_background,
)
from selfieseg_engine.errors import BackgroundError


@pytest.mark.parametrize(
    ("text", "background"),
    [
        ("blur", BlurBackground(50)),
        ("blur:0", BlurBackground(0)),
        ("blur:100", BlurBackground(100)),
        ("color:#FF8000", ColorBackground((0, 128, 255))),
        ("image:C:\\room.png", ImageBackground(Path("C:\\room.png"))),
        ("video:loop.mp4", VideoBackground(Path("loop.mp4"))),
        ("transparent", TransparentBackground()),
        ("grayscale", GrayscaleBackground()),
        ("none", NoBackground()),
    ],
)
def test_every_kind_is_understood(text: str, background: Background) -> None:
    assert parse_background(text) == background


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no kind ''"),
        ("blurr", "no kind 'blurr'"),
        ("blur:", "whole number"),
        ("blur:101", "whole number"),
        ("blur:-1", "whole number"),
        ("blur:٣", "whole number"),
        ("color", "#00FF00"),
        ("color:red", "#00FF00"),
        ("color:#12345", "#00FF00"),
        ("image:", "needs a file"),
        ("video", "needs a file"),
        ("none:1", "takes no value"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    with pytest.raises(BackgroundError) as caught:
        parse_background(text)
    assert why in caught.value.why
    assert "blur[:0-100]" in str(caught.value)
