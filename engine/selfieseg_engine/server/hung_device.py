"""A device whose driver hangs: noticed, and remembered for the engine that comes after this one.

A thread that waits for such a driver cannot be freed, and keeps the turn that all filters' mattes wait for.
So this engine ends itself, OBS starts another, and that one leaves the device alone from the start.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.model_leases import ModelKey
from selfieseg_engine.running_models import RunningModel

logger = logging.getLogger(__name__)

NOTE_NAME = "hung_device.json"
# Counted rather than timed: no check is made while the computer sleeps, or a debugger has the process.
PATIENCE_CHECKS = 20
_EXIT_STATUS = 3


class HangWatch:
    """Looks about once a second at what runs. The I/O thread's."""

    def __init__(self) -> None:
        self._looks: dict[int, tuple[RunningModel, int]] = {}

    def look(self, running: Mapping[int, RunningModel]) -> RunningModel | None:
        """Return what has been running for too many looks in a row; ``running`` is by thread."""
        before, self._looks = self._looks, {}
        for thread, run in running.items():
            known, looks = before.get(thread, (run, 0))
            self._looks[thread] = (run, looks + 1 if known == run else 1)
            if self._looks[thread][1] > PATIENCE_CHECKS:
                return run
        return None


def end_engine(run: RunningModel, run_dir: Path) -> NoReturn:
    """End this process at once, with a note for the next engine."""
    logger.critical("the device %s does not answer any more; the engine ends, the next avoids it", run.device)
    try:
        (run_dir / NOTE_NAME).write_text(json.dumps(asdict(run)), encoding="utf-8")
    except OSError as error:
        logger.warning("no note can be left for the next engine: %s", error)
    logging.shutdown()
    os._exit(_EXIT_STATUS)  # an orderly end would wait for the driver


def take_note(run_dir: Path) -> tuple[ModelKey, str, InferenceError] | None:
    """Return what the engine before this one ended for: wish, device, failure; and remove its note."""
    path = run_dir / NOTE_NAME
    try:
        text = path.read_bytes()
        path.unlink()
        note = json.loads(text)
        key = ModelKey(str(note["key"]["model"]), str(note["key"]["device"]), int(note["key"]["threads"]))
        return key, str(note["device"]), InferenceError("no answer comes", "its driver hangs", "update it")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("the note of the engine before this one cannot be read: %s", error)
        return None
