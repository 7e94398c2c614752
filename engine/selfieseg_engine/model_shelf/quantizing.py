"""Makes an 8-bit model out of a known one, kept only if that is worth it. One thread; takes minutes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from selfieseg_engine.atomic import scratch_dir_beside
from selfieseg_engine.inference.convert import convert, converted_model
from selfieseg_engine.inference.ir_archive import SUFFIX as ARCHIVE_SUFFIX
from selfieseg_engine.inference.ir_archive import pack_ir
from selfieseg_engine.inference.quantization import quantize_ir, require_quantizable
from selfieseg_engine.inference.trial import Trial
from selfieseg_engine.model_shelf.agreement import Agreement, agreement
from selfieseg_engine.model_shelf.drafting import write_manifest
from selfieseg_engine.model_shelf.errors import ShelfError, files_that_may_fail
from selfieseg_engine.model_shelf.storing import put_in_place
from selfieseg_engine.model_shelf.trying import cost_of
from selfieseg_engine.pictures import WRITABLE_SUFFIXES, read_picture
from selfieseg_engine.registry.cache_paths import models_dir
from selfieseg_engine.registry.checksum import digest_of
from selfieseg_engine.registry.ir_cache import XML_NAME
from selfieseg_engine.registry.manifest import Manifest, OwnExport, WeightsFile
from selfieseg_engine.registry.obtain import obtain_weights

Picture = npt.NDArray[np.uint8]

FEWEST_PICTURES, MOST_PICTURES = 10, 300
# Every fifth picture is kept apart: what agrees only where it was tuned does not agree.
_HELD_OUT_EVERY = 5
_TIMED_RUNS = 40
# Less than that two measurements of one model may differ by.
_LEAST_GAIN = 1.03


@dataclass(frozen=True)
class Wanted:
    """What the 8-bit model has to be: as ``Agreement`` has it, at least or at most."""

    least_iou: float = 0.97
    most_mad: float = 0.02


@dataclass(frozen=True)
class Outcome:
    """What was measured. Milliseconds are medians of one inference on one thread of the CPU."""

    original_ms: float
    quantized_ms: float
    agreement: Agreement
    held_out: int

    @property
    def is_faster(self) -> bool:
        """Whether it is quicker by more than measurements differ."""
        return self.original_ms >= self.quantized_ms * _LEAST_GAIN

    def agrees(self, wanted: Wanted) -> bool:
        """Return whether its masks are those of the original."""
        return self.agreement.iou >= wanted.least_iou and self.agreement.mad <= wanted.most_mad


def split(pictures: Sequence[Picture]) -> tuple[list[Picture], list[Picture]]:
    """Return the pictures to tune with, and those to measure agreement on. Pure."""
    held_out = list(pictures[::_HELD_OUT_EVERY])
    return [picture for index, picture in enumerate(pictures) if index % _HELD_OUT_EVERY], held_out


def read_pictures(folder: Path, on_picture: Callable[[], Any] = lambda: None) -> list[Picture]:
    """Return the folder's pictures, uint8 HxWx3 BGR; of more than 300, those of even distances.

    Raises:
        ShelfError: no such folder, or too few pictures in it.
        PictureError: one of them cannot be read.
    """
    if not folder.is_dir():
        raise ShelfError(f"{folder} is not used", "it is no folder", "name a folder of pictures")
    with files_that_may_fail(f"{folder} is not used"):
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in WRITABLE_SUFFIXES)
    if len(paths) < FEWEST_PICTURES:
        raise ShelfError(
            f"{folder} is not used",
            f"it holds {len(paths)} pictures and {FEWEST_PICTURES} are needed",
            "put 100 to 300 pictures into it, of people as your camera sees them",
        )
    pictures = []
    for index in np.linspace(0, len(paths) - 1, min(len(paths), MOST_PICTURES)).round().astype(int):
        pictures.append(read_picture(paths[index]))
        on_picture()
    return pictures


def quantize_model(
    manifest: Manifest, new_id: str, pictures_bgr: Sequence[Picture], wanted: Wanted
) -> tuple[Outcome, Manifest | None]:
    """Quantize a model, measure both, and store the new one if it is faster and agrees.

    Args:
        new_id: what to call it; nothing is called that yet.
        pictures_bgr: at least 10, uint8 HxWx3.

    Returns:
        What was measured, and the manifest of the stored model or None.

    Raises:
        ObtainError: the model's weights cannot be had.
        InferenceError: it cannot be quantized, or NNCF is not installed.
        ShelfError: the data directory cannot be written.
    """
    require_quantizable(manifest)
    original_ir = converted_model(manifest, obtain_weights(manifest))
    tuning, held_out = split(pictures_bgr)
    with (
        files_that_may_fail(f"{new_id} cannot be made"),
        scratch_dir_beside(models_dir() / new_id) as scratch,
    ):
        fresh = scratch / "fresh" / new_id  # a model may be called as any of the other folders
        quantized_xml = scratch / "quantized" / XML_NAME
        for folder in (fresh, quantized_xml.parent):
            folder.mkdir(parents=True)
        quantize_ir(original_ir, manifest, tuning, quantized_xml)
        weights = fresh / f"{new_id}{ARCHIVE_SUFFIX}"
        pack_ir(quantized_xml, weights)
        # What is measured is what will be used: the stored file, converted as it will be.
        ir = scratch / "ir"
        ir.mkdir()
        convert(weights, (), ir)
        made = _manifest(manifest, new_id, weights)
        outcome = measure(Trial(original_ir, manifest), Trial(ir / XML_NAME, made), held_out)
        if not (outcome.is_faster and outcome.agrees(wanted)):
            return outcome, None
        made = replace(made, cost=cost_of(outcome.quantized_ms))
        write_manifest(made, fresh)
        put_in_place(fresh)
    return outcome, made


def measure(original: Trial, quantized: Trial, pictures_bgr: Sequence[Picture]) -> Outcome:
    """Compare two models on pictures; times are taken in turn, so that both meet the same load."""
    masks = [(original.mask(picture), quantized.mask(picture)) for picture in pictures_bgr]
    times: list[tuple[float, float]] = []
    for index in range(_TIMED_RUNS):
        picture = pictures_bgr[index % len(pictures_bgr)]
        times.append((original.timed_ms(picture), quantized.timed_ms(picture)))
    return Outcome(
        original_ms=median(one for one, _ in times),
        quantized_ms=median(other for _, other in times),
        agreement=agreement([one for one, _ in masks], [other for _, other in masks]),
        held_out=len(pictures_bgr),
    )


def _manifest(original: Manifest, new_id: str, weights: Path) -> Manifest:
    return replace(
        original,
        id=new_id,
        title=f"{original.title}, 8 bit",
        file=WeightsFile(weights.name, weights.stat().st_size, digest_of(weights, "sha256")),
        sources=(OwnExport(f"it was made from {original.id}: run `selfieseg models quantize` again"),),
        extensions=(),
        iou=None,
    )
