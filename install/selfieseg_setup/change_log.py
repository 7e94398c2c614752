"""Remembers every file of OBS that set-up changes, so that uninstall can restore it byte for byte.

The originals lie in the data directory, beside the log itself. Standard library only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from selfieseg_setup.atomic_file import write_atomically
from selfieseg_setup.console import SetupError

FORMAT = 1
_LOG_NAME = "obs_changes.json"
_BACKUP_FOLDER = "obs_backup"

# Removes only our part from a file that OBS has written since. Raises ValueError where it cannot be read.
TakeOut = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Change:
    """One file that set-up wrote: what of it, where its original is (None: there was no file), the result."""

    path: str
    kinds: tuple[str, ...]
    backup: str | None
    written_sha256: str
    made_folders: tuple[str, ...] = ()


class ChangeLog:
    """The changes in force, kept in ``data_dir``. ``take_out`` has an entry for every kind of change."""

    def __init__(self, data_dir: Path, take_out: Mapping[str, TakeOut]) -> None:
        self._take_out = take_out
        self._folder = data_dir
        self._log = data_dir / _LOG_NAME

    def changes(self) -> list[Change]:
        """Return the changes in force, oldest first."""
        if not self._log.exists():
            return []
        try:
            content = json.loads(self._log.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise ValueError(f"format {content['format']}")
            return [_change(entry) for entry in content["changes"]]
        except (ValueError, KeyError, TypeError) as error:
            raise SetupError(
                f"cannot read {self._log}",
                f"it is damaged ({error})",
                f"restore OBS's files from {self._folder}",
            ) from error

    def write(self, path: Path, content: bytes, kind: str) -> None:
        """Write ``content`` to ``path`` after saving the original.

        A second change to the same file keeps the first original: that is how it was before the install. If
        OBS has written the file meanwhile, it is what OBS wrote without our part.
        """
        changes = self.changes()
        known = next((change for change in changes if change.path == str(path)), None)
        kinds = (kind,) if known is None else tuple(dict.fromkeys((*known.kinds, kind)))
        made = tuple(str(folder) for folder in _missing_folders(path.parent))
        if known is not None and self._describes(known, path):
            backup, made = known.backup, known.made_folders
        else:
            backup = self._save_original(path, known) if path.exists() else None
        entry = Change(str(path), kinds, backup, _sha256(content), made)
        in_force = [change for change in changes if change.path != str(path)] + [entry]
        # The log first: after a crash between the two, undoing finds a file that it can still restore.
        self._save(in_force)
        write_atomically(path, content)
        if known is not None:
            self._forget_backup(known, in_force)

    def undo(self) -> list[str]:
        """Take back every change; return what was done, in words.

        A file that nobody changed since is restored byte for byte (or removed, if there was none). One
        that OBS has written since keeps its news, and only our part is removed. One that cannot be read is
        left alone, and so is its original.
        """
        told = []
        for change in reversed(self.changes()):
            try:
                told.append(self._undo_one(change))
            except ValueError as error:
                original = f"; its original is {change.backup}" if change.backup is not None else ""
                told.append(f"left {change.path} as it is, for it cannot be read ({error}){original}")
                continue
            remaining = [other for other in self.changes() if other.path != change.path]
            self._save(remaining)
            self._forget_backup(change, remaining)
        if not self.changes():
            self._log.unlink(missing_ok=True)
        backups = self._folder / _BACKUP_FOLDER
        if backups.is_dir() and not any(backups.iterdir()):
            backups.rmdir()
        return told

    def _undo_one(self, change: Change) -> str:
        path = Path(change.path)
        if not path.exists():
            return f"{path} is gone already"
        current = path.read_bytes()
        if _sha256(current) != change.written_sha256:
            cleaned = self._without_ours(current, change)
            if cleaned == current:
                return f"{path} has nothing of ours any more"
            write_atomically(path, cleaned)
            return f"took our entries out of {path}"
        if change.backup is not None:
            write_atomically(path, Path(change.backup).read_bytes())
            return f"restored {path}"
        path.unlink()
        for folder in change.made_folders:
            if not any(Path(folder).iterdir()):
                Path(folder).rmdir()
        return f"removed {path}"

    def _describes(self, change: Change, path: Path) -> bool:
        """Whether ``path`` still is what the change wrote; otherwise its news belong into a new backup."""
        return path.exists() and _sha256(path.read_bytes()) == change.written_sha256

    def _without_ours(self, content: bytes, change: Change) -> bytes:
        for kind in change.kinds:
            content = self._take_out[kind](content)
        return content

    def _save_original(self, path: Path, known: Change | None) -> str:
        content = path.read_bytes()
        if known is not None:
            content = self._without_ours(content, known)
        backup = self._folder / _BACKUP_FOLDER / f"{_sha256(content)[:12]}-{path.name}"
        write_atomically(backup, content)
        return str(backup)

    def _forget_backup(self, change: Change, in_force: list[Change]) -> None:
        if change.backup is not None and all(other.backup != change.backup for other in in_force):
            Path(change.backup).unlink(missing_ok=True)

    def _save(self, changes: list[Change]) -> None:
        content = {"format": FORMAT, "changes": [asdict(change) for change in changes]}
        write_atomically(self._log, json.dumps(content, indent=1).encode())


def _change(entry: dict[str, Any]) -> Change:
    kinds = entry.get("kinds") or [entry["kind"]]  # there was one kind once
    return Change(
        entry["path"], tuple(kinds), entry["backup"], entry["written_sha256"], tuple(entry["made_folders"])
    )


def _missing_folders(folder: Path) -> list[Path]:
    """Return the folders that do not exist yet, deepest first."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    return missing


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
