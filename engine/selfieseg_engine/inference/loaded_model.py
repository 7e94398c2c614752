"""From a model's id to a compiled model that many sessions share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from selfieseg_engine.inference.compiling import available_devices, compile_graph, obtain_ir, read_ir
from selfieseg_engine.inference.devices import DEFAULT_THREADS
from selfieseg_engine.inference.failure import device_errors
from selfieseg_engine.inference.frame_input import FrameInput, PixelFormat
from selfieseg_engine.inference.graph import OutputKind, embed_processing
from selfieseg_engine.inference.request import Request
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_engine.registry.registry import default_registry

__all__ = ["LoadedModel", "available_devices", "compile_ir", "load_model"]

_DTYPES = {"f32": np.float32, "u8": np.uint8}


class LoadedModel:
    """A model compiled once for one device. Any thread may read it and ask it for requests.

    On the CPU all requests share the model's ``threads`` inference threads: more sessions wait for each
    other, they do not take more cores.

    Attributes:
        manifest: the model's facts.
        device: where it really runs, such as ``CPU`` or ``GPU.0``.
        pixel_format: what requests are fed.
        output: what they answer.
        input_size: (width, height) of the frames to feed.
        output_size: (width, height) of the masks that come back.
    """

    def __init__(
        self,
        compiled: Any,
        manifest: Manifest,
        pixel_format: PixelFormat,
        output: OutputKind,
    ) -> None:
        self._compiled = compiled
        self.manifest = manifest
        self.device = ", ".join(compiled.get_property("EXECUTION_DEVICES"))
        self.pixel_format = pixel_format
        self.output = output
        self.input_size = (manifest.input.width, manifest.input.height)
        _, height, width, _ = compiled.output().shape
        self.output_size = (int(width), int(height))

    def new_request(self) -> Request:
        """Return a slot of its own for one session. Any thread.

        Raises ``DeviceError``, ``InferenceError`` on the CPU.
        """
        mask_width, mask_height = self.output_size
        with device_errors(self.device):
            return Request(
                self._compiled,
                FrameInput(self.manifest.input, self.pixel_format),
                (mask_height, mask_width),
                _DTYPES[self.output],
            )


def load_model(
    model_id: str,
    device: str = "AUTO",
    threads: int = DEFAULT_THREADS,
    pixel_format: PixelFormat = "BGR",
    output: OutputKind = "f32",
) -> LoadedModel:
    """Obtain, convert and compile a model of this checkout. Any thread; the first time takes seconds.

    Args:
        model_id: a manifest's id.
        device: AUTO, CPU, GPU or NPU.
        threads: upper bound of CPU inference threads; small models are fastest with one when another
            program, such as OBS, is busy.
        pixel_format: ``BGR`` (3 bytes a pixel) or ``RGBX`` (4 bytes, as OBS delivers them).
        output: ``f32`` probability or ``u8`` levels.

    Raises:
        RegistryError, ObtainError: no such model, or its weights cannot be had.
        DeviceError, InferenceError: no such device, or OpenVINO cannot read or compile the model.
    """
    manifest = default_registry().get(model_id)
    ir_path, resolved = obtain_ir(manifest, device, threads)
    return compile_ir(ir_path, manifest, resolved, threads, pixel_format, output)


def compile_ir(
    ir_path: Path,
    manifest: Manifest,
    resolved_device: str,
    threads: int,
    pixel_format: PixelFormat,
    output: OutputKind,
) -> LoadedModel:
    """Compile a converted model for a device of ``resolve_device``. Raises as ``load_model`` does."""
    graph = embed_processing(read_ir(ir_path), manifest, output)
    compiled = compile_graph(graph, manifest.id, resolved_device, threads)
    return LoadedModel(compiled, manifest, pixel_format, output)
