from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.registry.ir_cache import BIN_NAME, RECORD_NAME, XML_NAME, cached_ir, is_intact_ir


class Converter:
    """Writes an IR and counts how often."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, folder: Path) -> None:
        self.calls += 1
        (folder / XML_NAME).write_text("<net/>")
        (folder / BIN_NAME).write_bytes(b"weights")


@pytest.fixture
def convert() -> Converter:
    return Converter()


def test_the_second_time_nothing_is_converted(tmp_path: Path, convert: Converter) -> None:
    for _ in range(2):
        assert cached_ir(tmp_path / "ir", "sha", "v1", convert) == tmp_path / "ir" / XML_NAME
    assert convert.calls == 1
    assert is_intact_ir(tmp_path / "ir")
    assert [path.name for path in tmp_path.iterdir()] == ["ir"]


def test_another_process_that_was_quicker_has_won(tmp_path: Path, convert: Converter) -> None:
    """Its folder stays: somebody may be reading it already."""
    folder = tmp_path / "ir"
    folder.mkdir()

    def convert_slowly(fresh: Path) -> None:
        convert(fresh)
        shutil.rmtree(folder)
        cached_ir(folder, "sha", "v1", convert)
        (folder / "mark").touch()

    assert cached_ir(folder, "sha", "v1", convert_slowly) == folder / XML_NAME
    assert (folder / "mark").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["ir"]


def test_many_at_once_agree(tmp_path: Path) -> None:
    """Each of them finds it damaged and replaces it; none may fail, and what is left must be whole."""
    folder = tmp_path / "ir"
    for _ in range(20):
        folder.mkdir(exist_ok=True)
        (folder / XML_NAME).write_text("damaged")
        all_here = threading.Barrier(8)

        def convert(fresh: Path, all_here: threading.Barrier = all_here) -> None:
            Converter()(fresh)
            all_here.wait(10)

        with ThreadPoolExecutor(8) as pool:
            runs = [pool.submit(cached_ir, folder, "sha", "v1", convert) for _ in range(8)]
        assert {run.result() for run in runs} == {folder / XML_NAME}
        assert is_intact_ir(folder)
        assert [path.name for path in tmp_path.iterdir()] == ["ir"]


@pytest.mark.parametrize("name", [XML_NAME, BIN_NAME, RECORD_NAME])
@pytest.mark.parametrize("damage", [b"", b"[]", b"garbage"])
def test_a_damaged_file_is_noticed_and_made_again(
    tmp_path: Path, convert: Converter, name: str, damage: bytes
) -> None:
    folder = tmp_path / "ir"
    cached_ir(folder, "sha", "v1", convert)
    (folder / name).write_bytes(damage)
    assert not is_intact_ir(folder)
    cached_ir(folder, "sha", "v1", convert)
    assert convert.calls == 2
    assert is_intact_ir(folder)


@pytest.mark.parametrize(("sha256", "converter"), [("other", "v1"), ("sha", "v2")])
def test_other_weights_or_another_converter_convert_anew(
    tmp_path: Path, convert: Converter, sha256: str, converter: str
) -> None:
    cached_ir(tmp_path / "ir", "sha", "v1", convert)
    cached_ir(tmp_path / "ir", sha256, converter, convert)
    assert convert.calls == 2


def test_a_conversion_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    def convert(folder: Path) -> None:
        (folder / XML_NAME).write_text("<net")
        raise InferenceError("no", "why", "what")

    with pytest.raises(InferenceError):
        cached_ir(tmp_path / "ir", "sha", "v1", convert)
    assert list(tmp_path.iterdir()) == []
