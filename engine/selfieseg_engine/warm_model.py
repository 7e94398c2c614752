"""A leased model with one session's own request of it, run once so that the first frame is not slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selfieseg_engine.device_fallback import DeviceFallbacks
from selfieseg_engine.errors import DeviceFailedError
from selfieseg_engine.libraries import load_libraries
from selfieseg_engine.model_leases import ModelKey, ModelLease, ModelLeases
from selfieseg_engine.running_models import RunningModels

if TYPE_CHECKING:
    from selfieseg_engine.inference.loaded_model import LoadedModel
    from selfieseg_engine.inference.request import Request
    from selfieseg_engine.matte_stream import MatteStream


class WarmModel:
    """One thread at a time.

    Attributes:
        model: shared with other sessions.
        request: this session's.
        stream: its memory of the pictures before.
        wish: what it was loaded for.
        failure: why it is on the CPU, where that was not the wish.
    """

    def __init__(self, lease: ModelLease, request: Request, stream: MatteStream) -> None:
        self.model = lease.model
        self.request = request
        self.stream = stream
        self.wish: ModelKey | None = None
        self.failure: DeviceFailedError | None = None
        self._lease = lease

    def close(self) -> None:
        """Let go of the request, and of its buffers, and give the model back."""
        self.request.close()
        self._lease.release()


def load_warm_model(
    leases: ModelLeases, fallbacks: DeviceFallbacks, running: RunningModels, key: ModelKey
) -> WarmModel:
    """Lease and warm up the model of ``key``, on the CPU where its device fails.

    A loader's thread; blocks for seconds or a download.

    Raises:
        UserError, MemoryError: whatever loading or running a model raises; nothing stays leased.
    """
    warm, failure = fallbacks.load(key, lambda wish: _load(leases, running, wish))
    warm.wish, warm.failure = key, failure
    return warm


def _load(leases: ModelLeases, running: RunningModels, key: ModelKey) -> WarmModel:
    load_libraries()
    from selfieseg_engine.compile_ahead import compile_mattes
    from selfieseg_engine.matte_stream import MatteStream, MatteWish

    compile_mattes()
    lease = leases.acquire(key)
    try:
        with running.noting(0, lease.model.device, key):
            request = _warm_request(lease.model)
    except BaseException:
        lease.release()
        raise
    forget = request.reset if lease.model.manifest.is_recurrent else None
    return WarmModel(lease, request, MatteStream(lease.model.input_size, MatteWish(), forget))


def _warm_request(model: LoadedModel) -> Request:
    """Return a request that has run once.

    Raises ``InferenceError``, a ``DeviceError`` where it is another device than the CPU.
    """
    from selfieseg_engine.frame_inference import warm_up
    from selfieseg_engine.inference.failure import device_errors

    with device_errors(model.device):
        request = model.new_request()
        warm_up(model, request)
    return request
