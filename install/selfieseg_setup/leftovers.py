"""What the product leaves outside its checkout, name by name. Looks at folders, removes nothing.

``SELFIESEG_DATA_DIR`` and ``SELFIESEG_RUN_DIR`` may name folders with other things in them, and a folder
called "models" may be anybody's: nothing is ours but what is listed here. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from selfieseg_wire.engine_record import ENGINE_LOCK_NAME, ENGINE_RECORD_NAME
from selfieseg_wire.paths import INSTALL_RECORD_NAME

# Patterns below the data directory; what they name is removed whole.
_IN_DATA_DIR = (
    INSTALL_RECORD_NAME,
    "measurements.json",
    "compiled/*.blob",
    "compiled/*.cl_cache",
    "compiled/*.lock",
    "demo/astronaut.png",
    "logs/engine.log*",
    "logs/engine-stderr.log*",
    "peers/mediapipe-*",
    # what was being written when the power went
    ".partial-*",
    "demo/.partial-*",
    "models/.partial-*",
)
_IN_RUN_DIR = (
    ENGINE_RECORD_NAME,
    f"{ENGINE_RECORD_NAME}.[0-9]*",
    ENGINE_LOCK_NAME,
    "engine.sock",
    "hung_device.json",
    "ring-[0-9]*-[0-9]*",
    "backdrop-[0-9]*-[0-9]*",
)
_MODELS = "models"
_MANIFEST = "manifest.toml"


def leftovers(data_dir: Path, run_dir: Path, published_models: Sequence[str]) -> Iterator[Path]:
    """Yield what is ours, files and folders; ``published_models`` are ids of models to be had again."""
    for folder, patterns in ((data_dir, _IN_DATA_DIR), (run_dir, _IN_RUN_DIR)):
        for pattern in patterns:
            yield from sorted(folder.glob(pattern))
    for model_id in published_models:
        folder = data_dir / _MODELS / model_id
        if folder.is_dir() and not (folder / _MANIFEST).exists():
            yield folder


def own_models(data_dir: Path) -> list[Path]:
    """Return the folders of the models that the user has added or made: nobody can give them back."""
    return sorted(path.parent for path in (data_dir / _MODELS).glob(f"*/{_MANIFEST}"))


def our_folders(data_dir: Path, run_dir: Path) -> list[Path]:
    """Return the folders that the product makes, inner ones first: to be removed where they are empty."""
    inner = ("models", "compiled", "demo", "logs", "peers")
    return [*(data_dir / name for name in inner), run_dir, data_dir]
