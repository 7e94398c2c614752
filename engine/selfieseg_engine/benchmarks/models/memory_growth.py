"""How much memory a model takes, measured in a process of its own so that no other model is in the figure."""

from __future__ import annotations

import subprocess
import sys

from selfieseg_engine.errors import UserError


def memory_growth_mb(model_id: str) -> float:
    """Return by how many MB (10^6 bytes) a process grows that loads a model and runs it 20 times.

    Any thread; blocks for seconds. The model must have been loaded once before: converting it takes more.

    Raises:
        UserError: it does not run there; ``why`` has the last line that the process told.
    """
    done = subprocess.run(
        [sys.executable, "-m", "selfieseg_engine.benchmarks.models.memory_probe", model_id],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        told = done.stderr.strip().splitlines()
        raise UserError(
            f"the memory of {model_id} cannot be measured",
            told[-1] if told else f"its process ended with status {done.returncode}",
            "see whether `selfieseg models verify` finds the model damaged",
        )
    return round(int(done.stdout) / 1e6, 1)
