"""Turns a converted model into one of 8-bit whole numbers, by NNCF. One thread; takes minutes.

NNCF is large and only needed here, so users install it when they want this.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import openvino as ov

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference.compiling import read_ir
from selfieseg_engine.inference.ports import fix_sizes
from selfieseg_engine.matte.resize import stretch
from selfieseg_engine.registry.manifest import Manifest, ModelInput

Picture = npt.NDArray[np.uint8]

_TELEMETRY = "openvino_telemetry"


def require_nncf() -> None:
    """Raise ``InferenceError`` where NNCF is not installed; imports nothing."""
    if find_spec("nncf") is None:
        raise InferenceError(
            "models cannot be quantized yet",
            "that takes the package nncf, which is not installed",
            f'run `"{sys.executable}" -m pip install "nncf>=2.19"` and try again',
        )


def require_quantizable(manifest: Manifest) -> None:
    """Raise ``InferenceError`` for a model that this cannot do anything for. Pure."""
    if manifest.is_recurrent or manifest.constants:
        why = "it leans on the frames before, which single pictures do not show"
    elif manifest.input.dtype != "f32" or manifest.repairs or manifest.output.meaning == "class-index":
        why = "it is one of whole numbers already"
    elif not manifest.output.person:
        why = "it gives no mattes whose agreement could be measured"
    else:
        return
    raise InferenceError(f"the model {manifest.id} cannot be quantized", why, "choose another model")


def quantize_ir(ir_path: Path, manifest: Manifest, pictures_bgr: Sequence[Picture], target: Path) -> None:
    """Quantize an IR with pictures like those it will see, and write it as ``target`` (``.xml``).

    Args:
        ir_path: of a model of ``require_quantizable``; inputs and outputs stay as they are.
        pictures_bgr: uint8 HxWx3.

    Raises:
        InferenceError: NNCF is missing, or it cannot quantize this model.
    """
    nncf = _nncf()
    model = read_ir(ir_path)
    fix_sizes(model, manifest)
    data = nncf.Dataset(list(pictures_bgr), lambda picture: as_tensor(picture, manifest.input))
    try:
        quantized = nncf.quantize(
            model, data, preset=nncf.QuantizationPreset.MIXED, subset_size=len(pictures_bgr)
        )
        ov.save_model(quantized, target, compress_to_fp16=True)
    except _failures_of(nncf) as error:
        raise InferenceError(
            f"NNCF cannot quantize the model {manifest.id}", str(error), "use the model as it is"
        ) from error


def as_tensor(picture_bgr: Picture, facts: ModelInput) -> npt.NDArray[np.float32]:
    """Return a picture as the published model takes it: f32, 1xHxWx3 or 1x3xHxW. Pure."""
    sized = stretch(picture_bgr, (facts.width, facts.height))
    colours = sized if facts.colour == "BGR" else sized[:, :, ::-1]
    scaled = (colours.astype(np.float32) - np.array(facts.mean, np.float32)) / np.array(
        facts.scale, np.float32
    )
    ordered = scaled if facts.layout == "NHWC" else scaled.transpose(2, 0, 1)
    return np.ascontiguousarray(ordered[np.newaxis])


def _failures_of(nncf: Any) -> tuple[type[Exception], ...]:
    """Return how NNCF and OpenVINO fail; NNCF's own errors have no common base."""
    return RuntimeError, ValueError, nncf.ValidationError, nncf.UnsupportedModelError, nncf.InternalError


def _nncf() -> Any:
    """Import NNCF as if the telemetry package were not there: it would report to a server."""
    require_nncf()
    kept = sys.modules.get(_TELEMETRY)
    sys.modules[_TELEMETRY] = None  # type: ignore[assignment]  # Python's way to say: not there
    try:
        return import_module("nncf")
    finally:
        if kept is None:
            del sys.modules[_TELEMETRY]
        else:
            sys.modules[_TELEMETRY] = kept
