from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.engine.registry.file_server import ServedFile, served

from selfieseg_engine.errors import ObtainError, WrongHashError
from selfieseg_engine.registry import url_source
from selfieseg_engine.registry.manifest import Digest, Manifest, WeightsFile
from selfieseg_engine.registry.obtain import fetch_from_url, part_path
from selfieseg_engine.registry.url_source import Answer, TooLargeError, download, read_answer

MakeManifest = Callable[..., Manifest]
CONTENT = bytes(range(256)) * 1000
SIZE = len(CONTENT)
WEIGHTS = WeightsFile("w.bin", SIZE, Digest("sha256", hashlib.sha256(CONTENT).hexdigest()))


def quietly(_done: int, _total: int) -> None:
    """Stand for nobody who wants to know."""


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_a_file_comes_whole_and_its_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with served(ServedFile(CONTENT)) as url:
        download(url, tmp_path / "part", SIZE, lambda *progress: told.append(progress))
    assert (tmp_path / "part").read_bytes() == CONTENT
    assert told[0] == (0, SIZE)
    assert told[-1] == (SIZE, SIZE)
    assert told == sorted(told)


def test_a_broken_connection_is_taken_up_where_it_broke(tmp_path: Path) -> None:
    file = ServedFile(CONTENT, cut_after=100_000)
    with served(file) as url:
        download(url, tmp_path / "part", SIZE, quietly)
    assert (tmp_path / "part").read_bytes() == CONTENT
    starts = [int(asked.removeprefix("bytes=").removesuffix("-")) for asked in file.asked[1:]]
    assert len(starts) == 2
    assert 80_000 < starts[0] <= 100_000 < starts[1] <= 200_000


def test_what_was_fetched_stays_when_the_connection_is_lost_for_good(tmp_path: Path) -> None:
    part = tmp_path / "part"
    broken = ServedFile(CONTENT, cut_after=50_000)
    with served(broken) as url, pytest.raises(ObtainError, match="the connection broke"):
        download(url, part, SIZE, quietly)
    kept = part.read_bytes()
    assert 100_000 < len(kept) <= 150_000
    assert kept == CONTENT[: len(kept)]
    file = ServedFile(CONTENT)
    with served(file) as url:  # another address: the file is known by its hash
        download(url, part, SIZE, quietly)
    assert part.read_bytes() == CONTENT
    assert file.asked == [f"bytes={len(kept)}-"]


def test_a_server_without_ranges_sends_all_again(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(b"other bytes")
    with served(ServedFile(CONTENT, takes_ranges=False)) as url:
        download(url, part, SIZE, quietly)
    assert part.read_bytes() == CONTENT


def test_a_beginning_longer_than_the_file_is_begun_anew(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(bytes(SIZE + 1))
    with served(ServedFile(CONTENT)) as url:
        download(url, part, None, quietly)  # the server refuses the range
        assert part.read_bytes() == CONTENT
        part.write_bytes(bytes(SIZE + 1))
        download(url, part, SIZE, quietly)
    assert part.read_bytes() == CONTENT


def test_a_server_that_announces_too_much_is_not_even_read(tmp_path: Path) -> None:
    with served(ServedFile(CONTENT, announced=3 << 30)) as url:
        for wanted in (SIZE, None):
            with pytest.raises(TooLargeError, match=f"it has {3 << 30} bytes"):
                download(url, tmp_path / "part", wanted, quietly)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_never_stops_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(url_source, "HARD_LIMIT_BYTES", 1 << 20)
    with served(ServedFile(CONTENT, announced=-1, endless=True)) as url:
        for wanted in (SIZE, None):
            with pytest.raises(TooLargeError, match="it sends more"):
                download(url, tmp_path / "part", wanted, quietly)
            assert list(tmp_path.iterdir()) == []


def test_another_size_is_told_before_it_is_fetched(tmp_path: Path) -> None:
    with served(ServedFile(CONTENT[:9])) as url, pytest.raises(ObtainError, match="9 instead of 256000"):
        download(url, tmp_path / "part", SIZE, quietly)
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_server_is_told(tmp_path: Path) -> None:
    with served(ServedFile(CONTENT, status=404)) as url, pytest.raises(ObtainError, match="status 404"):
        download(url, tmp_path / "part", SIZE, quietly)
    with pytest.raises(ObtainError, match=r"127\.0\.0\.1:9/nobody could not be downloaded"):
        download("http://127.0.0.1:9/nobody", tmp_path / "part", SIZE, quietly)


def test_a_wrong_file_leaves_nothing_behind(tmp_path: Path) -> None:
    with served(ServedFile(CONTENT[::-1])) as url, pytest.raises(WrongHashError):
        fetch_from_url(url, WEIGHTS, tmp_path / "w.bin", quietly)
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_beginning_is_fetched_again(tmp_path: Path) -> None:
    target = tmp_path / "w.bin"
    part_path(target).write_bytes(b"an error page")
    file = ServedFile(CONTENT)
    with served(file) as url:
        fetch_from_url(url, WEIGHTS, target, quietly)
    assert target.read_bytes() == CONTENT
    assert file.asked == ["bytes=13-", ""]
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("status", "headers", "answer"),
    [
        (200, {"content-length": "7"}, Answer(0, 7)),
        (200, {}, Answer(0, 0)),
        (200, {"content-length": "many"}, Answer(0, 0)),
        (206, {"content-range": "bytes 5-9/10", "content-length": "5"}, Answer(5, 10)),
        (206, {"content-range": "bytes 5-9/*"}, Answer(5, 0)),
    ],
)
def test_what_an_answer_announces(status: int, headers: dict[str, str], answer: Answer) -> None:
    assert read_answer(status, headers, 5) == answer


@pytest.mark.parametrize("told", ["bytes 0-9/10", "bytes */10", "", "5-9/10"])
def test_another_part_than_the_one_asked_for_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match="when asked for bytes from 5 on"):
        read_answer(206, {"content-range": told}, 5)
