"""A model as its makers have it, without what we build into its graph: for comparisons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from selfieseg_engine.inference.compiling import compile_graph, obtain_ir, read_ir
from selfieseg_engine.inference.devices import CPU
from selfieseg_engine.registry.manifest import Manifest

F32Array = npt.NDArray[np.float32]


def plain_inference(manifest: Manifest, threads: int) -> Callable[[F32Array], F32Array]:
    """Return what runs a model once on the CPU, from its input tensor to its first output's.

    One thread at a time may call it. Raises what ``load_model`` does.
    """
    ir_path, resolved = obtain_ir(manifest, CPU, threads)
    compiled: Any = compile_graph(read_ir(ir_path), manifest.id, resolved, threads)
    return lambda tensor: np.asarray(compiled(tensor)[0], np.float32)
