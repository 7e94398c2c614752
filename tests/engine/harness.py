"""A real engine process, and what stands for a filter in OBS."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt
import psutil

from selfieseg_engine.client import EngineClient
from selfieseg_engine.model_choice import DEFAULT_MODEL_ID
from selfieseg_wire.engine_record import EngineRecord
from selfieseg_wire.messages import (
    Close,
    Configure,
    Frame,
    Matte,
    Open,
    Opened,
    Ping,
    Pong,
    Stats,
    StatsRequest,
)
from selfieseg_wire.ring import Ring, RingLayout
from selfieseg_wire.shared_region import SharedRegion
from selfieseg_wire.structs import FrameFormat, ResultKind

START_SECONDS = 20.0
LOAD_SECONDS = 120.0
SLOTS = 4

U8Image = npt.NDArray[np.uint8]


def wait_until(condition: Callable[[], object], timeout_seconds: float, what: str) -> None:
    """Poll until ``condition`` is true."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_seconds} s: {what}"
        time.sleep(0.02)


class Engine:
    """One ``serve`` process."""

    def __init__(
        self,
        run_dir: Path,
        environment: dict[str, str],
        arguments: tuple[str, ...],
        program: tuple[str, ...] = ("selfieseg_engine", "serve"),
    ) -> None:
        self.run_dir = run_dir
        self.process = subprocess.Popen(
            [sys.executable, "-m", *program, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def wait_until_listening(self) -> EngineRecord:
        """Return the record once it is this process's."""

        def listens() -> bool:
            assert self.is_running, self.process.communicate()[0]
            record = EngineRecord.read(self.run_dir)
            return record is not None and record.pid == self.pid

        wait_until(listens, START_SECONDS, "the record of a new engine")
        record = EngineRecord.read(self.run_dir)
        assert record is not None
        return record

    def client(self, name: str = "test") -> EngineClient:
        """Return a client that is welcome."""
        self.wait_until_listening()
        return EngineClient.greet(self.run_dir, name)

    def filter(
        self,
        session: int = 1,
        model: str = DEFAULT_MODEL_ID,
        source: str = "cam",
        look: str = "",
        frame_size: tuple[int, int] = (0, 0),
    ) -> FilterClient:
        """Return a client with an open session; its ring holds frames and composites of ``frame_size``."""
        client = FilterClient(self.client("test filter"), self.run_dir, session, frame_size)
        try:
            client.open(model, source, look=look)
        except BaseException:
            client.close(says_so=False)  # a ZeroMQ context that is collected with open sockets waits for ever
            raise
        return client

    def stats(self) -> str:
        """Return the JSON text."""
        with self.client("test stats") as client:
            return client.ask(StatsRequest(), Stats).json_text

    def figures(self) -> psutil.Process:
        """Return the process, for its memory and descriptors."""
        return psutil.Process(self.pid)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(START_SECONDS)

    def clean_up(self) -> None:
        """Make sure that nothing is left, whatever the test did."""
        if self.is_running:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
        self.process.communicate()


@dataclass(frozen=True)
class ClassPlane:
    """What a filter reads of a class plane: ``pixels`` is uint8 hxwx4."""

    seq: int
    frame_t_ns: int
    classes: int
    pixels: U8Image


class FilterClient:
    """Stands for one filter in OBS: a connection, a session and its ring."""

    _numbers = itertools.count(1)

    def __init__(
        self, client: EngineClient, run_dir: Path, session: int = 1, frame_size: tuple[int, int] = (0, 0)
    ) -> None:
        self.client = client
        self.session = session
        self.frame_size = frame_size
        plane = 512 * 512 * 4
        size = max(plane, frame_size[0] * frame_size[1] * 4)
        layout = RingLayout.plan(SLOTS, size, size, plane)
        path = run_dir / f"ring-{os.getpid()}-{next(self._numbers)}"
        self.region = SharedRegion.create(path, layout.total_bytes)
        self.ring = Ring.format(self.region.memory, layout)
        self.opened: Opened | None = None
        self._seq = itertools.count(1)

    def open(
        self, model: str = DEFAULT_MODEL_ID, source: str = "cam", device: str = "CPU", look: str = ""
    ) -> Opened:
        """Open the session and wait until its model is warm."""
        path = str(self.region.path)
        self.client.send(Open(self.session, source, path, model, device, look, *self.frame_size))
        self.opened = self.client.wait_for(Opened, LOAD_SECONDS)
        return self.opened

    def configure(self, look: str, model: str = DEFAULT_MODEL_ID) -> None:
        """Ask for another look."""
        self.client.send(Configure(self.session, model, "CPU", look))

    def put(self, rgb: U8Image, slot: int, padding: int = 0) -> Frame:
        """Write a work frame into a slot, as the Lua half does, and return the message for it."""
        height, width = rgb.shape[:2]
        stride = width * 4 + padding
        seq = next(self._seq)
        header = self.ring.slot(slot)
        header.frame_seq_end = 0
        header.frame_seq_begin = seq
        header.frame_format = FrameFormat.RGBX
        header.frame_width, header.frame_height, header.frame_stride = width, height, stride
        header.frame_seq_end = seq
        pixels = np.frombuffer(self.ring.frame_bytes(slot, seq, width, height, stride), np.uint8)
        rows = pixels.reshape(height, stride)
        rows[:, : width * 4] = np.dstack([rgb, rgb[:, :, 0]]).reshape(height, width * 4)
        return Frame(
            self.session, seq, slot, width, height, stride, int(FrameFormat.RGBX), time.monotonic_ns()
        )

    def matte(self, answer: Matte) -> U8Image:
        """Return a copy of the matte that an answer announces: uint8 HxW."""
        assert answer.holds == ResultKind.MATTE_U8
        return self._result(answer, 1)

    def composite(self, answer: Matte) -> U8Image:
        """Return a copy of the finished picture that an answer announces: uint8 HxWx4 RGBA."""
        assert answer.holds == ResultKind.COMPOSITE_RGBA
        flat = self._result(answer, 4)
        return flat.reshape(len(flat), -1, 4)

    def _result(self, answer: Matte, bytes_per_pixel: int) -> U8Image:
        header = self.ring.slot(answer.slot)
        assert header.result_seq_begin == header.result_seq_end == answer.seq
        assert header.result_kind == answer.holds
        size = header.result_stride * header.result_height
        flat = np.frombuffer(self.ring.result_bytes(answer.slot, size), np.uint8)
        rows = flat.reshape(header.result_height, header.result_stride)
        return rows[:, : header.result_width * bytes_per_pixel].copy()

    def newest_plane(self) -> ClassPlane | None:
        """Return a copy of the newest class plane; None before the first, or where it is torn."""
        index = 1 - self.ring.older_plane()
        header = self.ring.plane(index)
        seq = header.seq_end
        if seq == 0 or header.seq_begin != seq:
            return None
        pixels = np.frombuffer(self.ring.plane_bytes(index, header.stride * header.height), np.uint8).copy()
        plane = ClassPlane(
            seq,
            header.frame_t_ns,
            header.classes,
            pixels.reshape(header.height, header.stride)[:, : header.width * 4].reshape(
                header.height, header.width, 4
            ),
        )
        return plane if header.seq_begin == seq else None

    def ask_frame(self, rgb: U8Image, slot: int = 0) -> Matte:
        """Send a frame and return what is answered, whichever kind it is."""
        return self.client.ask(self.put(rgb, slot), Matte)

    def segment(self, rgb: U8Image, slot: int = 0, padding: int = 0) -> tuple[Matte, U8Image]:
        """Send a frame and wait for its matte."""
        frame = self.put(rgb, slot, padding)
        answer = self.client.ask(frame, Matte)
        assert (answer.session, answer.seq, answer.slot) == (self.session, frame.seq, slot)
        return answer, self.matte(answer)

    def close(self, says_so: bool = True) -> None:
        """Close the session, hang up, remove the ring."""
        if says_so:
            self.client.send(Close(self.session))
            self.client.ask(Ping(1), Pong)  # the engine has read what came before
        self.client.close()
        self.ring.release()
        self.region.close()

    def __enter__(self) -> FilterClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(says_so=False)


StartEngine = Callable[..., Engine]
