"""A leased model with one session's own request of it, run once so that the first frame is not slow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selfieseg_engine.model_leases import ModelKey, ModelLease, ModelLeases

if TYPE_CHECKING:
    from selfieseg_engine.inference.request import Request
    from selfieseg_engine.matte_stream import MatteStream


class WarmModel:
    """One thread at a time.

    Attributes:
        model: shared with other sessions.
        request: this session's.
        stream: its memory of the pictures before.
    """

    def __init__(self, lease: ModelLease, request: Request, stream: MatteStream) -> None:
        self.model = lease.model
        self.request = request
        self.stream = stream
        self._lease = lease

    def close(self) -> None:
        """Let go of the request, and of its buffers, and give the model back."""
        self.request.close()
        self._lease.release()


def load_warm_model(leases: ModelLeases, key: ModelKey) -> WarmModel:
    """Lease and warm up the model of ``key``. A loader's thread; blocks for seconds or a download.

    Raises:
        UserError, MemoryError: whatever loading or running a model raises; nothing stays leased.
    """
    # Imported on this thread: it is the first to need numpy, and the I/O thread must not wait for it.
    from selfieseg_engine.frame_inference import warm_up
    from selfieseg_engine.matte_stream import MatteStream, MatteWish

    lease = leases.acquire(key)
    try:
        request = lease.model.new_request()
        warm_up(lease.model, request)
    except BaseException:
        lease.release()
        raise
    forget = request.reset if lease.model.manifest.is_recurrent else None
    return WarmModel(lease, request, MatteStream(lease.model.input_size, MatteWish(), forget))
