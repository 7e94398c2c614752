"""Draws the README's effects.jpg in a real OBS, from scikit-image's own free pictures.

    SELFIESEG_MODEL_PATH=FOLDER PYTHONPATH=. .venv/bin/python docs/pictures/draw_effects.py

The person is the astronaut (NASA), behind her are the Hubble deep field (NASA, ESA), a drawn clip and a cup
of coffee (Rachel Michetti, CC0). FOLDER holds the hair model; without it this fails rather than leave her
hair as it is.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import skimage.data
from tests.obs.contact_sheet import sheet, tile
from tests.obs.product import (
    SOURCE,
    Picture,
    Product,
    fetch_models,
    product_config,
    product_environment,
    write_clip,
    write_install_record,
)

from selfieseg_engine.isolated_obs import IsolatedObs

OUT = Path(__file__).with_name("effects.jpg")
FRAME_SIZE = (1280, 720)
QUALITY = 85
COLUMNS = 4
SETTLE_S = 1.5
HAIR_TIMEOUT_S = 120.0  # its model is converted first
FONT = cv2.FONT_HERSHEY_SIMPLEX
BELOW = "Below"
HAIR = np.s_[70:120, 500:640]


def as_frame(rgb: Picture, top: float = 0.0) -> Picture:
    """Return the rows of a picture from ``top`` (0…1) on that fill a frame, uint8 720x1280x3 BGR."""
    height, width = rgb.shape[:2]
    rows = width * FRAME_SIZE[1] // FRAME_SIZE[0]
    first = round(top * (height - rows))
    bgr = cv2.cvtColor(rgb[first : first + rows], cv2.COLOR_RGB2BGR)
    return cast("Picture", cv2.resize(bgr, FRAME_SIZE, interpolation=cv2.INTER_CUBIC))


def draw_lights() -> Picture:
    """Return lights at night, out of focus, for the clip: uint8 720x1280x3 BGR."""
    width, height = FRAME_SIZE
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    night, dusk = np.array([60, 20, 20], np.float32), np.array([70, 45, 120], np.float32)
    picture = np.broadcast_to(night + (dusk - night) * down, (height, width, 3)).copy()
    random = np.random.default_rng(5)
    for _ in range(45):
        light = np.zeros_like(picture)
        color = [float(value) for value in random.choice([[60, 140, 255], [200, 120, 60], [120, 80, 240]])]
        x, y, radius = (int(random.integers(*span)) for span in ((0, width), (0, height), (18, 70)))
        for copy in (x - width, x, x + width):  # the clip turns round, its right edge meets the left one
            cv2.circle(light, (copy, y), radius, color, -1, cv2.LINE_AA)
        picture += light * float(random.uniform(0.15, 0.5))
    return np.asarray(np.clip(cv2.GaussianBlur(picture, (0, 0), 2), 0, 255), np.uint8)


def looks(image: Path, clip: Path) -> dict[str, dict[str, Any]]:
    """Return what to draw, as settings of the filter by label."""
    plain = {
        "background": "blur", "blur_strength": 50, "view": "result", "hair_strength": 0.0, "light_wrap": 0.0,
        "invert": False,
    }  # fmt: skip
    own = plain | {"background": "none", "hair_strength": 0.9}
    return {
        "unchanged": plain | {"background": "none"},
        "blur 25": plain | {"blur_strength": 25},
        "blur 100": plain | {"blur_strength": 100},
        "colour": plain | {"background": "color", "color": 0xFF2C2824},
        "green screen": plain | {"preset": "green_screen", "background": "color", "color": 0xFF00FF00},
        "image": plain | {"background": "image", "image_path": str(image), "light_wrap": 0.3},
        "video": plain | {"background": "video", "video_path": str(clip), "light_wrap": 0.3},
        "another source": plain | {"background": "source", "background_source": BELOW},
        "transparent": plain | {"background": "transparent"},
        "black and white": plain | {"background": "grayscale"},
        "hair": own,
        "hair, another colour": own | {"hair_color": 0xFF2030E0},
        "hair and image": plain
        | {"background": "image", "light_wrap": 0.3, "hair_strength": 0.9, "hair_color": 0xFFC08020},
        "hair, black and white": own | {"background": "grayscale", "hair_color": 0xFF9F40E0},
        "view: matte": plain | {"view": "matte"},
        "view: before and after": plain | {"view": "split", "blur_strength": 75},
    }


def label_tile(picture: Picture, label: str) -> Picture:
    """Return a small copy with its label on a dark strip."""
    small = tile(picture, "")
    (width, height), below = cv2.getTextSize(label, FONT, 0.6, 1)
    small[: height + below + 10, : width + 16] //= 4
    cv2.putText(small, label, (8, height + 7), FONT, 0.6, (255, 255, 255), 1, cv2.LINE_AA)
    return small


def draw(folder: Path) -> list[Picture]:
    """Return every look as OBS draws it, as labelled small pictures."""
    free = cast("Any", skimage.data)
    pictures = {
        "person": as_frame(free.astronaut()),
        "image": as_frame(free.hubble_deep_field(), 0.5),
        "below": as_frame(free.coffee(), 0.4),
    }
    for name, picture in pictures.items():
        cv2.imwrite(str(folder / f"{name}.png"), picture)
    clip = write_clip(folder / "clip.mp4", draw_lights())
    tiles = []
    with IsolatedObs(product_config(), environment=product_environment(folder)) as obs:
        product = Product(obs, folder)
        product.scene.create_image(BELOW, folder / "below.png")
        product.scene.create_image(SOURCE, folder / "person.png")
        product.scene.wait_for_picture(SOURCE)
        product.add_filter()
        product.wait_for_mattes()
        for label, settings in looks(folder / "image.png", clip).items():
            product.configure(**settings)
            time.sleep(SETTLE_S)
            product.scene.wait_until(lambda: product.sessions()[0]["fps_out"] > 0, what="mattes")
            if settings["hair_strength"]:
                product.scene.wait_until(
                    lambda: is_dyed(product, pictures["person"]), what="dyed hair", timeout_s=HAIR_TIMEOUT_S
                )
            tiles.append(label_tile(product.scene.screenshot(SOURCE, alpha=True), label))
    return tiles


def is_dyed(product: Product, person: Picture) -> bool:
    """Return whether the hair is not what it is in ``person``."""
    shot = product.scene.screenshot(SOURCE).astype(np.float32)
    return bool(np.abs(shot - person)[HAIR].mean() > 20)


def main() -> None:
    """Draw the sheet."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_install_record(folder)
        fetch_models(folder)
        cv2.imwrite(str(OUT), sheet(draw(folder), COLUMNS), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


if __name__ == "__main__":
    main()
