"""``selfieseg models measure``: how fast the models are on this machine, which is what ``auto`` goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from selfieseg_engine.cli.options import json_option, print_json
from selfieseg_engine.errors import UserError

if TYPE_CHECKING:
    from selfieseg_engine.measured_choice import Setup
    from selfieseg_engine.registry.manifest import Manifest
    from selfieseg_engine.registry.measurements import Facts, Times


@click.command("measure")
@click.argument("model_ids", metavar="[ID…]", nargs=-1)
@click.option("--new", "only_new", is_flag=True, help="Only those not measured on this machine yet.")
@json_option
def measure_models(model_ids: tuple[str, ...], only_new: bool, as_json: bool) -> None:
    """Measure models on this machine: these, or all that were fetched. `auto` chooses by it.

    Close other programs first, or leave those open that will run beside OBS.
    """
    # OpenVINO loads here, not when help is asked for.
    from selfieseg_engine.inference.compiling import device_names
    from selfieseg_engine.inference.devices import device_kinds
    from selfieseg_engine.registry.measurements import machine_facts, read_times
    from selfieseg_engine.setup_choice import choose_setup

    manifests = _wanted(model_ids)
    names = device_names()
    facts = machine_facts(names)
    known = read_times(facts, manifests)
    todo = tuple(each for each in manifests if not (only_new and each.id in known))
    known |= _measure(todo, device_kinds(names), facts, as_json)
    auto = choose_setup(measures=False)
    if as_json:
        print_json(_answer(facts, manifests, known, auto))
    else:
        click.echo(f"auto: {auto.model_id} on {auto.device}, {_threads(auto.threads)}")
    failed = [each.id for each in manifests if each.id not in known]
    if failed:
        raise UserError(
            f"not measured: {', '.join(failed)}",
            "they run on no device here",
            "`selfieseg models verify` tells whether their files are right",
        )


def _wanted(model_ids: tuple[str, ...]) -> tuple[Manifest, ...]:
    from selfieseg_engine.registry.at_hand import weights_at_hand
    from selfieseg_engine.registry.registry import default_registry
    from selfieseg_engine.setup_choice import is_converted

    registry = default_registry()
    if not model_ids:
        return tuple(each for each in registry.manifests if is_converted(each))
    manifests = tuple(registry.get(model_id) for model_id in model_ids)
    missing = [each.id for each in manifests if not weights_at_hand(each)]
    if missing:
        raise UserError(
            f"not measured: {', '.join(missing)}",
            "their weights are not on this machine",
            f"run `selfieseg models fetch {' '.join(missing)}` first",
        )
    return manifests


def _measure(
    manifests: tuple[Manifest, ...], devices: list[str], facts: Facts, is_quiet: bool
) -> dict[str, Times]:
    """Measure and keep one model after the other: what is done stays when this is cut off."""
    from tqdm import tqdm

    from selfieseg_engine.inference.probe import times_everywhere

    found: dict[str, Times] = {}
    # disable=None: a bar on a terminal only.
    with tqdm(total=len(manifests), desc="models measure", unit="model", disable=None) as bar:
        for manifest in manifests:
            times, troubles = times_everywhere(manifest, devices)
            if times:
                found[manifest.id] = times
                _keep(facts, manifest, times)
            if not is_quiet:
                for line in lines_of(manifest.id, times, troubles):
                    tqdm.write(line)
            bar.update()
    return found


def _keep(facts: Facts, manifest: Manifest, times: Times) -> None:
    from selfieseg_engine.registry.measurements import add_times, measurements_path

    try:
        add_times(facts, {manifest.id: times}, (manifest,))
    except OSError as error:
        raise UserError(
            f"{measurements_path()} cannot be written",
            str(error),
            "make room or give write access, or set SELFIESEG_DATA_DIR to another folder",
        ) from error


def lines_of(model_id: str, times: Times, troubles: dict[str, UserError]) -> list[str]:
    """Return what people are told of a model: its times, and where it does not run. Pure."""
    lines = []
    for device, by_threads in times.items():
        told = [
            f"{ms:.1f} ms ({_threads(threads)})" if device == "CPU" else f"{ms:.1f} ms"
            for threads, ms in by_threads.items()
        ]
        lines.append(f"{model_id}: {device} {', '.join(told)}")
    return lines + [f"{model_id}: not on {device}: {error}" for device, error in troubles.items()]


def _threads(threads: int) -> str:
    return "1 thread" if threads == 1 else f"{threads} threads"


def _answer(
    facts: Facts, manifests: tuple[Manifest, ...], known: dict[str, Times], auto: Setup
) -> dict[str, object]:
    return {
        "command": "models measure",
        "machine": facts,
        "models": [{"id": each.id, "ms": known.get(each.id, {})} for each in manifests],
        "auto": {"model": auto.model_id, "device": auto.device, "threads": auto.threads},
    }
