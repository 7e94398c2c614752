"""Brings a model's weights into the data directory, hash-checked: acts on what ``decision`` decides.

Any thread, any process: a file is moved into place only when it is whole and right.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from selfieseg_engine.atomic import scratch_dir_beside
from selfieseg_engine.errors import ObtainError, WrongHashError
from selfieseg_engine.lock_file import FOREVER, lock_file
from selfieseg_engine.registry.cache_paths import cached_weights_path
from selfieseg_engine.registry.checksum import FileState, digest_of, state_of
from selfieseg_engine.registry.decision import Action, CopyLocal, Download, Refuse, UseCached, decide
from selfieseg_engine.registry.download_progress import reported_download
from selfieseg_engine.registry.manifest import Manifest, OwnExport, Source, WeightsFile, WheelSource
from selfieseg_engine.registry.url_source import HARD_LIMIT_BYTES, Tell, download
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
        try:
            with lock_file(target.with_name(f"{target.name}.lock"), FOREVER):
                _download_unless_done(manifest, target)
        except ObtainError:
            with contextlib.suppress(OSError):  # it is not empty: something was fetched, or somebody waits
                target.parent.rmdir()
            raise


def _copy(origin: Path, weights: WeightsFile, target: Path) -> None:
    with scratch_dir_beside(target) as scratch:
        part = scratch / "copy"
        shutil.copyfile(origin, part)
        _move_if_right(part, str(origin), weights, target)


def _download_unless_done(manifest: Manifest, target: Path) -> None:
    """Download; whoever held the lock before may have done it meanwhile. Holds the lock."""
    action = _look_and_decide(manifest)
    if not isinstance(action, Download):
        _act(action, manifest, target)
        return
    if action.damaged is not None:
        logger.warning("%s is damaged and is fetched again", action.damaged.path)
    reasons = []
    with reported_download(manifest.id) as report:
        for source in manifest.sources:
            try:
                _fetch(source, manifest.file, target, report.tell)
            except ObtainError as error:
                reasons.append(f"{error.what} ({error.why})")
            else:
                return
    raise _not_fetched(manifest, reasons)


def _fetch(source: Source, weights: WeightsFile, target: Path, tell: Tell) -> None:
    if isinstance(source, OwnExport):
        raise ObtainError("nobody publishes this file", source.recipe, "make it as that says")
    if isinstance(source, WheelSource):
        with scratch_dir_beside(target) as scratch:
            member = fetch_from_wheel(source, scratch, tell, weights.bytes or HARD_LIMIT_BYTES)
            _move_if_right(member, f"{source.member} of {_release(source)}", weights, target)
    else:
        fetch_from_url(source.url, weights, target, tell)


def fetch_from_url(url: str, weights: WeightsFile, target: Path, tell: Tell) -> None:
    """Download from one address to ``target``, going on where an earlier attempt was cut off.

    What was fetched so far stays beside ``target`` when the connection is lost; a file that turns out to be
    another one is removed. Others' attempts have to be kept away meanwhile.

    Raises ``ObtainError``, ``WrongHashError`` or ``OSError``.
    """
    part = part_path(target)
    had_beginning = part.exists()
    try:
        download(url, part, weights.bytes, tell)
        _move_if_right(part, url, weights, target)
    except WrongHashError:
        part.unlink()
        if not had_beginning:
            raise
        # Perhaps only the beginning was wrong, which may have come from elsewhere.
        fetch_from_url(url, weights, target, tell)


def part_path(target: Path) -> Path:
    """Return where what was fetched so far is kept."""
    return target.with_name(f"{target.name}.part")


def _not_fetched(manifest: Manifest, reasons: Sequence[str]) -> ObtainError:
    published = [source for source in manifest.sources if not isinstance(source, OwnExport)]
    what = f"the weights of {manifest.id} could not be fetched"
    if manifest.file.digest is None:
        return ObtainError(
            what, "; ".join(reasons), f"then run `selfieseg models add FILE --like {manifest.id}`"
        )
    if not published:
        return ObtainError(
            what,
            "; ".join(reasons),
            f"put {manifest.file.name} into a folder and name that in SELFIESEG_MODEL_PATH, or run "
            f"`selfieseg models remove {manifest.id}` first",
        )
    places = " or ".join(
        f"{source.member} out of the wheel {_release(source)} on PyPI"
        if isinstance(source, WheelSource)
        else source.url
        for source in published
    )
    return ObtainError(
        what,
        "; ".join(reasons),
        "check the internet connection and pip's proxy or mirror settings, or fetch it on another computer "
        f"({places}), put it as {manifest.file.name} into a folder and name that in SELFIESEG_MODEL_PATH",
    )


def _release(source: WheelSource) -> str:
    return f"{source.project} {source.version}"


def _move_if_right(part: Path, origin: str, weights: WeightsFile, target: Path) -> None:
    wanted = weights.digest
    actual = None if wanted is None else digest_of(part, wanted.kind)
    if actual != wanted:
        size = part.stat().st_size
        is_size = weights.bytes in (None, size)
        name = origin if is_size else f"{origin} ({size} instead of {weights.bytes} bytes)"
        raise WrongHashError(name, str(wanted), str(actual), "ask who publishes that file why it differs")
    part.replace(target)
