"""What OBS would show, with a model that sees what is bright."""

from __future__ import annotations

from types import SimpleNamespace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.benchmarks.quality import session_maker
from selfieseg_engine.benchmarks.quality.session_maker import SessionMaker
from selfieseg_engine.matte_stream import SETTLING_MATTES, MatteWish

U8Image = npt.NDArray[np.uint8]
INPUT = (256, 144)
RAW = MatteWish(refine_edges=False, smoothing=0)


class FakeRequest:
    def __init__(self) -> None:
        self.closed = False

    def infer(self, picture: U8Image) -> npt.NDArray[np.float32]:
        assert picture.shape[1::-1] == INPUT
        return picture[..., 2].astype(np.float32) / np.float32(255)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def request_of_the_model(monkeypatch: pytest.MonkeyPatch) -> FakeRequest:
    request = FakeRequest()
    manifest = SimpleNamespace(is_recurrent=False)
    loaded = SimpleNamespace(manifest=manifest, device="CPU", input_size=INPUT, new_request=lambda: request)
    monkeypatch.setattr(session_maker, "load_model", lambda *_: loaded)
    return request


def picture(x: int) -> U8Image:
    """Return a bright disc before a dark textured room: uint8 360x640x3."""
    noise = np.random.default_rng(1).integers(0, 60, (360, 640, 3), np.uint8)
    frame = np.asarray(cv2.GaussianBlur(noise, (0, 0), 3), np.uint8)
    cv2.circle(frame, (x, 180), 70, (200, 220, 250), -1)
    return frame


def maker(wish: MatteWish, late_frames: int) -> SessionMaker:
    return SessionMaker("selfie_segmentation", "CPU", None, wish, late_frames)


def middle_x(matte: npt.NDArray[np.float32]) -> float:
    return float(np.average(np.arange(matte.shape[1]), weights=(matte > 0.5).sum(axis=0)))


def test_late_mattes_are_those_of_frames_before(request_of_the_model: FakeRequest) -> None:
    frames = [picture(200 + 10 * index) for index in range(6)]
    with maker(RAW, 0) as prompt, maker(RAW, 2) as late:
        own = [prompt.segment(frame, index / 30).matte for index, frame in enumerate(frames)]
        drawn = [late.segment(frame, index / 30).matte for index, frame in enumerate(frames)]
        for index, matte in enumerate(drawn):
            assert matte.shape == (360, 640)
            assert np.array_equal(matte, own[max(0, index - 2)])
        late.reset()
        assert np.array_equal(late.segment(frames[5], 1.0).matte, own[5]), "the first of another stream"
    assert request_of_the_model.closed


@pytest.mark.usefixtures("request_of_the_model")
def test_a_lead_makes_up_for_it() -> None:
    frames = [picture(200 + 8 * index) for index in range(10)]
    middles = {}
    for leads in (False, True):
        with maker(MatteWish(leads=leads), 2) as made:
            for index, frame in enumerate(frames):
                matte = made.segment(frame, index / 30).matte
        middles[leads] = middle_x(matte)
    assert middles[False] == pytest.approx(272 - 16, abs=3)
    assert middles[True] == pytest.approx(272, abs=4)


@pytest.mark.usefixtures("request_of_the_model")
def test_what_stands_still_is_not_inferred() -> None:
    with maker(MatteWish(pauses=True), 0) as made:
        for index in range(20):
            made.segment(picture(300), index / 30)
        assert made.inferences[0]
        assert not any(made.inferences[8:])
        assert sum(made.inferences) == SETTLING_MATTES
