"""A session with a fake model: what its worker answers, and that it lets everything go."""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.errors import InferenceError, ObtainError
from selfieseg_engine.model_leases import ModelKey, ModelLeases
from selfieseg_engine.ring_file import open_ring
from selfieseg_engine.session import Session
from selfieseg_wire.messages import Error, Frame, Matte, Message, Opened
from selfieseg_wire.ring import Ring, RingLayout
from selfieseg_wire.shared_region import SharedRegion
from selfieseg_wire.structs import FrameFormat

if TYPE_CHECKING:
    from selfieseg_engine.inference.loaded_model import LoadedModel

WIDTH, HEIGHT = 8, 4
KEY = ModelKey("fake", "CPU", 1)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


class FakeRequest:
    """Answers the red channel; can be told to wait or to fail. Keeps the buffers, as OpenVINO does."""

    def __init__(self, model: FakeModel) -> None:
        self.model = model
        self.buffers: tuple[Any, ...] = ()
        self.closed = False

    def infer(self, frame: npt.NDArray[np.uint8], out: npt.NDArray[np.uint8] | None = None) -> None:
        self.buffers = (frame, out)
        if out is None:
            return  # the warm-up
        assert self.model.may_infer.wait(10)
        if self.model.failure is not None:
            raise self.model.failure
        out[:] = frame[:, :, 0]
        self.model.while_inferring()

    def close(self) -> None:
        self.buffers = ()
        self.closed = True


class FakeModel:
    def __init__(self, name: str = "fake") -> None:
        self.manifest = SimpleNamespace(id=name)
        self.device = "CPU"
        self.input_size = self.output_size = (WIDTH, HEIGHT)
        self.failure: Exception | None = None
        self.may_infer = threading.Event()
        self.may_infer.set()
        self.while_inferring: Callable[[], None] = lambda: None
        self.requests: list[FakeRequest] = []

    def new_request(self) -> FakeRequest:
        self.requests.append(FakeRequest(self))
        return self.requests[-1]


class Stage:
    """A session, the ring's other end, and what the session answers."""

    def __init__(self, run_dir: Path, load: Callable[[ModelKey], FakeModel]) -> None:
        layout = RingLayout.plan(2, WIDTH * HEIGHT * 4, WIDTH * HEIGHT)
        self.region = SharedRegion.create(run_dir / "ring-1-1", layout.total_bytes)
        self.ring = Ring.format(self.region.memory, layout)
        self.answers: queue.SimpleQueue[tuple[Message, bool]] = queue.SimpleQueue()
        self.leases = ModelLeases(lambda key: cast("LoadedModel", load(key)))
        self.mapped = open_ring(str(self.region.path), run_dir)
        self._seq = itertools.count(1)

        @contextlib.contextmanager
        def line() -> Iterator[Callable[[Message, bool], None]]:
            yield lambda message, is_over: self.answers.put((message, is_over))

        self.session = Session(1, "cam", self.mapped, self.leases, threading.Semaphore(1), line)
        self.session.start(KEY)

    def put(self, red: int, slot: int = 0) -> Frame:
        seq = next(self._seq)
        header = self.ring.slot(slot)
        header.frame_seq_begin = header.frame_seq_end = seq
        header.frame_format = FrameFormat.RGBX
        size = WIDTH * HEIGHT * 4
        self.ring.frame_bytes(slot, seq, WIDTH, HEIGHT, WIDTH * 4)[:] = bytes([red, 1, 2, 3]) * (size // 4)
        return Frame(1, seq, slot, WIDTH, HEIGHT, WIDTH * 4, 1, 0)

    def answer(self) -> tuple[Message, bool]:
        return self.answers.get(timeout=10)

    def end(self) -> None:
        """Close, and prove that the ring could be unmapped and the models dropped."""
        self.session.close()
        assert self.session.join(10)
        with pytest.raises(ValueError, match="released"):
            len(self.mapped.ring._memory)
        assert len(self.leases) == 0
        self.ring.release()
        self.region.close()


@pytest.fixture
def model() -> FakeModel:
    return FakeModel()


@pytest.fixture
def stage(tmp_path: Path, model: FakeModel) -> Iterator[Stage]:
    made = Stage(tmp_path, lambda _key: model)
    assert made.answer() == (Opened(1, "fake", "CPU", WIDTH, HEIGHT), False)
    yield made
    made.end()
    assert all(request.closed for request in model.requests)


def test_a_matte_lies_in_the_frames_own_slot(stage: Stage) -> None:
    for red, slot in ((200, 0), (100, 1)):
        frame = stage.put(red, slot)
        stage.session.submit(frame)
        answer, is_over = stage.answer()
        assert isinstance(answer, Matte)
        assert (answer.seq, answer.slot, is_over) == (frame.seq, slot, False)
        assert set(stage.ring.result_bytes(slot, WIDTH * HEIGHT)) == {red}
        assert stage.ring.slot(slot).result_seq_end == frame.seq


def test_while_one_is_inferred_only_the_newest_waits(stage: Stage, model: FakeModel) -> None:
    model.may_infer.clear()
    first = stage.put(1, 0)
    stage.session.submit(first)
    wait_until(lambda: model.requests[0].buffers[1] is not None)  # the worker is inside the inference
    waiting = [stage.put(red, 1) for red in (2, 3, 4)]
    for frame in waiting:
        stage.session.submit(frame)
    model.may_infer.set()
    seqs = [cast("Matte", stage.answer()[0]).seq for _ in range(2)]
    assert seqs == [first.seq, waiting[-1].seq]
    assert stage.session.figures.snapshot(0.0).dropped == 2


def test_a_frame_overwritten_while_it_was_read_gets_no_matte(stage: Stage, model: FakeModel) -> None:
    """OBS took the slot back during the inference: the result is left torn and is not announced."""
    model.while_inferring = lambda: setattr(stage.ring.slot(0), "frame_seq_begin", 99)
    stage.session.submit(stage.put(1, 0))
    wait_until(lambda: stage.session.figures.snapshot(0.0).dropped == 1)
    header = stage.ring.slot(0)
    assert header.result_seq_begin != header.result_seq_end
    del header
    model.while_inferring = lambda: None
    frame = stage.put(1, 1)
    stage.session.submit(frame)
    assert cast("Matte", stage.answer()[0]).seq == frame.seq


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (InferenceError("it", "broke", "mend it"), "inference_failed"),
        (MemoryError(), "no_memory"),
        (ZeroDivisionError(), "internal"),
    ],
)
def test_a_failing_inference_ends_the_session_in_words(
    stage: Stage, model: FakeModel, failure: Exception, code: str
) -> None:
    model.failure = failure
    stage.session.submit(stage.put(1))
    answer, is_over = stage.answer()
    assert isinstance(answer, Error)
    assert (answer.code, is_over) == (code, True)
    model.failure = None
    del failure


def test_a_load_that_fails_ends_a_new_session_but_not_an_open_one(tmp_path: Path) -> None:
    models = iter([None, FakeModel("one"), None])

    def load(_key: ModelKey) -> FakeModel:
        model = next(models)
        if model is None:
            raise ObtainError("no weights", "no network", "plug it in")
        return model

    stage = Stage(tmp_path, load)
    answer, is_over = stage.answer()
    assert isinstance(answer, Error)
    assert (answer.code, is_over) == ("model_not_obtained", True)
    stage.session.change_model(KEY)
    assert isinstance(stage.answer()[0], Opened)
    stage.session.change_model(ModelKey("other", "CPU", 1))
    answer, is_over = stage.answer()
    assert isinstance(answer, Error)
    assert not is_over
    stage.session.submit(stage.put(5))
    assert isinstance(stage.answer()[0], Matte)
    stage.end()


def test_only_the_last_of_many_wishes_is_adopted(tmp_path: Path) -> None:
    """A user who scrolls through the menu of models wants the one where the wheel stopped."""
    may_load = threading.Event()
    loaded: list[str] = []

    def load(key: ModelKey) -> FakeModel:
        assert may_load.wait(10)
        loaded.append(key.model)
        return FakeModel(key.model)

    stage = Stage(tmp_path, load)
    for name in ("a", "b", "c"):
        stage.session.change_model(ModelKey(name, "CPU", 1))
    may_load.set()
    answer, _ = stage.answer()
    assert isinstance(answer, Opened)
    assert answer.model == "c"
    assert len(loaded) <= 2
    assert len(stage.leases) == 1
    stage.end()


def test_closing_during_a_load_drops_what_it_brings(tmp_path: Path) -> None:
    may_load = threading.Event()

    def load(_key: ModelKey) -> FakeModel:
        assert may_load.wait(10)
        return FakeModel()

    stage = Stage(tmp_path, load)
    stage.session.close()
    assert stage.session.join(10)  # does not wait for the load
    may_load.set()
    wait_until(lambda: len(stage.leases) == 0)
    stage.end()
