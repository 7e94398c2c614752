"""Runs ``selfieseg batch`` as a process of its own, and looks at what it leaves."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tests.unit.engine.recording.clips import walk, write_clip

from selfieseg_engine.batch.journal import read_journal
from selfieseg_engine.batch.work_folder import NAME

# In so many parts the long recording of `shelf` is made.
SEGMENTS = 4
_WAIT_SECONDS = 120
_GOP = {"g": "15", "sc_threshold": "0"}


def shelf(folder: Path, person_bgr: npt.NDArray[np.uint8], long_frames: int = 150) -> Path:
    """Write a folder with a long recording, two short ones and a picture."""
    import cv2

    (folder / "sub").mkdir(parents=True)
    pictures = walk(person_bgr, long_frames)
    write_clip(folder / "long.mp4", pictures, sound_from=0.1, subtitles="mov_text", options=_GOP)
    write_clip(folder / "sub" / "short.mkv", pictures[:12], sound_from=0.0)
    write_clip(folder / "silent.mov", pictures[5:15])
    cv2.imwrite(str(folder / "sub" / "still.png"), pictures[0])
    return folder


def command(source: Path, out: Path, *options: object) -> list[str]:
    return [
        *(sys.executable, "-m", "selfieseg_engine", "batch", str(source), "-o", str(out)),
        *("--segment-seconds", "1", "--json", *map(str, options)),
    ]


def batch(source: Path, out: Path, *options: object, status: int = 0) -> dict[str, Any]:
    """Run it to its end and return its answer."""
    done = subprocess.run(command(source, out, *options), capture_output=True, text=True, timeout=280)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    answer["stderr"] = done.stderr
    return answer


def states(answer: dict[str, Any]) -> dict[str, str]:
    return {Path(each["input"]).name: each["state"] for each in answer["files"]}


def hashes(out: Path) -> dict[str, str]:
    """Return the hash of every output, by its name; nothing else may lie there."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and NAME not in path.parts
    }


def segments_done(out: Path) -> int:
    """Return how many segments the journal has."""
    path = out / NAME / "journal.jsonl"
    return sum(record["kind"] == "segment" for record in read_journal(path))


def wait_until(happens: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for something that ``process`` does while it runs."""
    end = time.monotonic() + _WAIT_SECONDS
    while not happens():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)
