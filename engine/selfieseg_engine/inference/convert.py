"""Turns weights as they are published into FP16 IR, once per machine. Any thread; blocks for seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openvino as ov

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference import max_pooling_with_argmax, transpose_convolution
from selfieseg_engine.inference.enlarging import convolve_before_enlarging
from selfieseg_engine.inference.failure import reason_of
from selfieseg_engine.inference.ir_archive import readable_model
from selfieseg_engine.registry.cache_paths import ir_dir
from selfieseg_engine.registry.ir_cache import BIN_NAME, XML_NAME, cached_ir
from selfieseg_engine.registry.manifest import Manifest

# Raise the number when the conversion itself changes; a new OpenVINO converts anew by itself.
CONVERTER = f"5 openvino {ov.__version__}"

EXTENSIONS: dict[str, Callable[[], ov.frontend.ConversionExtension]] = {
    transpose_convolution.OPERATION: transpose_convolution.transpose_convolution_with_bias,
    max_pooling_with_argmax.POOLING: max_pooling_with_argmax.max_pooling_with_argmax,
    max_pooling_with_argmax.UNPOOLING: max_pooling_with_argmax.max_unpooling,
}


def converted_model(manifest: Manifest, weights: Path) -> Path:
    """Return the verified IR (``model.xml``) of these weights, converting where there is none.

    Raises:
        InferenceError: OpenVINO cannot read the weights, or the data directory cannot be written.
    """
    return cached_ir(
        ir_dir(manifest),
        str(manifest.file.digest),
        CONVERTER,
        lambda folder: convert(weights, manifest.extensions, folder),
    )


def convert(weights: Path, extensions: tuple[str, ...], folder: Path) -> None:
    """Write ``model.xml`` and ``model.bin`` into ``folder``. Raises ``InferenceError``."""
    with readable_model(weights) as path:
        model = read_published(path, extensions)
        convolve_before_enlarging(model)
        try:
            ov.save_model(model, folder / XML_NAME, compress_to_fp16=True)
        except RuntimeError as error:
            raise _not_converted(weights, reason_of(error)) from error
    if not (folder / BIN_NAME).is_file():
        raise _not_converted(weights, "it wrote no weights")


def read_published(path: Path, extensions: tuple[str, ...]) -> Any:
    """Return the model in a file as it was published. Raises ``InferenceError``."""
    # A core of its own: extensions stay with the core they are added to.
    core = ov.Core()
    for name in extensions:
        core.add_extension(EXTENSIONS[name]())
    try:
        return core.read_model(path)
    except RuntimeError as error:
        raise _not_converted(path, reason_of(error)) from error


def _not_converted(weights: Path, why: str) -> InferenceError:
    return InferenceError(
        f"OpenVINO cannot convert {weights}",
        why,
        "choose another model (`selfieseg models list`) or report this",
    )
