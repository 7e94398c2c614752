"""Entry point of ``selfieseg``: finds the command and turns failures into one line. Only wires."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click

from selfieseg_engine.errors import UserError

# A new command is one line here and one file beside this one.
COMMANDS = {
    "batch": "selfieseg_engine.cli.batch:batch",
    "bench": "selfieseg_engine.cli.bench:bench",
    "compile": "selfieseg_engine.cli.compile:compile_all",
    "demo": "selfieseg_engine.cli.demo:demo",
    "doctor": "selfieseg_engine.cli.doctor:doctor",
    "image": "selfieseg_engine.cli.image:image",
    "live": "selfieseg_engine.cli.live:live",
    "models": "selfieseg_engine.cli.models:models",
    "obs": "selfieseg_engine.cli.obs:obs",
    "serve": "selfieseg_engine.cli.serve:serve",
    "stats": "selfieseg_engine.cli.stats:stats",
    "video": "selfieseg_engine.cli.video:video",
}

_INTERRUPTED = 130  # as shells have it


class CommandTable(click.Group):
    """Imports a command's file when it is asked for, so that every start is quick.

    Commands keep heavy imports (OpenCV, OpenVINO) inside their functions: ``--help`` imports them all.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every name of the table, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command, or None where its name or its file does not exist."""
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module_name, _, attribute = target.partition(":")
        if find_spec(module_name) is None:
            return None
        command: click.Command = getattr(import_module(module_name), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a failure becomes one ``error:`` line and exit status 1, Ctrl-C 130."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _fail(ctx, "interrupted, nothing half-written is left, run it again", _INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:  # the reader has had enough (`| head`): click ends quietly
            raise
        except UserError as error:
            if ctx.params["debug"]:
                raise
            _fail(ctx, str(error))
        except Exception as error:  # the last fence: a traceback helps no user
            if ctx.params["debug"]:
                raise
            _fail(
                ctx,
                f"the program has a fault, {type(error).__name__}: {error}, "
                "please report it with what `selfieseg --debug …` prints",
            )


def _fail(ctx: click.Context, message: str, status: int = 1) -> None:
    click.echo("error: " + " ".join(message.split()), err=True)
    ctx.exit(status)


@click.command(cls=CommandTable, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, hidden=True, help="Show tracebacks.")
@click.version_option(package_name="selfie-segmentation-for-obs")
def cli(debug: bool) -> None:
    """Selfie segmentation: person mattes and other backgrounds for pictures, recordings and OBS."""


def main() -> None:
    """Run the command line; never returns."""
    cli(prog_name="selfieseg")


if __name__ == "__main__":
    main()
