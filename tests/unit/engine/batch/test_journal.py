"""What a batch remembers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.engine.batch.batch_options import options

from selfieseg_engine.batch.journal import Journal, read_journal
from selfieseg_engine.batch.memory import (
    Memory,
    claim_record,
    file_record,
    measured,
    segment_record,
    segments_key,
)
from selfieseg_engine.batch.options import FileStamp
from selfieseg_engine.batch.plan import FileJob


def test_records_come_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    assert read_journal(path) == []
    for name in ("first", "zweitens\n", "третий", "caf\udce9"):
        with Journal(path) as journal:
            journal.append({"name": name})
    assert [record["name"] for record in read_journal(path)] == [
        "first",
        "zweitens\n",
        "третий",
        "caf\udce9",
    ]


@settings(max_examples=30)
@given(st.integers(min_value=1, max_value=60))
def test_a_line_that_was_cut_costs_only_itself(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    """The machine goes down while a line is written, wherever in it."""
    path = tmp_path_factory.mktemp("cut") / "journal.jsonl"
    with Journal(path) as journal:
        journal.append({"number": 1})
        whole = path.stat().st_size
        journal.append({"number": 2, "name": "ü" * 20})
    path.write_bytes(path.read_bytes()[: whole + cut])
    with Journal(path) as journal:
        journal.append({"number": 3})
    numbers = [record["number"] for record in read_journal(path)]
    assert numbers in ([1, 3], [1, 2, 3])  # the latter where only the line's end was cut


@pytest.fixture
def job(tmp_path: Path) -> FileJob:
    for name in ("in.mp4", "out.mp4", "matte.mkv"):
        (tmp_path / name).write_bytes(b"12345")
    return FileJob(tmp_path / "in.mp4", tmp_path / "out.mp4", tmp_path / "matte.mkv", False, False)


def test_done_is_what_has_not_changed(job: FileJob) -> None:
    stamp = FileStamp.of(job.source)
    memory = Memory([file_record(job, stamp, "print", 7, 1, measured(job.outputs))])
    assert memory.done(job, stamp, "print") is not None
    assert memory.done(job, stamp, "other options") is None
    assert memory.done(job, FileStamp(stamp.size, stamp.mtime_ns + 1), "print") is None
    assert memory.done(job, FileStamp(stamp.size + 1, stamp.mtime_ns), "print") is None
    assert job.matte is not None
    job.matte.write_bytes(b"1234")
    assert memory.done(job, stamp, "print") is None
    job.matte.unlink()
    assert memory.done(job, stamp, "print") is None


def test_the_newest_record_counts(job: FileJob) -> None:
    stamp = FileStamp.of(job.source)
    records = [file_record(job, stamp, print_, 7, 1, measured(job.outputs)) for print_ in ("first", "second")]
    assert Memory(records).done(job, stamp, "first") is None
    assert Memory(records).done(job, stamp, "second") is not None


def test_a_segment_is_there_when_all_its_files_are(tmp_path: Path) -> None:
    files = [tmp_path / "0.part", tmp_path / "0.json"]
    for path in files:
        path.write_bytes(b"123")
    memory = Memory([segment_record("key", 0, 9, measured(files))])
    assert memory.segment_frames("key", 0, files) == 9
    assert memory.segment_frames("key", 1, files) is None
    assert memory.segment_frames("other", 0, files) is None
    files[1].unlink()
    assert memory.segment_frames("key", 0, files) is None


def test_only_what_a_batch_made_or_was_about_to_make_is_its_own(job: FileJob, tmp_path: Path) -> None:
    stamp = FileStamp.of(job.source)
    memory = Memory(
        [
            file_record(job, stamp, "print", 7, 1, measured(job.outputs)),
            claim_record([tmp_path / "claimed"]),
        ]
    )
    names = ("out.mp4", "matte.mkv", "claimed", "in.mp4", "other")
    assert [memory.is_ours(tmp_path / name) for name in names] == [True, True, True, False, False]


def test_segments_belong_to_one_content_and_one_wish(job: FileJob) -> None:
    stamp = FileStamp(5, 1)
    keys = {
        segments_key(job, stamp, "print"),
        segments_key(job, FileStamp(5, 2), "print"),
        segments_key(job, stamp, "other"),
        segments_key(FileJob(job.source, job.output, None, False, False), stamp, "print"),
    }
    assert len(keys) == 4


def test_a_fingerprint_changes_with_every_option_and_with_the_backgrounds_file(tmp_path: Path) -> None:
    beach = tmp_path / "beach.png"
    beach.write_bytes(b"1")
    seen = [
        options().fingerprint(),
        options("grayscale").fingerprint(),
        options("none").fingerprint(),
        options("blur:49").fingerprint(),
        options(crf=20).fingerprint(),
        options(segment_seconds=30.0).fingerprint(),
        options(f"image:{beach}").fingerprint(),
    ]
    beach.write_bytes(b"12")
    seen.append(options(f"image:{beach}").fingerprint())
    assert len(set(seen)) == len(seen)
    assert options().fingerprint() == seen[0]
