from __future__ import annotations

import pytest

from selfieseg_engine.isolated_obs.graphics_adapter import draws_in_software, graphics_adapter


def log_of(adapter: str) -> str:
    return f"info: x\ninfo: Loading up OpenGL on adapter {adapter}\ninfo: y"


def test_graphics_adapter() -> None:
    assert graphics_adapter(log_of("Mesa/X.org llvmpipe")) == "Mesa/X.org llvmpipe"
    assert graphics_adapter("") == ""


@pytest.mark.parametrize(
    ("adapter", "expected"),
    [("Mesa llvmpipe (LLVM 15.0.6, 256 bits)", True), ("Intel Mesa Intel(R) UHD Graphics 620", False)],
)
def test_drawing_in_software(adapter: str, expected: bool) -> None:
    assert draws_in_software(log_of(adapter)) is expected


def test_a_log_that_does_not_tell() -> None:
    assert not draws_in_software("info: x")
