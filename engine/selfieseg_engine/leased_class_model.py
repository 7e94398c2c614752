"""A class model of one session: compiled once for all sessions that want the same, with a memory of its own.

What OpenVINO compiles takes some 40 MB, an execution slot of it 3 MB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from selfieseg_engine.class_worker import ClassModelKey
from selfieseg_engine.model_leases import Lease, Leases

if TYPE_CHECKING:
    from selfieseg_engine.class_worker import U8Image
    from selfieseg_engine.inference.loaded_class_model import LoadedClassModel
    from selfieseg_engine.result import ClassResult

ClassModelLeases = Leases[ClassModelKey, "LoadedClassModel"]


class LeasedClassModel:
    """Any thread, one at a time."""

    def __init__(self, lease: Lease[LoadedClassModel]) -> None:
        self._lease = lease
        self._request = lease.model.new_request()

    def segment(self, frame: U8Image) -> ClassResult:
        """Return the classes of one frame, uint8 HxWx4 RGBX of any size. Raises ``InferenceError``."""
        from selfieseg_engine.matte.resize import frame_to_model_size  # numpy: not while the engine starts

        return self._request.infer(frame_to_model_size(frame, self._lease.model.input_size))

    def close(self) -> None:
        """Give the model back; the last to do so drops it. May be called twice."""
        self._request.close()
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
    from selfieseg_engine.inference.loaded_class_model import load_class_model

    return load_class_model(key.model_id, key.device, key.threads, pixel_format="RGBX")
