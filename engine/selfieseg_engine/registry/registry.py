"""All manifests of the checkout and of the user, by id. A registry never changes; any thread."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from selfieseg_engine.errors import RegistryError
from selfieseg_engine.registry.cache_paths import models_dir
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_engine.registry.manifest_file import MANIFEST_NAME, read_manifest
from selfieseg_engine.registry.own_models import own_manifest_paths, read_own_models

logger = logging.getLogger(__name__)

Origin = Literal["checkout", "own"]
# A manifest's path, when it was changed, and its size: what tells whether it must be read again.
FileStamp = tuple[Path, int, int]

CHECKOUT_MODELS_DIR = Path(__file__).resolve().parents[3] / "models"


class Registry:
    """The models of this checkout and the user's own, in the order of their ids.

    Args:
        checkout_dir: every manifest in it must be good.
        own_paths: the user's manifests; bad ones are left out, and told in ``troubles``.

    Raises:
        RegistryError: ``checkout_dir`` holds no manifest.
        ManifestError: one of them breaks the schema.
    """

    def __init__(self, checkout_dir: Path, own_paths: Iterable[Path] = ()) -> None:
        paths = sorted(checkout_dir.glob(f"*/{MANIFEST_NAME}"))
        if not paths:
            raise RegistryError(
                f"no models in {checkout_dir}",
                f"it holds no {MANIFEST_NAME}",
                "restore the checkout's models folder",
            )
        published = {path.parent.name: read_manifest(path) for path in paths}
        own = read_own_models(own_paths, published)
        both = {**published, **own.manifests}
        self._manifests = {model_id: both[model_id] for model_id in sorted(both)}
        self._own_ids = frozenset(own.manifests)
        self._troubles = own.troubles

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """Every manifest, ordered by id."""
        return tuple(self._manifests.values())

    @property
    def troubles(self) -> Mapping[str, RegistryError]:
        """Why models of the user are left out, by the name of their folder."""
        return self._troubles

    def get(self, model_id: str) -> Manifest:
        """Return one manifest. Raises ``RegistryError`` for an id that is not there."""
        manifest = self._manifests.get(model_id)
        if manifest is not None:
            return manifest
        if model_id in self._troubles:
            raise self._troubles[model_id]
        raise RegistryError(
            f"no model is called {model_id!r}",
            f"there are {', '.join(self._manifests)}",
            "choose one of these; `selfieseg models list` describes them",
        )

    def origin(self, model_id: str) -> Origin:
        """Return whose manifest it is: of the checkout, or the user's ``own``."""
        return "own" if model_id in self._own_ids else "checkout"


def default_registry() -> Registry:
    """Return the registry of this checkout and this user; it is read again when a manifest has changed.

    Raises ``RegistryError`` as ``Registry`` does.
    """
    checkout = sorted(CHECKOUT_MODELS_DIR.glob(f"*/{MANIFEST_NAME}"))
    return _read(CHECKOUT_MODELS_DIR, _stamps(checkout), _stamps(own_manifest_paths(models_dir())))


@lru_cache(maxsize=1)
def _read(checkout_dir: Path, _checkout: tuple[FileStamp, ...], own: tuple[FileStamp, ...]) -> Registry:
    registry = Registry(checkout_dir, [path for path, _, _ in own])
    for trouble in registry.troubles.values():
        logger.warning("%s", trouble)
    return registry


def _stamps(paths: Iterable[Path]) -> tuple[FileStamp, ...]:
    stamps = []
    for path in paths:
        try:
            stat = path.stat()
        except FileNotFoundError:  # removed since it was listed
            continue
        stamps.append((path, stat.st_mtime_ns, stat.st_size))
    return tuple(stamps)
