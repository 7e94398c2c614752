"""The models that a user has added: manifests in the data directory, of the same schema. Any thread."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from selfieseg_engine.errors import ManifestError, RegistryError
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_engine.registry.manifest_file import MANIFEST_NAME, read_manifest

MAX_ID_LENGTH = 64
_ID = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True)
class OwnModels:
    """What was found.

    Attributes:
        manifests: the good ones by id.
        troubles: why others are left out, by the name of their folder: one takes no other down.
    """

    manifests: Mapping[str, Manifest]
    troubles: Mapping[str, RegistryError]


def is_model_id(text: str) -> bool:
    """Return whether a model may be called that: it becomes the name of a folder."""
    return _ID.fullmatch(text) is not None and len(text) <= MAX_ID_LENGTH


def own_manifest_paths(own_dir: Path) -> list[Path]:
    """Return the manifests in ``own_dir`` (which may not exist), in the order of their ids."""
    paths = own_dir.glob(f"*/{MANIFEST_NAME}")
    return sorted(path for path in paths if not path.parent.name.startswith("."))  # half-made ones


def read_own_models(paths: Iterable[Path], published: Mapping[str, Manifest]) -> OwnModels:
    """Read these manifests.

    Args:
        paths: ``<own_dir>/<id>/manifest.toml``.
        published: the checkout's. One of the user's takes the place of such a model only where that one
            leaves open which file it is, because users make it themselves.
    """
    manifests: dict[str, Manifest] = {}
    troubles: dict[str, RegistryError] = {}
    for path in paths:
        try:
            manifest = _read(path, published)
        except RegistryError as error:
            troubles[path.parent.name] = error
        else:
            manifests[manifest.id] = manifest
    return OwnModels(manifests, troubles)


def _read(path: Path, published: Mapping[str, Manifest]) -> Manifest:
    name = path.parent.name
    if not is_model_id(name):
        raise RegistryError(
            f"the model in {path.parent} is left out",
            "a model's folder is named in small letters, digits and underscores",
            "rename or remove that folder",
        )
    twin = published.get(name)
    if twin is not None and twin.file.digest is not None:
        raise RegistryError(
            f"the manifest {path} is left out",
            f"{name} is a model of this checkout",
            f"give that folder another name, or remove {path.name} from it",
        )
    manifest = read_manifest(path)
    if manifest.file.digest is None:
        raise ManifestError(str(path), "file", "must have a sha256: it says which file was added")
    return manifest
