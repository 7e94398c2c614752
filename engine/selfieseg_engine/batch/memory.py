"""What the journal says is done already, and whether it still holds. Looks at files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from selfieseg_engine.batch.journal import Record
from selfieseg_engine.batch.options import FileStamp
from selfieseg_engine.batch.plan import FileJob


def segments_key(job: FileJob, stamp: FileStamp, fingerprint: str) -> str:
    """Return the name of a recording's segments: another one for other content or options. Pure."""
    told = "\n".join((str(job.source), str(stamp), fingerprint, *map(str, job.outputs)))
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:24]


class Memory:
    """The journal's records, the newest of each file and segment."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._files: dict[str, Record] = {}
        self._segments: dict[tuple[str, int], Record] = {}
        self._ours: set[str] = set()
        for record in records:
            if record.get("kind") == "file":
                self._files[record["source"]] = record
                self._ours.update(record["outputs"])
            elif record.get("kind") == "claim":
                self._ours.update(record["outputs"])
            elif record.get("kind") == "segment":
                self._segments[record["key"], record["index"]] = record

    def done(self, job: FileJob, stamp: FileStamp, fingerprint: str) -> Record | None:
        """Return the record of a file that need not be made again; None where anything has changed."""
        record = self._files.get(str(job.source))
        wanted = {"size": stamp.size, "mtime_ns": stamp.mtime_ns, "options": fingerprint}
        if record is None or any(record.get(key) != value for key, value in wanted.items()):
            return None
        return record if record["outputs"] == measured(job.outputs) else None

    def segment_frames(self, key: str, index: int, files: Sequence[Path]) -> int | None:
        """Return how many frames a finished segment has; None where it is to be made."""
        record = self._segments.get((key, index))
        if record is None or record["outputs"] != measured(files):
            return None
        frames: int = record["frames"]
        return frames

    def is_ours(self, output: Path) -> bool:
        """Return whether a batch has made this output: only then may a folder of pictures be replaced."""
        return str(output) in self._ours


def file_record(
    job: FileJob, stamp: FileStamp, fingerprint: str, frames: int, segments: int, sizes: dict[str, int]
) -> Record:
    """Return the record of a finished file. Pure."""
    return {
        "kind": "file",
        "source": str(job.source),
        "size": stamp.size,
        "mtime_ns": stamp.mtime_ns,
        "options": fingerprint,
        "frames": frames,
        "segments": segments,
        "outputs": sizes,
    }


def claim_record(outputs: Iterable[Path]) -> Record:
    """Return the record of folders that will be made, and were not there before. Pure."""
    return {"kind": "claim", "outputs": [str(path) for path in outputs]}


def segment_record(key: str, index: int, frames: int, sizes: dict[str, int]) -> dict[str, Any]:
    """Return the record of a finished segment. Pure."""
    return {"kind": "segment", "key": key, "index": index, "frames": frames, "outputs": sizes}


def measured(outputs: Iterable[Path]) -> dict[str, int]:
    """Return the bytes of each output that is there; of a folder those of all files in it."""
    sizes = {}
    for path in outputs:
        if path.is_dir():
            sizes[str(path)] = sum(each.stat().st_size for each in path.iterdir())
        elif path.exists():
            sizes[str(path)] = path.stat().st_size
    return sizes
