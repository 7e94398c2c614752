"""An engine on a computer that seems to have a GPU: OpenVINO's core, with the CPU under a second name.

``python -m tests.engine.two_devices RUNS [hangs]`` serves as ``selfieseg serve`` does. All that the "GPU"
runs fails after RUNS inferences; with -1 it takes no model at all, with -2 it has no room for a request.
With the word ``hangs`` the inference after these never ends; the engine waits a tenth of the usual time.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from selfieseg_engine.inference import openvino_core
from selfieseg_engine.measured_choice import AS_MEASURED
from selfieseg_engine.server import hung_device
from selfieseg_engine.server.endpoint import ipc_is_usable
from selfieseg_engine.server.engine import EngineOptions
from selfieseg_engine.server.run import run_engine

TAKES_NO_MODEL, TAKES_NO_REQUEST = -1, -2


class _FailingRequest:
    def __init__(self, request: Any, device: _FakeGpu) -> None:
        self._request = request
        self._device = device

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)

    def infer(self) -> None:
        self._device.count_run()
        self._request.infer()


class _CompiledForGpu:
    def __init__(self, compiled: Any, device: _FakeGpu) -> None:
        self._compiled = compiled
        self._device = device

    def __getattr__(self, name: str) -> Any:
        return getattr(self._compiled, name)

    def get_property(self, name: str) -> Any:
        return ["GPU.0"] if name == "EXECUTION_DEVICES" else self._compiled.get_property(name)

    def create_infer_request(self) -> _FailingRequest:
        self._device.make_room()
        return _FailingRequest(self._compiled.create_infer_request(), self._device)


class _FakeGpu:
    def __init__(self, runs: int, hangs: bool) -> None:
        self._runs = runs
        self._hangs = hangs

    def compile(self, core: Any, graph: Any) -> _CompiledForGpu:
        if self._runs == TAKES_NO_MODEL:
            raise RuntimeError("CL_OUT_OF_RESOURCES")
        return _CompiledForGpu(core.compile_model(graph, "CPU", {}), self)

    def make_room(self) -> None:
        if self._runs == TAKES_NO_REQUEST:
            raise RuntimeError("CL_MEM_OBJECT_ALLOCATION_FAILURE")

    def count_run(self) -> None:
        if self._runs == 0 and self._hangs:
            threading.Event().wait()
        if self._runs == 0:
            raise RuntimeError("CL_DEVICE_NOT_AVAILABLE")
        self._runs -= 1


class TwoDevices:
    """Stands for ``openvino.Core``."""

    available_devices = ("CPU", "GPU.0")

    def __init__(self, runs: int, hangs: bool) -> None:
        self._core = openvino_core.openvino_core()
        self._gpu = _FakeGpu(runs, hangs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def get_property(self, device: str, name: str) -> Any:
        return "A card" if device.startswith("GPU") else self._core.get_property(device, name)

    def compile_model(self, graph: Any, device: str, properties: dict[str, Any]) -> Any:
        if device == "GPU":
            return self._gpu.compile(self._core, graph)
        return self._core.compile_model(graph, device, properties)


def serve(runs: int, hangs: bool) -> None:
    """Run the engine until it is told to leave."""
    hung_device.PATIENCE_CHECKS = 2
    openvino_core._core = TwoDevices(runs, hangs)  # what everything is compiled with
    run_engine(EngineOptions(AS_MEASURED, 10.0, False, "auto", "CPU", "0", ipc_is_usable()))


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2:] == ["hangs"])
