"""Draws every background, view and per-class effect in a real OBS, for people to look at.

    python -m tests.obs.contact_sheet OUT_DIR PICTURE_OR_CLIP… [--background-picture FILE] [--classes DIR]

``backgrounds.png`` has a row for each input; ``classes.png`` one for each picture that has a class map of the
same name in ``--classes`` (indices: 1 hair, 2 skin, 4 clothes), drawn with that map instead of a model's.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np

from selfieseg_engine import Segmenter
from selfieseg_engine.isolated_obs import IsolatedObs
from selfieseg_engine.matte.levels import to_u8_matte
from tests.obs.effects_probe import ProbeJob, draw_in_obs, probe_script
from tests.obs.product import (
    FRAME_HEIGHT,
    FRAME_WIDTH,
    SOURCE,
    Picture,
    Product,
    fetch_models,
    product_config,
    product_environment,
    product_scripts,
    write_install_record,
)

TILE = (480, 270)
MASK_SIZE = (256, 256)
SETTLE_S = 0.8
PICTURES = (".png", ".jpg", ".jpeg", ".webp")
CLIP = "Clip"
CLASS_LOOKS: dict[str, dict[str, Any]] = {
    "none": {},
    "hair": {"hair_strength": 1.0},
    "hair, half": {"hair_strength": 0.5, "hair_color": (200, 40, 40)},
    "clothes": {"clothes_strength": 1.0},
    "face smooth": {"face_smooth": 1.0},
    "face brighten": {"face_brighten": 1.0},
    "skin tone": {"skin_tone": 1.0},
    "classes": {"view": "classes"},
}


def looks(image: Path, clip: Path) -> dict[str, dict[str, Any]]:
    """Return every background and view, as settings of the filter."""
    plain = {"background": "blur", "blur_strength": 50, "view": "result", "effects_in_engine": False}
    return {
        "none": plain | {"background": "none"},
        "blur 20": plain | {"blur_strength": 20},
        "blur 50": plain,
        "blur 100": plain | {"blur_strength": 100},
        "color": plain | {"background": "color"},
        "image": plain | {"background": "image", "image_path": str(image)},
        "video": plain | {"background": "video", "video_path": str(clip)},
        "source": plain | {"background": "source", "background_source": CLIP},
        "transparent": plain | {"background": "transparent"},
        "grayscale": plain | {"background": "grayscale"},
        "matte": plain | {"view": "matte"},
        "classes": plain | {"view": "classes"},
        "split": plain | {"view": "split"},
        "hair": plain | {"background": "none", "hair_strength": 1.0},
        "blur, in the engine": plain | {"effects_in_engine": True, "hair_strength": 0.0},
        "image, in the engine": plain
        | {"effects_in_engine": True, "background": "image", "image_path": str(image)},
    }


def fit(picture: Picture) -> Picture:
    """Return the picture on a grey frame of OBS's size, not stretched."""
    height, width = picture.shape[:2]
    scale = min(FRAME_WIDTH / width, FRAME_HEIGHT / height)
    small = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    left, top = (FRAME_WIDTH - small.shape[1]) // 2, (FRAME_HEIGHT - small.shape[0]) // 2
    right, bottom = FRAME_WIDTH - small.shape[1] - left, FRAME_HEIGHT - small.shape[0] - top
    return np.asarray(cv2.copyMakeBorder(small, top, bottom, left, right, cv2.BORDER_REPLICATE), np.uint8)


def tile(picture: Picture, label: str) -> Picture:
    """Return a small, labelled copy; transparency over a chequered ground."""
    picture = cast("Picture", cv2.resize(picture, TILE, interpolation=cv2.INTER_AREA))
    if picture.shape[2] == 4:
        rows, columns = np.indices(TILE[::-1])
        ground = (160 + 40 * ((rows // 12 + columns // 12) % 2))[..., None]
        share = picture[..., 3:].astype(np.float32) / 255
        picture = (picture[..., :3] * share + ground * (1 - share)).astype(np.uint8)
    picture = picture.copy()
    cv2.rectangle(picture, (0, 0), (12 + 11 * len(label), 28), (0, 0, 0), cv2.FILLED)
    cv2.putText(picture, label, (6, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1, cv2.LINE_AA)
    return picture


def sheet(tiles: Sequence[Picture], columns: int) -> Picture:
    """Return the tiles in rows."""
    missing = -len(tiles) % columns
    whole = [*tiles, *[np.zeros_like(tiles[0])] * missing]
    rows = [np.hstack(whole[start : start + columns]) for start in range(0, len(whole), columns)]
    return np.asarray(np.vstack(rows), np.uint8)


def draw_backgrounds(inputs: Sequence[Path], image: Path, data_dir: Path, out: Path) -> None:
    """Write the sheet of backgrounds and views."""
    clip = next((path for path in inputs if path.suffix.lower() not in PICTURES), None)
    assert clip is not None, "one input must be a clip"
    tiles = []
    config = product_config(product_scripts())
    with IsolatedObs(config, environment=product_environment(data_dir)) as obs:
        product = Product(obs, data_dir)
        for path in inputs:
            product.scene.create_media(CLIP, clip)
            if path.suffix.lower() in PICTURES:
                framed = data_dir / "framed.png"
                cv2.imwrite(str(framed), fit(cast("Picture", cv2.imread(str(path)))))
                product.scene.create_image(SOURCE, framed)
            else:
                product.scene.create_media(SOURCE, path)
            product.scene.wait_for_picture(SOURCE)
            product.add_filter()
            product.wait_for_mattes()
            for label, settings in looks(image, clip).items():
                tiles.append(tile(_look(product, settings), label))
            product.clear_scene()
    cv2.imwrite(str(out), sheet(tiles, 4))


def _look(product: Product, settings: Mapping[str, Any]) -> Picture:
    product.configure(**settings)
    time.sleep(SETTLE_S * (3 if "hair_strength" in settings or settings["view"] == "classes" else 1))
    picture = product.scene.screenshot(SOURCE, alpha=True)
    product.configure(hair_strength=0.0)
    return picture


def draw_classes(inputs: Sequence[Path], classes: Path, out: Path) -> None:
    """Write the sheet of per-class effects."""
    jobs = []
    with Segmenter() as segmenter:
        for path in inputs:
            truth_path = classes / f"{path.stem}.png"
            if not truth_path.exists():
                continue
            frame = cast("Picture", cv2.imread(str(path)))
            truth = cv2.imread(str(truth_path), cv2.IMREAD_GRAYSCALE)
            planes = np.stack([np.where(truth == index, 255, 0) for index in (1, 2, 2, 4)], axis=-1)
            u8_planes = np.asarray(cv2.GaussianBlur(planes.astype(np.uint8), (0, 0), 1.0), np.uint8)
            segmenter.reset()
            matte = cv2.resize(segmenter.segment(frame).matte, MASK_SIZE, interpolation=cv2.INTER_AREA)
            mask = to_u8_matte(np.asarray(matte, np.float32))
            jobs += [ProbeJob(frame, mask, look, u8_planes) for look in CLASS_LOOKS.values()]
    with (
        tempfile.TemporaryDirectory() as folder,
        IsolatedObs(product_config([probe_script(Path(folder))])),
    ):
        drawn = draw_in_obs(Path(folder), jobs)
    labels = list(CLASS_LOOKS) * (len(drawn) // len(CLASS_LOOKS))
    tiles = []
    for result, label in zip(drawn, labels, strict=True):
        tiles.append(tile(fit(result.bgra[..., :3]), label))
    cv2.imwrite(str(out), sheet(tiles, 4))


def main() -> None:
    """Parse the command line and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("inputs", type=Path, nargs="+")
    parser.add_argument("--background-picture", type=Path, required=True)
    parser.add_argument("--classes", type=Path)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        write_install_record(data_dir)
        fetch_models(data_dir)
        inputs = [path.absolute() for path in arguments.inputs]
        if arguments.classes is not None:
            draw_classes(inputs, arguments.classes, arguments.out / "classes.png")
        else:
            picture = arguments.background_picture.absolute()
            draw_backgrounds(inputs, picture, data_dir, arguments.out / "backgrounds.png")


if __name__ == "__main__":
    main()
