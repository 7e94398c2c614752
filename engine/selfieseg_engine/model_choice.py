"""Which models ``auto`` may mean, and which one where nothing was measured. Any thread."""

from __future__ import annotations

from selfieseg_engine.errors import RegistryError
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_engine.registry.registry import Registry

AUTO = "auto"
DEFAULT_MODEL_ID = "selfie_segmentation_landscape"


def choose_model_id(requested: str, registry: Registry) -> str:
    """Return the id of the matte model to use where nothing was measured (see ``setup_choice``).

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


def is_automatic(manifest: Manifest) -> bool:
    """Return whether ``auto`` may mean this model: one for mattes alone, good for any frame and any use.

    Its mattes must have been compared with others' (``iou``). One whose answer leans on the frames before is
    no good for stills, and one that tells classes too is a class model's work at every frame.
    """
    return (
        bool(manifest.output.person)
        and not manifest.output.classes
        and manifest.iou is not None
        and not manifest.is_recurrent
        and not manifest.non_commercial
    )
