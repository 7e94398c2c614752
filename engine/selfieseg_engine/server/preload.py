"""Imports OpenVINO and loads the default model while the first client is still on its way.

It measures nothing, for it may not be the model that the client wants: then it would only be in the way.
"""

from __future__ import annotations

import logging
import threading

from selfieseg_engine.device_fallback import DeviceFallbacks
from selfieseg_engine.errors import UserError
from selfieseg_engine.libraries import load_libraries
from selfieseg_engine.model_leases import ModelKey, ModelLease, ModelLeases
from selfieseg_engine.server.model_loading import known_key

logger = logging.getLogger(__name__)


class Preload:
    """Holds a lease on one model until the first session has one of its own. I/O thread."""

    def __init__(self, leases: ModelLeases, fallbacks: DeviceFallbacks, key: ModelKey) -> None:
        self._leases = leases
        self._fallbacks = fallbacks
        self._key = key
        self._lock = threading.Lock()
        self._lease: ModelLease | None = None
        self._wanted = True

    def start(self) -> None:
        """Begin, on a thread of its own."""
        threading.Thread(target=self._run, name="preload", daemon=True).start()

    def release(self) -> None:
        """Let go of the model, now or when it arrives. May be called often."""
        with self._lock:
            self._wanted = False
            lease, self._lease = self._lease, None
        if lease is not None:
            lease.release()

    def _run(self) -> None:
        load_libraries()
        self._load()
        # Last, for a session's own loader begins with it: so the two share the work of a start.
        from selfieseg_engine.compile_ahead import compile_mattes

        compile_mattes()

    def _load(self) -> None:
        try:
            # By the wish: that is what a device that failed is remembered for.
            lease, _ = self._fallbacks.load(self._key, lambda key: self._leases.acquire(known_key(key)))
        except UserError as error:
            # Not an error yet: whoever wants this model will be told.
            logger.info("not loaded ahead: %s", error)
            return
        with self._lock:
            if self._wanted:
                self._lease = lease
                return
        lease.release()
