"""``selfieseg demo``: the main job once, on a picture that comes along. What ``install.py --demo`` runs."""

from __future__ import annotations

from pathlib import Path

import click

from selfieseg_engine.cli.options import json_option, print_json
from selfieseg_engine.errors import UserError


@click.command(hidden=True)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-out"),
    help="Where to write.",
)
@click.option("--no-obs", is_flag=True, help="Use the engine alone.")
@json_option
def demo(out: Path, no_obs: bool, as_json: bool) -> None:
    """Blur the room behind a moving person, in an OBS of its own where there is one."""
    from selfieseg_engine.isolated_obs.demo import run_demo

    report = run_demo(out, in_obs=not no_obs)
    if report["obs"] is None:
        click.echo("demo: without OBS, through the engine alone", err=True)
    if as_json:
        print_json(report)
    else:
        click.echo(
            f"demo: {report['model']} on {report['device']}, preset {report['preset']}, "
            f"{report['matte_fps']} mattes/s, "
            f"{report['matte_age_ms_p50']} ms old; see before.png, after.png, matte.png, report.json in {out}"
        )
    if not report["ok"]:
        raise UserError(
            "the demo did not go well", "; ".join(report["problems"]), f"see {out / 'report.json'}"
        )
