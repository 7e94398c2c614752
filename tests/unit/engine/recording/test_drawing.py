from __future__ import annotations

import numpy as np

from selfieseg_engine.composite.background import ColorBackground, TransparentBackground
from selfieseg_engine.composite.look import Look
from selfieseg_engine.recording.drawing import FrameDrawer, restore_depth
from selfieseg_engine.recording.parcels import SourceFrame
from selfieseg_engine.result import SegmentationResult

SIZE = (96, 64)


def source(alpha: bool = False) -> SourceFrame:
    generator = np.random.default_rng(7)
    fine = generator.integers(0, 65536, (64, 96, 3)).astype(np.uint16)
    seen = np.full((64, 96), 128, np.uint8) if alpha else None
    return SourceFrame(np.asarray(np.rint(fine / 257), np.uint8), seen, fine)


def left_half() -> SegmentationResult:
    matte = np.zeros((64, 96), np.float32)
    matte[:, :48] = 1
    return SegmentationResult(matte, None, ())


def test_what_is_shown_of_the_input_has_its_depth_to_the_last_bit() -> None:
    frame = source()
    assert frame.fine_bgr is not None
    drawer = FrameDrawer(Look(ColorBackground((0, 255, 0))), SIZE, is_fine=True)
    picture = drawer.draw(frame, left_half(), 0.0)
    assert picture.dtype == np.uint16
    assert np.array_equal(picture[:, :48], frame.fine_bgr[:, :48])
    assert np.array_equal(picture[:, 48:], np.broadcast_to((0, 65535, 0), (64, 48, 3)))


def test_depth_is_restored_as_far_as_the_input_is_shown() -> None:
    fine = np.full((1, 3, 3), 1100, np.uint16)
    bgr, picture = np.full((1, 3, 3), 4, np.uint8), np.full((1, 3, 3), 9, np.uint8)
    shown = np.array([[0, 51, 255]], np.uint8)
    lost = 1100 - 4 * 257
    expected = [9 * 257, 9 * 257 + round(lost / 5), 9 * 257 + lost]
    assert restore_depth(picture, bgr, fine, shown)[0, :, 0].tolist() == expected


def test_eight_bit_where_more_cannot_be_written() -> None:
    drawer = FrameDrawer(Look(), SIZE, is_fine=False)
    assert drawer.draw(source(), left_half(), 0.0).dtype == np.uint8


def test_transparent_pictures_hold_nothing_of_the_room() -> None:
    look = Look(TransparentBackground())
    picture = FrameDrawer(look, SIZE, is_fine=False).draw(source(), left_half(), 0.0)
    assert (picture[:, :48, 3] == 255).all()
    assert picture[:, 48:64, :3].any()  # an encoder mixes neighbours
    assert not picture[:, 64:].any()


def test_what_is_transparent_in_the_input_stays_so() -> None:
    look = Look(TransparentBackground())
    picture = FrameDrawer(look, SIZE, is_fine=False).draw(source(alpha=True), left_half(), 0.0)
    assert (picture[:, :48, 3] == 128).all()
