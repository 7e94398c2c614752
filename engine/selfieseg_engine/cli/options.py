"""Options that several commands share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from selfieseg_engine.cli.option_groups import BACKGROUND, GroupedOption
from selfieseg_engine.composite.background import SYNTAX, SYNTAX_FOR_PICTURES, Background, parse_background
from selfieseg_engine.errors import BackgroundError

Command = TypeVar("Command", bound=Callable[..., Any])

# Spelt out rather than imported: the inference package loads OpenVINO, and help must not wait for that.
DEVICES = ("AUTO", "CPU", "GPU", "NPU")

# Whether a file may be read is found out by reading it: that is a failure, not a wrong use of the command.
PATH = click.Path(path_type=Path, readable=False)


def _parse_background(_ctx: click.Context, _param: click.Parameter, text: str) -> Background:
    """Turn the option's text into a background; a misspelt one is a usage error."""
    try:
        return parse_background(text)
    except BackgroundError as error:
        raise click.BadParameter(str(error)) from error


def _parse_backgrounds(
    ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]
) -> tuple[Background, ...]:
    return tuple(_parse_background(ctx, param, text) for text in texts)


background_option = click.option(
    "--background",
    cls=GroupedOption,
    group=BACKGROUND,
    callback=_parse_background,
    default="blur:50",
    show_default=True,
    metavar="B",
    help=SYNTAX_FOR_PICTURES,
)
backgrounds_option = click.option(
    "--background",
    "backgrounds",
    cls=GroupedOption,
    group=BACKGROUND,
    callback=_parse_backgrounds,
    default=("blur:50", "grayscale", "color:#00FF00"),
    multiple=True,
    show_default=True,
    metavar="B",
    help=f"Several times, to switch between them: {SYNTAX}",
)
json_option = click.option("--json", "as_json", is_flag=True, help="End with one JSON object on stdout.")


class_model_option = click.option(
    "--class-model",
    default="auto",
    show_default=True,
    metavar="ID",
    help="The model for hair, skin and clothes, where they are wanted: an id, or auto for one that is here.",
)


model_option = click.option(
    "--model", default="auto", show_default=True, metavar="ID", help="A model's id, or auto."
)
device_option = click.option("--device", type=click.Choice(DEVICES), default="AUTO", show_default=True)


def threads_option(default: str) -> Callable[[Command], Command]:
    """Return ``--threads``, of which help says what goes without it."""
    return click.option(
        "--threads",
        type=click.IntRange(min=1),
        help=f"Most CPU threads for inference.  [default: {default}]",
    )


def engine_options(command: Command) -> Command:
    """Add ``--model``, ``--device`` and ``--threads``."""
    for option in (threads_option("as measured, 1 or 2"), device_option, model_option):
        command = option(command)
    return command


def print_json(answer: dict[str, Any]) -> None:
    """Print the answer of ``--json``: one object on one line, the last on stdout."""
    click.echo(json.dumps(answer))
