from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
import pytest

from selfieseg_engine.cli.image_inputs import ImageInput, ImageInputs, find_inputs
from selfieseg_engine.cli.image_jobs import plan_jobs
from selfieseg_engine.errors import PictureError

FILES = ("a.jpg", "b.PNG", "notes.txt", ".hidden.jpg", "deep/c.webp", "deep/er/d.tif", ".trash/e.jpg")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def places(given: list[Path], *, recursive: bool = False, outputs: tuple[Path, ...] = ()) -> list[str]:
    found = find_inputs(given, recursive, [str(path) for path in outputs])
    assert found.is_list
    return [each.place.as_posix() for each in found.pictures]


def test_a_folder_is_its_pictures(photos: Path) -> None:
    assert places([photos]) == ["a.jpg", "b.PNG"]
    assert places([photos], recursive=True) == ["a.jpg", "b.PNG", "deep/c.webp", "deep/er/d.tif"]


def test_several_folders_keep_their_names(photos: Path) -> None:
    assert places([photos, photos / "deep"]) == ["photos/a.jpg", "photos/b.PNG", "deep/c.webp"]


def test_patterns_go_deeper_only_where_they_say_so(photos: Path) -> None:
    assert places([photos / "*.jpg"]) == ["a.jpg"]
    assert places([photos / ".*.jpg"]) == [".hidden.jpg"]
    assert places([photos / "**" / "*.[wt]*"]) == ["deep/c.webp", "deep/er/d.tif", "notes.txt"]
    assert places([photos / "d*" / "*"]) == ["deep/c.webp"]


def test_a_pattern_of_the_current_folder(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(photos)
    assert places([Path("*.jpg")]) == ["a.jpg"]


def test_a_file_is_itself_whatever_it_is_called(photos: Path) -> None:
    odd = photos / "what[1].jpg"
    odd.touch()
    missing = photos / "missing.jpg"
    found = find_inputs([odd, missing], False, [])
    assert found == ImageInputs(
        (ImageInput(odd, Path(odd.name)), ImageInput(missing, Path(missing.name))), False
    )


def test_what_is_written_is_not_read_the_next_time(photos: Path) -> None:
    out = photos / "deep"
    assert places([photos], recursive=True, outputs=(out,)) == ["a.jpg", "b.PNG"]
    assert places([photos / "**" / "*.[jw]*"], outputs=(out,)) == ["a.jpg"]
    assert places([photos / ".t*" / "*"], outputs=(out,)) == [".trash/e.jpg"]
    assert places([out / "*.[jw]*"], outputs=(out,)) == ["c.webp"]  # that very folder may be meant
    for around in (photos, photos.parent):
        assert places([out], outputs=(around,)) == places([out / "*.[jw]*"], outputs=(around,)) == ["c.webp"]


def test_nothing_found_is_told(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(PictureError, match="--recursive"):
        find_inputs([tmp_path / "empty"], False, [])
    with pytest.raises(PictureError, match="pattern"):
        find_inputs([photos / "*.gif"], False, [])


def test_a_folder_that_may_not_be_read_is_told(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refusing(path: str) -> Any:
        if Path(path).name == "deep":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(PictureError, match="deep cannot be read, Permission denied"):
        find_inputs([photos], True, [])


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="there are no links here")
def test_a_folder_in_itself_does_not_go_on_for_ever(photos: Path) -> None:
    (photos / "loop").symlink_to(photos, target_is_directory=True)
    assert len(places([photos], recursive=True)) == 4


def outputs(*names: str, alpha: bool = False) -> list[str]:
    pictures = tuple(ImageInput(Path("in", name), Path(name)) for name in names)
    jobs = plan_jobs(ImageInputs(pictures, True), "out", None, None, alpha)
    return [job.output_path.as_posix() for job in jobs]


def test_outputs_mirror_the_names_without_clashes() -> None:
    assert outputs("a.jpg", "deep/a.jpg", "b.gif") == ["out/a.jpg", "out/deep/a.jpg", "out/b.png"]
    assert outputs("a.png", "a.gif") == ["out/a.png", "out/a.gif.png"]
    assert outputs("a.jpg", "a.gif", alpha=True) == ["out/a.jpg.png", "out/a.gif.png"]
    assert outputs("a.webp", "b.jpg", alpha=True) == ["out/a.webp", "out/b.png"]


def test_the_same_name_twice_is_refused() -> None:
    with pytest.raises(click.UsageError, match="written over"):
        outputs("a.jpg", "a.jpg")


def test_one_picture_of_a_folder_goes_into_a_folder() -> None:
    assert outputs("a.jpg") == ["out/a.jpg"]
