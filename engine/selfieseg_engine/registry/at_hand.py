"""Whether a model's weights are on this machine, told without reading them. Any thread."""

from __future__ import annotations

from selfieseg_engine.registry.cache_paths import cached_weights_path
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_wire.paths import model_search_path


def weights_at_hand(manifest: Manifest) -> bool:
    """Return whether the weights look as if loading them took no download.

    Quick: only sizes are compared, the hash is checked when they are loaded. As there, the first copy in
    ``SELFIESEG_MODEL_PATH`` counts, if there is one.
    """
    name, size = manifest.file.name, manifest.file.bytes
    if manifest.file.digest is None:
        return False  # nobody has added it yet
    local = [folder / name for folder in model_search_path() if (folder / name).is_file()]
    if local and size not in (None, local[0].stat().st_size):
        return False
    cached = cached_weights_path(manifest)
    return bool(local) or (cached.is_file() and size in (None, cached.stat().st_size))
