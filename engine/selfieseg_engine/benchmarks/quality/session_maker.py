"""Mattes as a session makes them and OBS draws them, without either. One thread at a time."""

from __future__ import annotations

from collections import deque
from types import TracebackType

import numpy as np
import numpy.typing as npt

from selfieseg_engine.inference.loaded_model import load_model
from selfieseg_engine.matte.joint_upsampling import upsample_matte
from selfieseg_engine.matte.resize import stretch
from selfieseg_engine.matte_stream import MatteStream, MatteWish
from selfieseg_engine.measured_choice import AS_MEASURED
from selfieseg_engine.result import SegmentationResult
from selfieseg_engine.setup_choice import choose_setup
from selfieseg_engine.work_size import guide_size

U8Image = npt.NDArray[np.uint8]


class SessionMaker:
    """A context manager. Successive frames are one stream until ``reset``.

    Args:
        model: a matte model's id, or ``auto``.
        device: AUTO, CPU, GPU or NPU.
        threads: upper bound of CPU inference threads; None is the measured default.
        wish: how the mattes are made.
        late_frames: so many frames after its own a matte is drawn, along the edges of the frame that it is
            drawn over.

    Attributes:
        model_id, device: in use.
        inferences: for each frame so far whether the model has run.

    Raises:
        RegistryError, ObtainError, DeviceError, InferenceError: see ``load_model``.
    """

    def __init__(
        self, model: str, device: str, threads: int | None, wish: MatteWish, late_frames: int
    ) -> None:
        setup = choose_setup(model, device, threads or AS_MEASURED)
        self.model_id = setup.model_id
        loaded = load_model(setup.model_id, setup.device, setup.threads)
        self.device = loaded.device
        self.inferences: list[bool] = []
        self._input_size = loaded.input_size
        self._request = loaded.new_request()
        self._wish = wish
        forget = self._request.reset if loaded.manifest.is_recurrent else None
        self._stream = MatteStream(loaded.input_size, wish, forget)
        self._made: deque[U8Image] = deque(maxlen=late_frames + 1)

    def __enter__(self) -> SessionMaker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._request.close()

    def segment(self, frame_bgr: U8Image, timestamp: float | None = None) -> SegmentationResult:
        """Return what is drawn over a frame (uint8 HxWx3): its matte, or the one of some frames before.

        The first frames, whose is not there yet, have the first.

        Raises:
            InferenceError: OpenVINO failed.
        """
        size = frame_bgr.shape[1::-1]
        work_frame = stretch(frame_bgr, guide_size(size) if self._wish.refine_edges else self._input_size)
        t_ns = 0 if timestamp is None else round(timestamp * 1e9)
        made = self._stream.matte(work_frame, t_ns, self._request.infer)
        self.inferences.append(made.is_new)
        self._made.append(made.matte)
        drawn = self._made[0]
        fitted = upsample_matte(drawn, frame_bgr) if self._wish.refine_edges else stretch(drawn, size)
        return SegmentationResult(mask=fitted, class_map=None, class_names=())

    def reset(self) -> None:
        """Start another stream."""
        self._stream.reset()
        self._made.clear()
