"""What a batch is to do with every file: decided once, the same for all workers. Pure but for file stamps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from selfieseg_engine.composite.background import ImageBackground, VideoBackground
from selfieseg_engine.composite.look import Look


@dataclass(frozen=True)
class FileStamp:
    """What tells that a file has changed: bytes, and nanoseconds of its last change."""

    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> FileStamp:
        """Return a file's stamp. Raises ``OSError``."""
        status = path.stat()
        return cls(status.st_size, status.st_mtime_ns)


@dataclass(frozen=True)
class EngineChoice:
    """What finds the person, the same for all workers: nothing is left to be chosen by a machine.

    Attributes:
        model_id: of the mattes.
        class_model_id: of the classes; None for none.
        device: CPU, GPU or NPU.
        threads: of the CPU that one inference takes.
        digests: of the models' files, by id.
    """

    model_id: str
    class_model_id: str | None
    device: str
    threads: int
    digests: Mapping[str, str]


@dataclass(frozen=True)
class BatchOptions:
    """How every file is made.

    Attributes:
        look: what to draw.
        engine: what finds the person.
        recording_suffix: ending of recordings' outputs, ``frames`` for folders of PNG; None as the input's.
        picture_suffix: ending of pictures' outputs; None as the input's.
        codec: of recordings; None for the usual one.
        crf: its quality; None for a good one.
        quality: of JPEG, 1…100.
        leave_out: go without streams that the output cannot hold.
        salvage: make what can be had of damaged recordings.
        segment_seconds: recordings are split in parts of at least so long; 0 for never.
    """

    look: Look
    engine: EngineChoice
    recording_suffix: str | None = None
    picture_suffix: str | None = None
    codec: str | None = None
    crf: int | None = None
    quality: int = 95
    leave_out: bool = False
    salvage: bool = False
    segment_seconds: float = 60.0

    @property
    def background_path(self) -> Path | None:
        """Return the background's file, if it is one."""
        background = self.look.background
        return background.path if isinstance(background, ImageBackground | VideoBackground) else None

    def fingerprint(self) -> str:
        """Return what changes when outputs would: of all options, and the background's file.

        Raises ``OSError`` where that file is not there.
        """
        told = asdict(self) | {"background": self.look.background.kind}
        if self.background_path is not None:
            told["background file"] = asdict(FileStamp.of(self.background_path))
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()
