"""``selfieseg models``: what models there are, and their weights on this machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from selfieseg_engine.cli.models_measure import measure_models
from selfieseg_engine.cli.options import json_option, print_json
from selfieseg_engine.errors import UserError
from selfieseg_engine.model_choice import AUTO, choose_model_id
from selfieseg_engine.registry.cache_paths import cached_weights_path, ir_dir
from selfieseg_engine.registry.ir_cache import is_intact_ir
from selfieseg_engine.registry.manifest import Manifest, UrlSource, WheelSource
from selfieseg_engine.registry.registry import Registry, default_registry

_STATE_TEXTS = {
    "ready": "ready",
    "local": "in SELFIESEG_MODEL_PATH",
    "missing": "not fetched yet",
    "damaged": "damaged, is fetched again when used",
    "wrong": "WRONG FILE in SELFIESEG_MODEL_PATH, not used",
}


@click.group()
def models() -> None:
    """List the models, fetch their weights, check them."""


models.add_command(measure_models)


@models.command("list")
@json_option
def list_models(as_json: bool) -> None:
    """List every model."""
    manifests = default_registry().manifests
    if as_json:
        print_json({"command": "models list", "models": [_summary(manifest) for manifest in manifests]})
        return
    for manifest in manifests:
        summary = _summary(manifest)
        click.echo(f"{manifest.id}: {manifest.title}")
        click.echo(f"    {manifest.good_for}; cost {manifest.cost}; {manifest.licence}")
        click.echo(f"    gives {_what_it_gives(manifest)}")
        click.echo(f"    {_STATE_TEXTS[summary['weights']]}")


@models.command()
@click.argument("model_id", metavar="ID")
@json_option
def show(model_id: str, as_json: bool) -> None:
    """Show everything about one model."""
    manifest = _manifest_of(model_id, default_registry())
    if as_json:
        print_json({"command": "models show", "model": {**asdict(manifest), **_summary(manifest)}})
        return
    facts = manifest.input
    click.echo(f"{manifest.id}: {manifest.title}")
    click.echo(f"  good for   {manifest.good_for}")
    click.echo(f"  licence    {manifest.licence}, {manifest.credit}")
    click.echo(f"  cost       {manifest.cost}")
    click.echo(f"  input      {facts.width}x{facts.height} {facts.colour} ({facts.resize})")
    click.echo(f"  gives      {_what_it_gives(manifest)}")
    click.echo(f"  output     {manifest.output.meaning}, {manifest.output.channels} channel(s)")
    click.echo(
        f"  file       {manifest.file.name}, {manifest.file.bytes} bytes, sha256 {manifest.file.sha256}"
    )
    for source in manifest.sources:
        click.echo(f"  source     {_source_text(source)}")
    click.echo(f"  weights    {_STATE_TEXTS[_summary(manifest)['weights']]}: {cached_weights_path(manifest)}")


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
    summaries = [_summary(manifest) for manifest in default_registry().manifests]
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


def _manifest_of(model_id: str, registry: Registry) -> Manifest:
    return registry.get(choose_model_id(AUTO, registry) if model_id == AUTO else model_id)


def _what_it_gives(manifest: Manifest) -> str:
    gifts = ["a matte of the person"] if manifest.output.person else []
    if manifest.output.classes:
        gifts.append(f"classes: {', '.join(manifest.output.classes)}")
    return "; ".join(gifts)


def _summary(manifest: Manifest) -> dict[str, Any]:
    # Imported late: it brings the downloaders with it.
    from selfieseg_engine.registry.obtain import weights_state

    folder = ir_dir(manifest)
    ir_state = "missing" if not folder.exists() else "ready" if is_intact_ir(folder) else "damaged"
    return {
        "id": manifest.id,
        "title": manifest.title,
        "good_for": manifest.good_for,
        "licence": manifest.licence,
        "cost": manifest.cost,
        "gives_matte": bool(manifest.output.person),
        "classes": list(manifest.output.classes),
        "weights": weights_state(manifest),
        "ir": ir_state,
    }


def _source_text(source: WheelSource | UrlSource) -> str:
    if isinstance(source, WheelSource):
        return f"PyPI, {source.project} {source.version}, {source.member}"
    return source.url
