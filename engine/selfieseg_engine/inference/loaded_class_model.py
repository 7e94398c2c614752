"""From a class model's id to a request that runs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selfieseg_engine.inference.class_graph import embed_class_processing
from selfieseg_engine.inference.class_request import ClassRequest
from selfieseg_engine.inference.compiling import compile_graph, obtain_ir, read_ir
from selfieseg_engine.inference.failure import device_errors
from selfieseg_engine.inference.frame_input import FrameInput, PixelFormat
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_engine.registry.registry import default_registry


@dataclass(frozen=True)
class LoadedClassModel:
    """A compiled class model, which several streams may share. Its threads have the priority of its maker's.

    Attributes:
        manifest: the model's facts.
        device: where it really runs, such as ``CPU``.
        pixel_format: what requests are fed.
        compiled: OpenVINO's.
    """

    manifest: Manifest
    device: str
    pixel_format: PixelFormat
    compiled: Any

    @property
    def input_size(self) -> tuple[int, int]:
        """Return (width, height) of the frames that it takes."""
        return self.manifest.input.width, self.manifest.input.height

    def new_request(self) -> ClassRequest:
        """Return an execution slot for one stream, with a memory of its own. Any thread.

        Raises ``DeviceError``, ``InferenceError`` on the CPU.
        """
        with device_errors(self.device):
            return ClassRequest(self.compiled, FrameInput(self.manifest.input, self.pixel_format))


def load_class_model(model_id: str, device: str, threads: int, pixel_format: PixelFormat) -> LoadedClassModel:
    """Obtain, convert and compile a class model of this checkout. Any thread; the first time takes seconds.

    Raises:
        RegistryError, ObtainError: no such model, or its weights cannot be had.
        DeviceError, InferenceError: no such device, or OpenVINO cannot read or compile the model.
    """
    manifest = default_registry().get(model_id)
    ir_path, resolved = obtain_ir(manifest, device, threads)
    return compile_class_ir(ir_path, manifest, resolved, threads, pixel_format)


def compile_class_ir(
    ir_path: Path, manifest: Manifest, resolved_device: str, threads: int, pixel_format: PixelFormat
) -> LoadedClassModel:
    """Compile a converted model for a device of ``resolve_device``. Raises as ``load_class_model`` does."""
    graph = embed_class_processing(read_ir(ir_path), manifest)
    compiled = compile_graph(graph, manifest.id, resolved_device, threads)
    device = ", ".join(compiled.get_property("EXECUTION_DEVICES"))
    return LoadedClassModel(manifest, device, pixel_format, compiled)
