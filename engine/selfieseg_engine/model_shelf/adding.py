"""Adds a user's model: proposes, and stores what the user agrees to. One thread at a time; blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from selfieseg_engine.atomic import scratch_dir_beside
from selfieseg_engine.errors import InferenceError
from selfieseg_engine.inference.convert import convert
from selfieseg_engine.inference.inspection import Inspection
from selfieseg_engine.model_shelf.drafting import draft, draft_like, write_manifest
from selfieseg_engine.model_shelf.errors import ShelfError, files_that_may_fail
from selfieseg_engine.model_shelf.model_file import copy_model_file, no_model, require_unknown
from selfieseg_engine.model_shelf.reference import reference_masks
from selfieseg_engine.model_shelf.storing import put_in_place
from selfieseg_engine.model_shelf.trying import Tried, cost_of, try_out
from selfieseg_engine.model_shelf.wishes import Wishes
from selfieseg_engine.registry.cache_paths import models_dir
from selfieseg_engine.registry.ir_cache import XML_NAME
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_engine.registry.own_models import MAX_ID_LENGTH, is_model_id
from selfieseg_engine.registry.registry import Registry

_NO_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Request:
    """What the user asks for: ``file`` as ``model_id``, ``like`` a known model or not."""

    file: Path
    model_id: str
    wishes: Wishes
    like: str | None = None


@dataclass(frozen=True)
class Proposal:
    """What would be stored. ``folder`` holds the weights and goes when the proposal does."""

    inspection: Inspection
    tried: Tried
    weights: Path
    folder: Path

    def manifest(self, index: int) -> Manifest:
        """Return the manifest of one candidate, with the cost as measured."""
        return replace(self.tried.candidates[index].manifest, cost=cost_of(self.tried.milliseconds))

    def store(self, index: int) -> Manifest:
        """Store the model with the manifest of one candidate; it appears whole or not at all.

        Raises:
            ShelfError: the manifest is not valid, or the folder is in the way.
            OSError: the data directory cannot be written.
        """
        manifest = self.manifest(index)
        fresh = self.folder / "fresh" / manifest.id
        fresh.mkdir(parents=True)
        write_manifest(manifest, fresh)
        self.weights.rename(fresh / manifest.file.name)
        put_in_place(fresh)
        return manifest


def suggested_id(file: Path) -> str:
    """Return a name for a model after its file. Pure."""
    return _NO_NAME.sub("_", file.stem.lower()).strip("_")[:MAX_ID_LENGTH] or "own_model"


def require_free_id(model_id: str, like: str | None, registry: Registry) -> None:
    """Raise ``ShelfError`` where a model must not be called that.

    A model of the checkout that leaves its file open may be completed, under its own name.
    """
    if not is_model_id(model_id):
        raise ShelfError(
            f"no model can be called {model_id!r}",
            f"a name has 1 to {MAX_ID_LENGTH} small letters, digits and underscores",
            "give another one with --id",
        )
    known = {manifest.id: manifest for manifest in registry.manifests}
    taken = model_id in registry.troubles
    if model_id in known:
        is_open = known[model_id].file.digest is None
        taken = not (is_open and like == model_id)
    if taken:
        raise ShelfError(
            f"there is a model {model_id} already",
            "models are not overwritten",
            f"give another name with --id, or run `selfieseg models remove {model_id}` if it is your own",
        )


@contextmanager
def proposed(
    request: Request,
    photos_bgr: Sequence[npt.NDArray[np.uint8]],
    registry: Registry,
    on_trial: Callable[[], Any] = lambda: None,
) -> Iterator[Proposal]:
    """Yield what would be stored; nothing is left of it but what ``Proposal.store`` stores.

    Args:
        photos_bgr: one or more photos of a person, uint8 HxWx3.
        on_trial: called whenever the model has run in another way.

    Raises:
        ShelfError: the file, its name or the wishes lead to no model that OpenVINO can run, or the data
            directory cannot be written.
        RegistryError: no model is called ``request.like``.
        InferenceError: OpenVINO cannot convert it.
    """
    require_free_id(request.model_id, request.like, registry)
    like = None if request.like is None else registry.get(request.like)
    with (
        files_that_may_fail(f"{request.file} cannot be added"),
        scratch_dir_beside(models_dir() / request.model_id) as scratch,
    ):
        completes = like is not None and like.id == request.model_id
        name = like.file.name if like is not None and completes else None
        file = copy_model_file(request.file, name, request.model_id, scratch)
        require_unknown(file, registry)
        try:
            if like is None:
                drafted = draft(file, request.model_id, request.file.name, request.wishes)
            else:
                drafted = draft_like(file, request.model_id, request.file.name, like, request.wishes)
        except InferenceError as error:
            raise no_model(request.file, error.why.replace(str(file.path), request.file.name)) from error
        checked = scratch / "checked" / request.model_id
        checked.mkdir(parents=True)
        write_manifest(drafted.manifest, checked)  # before the user waits for anything
        ir = scratch / "ir"
        ir.mkdir()
        convert(file.path, drafted.manifest.extensions, ir)
        tells_person = bool(drafted.manifest.output.person)
        references = reference_masks(photos_bgr, registry) if tells_person else (None,) * len(photos_bgr)
        try:
            tried = try_out(drafted, ir / XML_NAME, photos_bgr, references, on_trial)
        except InferenceError as error:
            unlike = "" if like is None else f"it is not like {like.id}: "
            raise ShelfError(
                f"{request.file} is not taken",
                f"{unlike}{error.why}",
                "use another model, or say more about this one with the options",
            ) from error
        yield Proposal(drafted.inspection, tried, file.path, scratch)
