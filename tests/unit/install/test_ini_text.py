"""OBS's ini files: one key changes, every other byte stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfieseg_setup import ini_text

TEXT = "[General]\nName=a\n\n[Python]\nOther=1\n"


def test_value_is_read_whatever_the_case() -> None:
    assert ini_text.get_value(TEXT, "general", "NAME") == "a"


@pytest.mark.parametrize(("section", "key"), [("General", "Other"), ("Nowhere", "Name")])
def test_missing_value_is_none(section: str, key: str) -> None:
    assert ini_text.get_value(TEXT, section, key) is None


def test_new_key_goes_into_its_section() -> None:
    assert ini_text.with_value(TEXT, "General", "B", "2") == "[General]\nB=2\nName=a\n\n[Python]\nOther=1\n"


def test_new_section_goes_to_the_end() -> None:
    assert ini_text.with_value("[A]\nx=1", "B", "y", "2") == "[A]\nx=1\n\n[B]\ny=2\n"


def test_byte_order_mark_and_line_ends_of_windows_stay() -> None:
    text = "\ufeff[General]\r\nName=a\r\n"

    assert ini_text.get_value(text, "General", "Name") == "a"
    assert ini_text.with_value(text, "General", "B", "2") == "\ufeff[General]\r\nB=2\r\nName=a\r\n"


@given(st.text(alphabet="abc\\\n\r/: ").map(str.strip))
def test_what_is_set_is_read_and_removed_without_a_trace(value: str) -> None:
    changed = ini_text.with_value(TEXT, "Python", "Path64bit", value)

    assert ini_text.get_value(changed, "Python", "Path64bit") == value
    assert ini_text.without_value(changed, "Python", "Path64bit") == TEXT
