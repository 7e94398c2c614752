"""Does a task, in whatever process. One thread at a time: OpenCV's settings are the process's."""

from __future__ import annotations

import errno
import logging
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from selfieseg_engine.atomic import move_whole, scratch_dir_beside
from selfieseg_engine.batch.beat import Beat, RunOverError
from selfieseg_engine.batch.make_still import make_still
from selfieseg_engine.batch.memory import measured
from selfieseg_engine.batch.one_segmenter import segmenter_for
from selfieseg_engine.batch.picture_folder import PICTURES, holds_only_pictures
from selfieseg_engine.batch.splitting import split
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
from selfieseg_engine.errors import UserError
from selfieseg_engine.frame_after_frame import settle_libraries
from selfieseg_engine.recording.codecs import plan_matte_encoder
from selfieseg_engine.recording.errors import UnreadableError
from selfieseg_engine.recording.join import NotJoinedError, join_segments
from selfieseg_engine.recording.outputs import Output
from selfieseg_engine.recording.pipeline import RecordingJob, make_recording, plan_pictures
from selfieseg_engine.recording.reader import RecordingReader
from selfieseg_engine.recording.segment import can_be_joined, make_segment
from selfieseg_engine.recording.streams import describe
from selfieseg_engine.recording.timeline import read_timeline

logger = logging.getLogger(__name__)

_DECODER_THREADS = 1  # a worker is one of many, and each has enough to do


def perform(task: Task) -> Outcome:
    """Do a task and say what came of it; nothing is raised, so that one file's fault is one file's.

    Outputs are made in the run's folder and moved to their place in the end.
    """
    settle_libraries()
    scratch: Path | None = None
    try:
        scratch = Path(tempfile.mkdtemp(dir=task.run / "scratch"))
        beat = Beat(task.run, task.key)
        beat.tell()
        return _done(task, scratch, beat)
    except UserError as error:
        return Failed(_in_users_words(str(error), task, scratch), isinstance(error, UnreadableError))
    except (RunOverError, OSError) as error:
        if not task.run.exists():
            return Failed("the run is over")
        return Failed(f"{task.job.output} cannot be written, {error}, check the folder and the free space")
    except Exception as error:  # the fence around one file
        logger.exception("%s", task.key)
        return Failed(f"the program has a fault, {type(error).__name__}: {error}, please report it")
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)


def _done(task: Task, scratch: Path, beat: Beat) -> Outcome:
    if isinstance(task, InspectTask):
        return _inspect(task)
    if isinstance(task, SegmentTask):
        return _segment(task, scratch, beat)
    if isinstance(task, JoinTask):
        return _join(task, scratch)
    assert isinstance(task, WholeTask)
    return _still(task, scratch, beat) if task.job.is_still else _whole(task, scratch, beat)


def _inspect(task: InspectTask) -> Inspected:
    with RecordingReader(task.job.source, task.options.salvage, decoder_threads=_DECODER_THREADS) as reader:
        job = _recording_job(task, task.run)
        plan = plan_pictures(job, reader.facts)
        count, duration = reader.facts.frame_count, reader.container.duration
    least = task.options.segment_seconds
    is_long = least > 0 and (duration is None or duration / 1e6 >= 2 * least)
    if not is_long or task.options.salvage or plan is None or not can_be_joined(job, plan):
        return Inspected(count, ())
    timeline = read_timeline(task.job.source)
    if timeline is None:
        return Inspected(count, ())
    return Inspected(len(timeline.shown), split(timeline, task.options.segment_seconds))


def _still(task: WholeTask, scratch: Path, beat: Beat) -> Made:
    job = task.job
    made = scratch / f"made{job.output.suffix}"
    matte = None if job.matte is None else scratch / "matte.png"
    make_still(job.source, made, matte, task.options.look, segmenter_for(task.options), task.options.quality)
    beat.frame()
    return _moved_in(task, made, matte, 1)


def _whole(task: WholeTask, scratch: Path, beat: Beat) -> Made:
    job = _recording_job(task, scratch)
    segmenter = segmenter_for(task.options)
    with RecordingReader(task.job.source, task.options.salvage, decoder_threads=_DECODER_THREADS) as reader:
        report = make_recording(reader, segmenter, job, beat.frame)
    matte = None if job.matte_output is None else job.matte_output.path
    return replace(_moved_in(task, job.output.path, matte, report.frames), left_out=tuple(report.left_out))


def _segment(task: SegmentTask, scratch: Path, beat: Beat) -> Made:
    job = _recording_job(task, scratch)
    segmenter = segmenter_for(task.options)
    files = segment_files(scratch, task.index, job.matte_output is not None)
    span = task.part.span
    with RecordingReader(task.job.source, span=span, decoder_threads=_DECODER_THREADS) as reader:
        frames = make_segment(reader, segmenter, job, files, beat.frame)
    if frames != task.part.frames:
        raise NotJoinedError(
            f"{task.job.source} cannot be split", f"{frames} of {task.part.frames} frames came of a part"
        )
    beat.tell()
    task.folder.mkdir(parents=True, exist_ok=True)
    for made in files.all:
        made.replace(task.folder / made.name)
    kept = segment_files(task.folder, task.index, job.matte_output is not None)
    return Made(frames, measured(kept.all))


def _join(task: JoinTask, scratch: Path) -> Made:
    job = _recording_job(task, scratch)
    files = [segment_files(task.folder, index, job.matte_output is not None) for index in range(task.count)]
    with RecordingReader(task.job.source, decoder_threads=_DECODER_THREADS) as reader:
        plan = plan_pictures(job, reader.facts)
        assert plan is not None  # such are not split
        frames, left_out = join_segments(
            [each.pictures for each in files],
            job.output,
            job.output.path,
            plan,
            reader,
            task.job.source,
            job.leave_out,
        )
        left_out = [*map(describe, reader.passed_over), *left_out]
        matte = None
        if job.matte_output is not None:
            matte = job.matte_output.path
            matte_plan = plan_matte_encoder(job.matte_output.suffix, reader.facts.size, job.repeatable)
            mattes = [each.mattes for each in files if each.mattes is not None]
            join_segments(mattes, job.matte_output, matte, matte_plan, reader, None, False)
    return replace(_moved_in(task, job.output.path, matte, frames), left_out=tuple(left_out))


def _recording_job(task: Task, scratch: Path) -> RecordingJob:
    """Return the job with its outputs in ``scratch``."""
    wanted, options = task.job, task.options
    if wanted.is_folder:
        output = Output(scratch / "pictures", PICTURES)
        matte = None if wanted.matte is None else Output(scratch / "mattes", PICTURES)
    else:
        output = Output(scratch / f"made{wanted.output.suffix}")
        matte = None if wanted.matte is None else Output(scratch / f"matte{wanted.matte.suffix}")
    return RecordingJob(
        output, matte, options.look, options.codec, options.crf, options.leave_out, repeatable=True
    )


def _moved_in(task: Task, made: Path, matte: Path | None, frames: int) -> Made:
    """Put outputs where they belong, the picture last: once it is there all is."""
    if matte is not None and task.job.matte is not None:
        _move(matte, task.job.matte)
    _move(made, task.job.output)
    return Made(frames, measured(task.job.outputs))


def _move(made: Path, place: Path) -> None:
    if not (made.is_dir() and place.is_dir()):
        move_whole(made, place)
        return
    if not holds_only_pictures(place):  # nor did it when the run began: see Coordinator
        raise FileExistsError(errno.EEXIST, "there are other files in it", str(place))
    with scratch_dir_beside(place) as aside:
        place.replace(aside / "old")
        move_whole(made, place)


def _in_users_words(message: str, task: Task, scratch: Path | None) -> str:
    """Return a message with the output's own name in place of the one under which it is made."""
    if scratch is None:
        return message
    job = _recording_job(task, scratch)
    names = [(job.output.path, task.job.output)]
    if job.matte_output is not None and task.job.matte is not None:
        names.append((job.matte_output.path, task.job.matte))
    for made, wanted in names:
        message = message.replace(str(made), str(wanted))
    return message
