"""Puts a model's folder in its place, or takes it away, in one step. Any thread, any process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from selfieseg_engine.atomic import scratch_dir_beside
from selfieseg_engine.model_shelf.errors import ShelfError, files_that_may_fail
from selfieseg_engine.registry.cache_paths import models_dir
from selfieseg_engine.registry.manifest_file import MANIFEST_NAME
from selfieseg_engine.registry.registry import Registry
from selfieseg_wire.paths import model_search_path


@dataclass(frozen=True)
class Removed:
    """What was removed, and the user's copies that stay where they are."""

    folder: Path
    bytes: int
    copies_left: tuple[Path, ...]


def put_in_place(fresh: Path) -> None:
    """Move a finished folder, called as its model, to where models are kept.

    What is there without a manifest (weights or IR of an earlier one) is replaced.

    Raises:
        ShelfError: somebody else has stored a model of that name meanwhile.
        OSError: it cannot be moved.
    """
    target = models_dir() / fresh.name
    with scratch_dir_beside(target) as scratch:
        if (target / MANIFEST_NAME).exists():
            raise ShelfError(
                f"there is a model {fresh.name} already", "it was stored meanwhile", "give another name"
            )
        if target.exists():
            target.rename(scratch / "old")
        fresh.rename(target)


def remove_model(model_id: str, registry: Registry) -> Removed:
    """Remove what the data directory holds of a model: all of an own one, weights and IR of others.

    Raises:
        RegistryError: no model is called that.
        ShelfError: nothing of it is here, or it cannot be removed.
    """
    copies: tuple[Path, ...] = ()
    if model_id not in registry.troubles:
        name = registry.get(model_id).file.name
        found = (folder / name for folder in model_search_path())
        copies = tuple(path for path in found if path.is_file())
    folder = models_dir() / model_id
    if not folder.is_dir():
        raise ShelfError(
            f"there is nothing of {model_id} to remove",
            f"{folder} does not exist" + (f", and {copies[0]} is yours" if copies else ""),
            "see what is here with `selfieseg models list`",
        )
    with files_that_may_fail(f"{model_id} cannot be removed"), scratch_dir_beside(folder) as scratch:
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        folder.rename(scratch / "removed")
    return Removed(folder, size, copies)
