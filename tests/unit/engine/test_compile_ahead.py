from __future__ import annotations

import multiprocessing
import sys

import numpy as np
import numpy.typing as npt
import pytest
from numba.core.registry import CPUDispatcher

from selfieseg_engine.compile_ahead import compile_mattes
from selfieseg_engine.matte.joint_upsampling import upsample_matte
from selfieseg_engine.matte_stream import MatteStream, MatteWish

U8Image = npt.NDArray[np.uint8]
WIDTH, HEIGHT = 512, 288


def made_for() -> dict[str, list[str]]:
    """Return for each function that makes mattes the types that it has been compiled for."""
    modules = [module for name, module in sys.modules.items() if name.startswith("selfieseg_engine.matte")]
    functions = [
        each for module in modules for each in vars(module).values() if isinstance(each, CPUDispatcher)
    ]
    return {str(each.py_func.__qualname__): [str(types) for types in each.signatures] for each in functions}


def as_in_a_ring(frame: U8Image) -> U8Image:
    """Return the frame (uint8 HxWx3) as RGBX in foreign memory, as the engine sees a slot."""
    height, width = frame.shape[:2]
    memory = memoryview(bytearray(width * height * 4))
    view: U8Image = np.ndarray((height, width, 4), np.uint8, memory, strides=(width * 4, 4, 1))
    view[..., :3] = frame
    return view


def compiled_late(in_a_ring: bool, pauses: bool) -> list[str]:
    """Return the functions that had to be compiled for frames as they come, in a new process."""
    compile_mattes()
    before = made_for()
    picture = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    mask = np.zeros((256, 256), np.uint8)
    mask[64:, 64:192] = 255
    stream = MatteStream((256, 256), MatteWish(leads=in_a_ring, pauses=pauses))
    for step in range(4):
        moved = np.roll(picture, step, axis=1)
        frame = as_in_a_ring(moved) if in_a_ring else moved
        matte = stream.matte(frame, step * 33_000_000, lambda _: mask).matte
        upsample_matte(matte, np.repeat(np.repeat(moved, 2, axis=0), 2, axis=1))
    return [name for name, types in made_for().items() if types != before.get(name)]


@pytest.mark.parametrize("in_a_ring", [True, False])
@pytest.mark.parametrize("pauses", [True, False])
def test_no_frame_has_to_wait_for_the_compiler(in_a_ring: bool, pauses: bool) -> None:
    """In a process of its own: what other tests have compiled would hide what is missing."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(compiled_late, (in_a_ring, pauses)) == []
