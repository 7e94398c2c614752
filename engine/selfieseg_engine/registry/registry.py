"""All manifests of the checkout, by id. Immutable once read; any thread."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from selfieseg_engine.errors import RegistryError
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_engine.registry.manifest_file import MANIFEST_NAME, read_manifest

CHECKOUT_MODELS_DIR = Path(__file__).resolve().parents[3] / "models"


class Registry:
    """The models that this checkout knows, in the order of their ids.

    Raises:
        RegistryError: ``models_dir`` holds no manifest.
        ManifestError: one of them breaks the schema.
    """

    def __init__(self, models_dir: Path) -> None:
        paths = sorted(models_dir.glob(f"*/{MANIFEST_NAME}"))
        if not paths:
            raise RegistryError(
                f"no models in {models_dir}",
                f"it holds no {MANIFEST_NAME}",
                "restore the checkout's models folder",
            )
        self._manifests = {path.parent.name: read_manifest(path) for path in paths}

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """Every manifest, ordered by id."""
        return tuple(self._manifests.values())

    def get(self, model_id: str) -> Manifest:
        """Return one manifest. Raises ``RegistryError`` for an id that is not there."""
        manifest = self._manifests.get(model_id)
        if manifest is None:
            raise RegistryError(
                f"no model is called {model_id!r}",
                f"this checkout knows {', '.join(self._manifests)}",
                "choose one of these; `selfieseg models list` describes them",
            )
        return manifest


@cache
def default_registry() -> Registry:
    """Return the registry of this checkout, read once per process."""
    return Registry(CHECKOUT_MODELS_DIR)
