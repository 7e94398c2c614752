"""Keeps a converted model (IR) with a record of its hashes, so that a damaged one is never run.

Knows files only: the conversion itself is handed in. Any thread, any process.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable
from pathlib import Path

from selfieseg_engine.atomic import scratch_dir_beside
from selfieseg_engine.errors import InferenceError
from selfieseg_engine.registry.checksum import sha256_of

logger = logging.getLogger(__name__)

XML_NAME = "model.xml"
BIN_NAME = "model.bin"
RECORD_NAME = "record.json"
_ATTEMPTS = 5


def make_record(folder: Path, weights_sha256: str, converter: str) -> dict[str, str]:
    """Return what identifies the IR in ``folder``: its origin and the hashes of both files."""
    return {
        "weights_sha256": weights_sha256,
        "converter": converter,
        "xml_sha256": sha256_of(folder / XML_NAME),
        "bin_sha256": sha256_of(folder / BIN_NAME),
    }


def is_intact_ir(folder: Path) -> bool:
    """Return whether both files in ``folder`` still have the hashes that were recorded."""
    try:
        recorded = json.loads((folder / RECORD_NAME).read_text(encoding="utf-8"))
        return bool(recorded == make_record(folder, recorded["weights_sha256"], recorded["converter"]))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def is_valid_ir(folder: Path, weights_sha256: str, converter: str) -> bool:
    """Return whether ``folder`` holds an intact IR, made from these weights by this converter."""
    try:
        recorded = json.loads((folder / RECORD_NAME).read_text(encoding="utf-8"))
        return bool(recorded == make_record(folder, weights_sha256, converter))
    except (OSError, ValueError):
        return False


def cached_ir(folder: Path, weights_sha256: str, converter: str, convert: Callable[[Path], None]) -> Path:
    """Return the path of a verified ``model.xml``, converting first where there is none.

    Args:
        folder: where this IR is kept.
        weights_sha256: hash of the weights it is made from.
        converter: name and version of what converts; another version converts anew.
        convert: writes ``model.xml`` and ``model.bin`` into the folder it is given.

    Raises:
        InferenceError: the folder cannot be written; also whatever ``convert`` raises.
    """
    if not is_valid_ir(folder, weights_sha256, converter):
        try:
            _make(folder, weights_sha256, converter, convert)
        except OSError as error:
            raise InferenceError(
                f"the converted model cannot be kept in {folder}",
                str(error),
                "make room or give write access, or set SELFIESEG_DATA_DIR to another folder",
            ) from error
    return folder / XML_NAME


def _make(folder: Path, weights_sha256: str, converter: str, convert: Callable[[Path], None]) -> None:
    with scratch_dir_beside(folder) as scratch:
        fresh = scratch / "ir"
        fresh.mkdir()
        convert(fresh)
        record = make_record(fresh, weights_sha256, converter)
        (fresh / RECORD_NAME).write_text(json.dumps(record, indent=1), encoding="utf-8")
        for attempt in range(_ATTEMPTS):
            # Another process may have been quicker; what it made is as good as ours if it verifies.
            if is_valid_ir(folder, weights_sha256, converter):
                return
            try:
                _put_in_place(fresh, folder, scratch / f"old {attempt}")
            except OSError:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return


def _put_in_place(fresh: Path, folder: Path, aside: Path) -> None:
    """Move ``fresh`` to ``folder``, and what is there to ``aside``. ``OSError``: others do the same."""
    with contextlib.suppress(FileNotFoundError):
        folder.rename(aside)
        logger.info("replacing the outdated or damaged %s", folder)
    fresh.rename(folder)
