from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner, Result

from selfieseg_engine.cli.main import cli


@pytest.fixture
def photo(tmp_path: Path, astronaut_bgr: npt.NDArray[np.uint8]) -> Path:
    path = tmp_path / "in" / "astronaut.jpg"
    path.parent.mkdir()
    cv2.imwrite(str(path), astronaut_bgr)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["image", *map(str, arguments)])


def failure(done: Result, status: int) -> str:
    assert done.exit_code == status, done.output
    assert "Traceback" not in done.output
    if status == 1:
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.usefixtures("real_model")
def test_one_picture_with_its_matte_and_json(photo: Path, tmp_path: Path) -> None:
    out, matte_path = tmp_path / "out.png", tmp_path / "matte.png"
    done = run(
        photo, "-o", out, "--background", "color:#00FF00", "--matte", matte_path, "--json", "--device", "CPU"
    )
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout.splitlines()[-1])
    assert (answer["model"], answer["device"]) == ("selfie_segmentation_landscape", "CPU")
    (report,) = answer["images"]
    assert (report["width"], report["height"], report["output"]) == (512, 512, str(out))
    assert 0.3 < report["person_fraction"] < 0.7
    matte = cv2.imread(str(matte_path), cv2.IMREAD_UNCHANGED)
    picture = cv2.imread(str(out))
    original = cv2.imread(str(photo))
    assert matte is not None
    assert picture is not None
    assert original is not None
    assert matte.shape == (512, 512)
    assert matte.dtype == np.uint8
    assert np.abs(picture[matte == 255].astype(int) - original[matte == 255]).max() <= 1
    assert np.abs(picture[matte == 0].astype(int) - (0, 255, 0)).max() <= 1


@pytest.mark.usefixtures("real_model")
def test_transparent_writes_straight_alpha(photo: Path, tmp_path: Path) -> None:
    assert run(photo, "-o", f"{tmp_path / 'cut'}/", "--background", "transparent").exit_code == 0
    bgra = cv2.imread(str(tmp_path / "cut" / "astronaut.png"), cv2.IMREAD_UNCHANGED)
    assert bgra is not None
    assert bgra.shape == (512, 512, 4)
    assert (bgra[:, :, 3].min(), bgra[:, :, 3].max()) == (0, 255)


@pytest.mark.usefixtures("real_model")
def test_many_pictures_go_into_a_folder(photo: Path, tmp_path: Path) -> None:
    second = photo.with_name("second.png")
    second.write_bytes(photo.read_bytes())
    done = run(photo, second, "-o", tmp_path / "out", "--matte", tmp_path / "mattes", "--json")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["astronaut.jpg", "second.png"]
    assert sorted(path.name for path in (tmp_path / "mattes").iterdir()) == ["astronaut.png", "second.png"]
    assert len(json.loads(done.stdout)["images"]) == 2


@pytest.mark.usefixtures("real_model")
@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_an_input_that_cannot_be_read_leaves_no_output(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.png"
    if content is not None:
        path.write_bytes(content)
    told = failure(run(path, "-o", tmp_path / "out" / "x.png"), 1)
    assert str(path) in told
    assert not (tmp_path / "out").exists()


def test_transparent_into_jpeg_is_refused_before_any_work(photo: Path, tmp_path: Path) -> None:
    told = failure(run(photo, "-o", tmp_path / "x.jpg", "--background", "transparent"), 1)
    assert ".jpg cannot hold transparency" in told
    assert ".png" in told


def test_classes_need_a_model_that_has_some(photo: Path, tmp_path: Path) -> None:
    told = failure(run(photo, "-o", tmp_path / "x.png", "--classes", tmp_path / "c.png"), 1)
    assert "selfie_segmentation_landscape has no classes" in told


@pytest.mark.parametrize("option", [("--model", "nope"), ("--device", "NPU")])
def test_what_is_not_here_is_a_failure(photo: Path, tmp_path: Path, option: tuple[str, str]) -> None:
    assert option[1] in failure(run(photo, "-o", tmp_path / "x.png", *option), 1)


@pytest.mark.usefixtures("offline")
def test_offline_without_weights_is_told(photo: Path, tmp_path: Path) -> None:
    told = failure(run(photo, "-o", tmp_path / "x.png"), 1)
    assert "check the internet connection" in told


@pytest.mark.parametrize(
    ("option", "why"),
    [
        (("--background", "blur:200"), "0…100"),
        (("--background", "video:x.mp4"), "for videos"),
        (("--device", "TPU"), "TPU"),
        (("--threads", "0"), "threads"),
    ],
)
def test_wrong_options_are_usage_errors(
    photo: Path, tmp_path: Path, option: tuple[str, str], why: str
) -> None:
    assert why in failure(run(photo, "-o", tmp_path / "x.png", *option), 2)


def test_nothing_is_ever_written_over(photo: Path, tmp_path: Path) -> None:
    assert "written over" in failure(run(photo, "-o", photo), 2)
    assert "written over" in failure(run(photo, "-o", photo.parent), 2)
    assert "written over" in failure(run(photo, "-o", tmp_path / "x.png", "--matte", tmp_path / "x.png"), 2)
    assert "written over" in failure(run(photo, photo, "-o", tmp_path / "out"), 2)
    assert "must be a folder" in failure(run(photo, photo, "-o", tmp_path / "out.png"), 2)
