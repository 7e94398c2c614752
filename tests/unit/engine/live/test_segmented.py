from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.engine.live.fake_stage import FakeSegmenter, frames

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.live.items import SourceGone
from selfieseg_engine.live.segmented import SegmentedFrame, segmented


def test_each_frame_has_its_own_result() -> None:
    fake = FakeSegmenter()
    given = frames(3)
    found = list(segmented(given, fake.as_segmenter(), flip=False))
    assert [each.frame for each in found if isinstance(each, SegmentedFrame)] == given
    assert [each.infer_ns for each in found if isinstance(each, SegmentedFrame)] == [1_000_000] * 3


def test_what_is_mirrored_is_found_in_the_mirrored_frame() -> None:
    fake = FakeSegmenter()
    picture = np.arange(24 * 32 * 3, dtype=np.uint32).astype(np.uint8).reshape(24, 32, 3)
    (found,) = segmented([replace(frames(1)[0], bgr=picture)], fake.as_segmenter(), flip=True)
    assert isinstance(found, SegmentedFrame)
    assert np.array_equal(found.frame.bgr, picture[:, ::-1])
    assert np.array_equal(fake.seen[0], picture[:, ::-1])


def test_what_comes_back_is_another_stream() -> None:
    fake = FakeSegmenter()
    first, second = frames(2)
    gone = SourceGone("camera 0 has gone")
    found = list(segmented([first, gone, gone, second], fake.as_segmenter(), flip=False))
    assert found[1:3] == [gone, gone]
    assert fake.resets >= 1


def test_a_failing_model_ends_it() -> None:
    found = segmented(frames(3), FakeSegmenter(fails_at=2).as_segmenter(), flip=False)
    next(found)
    with pytest.raises(InferenceError):
        next(found)
