"""The file that a user hands in: looked at from outside, and copied before anything reads it. Any thread."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from selfieseg_engine.errors import PictureError
from selfieseg_engine.inference.ir_archive import SUFFIX as ARCHIVE_SUFFIX
from selfieseg_engine.inference.ir_archive import pack_ir
from selfieseg_engine.model_shelf.errors import ShelfError
from selfieseg_engine.plain_file import require_plain_file
from selfieseg_engine.registry.checksum import digest_of
from selfieseg_engine.registry.manifest import Digest, WeightsFile
from selfieseg_engine.registry.manifest_file import MAX_BYTES
from selfieseg_engine.registry.registry import Registry

SUFFIXES = (".onnx", ".tflite", ".xml", ARCHIVE_SUFFIX)
_IR_SUFFIX = ".xml"
_HEAD_BYTES = 4096
# How protobuf marks the fields of ONNX's ModelProto that a file may begin with (ir_version, as a rule).
_ONNX_TAGS = (b"\x08", b"\x12", b"\x1a", b"\x22", b"\x28", b"\x32", b"\x3a", b"\x42")


@dataclass(frozen=True)
class ModelFile:
    """A model's weights, to be stored as ``facts`` say; ``path`` is a copy of the user's file."""

    path: Path
    facts: WeightsFile


def copy_model_file(origin: Path, name: str | None, model_id: str, folder: Path) -> ModelFile:
    """Copy the user's file into ``folder``; an IR, which is two files, becomes one.

    Args:
        origin: ``.onnx``, ``.tflite``, ``.xml`` with its ``.bin`` beside it, or an archive of an IR.
        name: what the copy is to be called if that is of its kind; None for one after ``model_id``.

    Raises:
        ShelfError: no such file, not a plain one, of an unknown kind, empty, or of more than 2 GiB.
        OSError: it cannot be read or copied.
    """
    require_model_file(origin)
    is_ir = origin.suffix.lower() == _IR_SUFFIX
    suffix = ARCHIVE_SUFFIX if is_ir else origin.suffix.lower()
    copy = folder / (name if name is not None and name.endswith(suffix) else f"{model_id}{suffix}")
    if is_ir:
        pack_ir(origin, copy)
    else:
        shutil.copyfile(origin, copy)
    return ModelFile(copy, WeightsFile(copy.name, copy.stat().st_size, digest_of(copy, "sha256")))


def require_model_file(origin: Path) -> None:
    """Raise ``ShelfError`` or ``OSError`` where ``copy_model_file`` would; reads only the beginning."""
    suffix = origin.suffix.lower()
    if suffix not in SUFFIXES:
        raise ShelfError(
            f"{origin} is not taken",
            f"{suffix or 'a name without an ending'} is no kind of model known here",
            "give an .onnx, a .tflite, or the .xml of an OpenVINO IR",
        )
    parts = [origin, origin.with_suffix(".bin")] if suffix == _IR_SUFFIX else [origin]
    size = sum(_size_of(part) for part in parts)
    if size > MAX_BYTES:
        raise ShelfError(
            f"{origin} is not taken", f"it has {size} bytes and may have 2 GiB", "use a smaller model"
        )
    with origin.open("rb") as file:
        if not looks_like_model(suffix, file.read(_HEAD_BYTES)):
            raise no_model(origin, f"it is no {suffix} model: it begins otherwise")


def looks_like_model(suffix: str, head: bytes) -> bool:
    """Return whether a file of that kind may begin like this. Pure.

    On anything else OpenVINO would try all its readers, and each of them would complain on the terminal.
    """
    if suffix == ".tflite":
        return head[4:8] == b"TFL3"  # the identifier of LiteRT's schema
    if suffix == ".onnx":
        return head[:1] in _ONNX_TAGS
    return b"<net" in head if suffix == _IR_SUFFIX else head[:4] == b"PK\3\4"


def no_model(origin: Path, why: str) -> ShelfError:
    """Return the error for a file that nothing can read as a model. Pure."""
    return ShelfError(
        f"{origin} is not taken", why, "check that it is whole: download, copy or export the model again"
    )


def require_unknown(file: ModelFile, registry: Registry) -> None:
    """Raise ``ShelfError`` where the registry has this very file already. Raises ``OSError``."""
    blob = digest_of(file.path, "git-blob")
    for manifest in registry.manifests:
        known: Digest | None = manifest.file.digest
        if known is not None and known in (file.facts.digest, blob):
            is_own = registry.origin(manifest.id) == "own"
            raise ShelfError(
                "this file is not added",
                f"it is the model {manifest.id}, byte for byte",
                f"use that one, or first run `selfieseg models remove {manifest.id}`"
                if is_own
                else f"put it as {manifest.file.name} into a folder and name that in SELFIESEG_MODEL_PATH, "
                f"or run `selfieseg models fetch {manifest.id}`",
            )


def _size_of(path: Path) -> int:
    try:
        require_plain_file(path)
    except PictureError as error:
        raise ShelfError(f"{path} is not taken", error.why, error.remedy) from error
    size = path.stat().st_size
    if size == 0:
        raise ShelfError(f"{path} is not taken", "it is empty", "copy or download it again")
    return size
