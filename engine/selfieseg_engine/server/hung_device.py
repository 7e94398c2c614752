"""A device whose driver hangs: noticed, and remembered for the engine that comes after this one.

A thread that waits for such a driver cannot be freed, and keeps the turn that all filters' mattes wait for.
So this engine ends itself, OBS starts another, and that one does on the CPU what led there. Each note has the
wishes of the one before: several filters with several models come to an end of this, too.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from selfieseg_engine.device_fallback import DeviceFallbacks
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


def end_engine(device: str, wishes: Iterable[ModelKey], run_dir: Path) -> NoReturn:
    """End this process at once; ``wishes`` are what the next engine is not to try on another device."""
    logger.critical("the device %s does not answer any more; the engine ends, the next avoids it", device)
    note = {"device": device, "wishes": [asdict(wish) for wish in set(wishes)]}
    try:
        (run_dir / NOTE_NAME).write_text(json.dumps(note), encoding="utf-8")
    except OSError as error:
        logger.warning("no note can be left for the next engine: %s", error)
    logging.shutdown()
    os._exit(_EXIT_STATUS)  # an orderly end would wait for the driver


@dataclass(frozen=True)
class Note:
    """What the engine before this one has ended for: the device, and the wishes that had led there."""

    device: str
    wishes: tuple[ModelKey, ...]


def take_note(run_dir: Path) -> Note | None:
    """Return the note of the engine before this one, and remove it; None where there is none."""
    path = run_dir / NOTE_NAME
    try:
        text = path.read_bytes()
        path.unlink()
        note = json.loads(text)
        wishes = (ModelKey(str(w["model"]), str(w["device"]), int(w["threads"])) for w in note["wishes"])
        return Note(str(note["device"]), tuple(wishes))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("the note of the engine before this one cannot be read: %s", error)
        return None


def heed_note(note: Note, fallbacks: DeviceFallbacks) -> None:
    """Have the CPU do what led to a device that hung, for as long as this engine lives."""
    for wish in note.wishes:
        fallbacks.note(wish, note.device, InferenceError("no answer comes", "its driver hangs", "update it"))
