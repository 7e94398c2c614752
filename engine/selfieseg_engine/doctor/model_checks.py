"""Whether the model that ``auto`` means is whole, the user's own are good, and what OpenVINO can run on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from selfieseg_engine.doctor.check import Check
from selfieseg_engine.doctor.names import DEVICES, MODEL, OWN_MODELS
from selfieseg_engine.errors import UserError
from selfieseg_engine.registry.cache_paths import cached_weights_path, ir_dir
from selfieseg_engine.registry.ir_cache import is_intact_ir
from selfieseg_engine.registry.obtain import WeightsState, weights_state
from selfieseg_engine.registry.registry import default_registry

IrState = Literal["missing", "ready", "damaged"]


def check_model() -> Check:
    """Hash the files of the model that ``auto`` means here.

    Raises:
        UserError: they or the registry cannot be read.
        ImportError: OpenVINO is broken.
    """
    from selfieseg_engine.setup_choice import choose_setup

    manifest = default_registry().get(choose_setup(measures=False).model_id)
    folder = ir_dir(manifest)
    ir: IrState = "missing" if not folder.exists() else "ready" if is_intact_ir(folder) else "damaged"
    return judge_model(manifest.id, str(cached_weights_path(manifest)), weights_state(manifest), ir)


def judge_model(model_id: str, path: str, weights: WeightsState, ir: IrState) -> Check:
    """Judge how weights and converted model stand. Pure."""
    fetch = f"run `selfieseg models fetch {model_id}`"
    if weights == "wrong":
        found = f"{model_id}: the file in SELFIESEG_MODEL_PATH is another one (sha256), and is not used"
        return Check(MODEL, "fail", found, f"remove that file, then {fetch}")
    if weights == "missing":
        return Check(MODEL, "fail", f"{model_id} was not fetched: {path} is missing", fetch)
    if weights == "damaged":
        return Check(MODEL, "fail", f"{path} is damaged (sha256)", fetch)
    if ir == "damaged":
        return Check(MODEL, "fail", f"{model_id}: the converted model is damaged (sha256)", fetch)
    if weights == "local" or ir == "missing":
        found = f"{model_id} is at hand, but not converted yet: the first start takes longer"
        return Check(MODEL, "warn", found, fetch)
    return Check(MODEL, "ok", f"{model_id}, its sha256 is right, converted")


def check_own_models() -> Check:
    """Look at the models that the user has added. Raises ``UserError`` where the registry cannot be read."""
    registry = default_registry()
    good = [one.id for one in registry.manifests if registry.origin(one.id) == "own"]
    return judge_own_models(good, list(registry.troubles.values()))


def judge_own_models(good: Sequence[str], troubles: Sequence[UserError]) -> Check:
    """Judge which of the user's models can be used. Pure."""
    if troubles:
        found = "; ".join(f"{error.what} ({error.why})" for error in troubles)
        return Check(OWN_MODELS, "warn", f"{len(troubles)} left out: {found}", troubles[0].remedy)
    return Check(OWN_MODELS, "ok", ", ".join(good) or "none were added")


def check_devices() -> Check:
    """Ask OpenVINO for its devices. Raises ``ImportError`` where it is broken."""
    from selfieseg_engine.inference.loaded_model import available_devices

    return judge_devices(available_devices())


def judge_devices(names: Sequence[str]) -> Check:
    """Judge OpenVINO's list of devices. Pure."""
    if "CPU" not in names:
        found = f"OpenVINO sees {', '.join(names) or 'none'}, no CPU"
        return Check(DEVICES, "fail", found, "run install/install.py again; OpenVINO is not whole")
    return Check(DEVICES, "ok", ", ".join(names))
