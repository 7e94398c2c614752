"""A matte model for one stream, which goes on on the CPU where a device fails that nobody has named."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from selfieseg_engine.device_fallback import device_failure
from selfieseg_engine.errors import DeviceError, InferenceError
from selfieseg_engine.inference.loaded_model import LoadedModel, load_model
from selfieseg_engine.inference.request import Mask
from selfieseg_engine.measured_choice import AUTO_DEVICE, CPU, Setup

logger = logging.getLogger(__name__)


class MatteModel:
    """One thread at a time; to be closed.

    Args:
        setup: what to load.
        wished_device: as the user has it. With ``AUTO`` the CPU takes the place of a device that fails, and
            the log says so; one that the user has named is not replaced.
        load: from id, device and threads to the model.

    Attributes:
        device: where the model really runs now, such as ``CPU``.
        input_size: (width, height) of the frames to feed.

    Raises:
        RegistryError, ObtainError, DeviceError, InferenceError: see ``load_model``.
    """

    def __init__(
        self,
        setup: Setup,
        wished_device: str,
        load: Callable[[str, str, int], LoadedModel] = load_model,
    ) -> None:
        self._setup = setup
        self._falls_back = wished_device == AUTO_DEVICE
        self._load = load
        self._is_closed = False
        try:
            self._use(load(setup.model_id, setup.device, setup.threads))
        except DeviceError as error:
            if not self._falls_back or setup.device == CPU:
                raise
            self._use(self._load_for_cpu(setup.device, error))

    def infer(self, frame: npt.NDArray[np.uint8]) -> Mask:
        """Return the person mask of a frame. Raises as ``Request.infer`` does."""
        try:
            return self._request.infer(frame)
        except InferenceError as error:
            self._leave_device(error)
        return self._request.infer(frame)

    def reset(self) -> None:
        """Forget the frames before, where the model keeps any. Raises as ``Request.reset`` does."""
        try:
            self._request.reset()
        except InferenceError as error:
            self._leave_device(error)  # a new request has nothing to forget

    def close(self) -> None:
        """Let go of the model. May be called twice."""
        self._is_closed = True
        self._request.close()

    def _leave_device(self, error: InferenceError) -> None:
        """Go on on the CPU; raise ``error`` where that is nothing that helps."""
        if self._is_closed or not self._falls_back or self.device == CPU:
            raise error
        failed = self._request
        self._use(self._load_for_cpu(self.device, error))
        failed.close()

    def _load_for_cpu(self, device: str, error: InferenceError) -> LoadedModel:
        logger.warning("%s", device_failure(device, error))
        return self._load(self._setup.model_id, CPU, self._setup.threads)

    def _use(self, loaded: LoadedModel) -> None:
        self.device = loaded.device
        self.input_size = loaded.input_size
        self._request = loaded.new_request()
