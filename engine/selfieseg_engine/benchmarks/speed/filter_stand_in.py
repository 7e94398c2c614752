"""Stands for one filter in OBS: a connection, a session and its ring. One thread at a time."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from selfieseg_engine.client import EngineClient, NoEngineError, RefusedError
from selfieseg_wire.messages import Error, Frame, Matte, Open, Opened, Ping, Pong
from selfieseg_wire.ring import Ring, RingLayout
from selfieseg_wire.shared_region import SharedRegion
from selfieseg_wire.structs import FrameFormat

_SLOTS = 4
_LOAD_SECONDS = 120.0
_SILENCE_SECONDS = 1.0
_MOST_BYTES = 1024 * 1024 * 4
_numbers = itertools.count(1)

U8Image = npt.NDArray[np.uint8]


class FilterStandIn:
    """A context manager.

    Args:
        run_dir: of the engine.
        model: its id.
        device: as ``--device`` has it.
        look: the settings, as the filter sends them.
        source: (width, height) of the picture that the filter would be on.

    Attributes:
        work_size: (width, height) of the frames that the engine asks for.

    Raises:
        NoEngineError, RefusedError: the engine does not answer, or cannot have the model.
    """

    def __init__(self, run_dir: Path, model: str, device: str, look: str, source: tuple[int, int]) -> None:
        self._session = next(_numbers)
        layout = RingLayout.plan(_SLOTS, _MOST_BYTES, _MOST_BYTES, _MOST_BYTES)
        path = run_dir / f"ring-{os.getpid()}-{self._session}"
        self._region = SharedRegion.create(path, layout.total_bytes)
        self._ring = Ring.format(self._region.memory, layout)
        self._seq = itertools.count(1)
        self._client: EngineClient | None = None
        try:
            self._client = EngineClient.greet(run_dir, f"bench {self._session}")
            self._client.send(Open(self._session, "bench", str(path), model, device, look, *source))
            opened = self._wait_for_model(self._client)
        except BaseException:
            self.close()
            raise
        self.work_size = opened.work_width, opened.work_height

    def __enter__(self) -> FilterStandIn:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, rgbx: U8Image) -> Matte:
        """Send a work frame (uint8 HxWx4) and wait until its matte lies in the ring."""
        height, width = rgbx.shape[:2]
        seq, slot = next(self._seq), 0
        header = self._ring.slot(slot)
        header.frame_seq_end = 0
        header.frame_seq_begin = seq
        header.frame_format = FrameFormat.RGBX
        header.frame_width, header.frame_height, header.frame_stride = width, height, width * 4
        header.frame_seq_end = seq
        target = np.frombuffer(self._ring.frame_bytes(slot, seq, width, height, width * 4), np.uint8)
        target.reshape(rgbx.shape)[:] = rgbx
        assert self._client is not None  # closed ones are not asked
        frame = Frame(
            self._session, seq, slot, width, height, width * 4, int(FrameFormat.RGBX), time.monotonic_ns()
        )
        return self._client.ask(frame, Matte)

    def ping(self) -> Pong:
        """Say that we are here, as a filter does that shows nothing, and wait for the answer."""
        assert self._client is not None  # closed ones say nothing
        return self._client.ask(Ping(time.monotonic_ns()), Pong)

    def close(self) -> None:
        """Hang up and remove the ring. May be called twice."""
        if self._client is not None:
            self._client.close()
            self._client = None
        self._ring.release()
        self._region.close()

    def _wait_for_model(self, client: EngineClient) -> Opened:
        deadline = time.monotonic() + _LOAD_SECONDS
        while time.monotonic() < deadline:
            message = client.receive(_SILENCE_SECONDS)
            if isinstance(message, Opened):
                return message
            if isinstance(message, Error):
                raise RefusedError(message)
            if message is None:  # it is loading; a word from us keeps the session
                client.send(Ping(1))
        raise NoEngineError(f"the model was not loaded within {_LOAD_SECONDS:g} s")
