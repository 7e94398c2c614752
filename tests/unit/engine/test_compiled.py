from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from selfieseg_engine.compiled import compiled


def test_where_machine_code_cannot_be_kept_it_is_made_anew(caplog: pytest.LogCaptureFixture) -> None:
    """A checkout and a home that may not be written to made every command end as a fault of the program."""
    names: dict[str, Callable[[float], float]] = {}
    exec(compile("def half(number):\n    return number / 2\n", "/nowhere/half.py", "exec"), names)
    with caplog.at_level(logging.INFO):
        half = compiled(names["half"])
    assert half(3.0) == 1.5
    assert "half is compiled at every start" in caplog.text
