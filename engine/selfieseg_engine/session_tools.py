"""What all sessions of an engine share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from selfieseg_engine.class_offer import ClassOffer, find_class_offer
from selfieseg_engine.class_worker import ClassTools
from selfieseg_engine.device_fallback import DeviceFallbacks
from selfieseg_engine.model_leases import ModelLeases
from selfieseg_engine.running_models import RunningModels


@dataclass(frozen=True)
class SessionTools:
    """Any thread.

    Attributes:
        leases: where models come from.
        inference_gate: bounds how many sessions infer at the same time.
        compose_gate: the same for drawing composites; a matte never waits for one.
        classes: the same for class models, and where they come from.
        find_classes: looks up the class model that a look's wish means. Slow.
        fallbacks: the devices that failed.
        running: what runs on devices that may hang.
    """

    leases: ModelLeases
    inference_gate: threading.Semaphore
    compose_gate: threading.Semaphore
    classes: ClassTools
    find_classes: Callable[[str], ClassOffer] = find_class_offer
    fallbacks: DeviceFallbacks = field(default_factory=DeviceFallbacks)
    running: RunningModels = field(default_factory=RunningModels)
