"""Makes the pictures of the contact sheets. One thread at a time; reads files, runs the models again."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from selfieseg_engine.benchmarks.models.contact_sheet import (
    Picture,
    SheetRow,
    draw_contact_sheet,
    over_grey,
    shrunk,
)
from selfieseg_engine.benchmarks.models.outcome import ModelOutcome, Outcome, best_first
from selfieseg_engine.benchmarks.models.sheet_choice import choose_photos
from selfieseg_engine.benchmarks.quality.files import PhotoFiles, PhotoSet, read_u8_matte
from selfieseg_engine.benchmarks.quality.scores import IOU
from selfieseg_engine.benchmarks.quality.u8_matte import U8Matte, at_size_of, person_of, quantised
from selfieseg_engine.class_model import ClassModel
from selfieseg_engine.pictures import read_picture
from selfieseg_engine.segmenter import Segmenter

TRUTH = "truth"
_MOST_ACROSS = 8
_BACKGROUND = "background"

# Finds what a model shows of one photo, as a matte.
Find = Callable[[PhotoFiles, Picture], U8Matte]


def make_sheets(outcome: Outcome, photo_set: PhotoSet, on_model: Callable[[], object]) -> list[Picture]:
    """Return contact sheets of at most eight models each, the best first, the true masks before them.

    Mattes are the refined ones; of a class model all that is not background is shown, found around the true
    person.

    Args:
        outcome: what was measured.
        photo_set: the photos that it was measured with.
        on_model: called after each model.

    Raises:
        UserError: a picture cannot be read, or a model not be run.
    """
    scores = {model.manifest.id: model.scores.refined for model in outcome.models if model.scores}
    judged = [] if outcome.default is None else [each[IOU] for each in scores[outcome.default]]
    chosen = choose_photos(len(photo_set.photos), judged)
    photos = [photo_set.photos[index] for index in chosen]
    columns = {TRUTH: [_shown(photo, lambda photo, _: read_u8_matte(photo.mask)) for photo in photos]}
    for model in best_first(outcome.models):
        columns[model.manifest.id] = _column(model, photos)
        on_model()
    rows = [
        SheetRow(
            photo.name,
            shrunk(read_picture(photo.image)),
            {title: pictures[place] for title, pictures in columns.items()},
            {name: f"IoU {cases[index][IOU]:.3f}" for name, cases in scores.items()},
        )
        for place, (index, photo) in enumerate(zip(chosen, photos, strict=True))
    ]
    titles = [title for title in columns if title != TRUTH]
    return [
        draw_contact_sheet(rows, [TRUTH, *titles[start : start + _MOST_ACROSS]])
        for start in range(0, len(titles), _MOST_ACROSS)
    ]


def _column(model: ModelOutcome, photos: list[PhotoFiles]) -> list[Picture]:
    model_id = model.manifest.id
    if model.scores is None:
        with ClassModel(model_id, "CPU", 1, "BGR") as class_model:
            return [_shown(photo, _finder_of_classes(class_model)) for photo in photos]
    with Segmenter(model_id, "CPU", 1, smoothing=0.0) as segmenter:

        def find(_: PhotoFiles, photo_bgr: Picture) -> U8Matte:
            segmenter.reset()
            return quantised(segmenter.segment(photo_bgr).matte)

        return [_shown(photo, find) for photo in photos]


def _finder_of_classes(class_model: ClassModel) -> Find:
    names = class_model.class_names
    background = names.index(_BACKGROUND) if _BACKGROUND in names else -1

    def find(photo: PhotoFiles, photo_bgr: Picture) -> U8Matte:
        class_model.reset()
        found = class_model.segment(photo_bgr, person_of(read_u8_matte(photo.mask)))
        u8_map = np.where(found.class_map == background, 0, 255).astype(np.uint8)
        size = photo_bgr.shape[1::-1]
        return np.asarray(cv2.resize(u8_map, size, interpolation=cv2.INTER_LINEAR), np.uint8)

    return find


def _shown(photo: PhotoFiles, find: Find) -> Picture:
    """Return what is found of a photo, over grey, as small as it will be on the sheet."""
    photo_bgr = read_picture(photo.image)
    u8_matte = at_size_of(find(photo, photo_bgr), photo_bgr[:, :, 0])
    return shrunk(over_grey(photo_bgr, u8_matte))
