"""A session with a fake model: what its worker answers, and that it lets everything go."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
import pytest

from selfieseg_engine.class_offer import ClassOffer
from selfieseg_engine.class_worker import STALE_AFTER_NS, ClassFrame, ClassModelKey, ClassTools
from selfieseg_engine.errors import DeviceError, InferenceError, ObtainError, RegistryError
from selfieseg_engine.matte_stream import SETTLING_MATTES
from selfieseg_engine.model_leases import ModelKey, ModelLeases
from selfieseg_engine.pictures import write_picture
from selfieseg_engine.ring_file import open_ring
from selfieseg_engine.session import Session
from selfieseg_engine.session_tools import SessionTools
from selfieseg_wire.messages import Error, Frame, Matte, Message, Opened
from selfieseg_wire.ring import Ring, RingLayout
from selfieseg_wire.shared_region import SharedRegion
from selfieseg_wire.structs import BackgroundKind, ClassBit, FrameFormat, ResultKind

if TYPE_CHECKING:
    from selfieseg_engine.inference.loaded_model import LoadedModel

U8Image = npt.NDArray[np.uint8]

WIDTH, HEIGHT = 8, 4
CLASS_SIZE = (6, 5)
RING_SIZE = (16, 10)
KEY = ModelKey("fake", "CPU", 1)
FRAME_NS = 33_333_333
# Mattes that are the model's own masks.
RAW = "refine_edges=0\nsmoothing=0\nalignment=exact"


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


NO_CLASSES = ClassOffer()
HAIR = ClassOffer(int(ClassBit.HAIR), "fake_hair", CLASS_SIZE)


class FakeRequest:
    """Answers the red channel; can be told to wait or to fail. Keeps the buffers, as OpenVINO does."""

    def __init__(self, model: FakeModel) -> None:
        self.model = model
        self.buffers: tuple[U8Image, ...] = ()
        self.closed = False
        self.runs = 0

    def infer(self, frame: U8Image) -> U8Image:
        self.runs += 1
        out = np.zeros((HEIGHT, WIDTH), np.uint8)
        self.buffers = (frame, out)
        if not self.model.is_warm:
            self.model.is_warm = True
            return out
        assert self.model.may_infer.wait(10)
        if self.model.failure is not None:
            raise self.model.failure
        assert frame.shape == (HEIGHT, WIDTH, 4)
        out[:] = frame[:, :, 0]
        self.model.while_inferring()
        return out

    def reset(self) -> None:
        assert not self.closed

    def close(self) -> None:
        self.buffers = ()
        self.closed = True


class FakeModel:
    def __init__(self, name: str = "fake") -> None:
        self.manifest = SimpleNamespace(id=name, is_recurrent=False)
        self.device = "CPU"
        self.input_size = self.output_size = (WIDTH, HEIGHT)
        self.failure: Exception | None = None
        self.is_warm = False
        self.may_infer = threading.Event()
        self.may_infer.set()
        self.while_inferring: Callable[[], None] = lambda: None
        self.requests: list[FakeRequest] = []

    def new_request(self) -> FakeRequest:
        self.requests.append(FakeRequest(self))
        return self.requests[-1]


class FakeClassModel:
    """Answers the frame's first pixel, in every channel."""

    def __init__(self) -> None:
        self.frames: list[ClassFrame] = []
        self.failure: Exception | None = None
        self.closed = False

    def segment(self, frame: ClassFrame) -> SimpleNamespace:
        if self.failure is not None:
            raise self.failure
        self.frames.append(frame)
        return SimpleNamespace(planes=np.full((*CLASS_SIZE[::-1], 4), frame.rgbx[0, 0, 0], np.uint8))

    def close(self) -> None:
        self.closed = True


class Stage:
    """A session, the ring's other end, and what the session answers."""

    def __init__(
        self,
        run_dir: Path,
        load: Callable[[ModelKey], FakeModel],
        look: str = "",
        offer: ClassOffer | Exception = NO_CLASSES,
        source_size: tuple[int, int] = (0, 0),
        key: ModelKey = KEY,
    ) -> None:
        size = RING_SIZE[0] * RING_SIZE[1] * 4
        layout = RingLayout.plan(2, size, size, CLASS_SIZE[0] * CLASS_SIZE[1] * 4)
        self.region = SharedRegion.create(run_dir / "ring-1-1", layout.total_bytes)
        self.ring = Ring.format(self.region.memory, layout)
        self.answers: queue.SimpleQueue[tuple[Message, bool]] = queue.SimpleQueue()
        self.leases = ModelLeases(lambda key: cast("LoadedModel", load(key)))
        self.mapped = open_ring(str(self.region.path), run_dir)
        self.offer = offer
        self.class_models: list[FakeClassModel] = []
        self.class_keys: list[ClassModelKey] = []
        self.class_failure: Exception | None = None
        self.inference_gate, self.compose_gate = threading.Semaphore(1), threading.Semaphore(1)
        self.infer_turns = threading.Semaphore(1)
        self.may_compile = threading.Event()
        self.may_compile.set()
        self._seq = itertools.count(1)

        @contextlib.contextmanager
        def line() -> Iterator[Callable[[Message, bool], None]]:
            yield lambda message, is_over: self.answers.put((message, is_over))

        tools = SessionTools(
            self.leases,
            inference_gate=self.inference_gate,
            compose_gate=self.compose_gate,
            classes=ClassTools(
                lambda _key: None,
                self._make_class_model,
                compile_turns=threading.Semaphore(1),
                infer_turns=self.infer_turns,
            ),
            find_classes=self._find_classes,
        )
        self.session = Session(1, "cam", source_size, self.mapped, tools, line)
        self.session.start(key, look)

    def _find_classes(self, requested: str) -> ClassOffer:
        if isinstance(self.offer, Exception):
            raise self.offer
        return NO_CLASSES if requested == "none" else self.offer

    def _make_class_model(self, key: ClassModelKey) -> FakeClassModel:
        self.class_keys.append(key)
        if self.class_failure is not None:
            raise self.class_failure
        self.class_models.append(FakeClassModel())
        assert self.may_compile.wait(10)
        return self.class_models[-1]

    def put(self, red: int, slot: int = 0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Frame:
        seq = next(self._seq)
        width, height = size
        header = self.ring.slot(slot)
        header.frame_seq_begin = header.frame_seq_end = seq
        header.frame_format = FrameFormat.RGBX
        pixels = bytes([red, 1, 2, 3]) * (width * height)
        self.ring.frame_bytes(slot, seq, width, height, width * 4)[:] = pixels
        return Frame(1, seq, slot, width, height, width * 4, 1, 1000 + seq)

    def show(self, rgbx: U8Image, t_ns: int, slot: int = 0) -> U8Image:
        """Send a picture (uint8 HxWx4), and return a copy of its matte: uint8 hxw."""
        height, width = rgbx.shape[:2]
        frame = dataclasses.replace(self.put(0, slot, (width, height)), t_ns=t_ns)
        self.ring.frame_bytes(slot, frame.seq, width, height, width * 4)[:] = rgbx.tobytes()
        self.session.submit(frame)
        answer, _ = self.answer()
        assert isinstance(answer, Matte), answer
        header = self.ring.slot(slot)
        assert header.result_seq_begin == header.result_seq_end == frame.seq
        rows, columns = header.result_height, header.result_width
        flat = np.frombuffer(self.ring.result_bytes(slot, rows * columns), np.uint8)
        return flat.reshape(rows, columns).copy()

    def matte(self, red: int, slot: int = 0, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Matte:
        """Send a frame and return its answer, which must be the next."""
        frame = self.put(red, slot, size)
        self.session.submit(frame)
        answer, is_over = self.answer()
        assert isinstance(answer, Matte), answer
        assert (answer.seq, is_over) == (frame.seq, False)
        return answer

    def opened(self) -> Opened:
        answer, is_over = self.answer()
        assert isinstance(answer, Opened), answer
        assert not is_over
        return answer

    def refused(self) -> Error:
        answer, is_over = self.answer()
        assert isinstance(answer, Error), answer
        assert not is_over
        return answer

    def feed_until(self, condition: Callable[[], bool]) -> None:
        """Send frames until ``condition`` is true; only mattes are answered meanwhile."""
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline
            self.matte(9)

    def newest_plane(self) -> int:
        """Return the index of the class plane that was written last."""
        return 1 - self.ring.older_plane()

    def answer(self) -> tuple[Message, bool]:
        return self.answers.get(timeout=10)

    def end(self) -> None:
        """Close, and prove that the ring could be unmapped and the models dropped."""
        self.session.close()
        assert self.session.join(10)
        assert all(model.closed for model in self.class_models)
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
    made = Stage(tmp_path, lambda _key: model, RAW)
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
    wait_until(lambda: model.requests[0].runs == 2)  # the worker is inside the inference
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
    outcomes: Iterator[FakeModel | Exception] = iter(
        [
            ObtainError("no weights", "no network", "plug it in"),
            FakeModel("one"),
            InferenceError("it", "does not compile", "choose another"),
        ]
    )

    def load(_key: ModelKey) -> FakeModel:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    stage = Stage(tmp_path, load)
    answer, is_over = stage.answer()
    assert isinstance(answer, Error)
    assert (answer.code, is_over) == ("model_not_obtained", True)
    stage.session.configure(KEY)
    assert isinstance(stage.answer()[0], Opened)
    stage.session.configure(ModelKey("other", "CPU", 1))
    answer, is_over = stage.answer()
    assert isinstance(answer, Error)
    assert (answer.code, is_over) == ("model_inference_failed", False)
    stage.session.submit(stage.put(5))
    assert isinstance(stage.answer()[0], Matte)
    stage.end()


class Computer:
    """Models on a GPU, which may be broken, and on the CPU."""

    def __init__(self) -> None:
        self.gpu_failure: Exception | None = None
        self.models: list[FakeModel] = []
        self.asked: list[str] = []
        self.may_load_for_cpu = threading.Event()
        self.may_load_for_cpu.set()

    def load(self, key: ModelKey) -> FakeModel:
        self.asked.append(key.device)
        if key.device == "GPU" and self.gpu_failure is not None:
            raise self.gpu_failure
        if key.device == "CPU":
            assert self.may_load_for_cpu.wait(10)
        model = FakeModel(key.model)
        model.device = key.device
        self.models.append(model)
        return model


GPU_KEY = ModelKey("fake", "GPU", 1)
RUN_FAILURE = "the device GPU failed: it, broke, the CPU goes on in its place"


def fallen_stage(tmp_path: Path, computer: Computer) -> Stage:
    """Return a session whose GPU has failed in the middle of the stream, and has been told so."""
    stage = Stage(tmp_path, computer.load, RAW, key=GPU_KEY)
    assert stage.opened().device == "GPU"
    stage.matte(200)
    computer.models[0].failure = InferenceError("it", "broke", "mend it")
    frame = stage.put(100, 1)
    stage.session.submit(frame)
    assert stage.opened() == Opened(1, "fake", "CPU", WIDTH, HEIGHT)
    told = stage.refused()
    assert (told.code, told.text) == ("device_failed", RUN_FAILURE)
    answer, _ = stage.answer()
    assert isinstance(answer, Matte)
    assert answer.seq == frame.seq, "the frame that failed has waited for the CPU"
    assert set(stage.ring.result_bytes(1, WIDTH * HEIGHT)) == {100}
    return stage


def test_a_gpu_that_fails_in_the_middle_of_a_stream(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    computer = Computer()
    stage = fallen_stage(tmp_path, computer)
    for red in (1, 2, 3):
        stage.matte(red)
    assert computer.models[0].requests[0].closed
    assert computer.asked == ["GPU", "CPU"]
    assert len(stage.leases) == 1
    assert [record.getMessage() for record in caplog.records if "broke" in record.getMessage()] == [
        f"{RUN_FAILURE}, update that device's driver; "
        "to try it again, choose another device and then this one"
    ]
    stage.end()


def test_frames_wait_and_the_newest_wins_while_the_cpu_takes_over(tmp_path: Path) -> None:
    computer = Computer()
    stage = Stage(tmp_path, computer.load, RAW, key=GPU_KEY)
    stage.opened()
    computer.may_load_for_cpu.clear()
    computer.models[0].failure = InferenceError("it", "broke", "mend it")
    stage.session.submit(stage.put(1, 0))
    wait_until(lambda: computer.asked == ["GPU", "CPU"])
    frames = [stage.put(red, 1) for red in (2, 3)]
    for frame in frames:
        stage.session.submit(frame)
    assert stage.answers.empty(), "nothing is answered, so the filter shows no room"
    computer.may_load_for_cpu.set()
    assert stage.opened().device == "CPU"
    stage.refused()
    assert cast("Matte", stage.answer()[0]).seq == frames[-1].seq
    stage.end()


def test_a_failed_gpu_is_tried_again_only_when_it_is_chosen_anew(tmp_path: Path) -> None:
    computer = Computer()
    stage = fallen_stage(tmp_path, computer)
    stage.session.configure(GPU_KEY, RAW)  # the same again
    assert stage.opened().device == "CPU"
    assert stage.refused().code == "device_failed"
    stage.session.configure(ModelKey("fake", "CPU", 1), RAW)
    assert stage.opened().device == "CPU"
    assert "GPU" not in computer.asked[1:]
    stage.session.configure(GPU_KEY, RAW)
    assert stage.opened().device == "GPU"
    stage.matte(7)
    stage.end()


def test_another_look_does_not_try_a_failed_gpu(tmp_path: Path) -> None:
    computer = Computer()
    stage = fallen_stage(tmp_path, computer)
    stage.session.configure(GPU_KEY, f"{RAW}\nblur_strength=3")
    stage.matte(9)
    assert computer.asked == ["GPU", "CPU"]
    stage.end()


def test_a_gpu_that_is_not_there(tmp_path: Path) -> None:
    computer = Computer()
    computer.gpu_failure = DeviceError("the device GPU cannot be used", "OpenVINO finds only CPU here", "x")
    stage = Stage(tmp_path, computer.load, RAW, key=GPU_KEY)
    assert stage.opened().device == "CPU"
    told = stage.refused()
    assert told.text.startswith("the device GPU cannot be used, OpenVINO finds only CPU here, the CPU")
    stage.matte(5)
    computer.gpu_failure = None  # its traceback holds on to frames
    stage.end()


def test_a_gpu_that_fails_when_it_is_warmed_up(tmp_path: Path) -> None:
    computer = Computer()

    def load(key: ModelKey) -> FakeModel:
        model = computer.load(key)
        if key.device == "GPU":
            model.is_warm = True
            model.failure = InferenceError("it", "broke", "mend it")
        return model

    stage = Stage(tmp_path, load, RAW, key=GPU_KEY)
    assert stage.opened().device == "CPU"
    assert stage.refused().text == RUN_FAILURE
    stage.end()


def test_where_the_cpu_fails_too_the_session_is_over(tmp_path: Path) -> None:
    computer = Computer()

    def load(key: ModelKey) -> FakeModel:
        if key.device == "CPU":
            raise ObtainError("no weights", "no network", "plug it in")
        return computer.load(key)

    stage = Stage(tmp_path, load, RAW, key=GPU_KEY)
    stage.opened()
    computer.models[0].failure = InferenceError("it", "broke", "mend it")
    stage.session.submit(stage.put(1))
    answer, is_over = stage.answer()
    assert isinstance(answer, Error)
    assert (answer.code, is_over) == ("model_not_obtained", True)
    stage.end()


def test_class_models_leave_a_failed_device_too(tmp_path: Path) -> None:
    computer = Computer()
    stage = Stage(tmp_path, computer.load, f"{RAW}\nhair_strength=1", HAIR, key=GPU_KEY)
    stage.opened()
    stage.feed_until(lambda: len(stage.class_keys) == 1)
    computer.models[0].failure = InferenceError("it", "broke", "mend it")
    stage.session.submit(stage.put(1))
    stage.opened()
    stage.refused()
    stage.answer()
    stage.feed_until(lambda: len(stage.class_keys) == 2)
    assert [key.device for key in stage.class_keys] == ["GPU", "CPU"]
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
        stage.session.configure(ModelKey(name, "CPU", 1))
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


def test_frames_of_every_size_are_answered(stage: Stage) -> None:
    """The work size has just changed, and frames of the old one are under way."""
    for size in ((WIDTH, HEIGHT), RING_SIZE, (3, 2), (WIDTH, 1), (1, HEIGHT * 2)):
        answer = stage.matte(70, 1, size)
        assert answer.holds == ResultKind.MATTE_U8
        assert set(stage.ring.result_bytes(1, WIDTH * HEIGHT)) == {70}
        header = stage.ring.slot(1)
        assert (header.result_width, header.result_height) == (WIDTH, HEIGHT)
        del header


def test_a_frame_of_the_models_size_is_not_copied(stage: Stage, model: FakeModel) -> None:
    stage.matte(5)
    frame = model.requests[0].buffers[0]
    assert frame.base is not None
    stage.put(6)
    assert frame[0, 0, 0] == 6


def test_a_look_alone_reloads_nothing(stage: Stage, model: FakeModel) -> None:
    stage.session.configure(KEY, "threshold=0.25")
    stage.session.configure(KEY, "threshold=0.75")
    stage.matte(1)
    assert len(model.requests) == 1


def test_the_same_wish_again_is_answered(stage: Stage, model: FakeModel) -> None:
    """The load may have failed the last time: asking for exactly the same tries once more."""
    stage.session.configure(KEY, RAW)
    assert stage.opened().model == "fake"
    assert len(model.requests) == 2


def test_a_malformed_look_is_refused_and_the_old_one_stays(tmp_path: Path, model: FakeModel) -> None:
    stage = Stage(tmp_path, lambda _key: model, "view=classes", HAIR)
    assert stage.opened().classes == HAIR.classes
    for text in ("threshold=much", "effects_in_engine=yes", "view=sideways"):
        stage.session.configure(KEY, text)
        error = stage.refused()
        assert error.code.startswith("look_")
        assert text.split("=")[0] in error.text
        assert error.remedy
    stage.feed_until(lambda: stage.ring.plane(stage.newest_plane()).seq_end > 0)
    stage.end()


def test_a_look_that_is_malformed_from_the_start(tmp_path: Path, model: FakeModel) -> None:
    stage = Stage(tmp_path, lambda _key: model, "threshold=much")
    assert stage.refused().code.startswith("look_")
    assert stage.opened().work_width == WIDTH
    stage.matte(1)
    stage.end()


def test_a_background_that_only_obs_has_is_no_mistake(stage: Stage) -> None:
    stage.session.configure(KEY, "background=source\neffects_in_engine=1")
    assert stage.matte(1).holds == ResultKind.MATTE_U8


def test_class_planes_follow_a_look_that_needs_them(tmp_path: Path, model: FakeModel) -> None:
    stage = Stage(tmp_path, lambda _key: model, "", HAIR)
    opened = stage.opened()
    assert (opened.classes, opened.class_model) == (HAIR.classes, "fake_hair")
    assert (opened.work_width, opened.work_height) == (WIDTH, HEIGHT)
    stage.matte(1)
    assert stage.class_models == [], "nothing is compiled that the look does not need"

    stage.session.configure(KEY, "hair_strength=0.5")
    opened = stage.opened()
    assert (opened.work_width, opened.work_height) == (WIDTH, CLASS_SIZE[1])
    stage.feed_until(lambda: stage.ring.plane(stage.newest_plane()).seq_end > 0)
    index = stage.newest_plane()
    header = stage.ring.plane(index)
    assert (header.width, header.height, header.stride) == (*CLASS_SIZE, CLASS_SIZE[0] * 4)
    assert header.classes == HAIR.classes
    assert header.seq_begin == header.seq_end
    assert header.frame_t_ns > 1000
    assert set(stage.ring.plane_bytes(index, CLASS_SIZE[0] * CLASS_SIZE[1] * 4)) == {9}
    del header
    figures = stage.session.figures.snapshot(time.monotonic())
    assert figures.class_model == "fake_hair"
    assert figures.class_maps_per_s > 0
    assert not figures.effects_in_engine

    stage.session.configure(KEY, "hair_strength=0")
    assert stage.opened().work_height == HEIGHT
    wait_until(lambda: stage.class_models[0].closed)
    assert stage.session.figures.snapshot(0.0).class_model is None
    stage.end()


def test_another_wish_for_a_class_model(tmp_path: Path, model: FakeModel) -> None:
    stage = Stage(tmp_path, lambda _key: model, "hair_strength=1", HAIR)
    assert stage.opened().class_model == "fake_hair"
    stage.session.configure(KEY, "hair_strength=1\nclass_model=none")
    opened = stage.opened()
    assert (opened.classes, opened.class_model, opened.work_height) == (0, "", HEIGHT)
    stage.matte(1)
    stage.end()


def class_workers() -> int:
    return sum(thread.name.startswith("class-maps-") for thread in threading.enumerate())


def test_many_changes_of_the_look_leave_one_class_worker(tmp_path: Path, model: FakeModel) -> None:
    """A slider dragged over 0 again and again, while the model still compiles: nothing piles up."""
    stage = Stage(tmp_path, lambda _key: model, "", HAIR)
    stage.opened()
    stage.may_compile.clear()
    for step in range(1, 102):
        stage.session.configure(KEY, f"hair_strength={step % 2}")
        stage.opened()
        assert class_workers() <= 1
    assert len(stage.class_models) == 1
    stage.may_compile.set()
    stage.feed_until(lambda: stage.ring.plane(stage.newest_plane()).seq_end > 0)
    assert len(stage.class_models) == 2, "the one that was compiling, and the one that is wanted"
    assert stage.class_models[0].closed
    assert class_workers() == 1
    stage.end()
    assert class_workers() == 0


def test_composites_use_no_classes_of_an_older_picture(tmp_path: Path, model: FakeModel) -> None:
    look = "effects_in_engine=1\nbackground=none\nhair_strength=1\nhair_color=#0000FF"
    stage = Stage(tmp_path, lambda _key: model, look, HAIR, source_size=(12, 6))
    stage.opened()

    def pixel(t_ns: int) -> bytes:
        frame = dataclasses.replace(stage.put(200, 0, (12, 6)), t_ns=t_ns)
        stage.session.submit(frame)
        assert isinstance(stage.answer()[0], Matte)
        return bytes(stage.ring.result_bytes(0, 3))

    wait_until(lambda: pixel(1000) != bytes([200, 1, 2]))
    with stage.infer_turns:  # no newer planes come meanwhile
        planes_t_ns = stage.ring.plane(stage.newest_plane()).frame_t_ns
        assert planes_t_ns == 1000
        assert pixel(1000 + STALE_AFTER_NS) != bytes([200, 1, 2])
        assert pixel(1001 + STALE_AFTER_NS) == bytes([200, 1, 2])
    stage.end()


def test_a_matte_does_not_wait_for_composites(tmp_path: Path, model: FakeModel) -> None:
    """However many sessions draw, the models' gate is free: they wait for each other only."""
    stage = Stage(tmp_path, lambda _key: model, "effects_in_engine=1\nbackground=color", source_size=(12, 6))
    stage.opened()
    with stage.compose_gate:
        stage.session.submit(stage.put(0, 0, (12, 6)))
        wait_until(lambda: model.requests[0].runs == 2)  # the first was to warm it up
        assert stage.inference_gate.acquire(timeout=10)
        stage.inference_gate.release()
        assert stage.answers.empty()
    answer, _ = stage.answer()
    assert isinstance(answer, Matte)
    assert answer.holds == ResultKind.COMPOSITE_RGBA
    stage.end()


def test_no_class_model_at_hand_is_no_error(tmp_path: Path, model: FakeModel) -> None:
    stage = Stage(tmp_path, lambda _key: model, "view=classes")
    assert stage.opened() == Opened(1, "fake", "CPU", WIDTH, HEIGHT)
    stage.matte(1)
    stage.end()


def test_a_class_model_that_is_unknown_is_told_once(tmp_path: Path, model: FakeModel) -> None:
    stage = Stage(tmp_path, lambda _key: model, "view=classes", RegistryError("what", "why", "do"))
    answers = [stage.answer()[0] for _ in range(2)]
    (error,) = [answer for answer in answers if isinstance(answer, Error)]
    assert error.code == "class_model_unknown"
    for look in ("hair_strength=1", "hair_strength=0.5"):
        stage.session.configure(KEY, look)
    stage.matte(1)
    stage.end()


def test_a_class_worker_that_fails_is_told_once_and_tried_again(tmp_path: Path, model: FakeModel) -> None:
    stage = Stage(tmp_path, lambda _key: model, "", HAIR)
    stage.opened()
    stage.class_failure = InferenceError("it", "broke", "mend it")
    stage.session.configure(KEY, "hair_strength=1")
    answers = [stage.answer()[0] for _ in range(2)]
    (error,) = [answer for answer in answers if isinstance(answer, Error)]
    assert error.code == "class_inference_failed"
    stage.matte(1)
    stage.session.configure(KEY, "hair_strength=0.9")
    stage.matte(1)  # it fails again, and is not told again
    stage.class_failure = None
    stage.session.configure(KEY, "hair_strength=0.8")
    stage.feed_until(lambda: stage.ring.plane(stage.newest_plane()).seq_end > 0)
    stage.class_models[0].failure = MemoryError()
    deadline = time.monotonic() + 10
    codes: list[str] = []
    while not codes:  # an inference that fails is told like a model that cannot be had
        assert time.monotonic() < deadline
        stage.session.submit(stage.put(9))
        answer, is_over = stage.answer()
        assert not is_over
        codes += [answer.code] if isinstance(answer, Error) else []
    assert codes == ["class_no_memory"]
    stage.end()


def test_composites_of_the_sources_size(tmp_path: Path, model: FakeModel) -> None:
    stage = Stage(
        tmp_path,
        lambda _key: model,
        "effects_in_engine=1\nbackground=color\ncolor=#0A0B0C",
        source_size=(12, 6),
    )
    opened = stage.opened()
    assert (opened.work_width, opened.work_height) == (12, 6)
    assert stage.session.figures.snapshot(0.0).effects_in_engine
    answer = stage.matte(0, size=(12, 6))
    assert answer.holds == ResultKind.COMPOSITE_RGBA
    header = stage.ring.slot(0)
    assert header.result_kind == ResultKind.COMPOSITE_RGBA
    assert (header.result_width, header.result_height, header.result_stride) == (12, 6, 48)
    assert (header.result_background, header.result_inverted) == (BackgroundKind.COLOR, 0)
    del header
    assert bytes(stage.ring.result_bytes(0, 12 * 6 * 4)) == bytes([10, 11, 12, 255]) * 72

    assert stage.matte(0).holds == ResultKind.MATTE_U8, "a frame of the old work size gets a matte"
    stage.session.configure(KEY, "background=color\nrefine_edges=0")
    assert stage.opened().work_width == WIDTH
    assert stage.matte(0, size=(12, 6)).holds == ResultKind.MATTE_U8
    stage.end()


def test_a_composite_that_does_not_fit_is_a_matte(tmp_path: Path, model: FakeModel) -> None:
    stage = Stage(tmp_path, lambda _key: model, "effects_in_engine=1\n" + RAW, source_size=(100, 100))
    assert stage.opened().work_width == WIDTH
    assert stage.matte(0).holds == ResultKind.MATTE_U8
    stage.end()


def test_a_broken_background_is_told_once_and_drawn_grey(tmp_path: Path, model: FakeModel) -> None:
    look = f"effects_in_engine=1\nbackground=image\nimage_path={tmp_path / 'nothing.png'}"
    stage = Stage(tmp_path, lambda _key: model, look, source_size=(12, 6))
    answers = [stage.answer()[0] for _ in range(2)]
    (error,) = [answer for answer in answers if isinstance(answer, Error)]
    assert error.code.startswith("backdrop_")
    assert "nothing.png" in error.text
    stage.matte(0, size=(12, 6))
    stage.matte(0, size=(12, 6))
    assert bytes(stage.ring.result_bytes(0, 12 * 6 * 4)) == bytes([32, 32, 32, 255]) * 72
    stage.end()


def test_a_background_picture_comes_when_it_is_loaded(tmp_path: Path, model: FakeModel) -> None:
    path = tmp_path / "red.png"
    write_picture(path, np.full((6, 12, 3), (1, 2, 250), np.uint8))
    look = f"effects_in_engine=1\nbackground=image\nimage_path={path}"
    stage = Stage(tmp_path, lambda _key: model, look, source_size=(12, 6))
    stage.opened()

    def is_drawn() -> bool:
        stage.matte(0, size=(12, 6))
        return bytes(stage.ring.result_bytes(0, 4)) == bytes([250, 2, 1, 255])

    wait_until(is_drawn)
    stage.end()


def striped(left: int, width: int = 4) -> U8Image:
    """Return a work frame (uint8 10x16x4) with a person some columns wide."""
    rgbx = np.full((RING_SIZE[1], RING_SIZE[0], 4), 20, np.uint8)
    rgbx[:, left : left + width] = 250
    return rgbx


def test_refined_mattes_are_as_large_as_the_work_frames(tmp_path: Path, model: FakeModel) -> None:
    stage = Stage(tmp_path, lambda _key: model, "smoothing=0", source_size=RING_SIZE)
    opened = stage.opened()
    assert (opened.work_width, opened.work_height) == RING_SIZE
    matte = stage.show(striped(4), FRAME_NS)
    assert matte.shape == RING_SIZE[::-1]
    assert matte[:, 5:7].min() > 200
    assert matte[:, 12:].max() < 30
    stage.session.configure(KEY, RAW)
    assert stage.opened().work_width == WIDTH
    assert stage.show(striped(4), 2 * FRAME_NS).shape == (HEIGHT, WIDTH)
    stage.end()


def test_a_picture_that_stands_still_is_inferred_until_it_has_settled(stage: Stage, model: FakeModel) -> None:
    mattes = [stage.show(striped(4), index * FRAME_NS, index % 2) for index in range(1, 21)]
    assert model.requests[0].runs == 1 + SETTLING_MATTES, "and once to warm it up"
    assert all(np.array_equal(matte, mattes[0]) for matte in mattes)
    figures = stage.session.figures.snapshot(time.monotonic())
    assert (figures.mattes, figures.mattes_without_inference) == (20, 20 - SETTLING_MATTES)
    assert 0 < figures.inferences_per_s < figures.fps_out
    moved = stage.show(striped(4, 8), 21 * FRAME_NS)
    assert model.requests[0].runs == 2 + SETTLING_MATTES, "and motion in that very frame"
    assert not np.array_equal(moved, mattes[0])
    figures = stage.session.figures.snapshot(time.monotonic())
    assert (figures.mattes, figures.mattes_without_inference) == (21, 20 - SETTLING_MATTES)


def test_a_matte_without_inference_takes_none_of_the_models_time(stage: Stage) -> None:
    answers = []
    for _ in range(2):
        stage.session.submit(stage.put(200))
        answers.append(cast("Matte", stage.answer()[0]))
    assert answers[0].infer_ns > 0
    assert answers[1].infer_ns == 0


@pytest.mark.parametrize(
    ("look", "leads"),
    [
        ("", True),
        ("alignment=low_latency\nrefine_edges=0", True),
        ("smoothing=0", False),  # no motion is looked for
        ("alignment=exact", False),
    ],
)
def test_a_slot_tells_how_far_its_matte_was_moved_ahead(
    tmp_path: Path, model: FakeModel, look: str, leads: bool
) -> None:
    stage = Stage(tmp_path, lambda _key: model, look)
    stage.opened()
    for index in range(1, 5):
        stage.show(striped(4, index), index * FRAME_NS)
    assert stage.ring.slot(0).result_lead_us == (2 * FRAME_NS // 1000 if leads else 0)
    stage.session.configure(KEY, "alignment=exact\nthreshold=0.4")
    stage.show(striped(5), 5 * FRAME_NS)
    assert stage.ring.slot(0).result_lead_us == 0
    stage.end()


@pytest.mark.parametrize(("lag", "led"), [(0, 2), (1, 1), (2, 2), (5, 2)])
def test_mattes_are_moved_ahead_by_what_their_filter_tells(
    tmp_path: Path, model: FakeModel, lag: int, led: int
) -> None:
    stage = Stage(tmp_path, lambda _key: model)
    stage.opened()
    stage.session.follow_lag(lag)
    for index in range(1, 5):
        stage.show(striped(4, index), index * FRAME_NS)
    assert stage.ring.slot(0).result_lead_us == led * FRAME_NS // 1000
    stage.end()


def test_composites_are_not_led(tmp_path: Path, model: FakeModel) -> None:
    """They are drawn over their own frame."""
    stage = Stage(tmp_path, lambda _key: model, "effects_in_engine=1\nbackground=color", source_size=(12, 6))
    stage.opened()
    for index in range(1, 4):
        frame = dataclasses.replace(stage.put(200 + index, 0, (12, 6)), t_ns=index * FRAME_NS)
        stage.session.submit(frame)
        assert cast("Matte", stage.answer()[0]).holds == ResultKind.COMPOSITE_RGBA
        assert stage.ring.slot(0).result_lead_us == 0
    assert stage.session._warm is not None
    assert not stage.session._warm.stream.wish.leads
    stage.matte(0)  # of another size: it is drawn by OBS
    assert stage.session._warm.stream.wish.leads
    stage.end()


def test_another_look_makes_another_matte_of_the_same_picture(tmp_path: Path, model: FakeModel) -> None:
    """The picture stands still, but the user moves a slider: that must be seen at once."""
    stage = Stage(tmp_path, lambda _key: model, "alignment=exact")
    stage.opened()
    stage.show(striped(4), FRAME_NS)
    runs = model.requests[0].runs
    stage.session.configure(KEY, "alignment=exact\nthreshold=0.3")
    stage.show(striped(4), 2 * FRAME_NS)
    assert model.requests[0].runs == runs, "what OBS draws with is none of the matte's"
    stage.session.configure(KEY, "alignment=exact\nsmoothing=0.9")
    stage.show(striped(4), 3 * FRAME_NS)
    assert model.requests[0].runs == runs + 1
    stage.end()


def test_mattes_of_another_model_begin_anew(tmp_path: Path) -> None:
    models = iter([FakeModel("one"), FakeModel("two")])
    stage = Stage(tmp_path, lambda _key: next(models))
    stage.opened()
    stage.show(striped(4), FRAME_NS)
    stage.session.configure(ModelKey("other", "CPU", 1))
    assert stage.opened().model == "two"
    before = stage.session.figures.snapshot(0.0)
    stage.show(striped(4), 2 * FRAME_NS)
    after = stage.session.figures.snapshot(0.0)
    assert after.mattes_without_inference == before.mattes_without_inference, "the new one has been asked"
    stage.end()


def test_a_malformed_alignment_is_refused_in_words(stage: Stage) -> None:
    for text in ("alignment=sometimes", "smoothing=much", "refine_edges=2"):
        stage.session.configure(KEY, text)
        error = stage.refused()
        assert error.code.startswith("look_")
        assert text.split("=")[0] in error.text
    assert stage.matte(1).holds == ResultKind.MATTE_U8
