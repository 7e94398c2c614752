"""Brings a model's weights into the data directory, hash-checked: acts on what ``decision`` decides.

Any thread, any process: a file is moved into place only when it is whole and right.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from selfieseg_engine.atomic import scratch_dir_beside
from selfieseg_engine.errors import ObtainError, WrongHashError
from selfieseg_engine.registry.cache_paths import cached_weights_path
from selfieseg_engine.registry.checksum import FileState, digest_of, state_of
from selfieseg_engine.registry.decision import Action, CopyLocal, Download, Refuse, UseCached, decide
from selfieseg_engine.registry.manifest import Manifest, OwnExport, Source, WeightsFile, WheelSource
from selfieseg_engine.registry.url_source import fetch_from_url
from selfieseg_engine.registry.wheel_source import fetch_from_wheel
from selfieseg_wire.paths import model_search_path

logger = logging.getLogger(__name__)

WeightsState = Literal["ready", "local", "missing", "damaged", "wrong"]
_STATES: dict[type[Action], WeightsState] = {UseCached: "ready", CopyLocal: "local", Refuse: "wrong"}


def obtain_weights(manifest: Manifest) -> Path:
    """Return the path of the right weights, after copying or downloading them where needed. Blocks.

    Raises:
        WrongHashError: the user's own copy in ``SELFIESEG_MODEL_PATH`` is another file.
        ObtainError: no source gave the right file, or the data directory cannot be written.
    """
    target = cached_weights_path(manifest)
    try:
        _act(_look_and_decide(manifest), manifest, target)
    except OSError as error:
        raise ObtainError(
            f"the weights of {manifest.id} cannot be kept in {target.parent}",
            str(error),
            "make room or give write access, or set SELFIESEG_DATA_DIR to another folder",
        ) from error
    return target


def weights_state(manifest: Manifest) -> WeightsState:
    """Return how a model's weights stand on this machine, without changing anything.

    Raises ``ObtainError`` where the files that are there cannot be read.
    """
    try:
        action = _look_and_decide(manifest)
    except OSError as error:
        raise ObtainError(
            f"the weights of {manifest.id} cannot be read", str(error), "check the file's permissions"
        ) from error
    if isinstance(action, Download):
        return "missing" if action.damaged is None else "damaged"
    return _STATES[type(action)]


def local_copies(weights: WeightsFile, folders: Sequence[Path]) -> list[FileState]:
    """Return the files of the weights' name in ``folders``, in order. Raises ``OSError``."""
    states = (state_of(folder / weights.name, weights.digest) for folder in folders)
    return [state for state in states if state is not None]


def _look_and_decide(manifest: Manifest) -> Action:
    if manifest.file.digest is None:
        return Download(damaged=None)  # its source says that it must be added first
    local = local_copies(manifest.file, model_search_path())
    return decide(manifest.file, local, state_of(cached_weights_path(manifest), manifest.file.digest))


def _act(action: Action, manifest: Manifest, target: Path) -> None:
    if isinstance(action, Refuse):
        raise WrongHashError(
            str(action.found.path),
            str(manifest.file.digest),
            str(action.found.digest),
            "replace that file with the right one or take its folder out of SELFIESEG_MODEL_PATH",
        )
    if isinstance(action, CopyLocal):
        _copy(action.found.path, manifest.file, target)
    if isinstance(action, Download):
        if action.damaged is not None:
            logger.warning("%s is damaged and is fetched again", action.damaged.path)
        _download(manifest, target)


def _copy(origin: Path, weights: WeightsFile, target: Path) -> None:
    with scratch_dir_beside(target) as scratch:
        part = scratch / "copy"
        shutil.copyfile(origin, part)
        _move_if_right(part, str(origin), weights, target)


def _download(manifest: Manifest, target: Path) -> None:
    reasons = []
    for source in manifest.sources:
        try:
            with scratch_dir_beside(target) as scratch:
                _move_if_right(_fetch(source, scratch), _origin(source), manifest.file, target)
        except ObtainError as error:
            reasons.append(f"{error.what} ({error.why})")
        else:
            return
    raise ObtainError(
        f"the weights of {manifest.id} could not be fetched",
        "; ".join(reasons),
        "check the internet connection and pip's proxy or mirror settings, "
        f"or put {manifest.file.name} into a folder and name that in SELFIESEG_MODEL_PATH",
    )


def _fetch(source: Source, scratch: Path) -> Path:
    if isinstance(source, WheelSource):
        return fetch_from_wheel(source, scratch)
    if isinstance(source, OwnExport):
        raise ObtainError("nobody publishes this file", source.recipe, "add it with `selfieseg models add`")
    return fetch_from_url(source, scratch)


def _origin(source: Source) -> str:
    if isinstance(source, WheelSource):
        return f"{source.member} of {source.project} {source.version}"
    return source.recipe if isinstance(source, OwnExport) else source.url


def _move_if_right(part: Path, origin: str, weights: WeightsFile, target: Path) -> None:
    wanted = weights.digest
    actual = None if wanted is None else digest_of(part, wanted.kind)
    if actual != wanted:
        size = part.stat().st_size
        is_size = weights.bytes in (None, size)
        name = origin if is_size else f"{origin} ({size} instead of {weights.bytes} bytes)"
        raise WrongHashError(name, str(wanted), str(actual), "ask who publishes that file why it differs")
    part.replace(target)
