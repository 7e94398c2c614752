"""What ``--model auto`` means. Any thread."""

from __future__ import annotations

from selfieseg_engine.registry.registry import Registry

AUTO = "auto"
DEFAULT_MODEL_ID = "selfie_segmentation_landscape"


def choose_model_id(requested: str, registry: Registry) -> str:
    """Return the id of the model to use.

    ``auto`` is the landscape model: the fastest of those that anyone can obtain. Raises
    ``RegistryError`` for an id that is not in ``registry``.
    """
    return registry.get(DEFAULT_MODEL_ID if requested == AUTO else requested).id
