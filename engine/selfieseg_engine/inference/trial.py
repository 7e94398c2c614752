"""Runs a model under a manifest that nobody has stored yet; leaves no files. One thread at a time."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference.compiling import read_ir
from selfieseg_engine.inference.devices import CPU, DEFAULT_THREADS
from selfieseg_engine.inference.failure import reason_of
from selfieseg_engine.inference.graph import embed_processing
from selfieseg_engine.inference.loaded_model import LoadedModel
from selfieseg_engine.inference.openvino_core import openvino_core
from selfieseg_engine.matte.resize import stretch
from selfieseg_engine.registry.manifest import Manifest

Picture = npt.NDArray[np.uint8]
FloatMask = npt.NDArray[np.float32]

_BACKGROUND = "background"


class Trial:
    """A model compiled for the CPU as its manifest says. Of a model without a person, all but the background.

    Args:
        ir_path: the converted model.
        manifest: what is tried.
        threads: most CPU threads.

    Raises:
        InferenceError: the model is not what the manifest says, or OpenVINO cannot run it.
    """

    def __init__(self, ir_path: Path, manifest: Manifest, threads: int = DEFAULT_THREADS) -> None:
        shown = replace(manifest, output=replace(manifest.output, person=_shown_channels(manifest)))
        # Not compile_graph: that one keeps what it compiles in the data directory.
        properties: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": threads,
        }
        try:
            graph = embed_processing(read_ir(ir_path), shown, "f32")
            compiled = openvino_core().compile_model(graph, CPU, properties)
        except RuntimeError as error:
            raise InferenceError(
                f"OpenVINO cannot run the model {manifest.id}", reason_of(error), "use another model"
            ) from error
        loaded = LoadedModel(compiled, shown, "BGR", "f32")
        self._request, self._size = loaded.new_request(), loaded.input_size

    def mask(self, picture_bgr: Picture) -> FloatMask:
        """Return the mask of one picture (uint8 HxWx3 of any size), float32 at the model's size.

        It is as the model answers: with a manifest that says ``probability`` of a model that answers logits,
        values leave 0…1.

        Raises ``InferenceError``.
        """
        self._request.reset()
        return np.asarray(self._request.infer(stretch(picture_bgr, self._size)), np.float32)

    def timed_ms(self, picture_bgr: Picture) -> float:
        """Run once more and return how long inference took. Raises ``InferenceError``."""
        frame = stretch(picture_bgr, self._size)
        start = time.perf_counter()
        self._request.infer(frame)
        return (time.perf_counter() - start) * 1e3


def median_ms(trial: Trial, picture_bgr: Picture, runs: int = 5) -> float:
    """Return the median of some runs in milliseconds, after a first one. Raises ``InferenceError``."""
    trial.timed_ms(picture_bgr)
    return median(trial.timed_ms(picture_bgr) for _ in range(runs))


def _shown_channels(manifest: Manifest) -> tuple[int, ...]:
    facts = manifest.output
    if facts.person:
        return facts.person
    return tuple(index for index, name in enumerate(facts.classes) if name != _BACKGROUND)
