from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.engine.recording.clips import write_clip

from selfieseg_engine.recording.completeness import missing_bytes

U8Image = npt.NDArray[np.uint8]

KINDS = {
    "in.mp4": ("libx264", {}),
    "fast.mp4": ("libx264", {"movflags": "faststart"}),
    "in.mov": ("libx264", {}),
    "in.mkv": ("libx264", {}),
    "in.webm": ("libvpx-vp9", {}),
}

LONGEST_HEAD = 64  # of a Matroska file, before its segment begins
BOX_HEADER = 8


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    grey = np.full((64, 64, 3), 90, np.uint8)
    return {
        name: write_clip(
            folder / name, [grey] * 20, codec=codec, sound_from=None, container_options=options
        ).read_bytes()
        for name, (codec, options) in KINDS.items()
    }


def missing_of(folder: Path, content: bytes) -> int:
    path = folder / "file"
    path.write_bytes(content)
    return missing_bytes(path)


@pytest.mark.parametrize("name", sorted(KINDS))
@given(share=st.floats(0.0, 1.0))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_cut_is_told_wherever_it_is(
    recordings: dict[str, bytes], tmp_path: Path, name: str, share: float
) -> None:
    """But for a cut between two boxes of an MP4: it looks like a whole file, and has no pictures."""
    whole = recordings[name]
    kept = int(len(whole) * share)
    missing = missing_of(tmp_path, whole[:kept])
    if name.endswith((".mkv", ".webm")):
        if kept > LONGEST_HEAD:
            assert missing == len(whole) - kept
    elif missing == 0:
        assert kept - max(end for end in box_ends(whole) if end <= kept) < BOX_HEADER
    assert 0 <= missing <= len(whole) - kept


def box_ends(whole: bytes) -> list[int]:
    ends = [0]
    while ends[-1] < len(whole):
        ends.append(ends[-1] + int.from_bytes(whole[ends[-1] : ends[-1] + 4], "big"))
    return ends


@given(content=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_can_be_in_a_file(tmp_path: Path, content: bytes) -> None:
    for start in (b"", b"\0\0\0\x10ftyp", b"\x1a\x45\xdf\xa3", b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67"):
        assert missing_of(tmp_path, start + content) >= 0


def test_junk_behind_the_end_is_no_box(recordings: dict[str, bytes], tmp_path: Path) -> None:
    for name in ("in.mp4", "in.mkv"):
        assert missing_of(tmp_path, recordings[name] + b"\xff" * 50) == 0


def test_a_size_that_is_not_known_is_not_judged(tmp_path: Path) -> None:
    """A Matroska file that was never closed, and an MP4's last box that goes up to the end."""
    assert missing_of(tmp_path, b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + b"x") == 0
    assert missing_of(tmp_path, b"\0\0\0\x08ftyp" + b"\0\0\0\0mdat" + b"x" * 9) == 0


def test_boxes_of_more_than_four_gigabytes(tmp_path: Path) -> None:
    size = 5 * 2**30
    box = b"\0\0\0\x01mdat" + size.to_bytes(8, "big")
    assert missing_of(tmp_path, b"\0\0\0\x08ftyp" + box + b"x" * 84) == size - 100


def test_segments_of_any_width(tmp_path: Path) -> None:
    for width in range(1, 9):
        size = (1 << 7 * width | 100).to_bytes(width, "big")
        assert missing_of(tmp_path, b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67" + size + b"x" * 40) == 60
