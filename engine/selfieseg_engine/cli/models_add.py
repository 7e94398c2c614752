"""``selfieseg models add``: asks, shows, and stores what the user agrees to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from selfieseg_engine.cli.options import json_option, print_json

if TYPE_CHECKING:
    from selfieseg_engine.model_shelf.adding import Proposal, Request
    from selfieseg_engine.model_shelf.wishes import Triple, Wishes
    from selfieseg_engine.registry.manifest import Manifest

Command = TypeVar("Command", bound=Callable[..., Any])

_MEANINGS = ("probability", "logits", "class-index")


def _numbers(_ctx: click.Context, param: click.Parameter, text: str | None) -> Triple | None:
    """Turn ``1,2,3`` or ``1`` into three numbers."""
    if text is None:
        return None
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not one number, or three with commas") from error
    if len(values) == 1:
        values *= 3
    if len(values) != 3 or (param.name == "scale" and 0 in values):
        raise click.BadParameter(f"{text!r} is not one number, or three with commas (a scale is never 0)")
    return cast("Triple", tuple(values))


def _channels(_ctx: click.Context, _param: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    """Turn ``1,2`` into channels; ``none`` is no channel."""
    if text is None:
        return None
    try:
        return () if text == "none" else tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a list of whole numbers with commas, or none") from error


def _wish_options(command: Command) -> Command:
    for option in (
        click.option("--non-commercial", is_flag=True, help="Its licence forbids what earns money."),
        click.option("--credit", help="Who made it."),
        click.option("--licence", help="Its licence."),
        click.option("--good-for", help="What it is good for, in your words."),
        click.option("--title", help="What lists call it."),
        click.option("--classes", help="What each channel means, with commas: background,hair,…"),
        click.option(
            "--person", callback=_channels, help="Channels that are the person (first is 0), or none."
        ),
        click.option("--meaning", type=click.Choice(_MEANINGS), help="What its answer is."),
        click.option("--output", help="Name of the output for masks."),
        click.option("--input", help="Name of the input for pictures."),
        click.option(
            "--scale", callback=_numbers, help="(pixel - mean) / scale: one number, or one per colour."
        ),
        click.option("--mean", callback=_numbers, help="See --scale."),
        click.option("--colour", type=click.Choice(["RGB", "BGR"]), help="Order of the colours."),
        click.option("--layout", type=click.Choice(["NHWC", "NCHW"]), help="Order of its input's sides."),
        click.option("--height", type=click.IntRange(16, 4096), help="Of its pictures; see --width."),
        click.option("--width", type=click.IntRange(16, 4096), help="Of its pictures, where it is open."),
    ):
        command = option(command)
    return command


@click.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--id", "model_id", help="What to call it.  [default: after the file]")
@click.option("--like", metavar="ID", help="It takes and answers what this known model does.")
@click.option(
    "--sample",
    "samples",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A photo of a person, to try it on; give several for a surer guess.",
)
@click.option("--sheet", type=click.Path(path_type=Path), help="Where to write the pictures to judge it by.")
@click.option("--yes", is_flag=True, help="Ask nothing: store what is proposed, if it shows a person.")
@_wish_options
@json_option
def add(
    file: Path,
    model_id: str | None,
    like: str | None,
    samples: tuple[Path, ...],
    sheet: Path | None,
    yes: bool,
    as_json: bool,
    **wishes: Any,
) -> None:
    """Add a model of your own: an .onnx, a .tflite, or the .xml of an OpenVINO IR.

    It is inspected, tried on your photo in all usual ways, and stored when you say that it looks right.
    """
    # OpenVINO and OpenCV load here, not when help is asked for.
    from tqdm import tqdm

    from selfieseg_engine.model_shelf.adding import Request, proposed, require_free_id, suggested_id
    from selfieseg_engine.pictures import read_picture
    from selfieseg_engine.registry.registry import default_registry

    registry = default_registry()
    chosen_id = model_id or _usual_id(like) or suggested_id(file)
    require_free_id(chosen_id, like, registry)
    photos = [read_picture(path) for path in samples or _asked_samples(yes)]
    request = Request(file, chosen_id, _wishes(wishes), like)
    if not yes and like is None:
        request = _with_asked_size(request)
    with ExitStack() as stack:
        with tqdm(desc=f"trying {file.name}", unit="", disable=None) as bar:
            proposal = stack.enter_context(proposed(request, photos, registry, bar.update))
        sheet_path = _write_sheet(proposal, photos, sheet, chosen_id, yes)
        for line in _told(proposal):
            click.echo(line, err=as_json)
        if sheet_path is not None:
            click.echo(f"look at {sheet_path}", err=as_json)
        index = _plausible_row(proposal) if yes else _asked_row(proposal)
        manifest = proposal.store(index)
    if as_json:
        print_json(_answer(manifest.id, proposal, index, sheet_path))
    else:
        click.echo(f"{manifest.id} is stored; try it: {_way_to_try(manifest)}")


def _usual_id(like: str | None) -> str | None:
    """Return the id of a known model that the user's file completes, if ``like`` is one."""
    from selfieseg_engine.registry.registry import default_registry

    is_open = like is not None and default_registry().get(like).file.digest is None
    return like if is_open else None


def _asked_samples(yes: bool) -> tuple[Path, ...]:
    if yes:
        raise click.UsageError("--yes needs --sample: a photo of a person to try the model on")
    return (click.prompt("A photo of a person to try it on", type=click.Path(path_type=Path), err=True),)


def _wishes(given: dict[str, Any]) -> Wishes:
    from selfieseg_engine.model_shelf.wishes import Wishes

    classes = tuple(name.strip() for name in (given.pop("classes") or "").split(",") if name.strip())
    return Wishes(**given, classes=classes)


def _with_asked_size(request: Request) -> Request:
    """Ask for width and height where the file leaves them open and the user has not said them."""
    from dataclasses import replace

    from selfieseg_engine.inference.inspection import inspect_model
    from selfieseg_engine.model_shelf.model_file import require_model_file
    from selfieseg_engine.model_shelf.propose_input import has_open_size

    require_model_file(request.file)
    wishes = request.wishes
    if wishes.width and wishes.height:
        return request
    if not has_open_size(inspect_model(request.file), wishes):
        return request
    click.echo("The model leaves open how large its pictures are; its publisher says it.", err=True)
    width = click.prompt("Width", type=click.IntRange(16, 4096), default=wishes.width or 256, err=True)
    height = click.prompt("Height", type=click.IntRange(16, 4096), default=wishes.height or 256, err=True)
    return replace(request, wishes=replace(wishes, width=width, height=height))


def _write_sheet(
    proposal: Proposal, photos: list[Any], sheet: Path | None, model_id: str, yes: bool
) -> Path | None:
    """Write the sheet where the user wants it, or where somebody is going to look at it."""
    from selfieseg_engine.model_shelf.contact_sheet import SheetRow, draw_sheet
    from selfieseg_engine.pictures import write_picture

    if sheet is None and yes:
        return None
    path = (sheet or Path(f"{model_id}_sheet.png")).absolute()
    rows = [SheetRow(f"{each.title}  ({each.score:.2f})", each.masks) for each in proposal.tried.candidates]
    write_picture(path, draw_sheet(photos, rows, proposal.tried.proposed))
    return path


def _told(proposal: Proposal) -> list[str]:
    tried = proposal.tried
    facts = tried.candidates[tried.proposed].manifest
    lines = [
        f"takes    {'; '.join(str(port) for port in proposal.inspection.inputs)}",
        f"answers  {'; '.join(str(port) for port in proposal.inspection.outputs)}",
        f"so       {facts.input.width}x{facts.input.height} pictures in {facts.input.layout}; "
        f"{facts.output.name}: {facts.output.meaning}, "
        f"{facts.output.channels} channel(s), person {list(facts.output.person)}",
        *(f"keeps    {state.output} as {state.input} for the next frame" for state in facts.states),
        f"takes    {tried.milliseconds:.1f} ms a frame on one thread",
    ]
    for index, each in enumerate(tried.candidates):
        mark = "*" if index == tried.proposed else " "
        lines.append(f"{mark} {index + 1}: {each.title}, looks {each.score:.0%} right")
    if facts.output.person and not tried.was_compared:
        lines.append(
            "(a guess: `selfieseg models fetch auto` first would give it a known model to compare with)"
        )
    return lines


def _way_to_try(manifest: Manifest) -> str:
    if manifest.output.person:
        return f"selfieseg image PHOTO -o OUT.png --model {manifest.id}"
    return f"selfieseg image PHOTO -o OUT.png --classes MAP.png --class-model {manifest.id}"


def _plausible_row(proposal: Proposal) -> int:
    """Return the proposed candidate. Raises ``ShelfError`` where it does not show a person: nobody looks."""
    from selfieseg_engine.model_shelf.errors import ShelfError

    if proposal.tried.is_plausible:
        return proposal.tried.proposed
    best = proposal.tried.candidates[proposal.tried.proposed]
    raise ShelfError(
        "this model is not taken",
        f"none of its masks shows the person in the photo: the best looks {best.score:.0%} right",
        "try other photos, or say what its publisher says: --mean, --scale, --colour, --person, --output",
    )


def _asked_row(proposal: Proposal) -> int:
    """Return the candidate that the user chooses; none is proposed where none seems to show a person."""
    tried = proposal.tried
    if not tried.is_plausible:
        click.echo("None of them seems to show the person in the photo.", err=True)
    number = click.prompt(
        "Which row shows the person best? (0 = none)",
        type=click.IntRange(0, len(tried.candidates)),
        default=tried.proposed + 1 if tried.is_plausible else 0,
        err=True,
    )
    if number == 0:
        raise click.Abort
    return int(number) - 1


def _answer(model_id: str, proposal: Proposal, index: int, sheet_path: Path | None) -> dict[str, Any]:
    return {
        "command": "models add",
        "id": model_id,
        "ms": round(proposal.tried.milliseconds, 3),
        "stored": index + 1,
        "candidates": [
            {"title": each.title, "score": round(each.score, 4)} for each in proposal.tried.candidates
        ],
        "sheet": None if sheet_path is None else str(sheet_path),
    }
