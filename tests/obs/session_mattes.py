"""The mattes that a session of the engine gives, made without one: what OBS has to draw."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from selfieseg_engine.inference.loaded_model import load_model
from selfieseg_engine.matte.joint_upsampling import upsample_matte
from selfieseg_engine.matte_stream import MatteStream, MatteWish
from selfieseg_engine.work_size import guide_size
from tests.obs.gpu_shrinking import shrunk_by_gpu
from tests.obs.product import MODEL, Picture

INTERVAL_NS = 33_333_333


@contextlib.contextmanager
def session_mattes(work_size: tuple[int, int] | None = None) -> Iterator[Callable[[Picture], Picture]]:
    """Give a function from the pictures of one stream (uint8 HxWx3 BGR) to their mattes (uint8 HxW).

    ``work_size`` is (width, height) of the frames that OBS sends; None for those of a source of their size.
    """
    model = load_model(MODEL, "CPU", pixel_format="RGBX", output="u8")
    request, stream = model.new_request(), MatteStream(model.input_size, MatteWish(pauses=True))
    times = iter(range(0, 2**62, INTERVAL_NS))

    def matte_of(picture: Picture) -> Picture:
        work_frame = shrunk_by_gpu(picture, work_size or guide_size(picture.shape[1::-1]))
        rgbx_frame = np.asarray(cv2.cvtColor(work_frame, cv2.COLOR_BGR2RGBA), np.uint8)
        return upsample_matte(stream.matte(rgbx_frame, next(times), request.infer).matte, picture)

    yield matte_of
    request.close()
