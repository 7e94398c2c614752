"""What ``--model auto`` means. Any thread."""

from __future__ import annotations

from selfieseg_engine.errors import RegistryError
from selfieseg_engine.registry.registry import Registry

AUTO = "auto"
DEFAULT_MODEL_ID = "selfie_segmentation_landscape"


def choose_model_id(requested: str, registry: Registry) -> str:
    """Return the id of the matte model to use.

    ``auto`` is the landscape model: the fastest of those that anyone can obtain. Raises
    ``RegistryError`` for an id that is not in ``registry``, or gives no mattes.
    """
    manifest = registry.get(DEFAULT_MODEL_ID if requested == AUTO else requested)
    if not manifest.output.person:
        raise RegistryError(
            f"{manifest.id} gives no mattes of a person",
            f"it is a class model, it tells {', '.join(manifest.output.classes)} apart",
            "choose a matte model; `selfieseg models list` describes them",
        )
    return manifest.id
