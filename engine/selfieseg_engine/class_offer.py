"""Which class model a session could have. Any thread but the I/O thread: it reads manifests and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from selfieseg_engine.libraries import load_libraries

if TYPE_CHECKING:
    from selfieseg_engine.class_worker import ClassModelKey


@dataclass(frozen=True)
class ClassOffer:
    """A class model at hand, or none.

    Attributes:
        classes: ``ClassBit`` of what it tells apart; 0 for none.
        model_id: its id; empty for none.
        input_size: (width, height) that it takes; (0, 0) for none.
    """

    classes: int = 0
    model_id: str = ""
    input_size: tuple[int, int] = (0, 0)


def find_class_offer(requested: str) -> ClassOffer:
    """Return what ``requested`` (``auto``, ``none`` or an id) means on this machine.

    Raises:
        RegistryError: there is no such model.
    """
    load_libraries()
    from selfieseg_engine.class_model import available_classes
    from selfieseg_engine.registry.registry import default_registry

    registry = default_registry()
    classes, model_id = available_classes(requested, registry)
    if not classes:
        return ClassOffer()
    facts = registry.get(model_id).input
    return ClassOffer(int(classes), model_id, (facts.width, facts.height))


def obtain_class_model(key: ClassModelKey) -> None:
    """Have the converted model on this machine, so that compiling it downloads nothing.

    Raises:
        RegistryError, ObtainError, DeviceError, InferenceError: it cannot be had or is for no device here.
    """
    load_libraries()
    from selfieseg_engine.inference.compiling import obtain_ir
    from selfieseg_engine.registry.registry import default_registry

    obtain_ir(default_registry().get(key.model_id), key.device, key.threads)
