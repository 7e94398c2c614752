"""``selfieseg models``: what models there are, and their weights on this machine."""

from __future__ import annotations

from dataclasses import asdict

import click

from selfieseg_engine.cli.models_add import add
from selfieseg_engine.cli.models_measure import measure_models
from selfieseg_engine.cli.models_quantize import quantize
from selfieseg_engine.cli.models_summary import list_lines, show_lines, summary_of
from selfieseg_engine.cli.options import json_option, print_json
from selfieseg_engine.errors import UserError
from selfieseg_engine.model_choice import AUTO, choose_model_id
from selfieseg_engine.registry.cache_paths import cached_weights_path
from selfieseg_engine.registry.manifest import Manifest
from selfieseg_engine.registry.registry import Registry, default_registry


@click.group()
def models() -> None:
    """List the models, fetch their weights, check them."""


models.add_command(add)
models.add_command(measure_models)
models.add_command(quantize)


@models.command("list")
@json_option
def list_models(as_json: bool) -> None:
    """List every model: what it is good for, and how it stands on this machine."""
    registry = default_registry()
    summaries = [summary_of(manifest, registry) for manifest in registry.manifests]
    if as_json:
        troubles = {name: str(error) for name, error in registry.troubles.items()}
        print_json({"command": "models list", "models": summaries, "left_out": troubles})
        return
    for summary in summaries:
        for line in list_lines(summary):
            click.echo(line)
    for error in registry.troubles.values():
        click.echo(f"left out: {error}")


@models.command()
@click.argument("model_id", metavar="ID")
@json_option
def show(model_id: str, as_json: bool) -> None:
    """Show everything about one model."""
    registry = default_registry()
    manifest = _manifest_of(model_id, registry)
    summary = summary_of(manifest, registry)
    if as_json:
        print_json({"command": "models show", "model": {**asdict(manifest), **summary}})
        return
    for line in show_lines(manifest, summary):
        click.echo(line)


@models.command()
@click.argument("model_ids", metavar="ID…", nargs=-1, required=True)
@json_option
def fetch(model_ids: tuple[str, ...], as_json: bool) -> None:
    """Fetch and convert models, so that they start without the internet. `auto` is the default model."""
    # OpenVINO loads here, not when help is asked for.
    from selfieseg_engine.inference.convert import converted_model
    from selfieseg_engine.registry.obtain import obtain_weights

    registry = default_registry()
    manifests = [_manifest_of(model_id, registry) for model_id in model_ids]
    fetched = []
    for manifest in manifests:
        ir_path = converted_model(manifest, obtain_weights(manifest))
        fetched.append({"id": manifest.id, "weights": str(cached_weights_path(manifest)), "ir": str(ir_path)})
        if not as_json:
            click.echo(f"{manifest.id} is ready: {ir_path}")
    if as_json:
        print_json({"command": "models fetch", "models": fetched})


@models.command()
@json_option
def verify(as_json: bool) -> None:
    """Check the hash of every file that is kept; exit status 1 if one is wrong."""
    registry = default_registry()
    summaries = [summary_of(manifest, registry) for manifest in registry.manifests]
    bad = [
        summary["id"]
        for summary in summaries
        if summary["weights"] in ("damaged", "wrong") or summary["ir"] == "damaged"
    ]
    if as_json:
        print_json({"command": "models verify", "ok": not bad, "models": summaries})
    else:
        for summary in summaries:
            click.echo(f"{summary['id']}: weights {summary['weights']}, converted model {summary['ir']}")
    if bad:
        raise UserError(
            f"not all model files are right: {', '.join(bad)}",
            "their sha256 is not the recorded one",
            "run `selfieseg models fetch` with these ids, and remove wrong files from SELFIESEG_MODEL_PATH",
        )


@models.command()
@click.argument("model_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Ask nothing, also where it is your own model.")
@json_option
def remove(model_id: str, yes: bool, as_json: bool) -> None:
    """Remove a model's files: all of your own one; of another the weights, which can be fetched again.

    Files in the folders of SELFIESEG_MODEL_PATH are yours and stay.
    """
    from selfieseg_engine.model_shelf.storing import remove_model

    registry = default_registry()
    is_own = model_id in registry.troubles or registry.origin(_manifest_of(model_id, registry).id) == "own"
    if is_own and not yes:
        click.confirm(f"{model_id} is your own model: remove it with its weights?", abort=True, err=True)
    removed = remove_model(model_id, registry)
    copies = [str(path) for path in removed.copies_left]
    if as_json:
        print_json({"command": "models remove", "id": model_id, "bytes": removed.bytes, "left": copies})
        return
    click.echo(f"{model_id}: {removed.bytes / 1e6:.1f} MB are removed")
    for copy in copies:
        click.echo(f"    {copy} is yours and stays")


def _manifest_of(model_id: str, registry: Registry) -> Manifest:
    return registry.get(choose_model_id(AUTO, registry) if model_id == AUTO else model_id)
