"""What all sessions of an engine share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from selfieseg_engine.class_offer import ClassOffer, find_class_offer, make_class_model
from selfieseg_engine.class_worker import ClassModelKey, ClassModelLike
from selfieseg_engine.model_leases import ModelLeases


@dataclass(frozen=True)
class SessionTools:
    """Any thread.

    Attributes:
        leases: where models come from.
        inference_gate: bounds how many sessions infer at the same time.
        class_turns: the same for class models; the two never wait for each other.
        find_classes: looks up the class model that a look's wish means. Slow.
        make_class_model: compiles one. Slow.
    """

    leases: ModelLeases
    inference_gate: threading.Semaphore
    class_turns: threading.Semaphore
    find_classes: Callable[[str], ClassOffer] = find_class_offer
    make_class_model: Callable[[ClassModelKey], ClassModelLike] = make_class_model
