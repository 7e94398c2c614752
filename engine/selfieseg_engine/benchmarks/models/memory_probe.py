"""``python -m selfieseg_engine.benchmarks.models.memory_probe ID``: prints by how many bytes it has grown."""

from __future__ import annotations

import sys

import psutil

from selfieseg_engine.errors import UserError
from selfieseg_engine.frame_after_frame import settle_libraries
from selfieseg_engine.inference.bare_inference import bare_inference
from selfieseg_engine.inference.compiling import obtain_ir
from selfieseg_engine.registry.registry import default_registry

_RUNS = 20


def measure_growth(model_id: str) -> int:
    """Return the growth of this process's resident memory, in bytes, by a loaded model and 20 inferences.

    OpenVINO itself and the check of the files' hashes come before it. Raises what ``load_model`` does.
    """
    manifest = default_registry().get(model_id)
    obtain_ir(manifest, "CPU", 1)
    process = psutil.Process()
    before = process.memory_info().rss
    infer = bare_inference(manifest, 1)
    for _ in range(_RUNS):
        infer()
    return int(process.memory_info().rss - before)


if __name__ == "__main__":
    settle_libraries()  # as the engine does, whose memory this is to tell
    try:
        print(measure_growth(sys.argv[1]))
    except UserError as error:
        sys.exit(str(error))
