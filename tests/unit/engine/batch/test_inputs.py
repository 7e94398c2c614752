"""Which files a batch works on."""

from __future__ import annotations

from pathlib import Path

import pytest

from selfieseg_engine.batch.errors import BatchError
from selfieseg_engine.batch.inputs import find_inputs


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def places(source: Path, *written: Path) -> list[str]:
    return [each.place.as_posix() for each in find_inputs(source, written)]


def test_a_folder_is_gone_through_to_its_bottom(tmp_path: Path) -> None:
    touch(*(tmp_path / name for name in ("b.MP4", "a.jpg", "sub/deep/c.mkv", "notes.txt", ".hidden.mp4")))
    touch(tmp_path / ".git" / "d.mp4", tmp_path / "out" / "e.mp4", tmp_path / "mattes" / "f.mkv")
    assert places(tmp_path, tmp_path / "out", tmp_path / "mattes") == ["a.jpg", "b.MP4", "sub/deep/c.mkv"]


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    touch(tmp_path / "in" / "a.mp4")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    assert places(tmp_path / "in") == ["a.mp4"]


def test_a_list_keeps_folders_below_it(tmp_path: Path) -> None:
    listed = tmp_path / "lists" / "all.txt"
    listed.parent.mkdir()
    listed.write_text(f"a.mp4\n\n  sub/b.jpg  \n{tmp_path}/elsewhere/c.mkv\n../d.webm\n")
    found = find_inputs(listed, [])
    assert [(each.place.as_posix(), each.path.relative_to(tmp_path).as_posix()) for each in found] == [
        ("a.mp4", "lists/a.mp4"),
        ("sub/b.jpg", "lists/sub/b.jpg"),
        ("c.mkv", "elsewhere/c.mkv"),
        ("d.webm", "d.webm"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a.mp4\nb/../a.mp4\n", "line 2 .* named twice"),
        ("a.mp4\n.\n", "line 2 .* a folder"),
        ("\n", "nothing fits"),
    ],
)
def test_a_wrong_list_is_told(tmp_path: Path, text: str, told: str) -> None:
    listed = tmp_path / "all.txt"
    listed.write_text(text)
    with pytest.raises(BatchError, match=told):
        find_inputs(listed, [])


def test_a_recording_is_no_list(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x20ftyp\xff\xfe")
    with pytest.raises(BatchError, match="not text in UTF-8"):
        find_inputs(tmp_path / "a.mp4", [])


def test_the_input_folder_cannot_be_the_output(tmp_path: Path) -> None:
    touch(tmp_path / "a.mp4")
    with pytest.raises(BatchError, match="next run would take outputs for inputs"):
        find_inputs(tmp_path, [tmp_path / "sub" / ".."])
