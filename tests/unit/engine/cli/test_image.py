from __future__ import annotations

import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner, Result
from PIL import Image
from PIL.ExifTags import Base

from selfieseg_engine.cli.image import image
from selfieseg_engine.cli.main import cli
from selfieseg_engine.composite.look import Look
from selfieseg_engine.stills.read import read_still
from selfieseg_engine.stills.still import Metadata
from selfieseg_engine.stills.write import write_still


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


@pytest.mark.usefixtures("real_model")
def test_a_picture_that_may_not_be_read_is_a_failure(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may read everything, so the refusal is played; click took it for a wrong use of the command."""

    really_open, really_ask = os.open, os.access

    def refuse(path: Any, *rest: Any, **more: Any) -> int:
        if Path(path) == photo:
            raise PermissionError(13, "Permission denied", str(path))
        return really_open(path, *rest, **more)

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != photo and really_ask(path, mode))
    told = failure(run(photo, "-o", tmp_path / "out.png"), 1)
    assert "astronaut.jpg cannot be read, Permission denied, check the name and its permissions" in told


def test_transparent_into_jpeg_is_refused_before_any_work(photo: Path, tmp_path: Path) -> None:
    told = failure(run(photo, "-o", tmp_path / "x.jpg", "--background", "transparent"), 1)
    assert ".jpg cannot hold transparency" in told
    assert ".png" in told


@pytest.mark.usefixtures("real_model")
def test_the_matte_is_the_one_that_was_used(photo: Path, tmp_path: Path) -> None:
    mattes = []
    for name, options in (("plain", ()), ("grown", ("--expand", "20")), ("inverted", ("--invert",))):
        path = tmp_path / f"{name}.png"
        done = run(photo, "-o", tmp_path / f"{name}.jpg", "--matte", path, *options)
        assert done.exit_code == 0, done.output
        mattes.append(np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), np.uint8))
    plain, grown, inverted = mattes
    assert grown.mean() > plain.mean() + 2
    assert np.array_equal(inverted, 255 - plain)


@pytest.mark.usefixtures("real_model")
def test_views_are_opaque_whatever_the_background(photo: Path, tmp_path: Path) -> None:
    out, matte = tmp_path / "view.jpg", tmp_path / "matte.png"
    done = run(photo, "-o", out, "--background", "transparent", "--view", "matte", "--matte", matte)
    assert done.exit_code == 0, done.output
    drawn, wanted = cv2.imread(str(out), cv2.IMREAD_GRAYSCALE), cv2.imread(str(matte), cv2.IMREAD_GRAYSCALE)
    assert np.abs(np.asarray(drawn, int) - np.asarray(wanted, int)).mean() < 2


def test_classes_and_effects_on_them(tiny_multiclass: str, tmp_path: Path) -> None:
    """The stand-in model takes black for hair, red for body skin, green for face skin, blue for clothes."""
    bands = np.zeros((256, 256, 3), np.uint8)
    bands[:64] = 255
    bands[128:192] = (0, 255, 0)
    bands[192:] = (255, 0, 0)
    photo, out, classes = tmp_path / "bands.png", tmp_path / "out.png", tmp_path / "classes.png"
    cv2.imwrite(str(photo), bands)
    done = run(
        photo, "-o", out, "--model", tiny_multiclass, "--background", "none", "--classes", classes, "--json",
        "--clothes-strength", "1", "--clothes-color", "#FF0000", "--device", "CPU",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["class_model"] == tiny_multiclass
    assert answer["images"][0]["classes"] == str(classes)
    drawn = np.asarray(cv2.imread(str(classes)))[:, :, ::-1]
    rows = [drawn[row, 128].tolist() for row in (30, 96, 160, 230)]
    assert rows == [[192, 192, 192], [128, 0, 0], [255, 204, 204], [0, 0, 128]]
    assert classes.read_bytes()[25] == 3, "a PNG with a palette"
    result = np.asarray(cv2.imread(str(out)))
    assert np.array_equal(result[:180], bands[:180])
    blue, green, red = result[230, 128].tolist()
    assert red > 50 > blue == green


@pytest.mark.parametrize("option", [("--classes", "c.png"), ("--hair-strength", "1"), ("--view", "classes")])
def test_where_there_is_no_class_model_one_is_to_be_fetched(
    photo: Path, tmp_path: Path, option: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = failure(run(photo, "-o", tmp_path / "x.png", *option), 1)
    assert option[0] in told
    assert "selfieseg models fetch" in told
    told = failure(run(photo, "-o", tmp_path / "x.png", *option, "--class-model", "none"), 2)
    assert option[0] in told
    assert "--class-model none" in told
    assert not (tmp_path / "x.png").exists()


@pytest.mark.parametrize("option", ["--clothes-strength", "--skin-tone", "--face-smooth", "--face-brighten"])
def test_what_a_class_model_does_not_know_is_told(photo: Path, tmp_path: Path, option: str) -> None:
    out = tmp_path / "x.png"
    told = failure(run(photo, "-o", out, "--class-model", "hair_segmentation", option, "0.5"), 1)
    assert f"{option} cannot be had from the model hair_segmentation" in told
    assert "only background and hair" in told
    assert "selfieseg models fetch selfie_multiclass_256x256" in told
    assert not out.exists()


@pytest.mark.parametrize("model", ["nope", "selfie_segmentation"])
def test_a_class_model_that_is_none_is_an_error_even_where_none_is_needed(
    photo: Path, tmp_path: Path, model: str
) -> None:
    assert model in failure(run(photo, "-o", tmp_path / "x.png", "--class-model", model), 1)


@pytest.mark.usefixtures("real_model")
def test_one_bad_picture_does_not_keep_the_others(photo: Path, tmp_path: Path) -> None:
    bad, missing, last = (photo.with_name(name) for name in ("bad.png", "missing.png", "last.jpg"))
    bad.write_text("no picture")
    last.write_bytes(photo.read_bytes())
    out = tmp_path / "out"
    done = run(bad, photo, missing, last, "-o", out, "--json")
    told = failure(done, 1)
    assert "2 of 4 pictures" in told
    assert str(bad) in told
    assert str(missing) in told
    images = json.loads(done.stdout.splitlines()[-1])["images"]
    assert [image["input"] for image in images] == [str(path) for path in (bad, photo, missing, last)]
    assert [image["error"] is None for image in images] == [False, True, False, True]
    assert "not a picture" in images[0]["error"]
    assert "no such file" in images[2]["error"]
    assert {frozenset(image) for image in images} == {frozenset(images[1])}, "one shape for all"
    assert images[0]["width"] is None
    assert images[1]["width"] == 512
    assert sorted(path.name for path in out.iterdir()) == ["astronaut.jpg", "last.jpg"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
@pytest.mark.usefixtures("real_model")
def test_a_pipe_is_no_picture(photo: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    out = tmp_path / "x.png"
    assert "not a plain file" in failure(run(pipe, "-o", out), 1)
    assert "not a plain file" in failure(run(photo, "-o", out, "--background", f"image:{pipe}"), 1)
    assert not out.exists()


def test_a_background_that_cannot_be_read_is_told_once_for_all(photo: Path, tmp_path: Path) -> None:
    second = photo.with_name("second.jpg")
    second.write_bytes(photo.read_bytes())
    told = failure(run(photo, second, "-o", tmp_path / "out", "--background", "image:nowhere.png"), 1)
    assert told.count("nowhere.png") == 1
    assert not (tmp_path / "out").exists()


def test_a_class_map_is_a_png(photo: Path, tmp_path: Path) -> None:
    told = failure(run(photo, "-o", tmp_path / "x.png", "--classes", tmp_path / "c.jpg"), 1)
    assert "a class map is a PNG" in told


def test_the_help_groups_the_effects() -> None:
    lines = CliRunner().invoke(cli, ["image", "--help"]).stdout.splitlines()
    headings = [line for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert headings == ["Background:", "Edge:", "Person (needs a class model):", "Options:"]


def test_the_help_names_nothing_that_is_not_there() -> None:
    told = CliRunner().invoke(cli, ["image", "--help"]).stdout
    assert "image:PATH" in told
    assert "video" not in told


def test_the_options_are_the_whole_look() -> None:
    names = {parameter.name for parameter in image.params}
    assert {field.name for field in fields(Look)} <= names


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
        (("--threshold", "1.5"), "threshold"),
        (("--expand", "-21"), "expand"),
        (("--despill", "nan"), "no number"),
        (("--hair-color", "violet"), "hair_color"),
        (("--view", "upside-down"), "view"),
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
    wall = tmp_path / "wall.png"
    wall.write_bytes(photo.read_bytes())
    behind = ("--background", f"image:{wall}")
    assert "written over" in failure(run(photo, "-o", wall, *behind), 2)
    assert "written over" in failure(run(photo, "-o", tmp_path / "x.png", "--matte", wall, *behind), 2)
    link, twin = tmp_path / "link.png", tmp_path / "twin.png"
    link.symlink_to(photo)
    os.link(wall, twin)
    assert "written over" in failure(run(photo, "-o", link), 2)
    assert "written over" in failure(run(photo, "-o", twin, *behind), 2)
    assert "must be a folder" in failure(run(photo, photo, "-o", tmp_path / "out.png"), 2)


@pytest.mark.usefixtures("real_model")
def test_a_turned_deep_picture_keeps_all_that_is_the_persons(
    tmp_path: Path, astronaut_bgr: npt.NDArray[np.uint8]
) -> None:
    upright = astronaut_bgr.astype(np.uint16) * 257
    upright[:, :, 1] ^= 0x55
    path, out, matte_path = tmp_path / "deep.tif", tmp_path / "out.tif", tmp_path / "matte.png"
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    exif[Base.Artist] = "NASA"
    write_still(path, np.ascontiguousarray(np.rot90(upright)), Metadata(exif.tobytes()), 95)
    done = run(path, "-o", out, "--matte", matte_path, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["images"][0]["bits"] == 16
    drawn = read_still(out)
    person = np.asarray(cv2.imread(str(matte_path), cv2.IMREAD_UNCHANGED), np.uint8) == 255
    assert person.mean() > 0.3
    assert np.array_equal(drawn.bgr[person], upright[person])
    assert not np.array_equal(drawn.bgr, upright)
    with Image.open(out) as image:
        assert image.getexif()[Base.Artist] == "NASA"
        assert Base.Orientation not in image.getexif()


@pytest.mark.usefixtures("real_model")
@pytest.mark.parametrize("background", ["transparent", "color:#00FF00"])
def test_what_is_transparent_stays_so(
    tmp_path: Path, astronaut_bgr: npt.NDArray[np.uint8], background: str
) -> None:
    alpha = np.full((512, 512), 255, np.uint8)
    alpha[:, :256] = 100
    alpha[:100] = 0
    path, out, matte_path = tmp_path / "in.png", tmp_path / "out.webp", tmp_path / "matte.png"
    cv2.imwrite(str(path), np.dstack((astronaut_bgr, alpha)))
    assert run(path, "-o", out, "--background", background, "--matte", matte_path).exit_code == 0
    drawn = read_still(out)
    assert drawn.alpha is not None
    matte = np.asarray(cv2.imread(str(matte_path), cv2.IMREAD_UNCHANGED), np.uint8)
    wanted = np.rint(alpha * (matte / 255)) if background == "transparent" else alpha
    assert np.abs(drawn.alpha - wanted).max() <= 1
    assert run(path, "-o", tmp_path / "flat.jpg", "--background", "none").exit_code == 0
    assert read_still(tmp_path / "flat.jpg").bgr[:90].min() > 240, "on white where the format has no alpha"


@pytest.mark.usefixtures("real_model")
def test_grey_stays_grey_until_a_colour_comes(tmp_path: Path, astronaut_bgr: npt.NDArray[np.uint8]) -> None:
    path = tmp_path / "grey.png"
    cv2.imwrite(str(path), cv2.cvtColor(astronaut_bgr, cv2.COLOR_BGR2GRAY))
    for background, is_grey in (("blur", True), ("color:#00FF00", False)):
        assert run(path, "-o", tmp_path / "out.png", "--background", background).exit_code == 0
        assert read_still(tmp_path / "out.png").is_grey == is_grey


@pytest.mark.usefixtures("real_model")
def test_the_comparison_has_four_panels(photo: Path, tmp_path: Path) -> None:
    figure = tmp_path / "figure.png"
    done = run(photo, "-o", tmp_path / "x.png", "--compare", figure, "--class-model", "none")
    assert done.exit_code == 0, done.output
    drawn, frame = np.asarray(cv2.imread(str(figure))), np.asarray(cv2.imread(str(photo)))
    height, width = drawn.shape[0] // 2, drawn.shape[1] // 2
    panels = [drawn[y : y + height, x : x + width] for y in (0, height) for x in (0, width)]
    left, top = (width - 512) // 2, height - 512 - (width - 512) // 2
    original, classes, removed, blurred = (panel[top : top + 512, left : left + 512] for panel in panels)
    assert np.array_equal(original, frame)
    assert (removed[5, 256] == 192).all()
    assert classes[300, 256, 0] > classes[300, 256, 1], "the person is purple"
    person, room = np.s_[300:330, 240:270], np.s_[5:60, 400:500]
    assert np.abs(blurred[person].astype(int) - frame[person]).max() <= 1
    assert blurred[room].std() < frame[room].std() / 2


def test_the_comparison_knows_the_classes_of_a_model(tiny_multiclass: str, tmp_path: Path) -> None:
    bands = np.zeros((256, 256, 3), np.uint8)
    bands[:64] = 255
    photo, figure = tmp_path / "bands.png", tmp_path / "figure.png"
    cv2.imwrite(str(photo), bands)
    done = run(photo, "-o", tmp_path / "x.png", "--model", tiny_multiclass, "--compare", figure, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["class_model"] == tiny_multiclass
    drawn = np.asarray(cv2.imread(str(figure)))
    dark = drawn[drawn.shape[0] // 4, drawn.shape[1] * 3 // 4]
    assert dark.tolist() == [0, 0, 77], "hair's dark red over black"


def test_a_comparison_is_a_png_of_one_picture(photo: Path, tmp_path: Path) -> None:
    second = photo.with_name("second.jpg")
    second.write_bytes(photo.read_bytes())
    assert "one picture" in failure(run(photo, second, "-o", tmp_path, "--compare", tmp_path / "c.png"), 2)
    assert "PNG" in failure(run(photo, "-o", tmp_path / "x.png", "--compare", tmp_path / "c.jpg"), 1)
    assert "written over" in failure(run(photo, "-o", tmp_path / "x.png", "--compare", tmp_path / "x.png"), 2)


@pytest.mark.usefixtures("real_model")
def test_a_folder_and_the_quality(photo: Path, tmp_path: Path) -> None:
    sizes = []
    for quality in ("30", "95"):
        out = tmp_path / quality
        assert run(photo.parent, "-o", out, "--quality", quality).exit_code == 0
        sizes.append((out / photo.name).stat().st_size)
    assert sizes[0] < sizes[1] / 2


@pytest.mark.usefixtures("real_model")
@pytest.mark.parametrize("size", [(1, 1), (2, 301), (333, 17)])
def test_odd_sizes_stay_as_they_are(
    tmp_path: Path, astronaut_bgr: npt.NDArray[np.uint8], size: tuple[int, int]
) -> None:
    path = tmp_path / "odd.png"
    cv2.imwrite(str(path), astronaut_bgr[: size[1], : size[0]])
    for background in ("blur", "transparent"):
        done = run(
            path, "-o", tmp_path / "out.png", "--background", background, "--compare", tmp_path / "c.png"
        )
        assert done.exit_code == 0, done.output
        assert read_still(tmp_path / "out.png").bgr.shape == (size[1], size[0], 3)
