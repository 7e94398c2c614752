"""Everything around one run of the engine: run directory, lock, log, priority. Main thread."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from selfieseg_engine.errors import UserError
from selfieseg_engine.freed_memory import keep_freed_memory
from selfieseg_engine.server.engine import Engine, EngineOptions
from selfieseg_engine.server.instance_lock import instance_lock
from selfieseg_engine.server.log import start_logging
from selfieseg_engine.server.processes import yield_to_obs
from selfieseg_wire.paths import UnsafeDirectoryError, make_private_dir, run_dir

logger = logging.getLogger(__name__)

# The inference threads are bounded by OpenVINO's own setting; these pools of numpy and OpenCV would come on
# top. Nothing has loaded these libraries yet (see ``frame_after_frame``).
_POOL_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


def run_engine(options: EngineOptions) -> None:
    """Be the engine of the run directory until it is time to leave.

    Raises:
        AlreadyRunningError: another engine serves this run directory.
        UserError: the run directory cannot be used, or the engine cannot listen.
    """
    for variable in _POOL_VARIABLES:
        os.environ.setdefault(variable, "1")
    folder = _private_run_dir()
    try:
        with instance_lock(folder):
            start_logging()
            yield_to_obs()
            keep_freed_memory()
            try:
                Engine(folder, options).run()
            except Exception:
                logger.exception("the engine fails")
                raise
    except OSError as error:
        raise _unusable(error) from error


def _private_run_dir() -> Path:
    try:
        return make_private_dir(run_dir())
    except UnsafeDirectoryError as error:
        raise _unusable(error) from error
    except OSError as error:
        raise _unusable(error) from error


def _unusable(error: OSError) -> UserError:
    return UserError(
        f"the run directory {run_dir()} cannot be used",
        str(error),
        "give write access, or set SELFIESEG_RUN_DIR to another folder",
    )
