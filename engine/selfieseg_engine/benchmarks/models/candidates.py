"""Which models are compared. Any thread; looks whether files are there, reads none."""

from __future__ import annotations

from collections.abc import Sequence

from selfieseg_engine.errors import UserError
from selfieseg_engine.registry.at_hand import weights_at_hand
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_engine.registry.registry import Registry


def choose_candidates(requested: Sequence[str], registry: Registry) -> list[Manifest]:
    """Return the models of these ids, each once; those that are on this machine where none is named.

    A model that is named is downloaded if need be.

    Raises:
        RegistryError: an id that is not in ``registry``.
        UserError: no model is on this machine.
    """
    if requested:
        return [registry.get(model_id) for model_id in dict.fromkeys(requested)]
    at_hand = [manifest for manifest in registry.manifests if weights_at_hand(manifest)]
    if not at_hand:
        raise UserError(
            "there are no models to compare",
            "none is on this machine",
            "fetch some with `selfieseg models fetch ID`, or name them with --model",
        )
    return at_hand
