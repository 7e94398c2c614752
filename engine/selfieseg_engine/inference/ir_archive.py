"""A converted model (IR) is two files and a model's weights are one: an archive holds both. Any thread.

The archive is not compressed and tells no times, so the same two files make the same archive.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selfieseg_engine.errors import InferenceError
from selfieseg_engine.registry.ir_cache import BIN_NAME, XML_NAME

SUFFIX = ".zip"
_MEMBERS = (XML_NAME, BIN_NAME)
_MAX_BYTES = 1 << 31
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def pack_ir(xml: Path, archive: Path) -> None:
    """Write an IR, ``xml`` and the ``.bin`` beside it, as one file. Raises ``OSError``."""
    with zipfile.ZipFile(archive, "w") as packed:
        for member, origin in zip(_MEMBERS, (xml, xml.with_suffix(".bin")), strict=True):
            info = zipfile.ZipInfo(member, _LONG_AGO)
            with origin.open("rb") as file, packed.open(info, "w", force_zip64=True) as target:
                shutil.copyfileobj(file, target)


@contextmanager
def readable_model(weights: Path) -> Iterator[Path]:
    """Yield the path that OpenVINO reads: ``weights``, or the IR in it, unpacked for that long.

    Raises:
        InferenceError: an archive that is damaged, or holds no IR.
    """
    if weights.suffix.lower() != SUFFIX:
        yield weights
        return
    with tempfile.TemporaryDirectory(prefix="selfieseg-ir-", ignore_cleanup_errors=True) as name:
        _unpack(weights, Path(name))
        yield Path(name) / XML_NAME


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as packed:
            infos = [packed.getinfo(member) for member in _MEMBERS]
            if sum(info.file_size for info in infos) > _MAX_BYTES:
                raise _no_ir(archive, "it unpacks to more than 2 GiB")
            for info in infos:
                with packed.open(info) as file, (folder / info.filename).open("wb") as target:
                    shutil.copyfileobj(file, target)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError) as error:
        raise _no_ir(archive, f"it must hold {XML_NAME} and {BIN_NAME} ({error})") from error


def _no_ir(archive: Path, why: str) -> InferenceError:
    return InferenceError(f"OpenVINO cannot convert {archive}", why, "add the model's .xml file instead")
