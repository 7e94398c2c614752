"""Settings as lines of key=value."""

from __future__ import annotations

import pytest

from selfieseg_wire.look_text import format_look, parse_look


def test_what_is_written_is_read() -> None:
    values = {"background": "image", "image_path": "/home/ä b/x=y.png", "threshold": "0.5", "video_path": ""}
    assert parse_look(format_look(values)) == values


def test_lines_that_are_none_are_passed_over() -> None:
    assert parse_look("") == {}
    assert parse_look("nonsense\n\nblur_strength=7\n") == {"blur_strength": "7"}


def test_a_line_break_cannot_smuggle_in_another_setting() -> None:
    with pytest.raises(ValueError, match="line break"):
        format_look({"image_path": "x\nview=matte"})
