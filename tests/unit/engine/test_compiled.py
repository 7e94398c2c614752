from __future__ import annotations

import importlib.util
import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
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


SOURCE = """
from selfieseg_engine.compiled import compiled


@compiled
def half(number):
    return number / 2


@compiled
def quarter(number):
    return half(half(number))
"""


def load(source: Path) -> Any:
    """Return a module of its own, which has nothing in memory of what was compiled before."""
    spec = importlib.util.spec_from_file_location(source.stem, source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def fill_with_zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def name_what_is_gone(path: Path) -> None:
    """Write what an index would hold of a class that an update has moved away."""
    path.write_bytes(pickle.dumps(numba.__version__) + b"cselfieseg_engine.gone\nTaps\n.")


@pytest.mark.parametrize("damage", [cut, empty, fill_with_zeros, name_what_is_gone])
@pytest.mark.parametrize("kind", ["nbi", "nbc"])
def test_what_cannot_be_read_any_more_is_made_anew(
    kind: str, damage: Callable[[Path], None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = tmp_path / "halving.py"
    source.write_text(SOURCE)
    assert load(source).quarter(3.0) == 0.75
    kept = load(source)
    assert kept.quarter(3.0) == 0.75
    assert sum(kept.quarter.stats.cache_hits.values()) == 1
    files = list(tmp_path.rglob(f"*.{kind}"))
    assert len(files) == 2
    for path in files:
        damage(path)

    with caplog.at_level(logging.WARNING):
        assert load(source).quarter(3.0) == 0.75
    assert str(tmp_path) in caplog.text
    mended = load(source)
    assert mended.quarter(3.0) == 0.75
    assert sum(mended.quarter.stats.cache_hits.values()) == 1


def test_where_nothing_can_be_written_any_more_it_is_not_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = tmp_path / "halving.py"
    source.write_text(SOURCE)
    assert load(source).quarter(3.0) == 0.75
    for path in list(tmp_path.rglob("*.nbi")):
        path.unlink()
        path.mkdir()
    with caplog.at_level(logging.WARNING):
        assert load(source).quarter(3.0) == 0.75
    assert caplog.text.count("what is compiled cannot be kept") == 1
