"""``selfieseg models quantize``: an 8-bit model from the user's own pictures, if that is worth it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from selfieseg_engine.cli.options import json_option, print_json

if TYPE_CHECKING:
    from selfieseg_engine.model_shelf.quantizing import Outcome, Wanted


@click.command("quantize")
@click.argument("model_id", metavar="ID")
@click.option(
    "--images",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="10 or more pictures of people as your camera sees them; 100 to 300 are better.",
)
@click.option("--id", "new_id", help="What to call it.  [default: ID_int8]")
@click.option(
    "--min-iou",
    type=click.FloatRange(0, 1),
    default=0.97,
    show_default=True,
    help="Least overlap of its people with the original's.",
)
@click.option(
    "--max-mad",
    type=click.FloatRange(0, 1),
    default=0.02,
    show_default=True,
    help="Most mean difference of its masks from the original's.",
)
@json_option
def quantize(
    model_id: str, images: Path, new_id: str | None, min_iou: float, max_mad: float, as_json: bool
) -> None:
    """Make an 8-bit model of a known one with pictures of your own.

    It is kept only if it is faster on this machine and its masks are those of the original.
    """
    # OpenVINO and OpenCV load here, not when help is asked for.
    from tqdm import tqdm

    from selfieseg_engine.inference.quantization import require_nncf, require_quantizable
    from selfieseg_engine.model_shelf.adding import require_free_id
    from selfieseg_engine.model_shelf.quantizing import Wanted, quantize_model, read_pictures
    from selfieseg_engine.registry.registry import default_registry

    registry = default_registry()
    manifest = registry.get(model_id)
    chosen_id = new_id or f"{model_id}_int8"
    require_free_id(chosen_id, None, registry)
    require_quantizable(manifest)
    require_nncf()
    with tqdm(desc="reading pictures", unit="", disable=None) as bar:
        pictures = read_pictures(images, bar.update)
    wanted = Wanted(min_iou, max_mad)
    click.echo(f"quantizing {model_id} with {len(pictures)} pictures …", err=True)
    outcome, made = quantize_model(manifest, chosen_id, pictures, wanted)
    if as_json:
        print_json(_answer(model_id, chosen_id if made is not None else None, outcome))
        return
    for line in told(model_id, outcome):
        click.echo(line)
    if made is not None:
        click.echo(f"{chosen_id} is kept; try it: selfieseg image PHOTO -o OUT.png --model {chosen_id}")
    else:
        click.echo(f"it is not kept: {_why_not(outcome, wanted)}; {model_id} stays as it is")


def told(model_id: str, outcome: Outcome) -> list[str]:
    """Return both figures as lines for people. Pure."""
    agreed = outcome.agreement
    return [
        f"{model_id}: {outcome.original_ms:.2f} ms a frame on one thread; 8 bit: "
        f"{outcome.quantized_ms:.2f} ms ({outcome.original_ms / outcome.quantized_ms:.2f} times as fast)",
        f"agreement on {outcome.held_out} pictures that were kept apart: people overlap by {agreed.iou:.3f} "
        f"(IoU), masks differ by {agreed.mad:.4f}",
    ]


def _why_not(outcome: Outcome, wanted: Wanted) -> str:
    reasons = [] if outcome.is_faster else ["it is not faster"]
    if not outcome.agrees(wanted):
        reasons.append("its masks are others")
    return " and ".join(reasons)


def _answer(model_id: str, kept_as: str | None, outcome: Outcome) -> dict[str, Any]:
    return {
        "command": "models quantize",
        "model": model_id,
        "kept_as": kept_as,
        "original_ms": round(outcome.original_ms, 3),
        "quantized_ms": round(outcome.quantized_ms, 3),
        "iou": round(outcome.agreement.iou, 5),
        "mad": round(outcome.agreement.mad, 5),
        "pictures_held_out": outcome.held_out,
    }
