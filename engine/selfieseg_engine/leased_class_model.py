"""A class model of one session: compiled once for all sessions that want the same, with a memory of its own.

What OpenVINO compiles takes some 40 MB, an execution slot of it 3 MB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from selfieseg_engine.class_worker import ClassFrame, ClassModelKey
from selfieseg_engine.libraries import load_libraries
from selfieseg_engine.model_leases import Lease, Leases

if TYPE_CHECKING:
    from selfieseg_engine.inference.loaded_class_model import LoadedClassModel
    from selfieseg_engine.result import ClassResult

ClassModelLeases = Leases[ClassModelKey, "LoadedClassModel"]


_U8_HALF = 127


class LeasedClassModel:
    """Any thread, one at a time."""

    def __init__(self, lease: Lease[LoadedClassModel]) -> None:
        from selfieseg_engine.class_stream import ClassStream  # numpy: not while the engine starts

        self._lease = lease
        self._stream = ClassStream(lease.model)

    def segment(self, frame: ClassFrame) -> ClassResult:
        """Return the classes of one frame. Raises ``InferenceError``."""
        return self._stream.segment(frame.rgbx, frame.u8_mask > _U8_HALF, frame.picture_size)

    def close(self) -> None:
        """Give the model back; the last to do so drops it. May be called twice."""
        self._stream.close()
        self._lease.release()


def lease_class_model(leases: ClassModelLeases, key: ClassModelKey) -> LeasedClassModel:
    """Lease the model of ``key``; the first compiles it. Any thread; slow.

    Raises:
        UserError, MemoryError: whatever loading a model raises; nothing stays leased.
    """
    lease = leases.acquire(key)
    try:
        return LeasedClassModel(lease)
    except BaseException:
        lease.release()
        raise


def load_class_model_for_sessions(key: ClassModelKey) -> LoadedClassModel:
    """Compile a class model that takes OBS's pixels (RGBX); the calling thread's priority becomes its own.

    Raises:
        RegistryError, ObtainError, DeviceError, InferenceError: it cannot be had or does not run here.
    """
    load_libraries()
    from selfieseg_engine.inference.loaded_class_model import load_class_model

    return load_class_model(key.model_id, key.device, key.threads, pixel_format="RGBX")
