"""Makes all files of a batch: tells workers what to do next, and keeps the journal. One thread at a time."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from selfieseg_engine.batch.beat import frames_made
from selfieseg_engine.batch.journal import Journal
from selfieseg_engine.batch.memory import Memory, claim_record, file_record, segment_record, segments_key
from selfieseg_engine.batch.options import BatchOptions, FileStamp
from selfieseg_engine.batch.picture_folder import holds_only_pictures
from selfieseg_engine.batch.plan import FileJob
from selfieseg_engine.batch.tasks import (
    Failed,
    Inspected,
    InspectTask,
    JoinTask,
    Made,
    Outcome,
    SegmentTask,
    Task,
    WholeTask,
    segment_files,
)
from selfieseg_engine.batch.work_folder import WorkFolder
from selfieseg_engine.batch.workers import Workers

logger = logging.getLogger(__name__)

State = Literal["waiting", "unchanged", "done", "failed"]
_SECONDS_BETWEEN_LOOKS = 0.5


@dataclass
class FileState:
    """What has become of one file.

    Attributes:
        job: the file.
        state: ``unchanged``: it was there already.
        frames: how many it has; None while that is not known.
        segments: in how many parts it was made; 1 for in one go.
        reused: how many of these parts were there already.
        left_out: streams of the input that are not in it.
        error: what is wrong; None where nothing is.
    """

    job: FileJob
    state: State = "waiting"
    frames: int | None = None
    segments: int = 1
    reused: int = 0
    left_out: tuple[str, ...] = ()
    error: str | None = None


class Watcher(Protocol):
    """Hears how far the work is."""

    def update(self, frames: int, all_frames: int, files: int) -> None:
        """Hear how many frames are made, of how many as far as that is known, and how many files are over."""


@dataclass
class _Work:
    """A file that is being made: ``frames`` of its parts are there, and parts ``missing`` are not."""

    state: FileState
    stamp: FileStamp
    key: str
    frames: int = 0
    missing: set[int] = field(default_factory=set)


class Coordinator:
    """See the module.

    Args:
        folder: the batch's work folder.
        run: of ``WorkFolder.run``.
        options: for all files.
        workers: who do it.
        journal: what is done is written to.
        memory: what was done before.
        watcher: hears of it.
    """

    def __init__(
        self,
        folder: WorkFolder,
        run: Path,
        options: BatchOptions,
        workers: Workers,
        journal: Journal,
        memory: Memory,
        watcher: Watcher,
    ) -> None:
        self._folder = folder
        self._run = run
        self._options = options
        self._fingerprint = options.fingerprint()
        self._workers = workers
        self._journal = journal
        self._memory = memory
        self._watcher = watcher
        self._open: dict[Path, _Work] = {}
        self._tasks: dict[str, Task] = {}
        self._frames = 0  # of tasks that are done
        self._all_frames = 0
        self._submitted = 0

    def make(self, jobs: Iterable[FileJob]) -> list[FileState]:
        """Make what is missing; return every file's state.

        Raises:
            BatchError: there are no workers any more.
            OSError: the journal cannot be written.
        """
        states = [FileState(job) for job in jobs]
        for state in states:
            self._begin(state)
        self._folder.forget_segments({work.key for work in self._open.values()})
        for work in self._open.values():
            job = work.state.job
            if job.is_still:
                self._count(work.state, 1)
                self._submit(WholeTask(*self._head(work)))
            else:
                self._submit(InspectTask(*self._head(work)))
        while self._open:
            done = self._workers.next_done(_SECONDS_BETWEEN_LOOKS)
            if done is not None:
                self._react(*done)
            running = frames_made(self._run, self._tasks)
            files = sum(state.state != "waiting" for state in states)
            self._watcher.update(self._frames + running, self._all_frames, files)
        return states

    def _begin(self, state: FileState) -> None:
        job = state.job
        try:
            stamp = FileStamp.of(job.source)
        except OSError as error:
            self._fail(state, f"{job.source} cannot be read, {error.strerror}, check the name")
            return
        record = self._memory.done(job, stamp, self._fingerprint)
        if record is not None:
            state.state, state.frames, state.segments = "unchanged", record["frames"], record["segments"]
            return
        for output in job.outputs:
            if job.is_folder and output.exists() and not self._is_ours(output):
                self._fail(state, f"{output} cannot take the pictures, it is there already, remove it")
                return
            if not job.is_folder and output.is_dir():
                self._fail(state, f"{output} cannot be written, it is a folder, remove it")
                return
        if job.is_folder:  # known before it is there: it may be there before it is known to be done
            self._journal.append(claim_record(job.outputs))
        self._open[job.source] = _Work(state, stamp, segments_key(job, stamp, self._fingerprint))

    def _is_ours(self, folder: Path) -> bool:
        """Return whether a batch has made this folder, and nobody has put anything else into it."""
        return self._memory.is_ours(folder) and folder.is_dir() and holds_only_pictures(folder)

    def _react(self, task: Task, outcome: Outcome) -> None:
        del self._tasks[task.key]
        work = self._open.get(task.job.source)
        is_part = isinstance(task, SegmentTask | JoinTask)
        if work is None or (is_part and work.state.segments == 1):
            return  # another part of it has failed, or it is made in one go after all
        if isinstance(outcome, Failed):
            if outcome.is_unreadable and is_part:
                logger.warning("%s is made in one go: %s", task.job.source, outcome.message)
                self._make_whole(work)  # which succeeds, or says what is wrong with the recording, and where
            else:
                self._fail(work.state, outcome.message)
                del self._open[task.job.source]
        elif isinstance(outcome, Inspected):
            self._after_look(work, outcome)
        elif isinstance(task, SegmentTask):
            self._after_segment(work, task, outcome)
        else:
            self._finish(work, outcome)

    def _after_look(self, work: _Work, found: Inspected) -> None:
        self._count(work.state, found.frames or 0)
        if len(found.parts) < 2:
            self._submit(WholeTask(*self._head(work)))
            return
        work.state.segments = len(found.parts)
        folder = self._folder.segments_folder(work.key)
        has_matte = work.state.job.matte is not None
        for index, part in enumerate(found.parts):
            there = self._memory.segment_frames(work.key, index, segment_files(folder, index, has_matte).all)
            if there is None:
                work.missing.add(index)
                self._submit(SegmentTask(*self._head(work), part, index, folder))
            else:
                work.state.reused += 1
                self._add(work, there)
        self._join_if_complete(work)

    def _after_segment(self, work: _Work, task: SegmentTask, made: Made) -> None:
        self._journal.append(segment_record(work.key, task.index, made.frames, dict(made.sizes)))
        self._add(work, made.frames)
        work.missing.discard(task.index)
        self._join_if_complete(work)

    def _join_if_complete(self, work: _Work) -> None:
        if not work.missing:
            folder = self._folder.segments_folder(work.key)
            self._submit(JoinTask(*self._head(work), work.state.segments, folder))

    def _make_whole(self, work: _Work) -> None:
        work.state.segments, work.state.reused = 1, 0
        self._add(work, -work.frames)
        self._submit(WholeTask(*self._head(work)))

    def _finish(self, work: _Work, made: Made) -> None:
        state = work.state
        self._add(work, made.frames - work.frames)
        shutil.rmtree(self._folder.segments_folder(work.key), ignore_errors=True)
        self._all_frames += made.frames - (state.frames or 0)
        state.state, state.frames, state.left_out = "done", made.frames, made.left_out
        self._journal.append(
            file_record(
                state.job, work.stamp, self._fingerprint, made.frames, state.segments, dict(made.sizes)
            )
        )
        del self._open[state.job.source]

    def _fail(self, state: FileState, message: str) -> None:
        state.state, state.error = "failed", message

    def _add(self, work: _Work, frames: int) -> None:
        work.frames += frames
        self._frames += frames

    def _count(self, state: FileState, frames: int) -> None:
        state.frames = frames
        self._all_frames += frames

    def _head(self, work: _Work) -> tuple[str, Path, FileJob, BatchOptions]:
        self._submitted += 1
        return f"{self._submitted:07}", self._run, work.state.job, self._options

    def _submit(self, task: Task) -> None:
        self._tasks[task.key] = task
        self._workers.submit(task)
