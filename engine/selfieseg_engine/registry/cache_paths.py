"""Where a model's files lie in the data directory. Any thread."""

from __future__ import annotations

from pathlib import Path

from selfieseg_engine.registry.manifest import Manifest
from selfieseg_wire.paths import data_dir


def models_dir() -> Path:
    """Return the folder of everything kept about models (it may not exist yet)."""
    return data_dir() / "models"


def model_dir(manifest: Manifest) -> Path:
    """Return the folder of everything kept about one model (it may not exist yet)."""
    return models_dir() / manifest.id


def cached_weights_path(manifest: Manifest) -> Path:
    """Return where the weights are kept once obtained."""
    return model_dir(manifest) / manifest.file.name


def ir_dir(manifest: Manifest) -> Path:
    """Return the folder of the converted IR: one per version of the weights."""
    digest = manifest.file.digest
    return model_dir(manifest) / f"ir-{digest.digits[:16] if digest is not None else 'none'}"


def compiled_dir() -> Path:
    """Return the folder in which OpenVINO keeps compiled models between runs."""
    return data_dir() / "compiled"
