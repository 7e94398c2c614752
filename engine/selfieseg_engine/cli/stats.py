"""``selfieseg stats``: ask the running engine for its figures."""

from __future__ import annotations

import json
from typing import Any

import click

from selfieseg_engine.cli.options import json_option, print_json


@click.command()
@json_option
def stats(as_json: bool) -> None:
    """Show what the running engine measures: every filter's rates and times."""
    # Imported late, for `selfieseg --help` imports every command.
    from selfieseg_engine.client import EngineClient
    from selfieseg_wire.messages import Stats, StatsRequest
    from selfieseg_wire.paths import run_dir

    with EngineClient.greet(run_dir(), "selfieseg stats") as client:
        report = json.loads(client.ask(StatsRequest(), Stats).json_text)
    if as_json:
        print_json(report)  # of ASCII only, whatever the sources are called
        return
    for line in report_lines(report):
        click.echo(line)


def report_lines(report: dict[str, Any]) -> list[str]:
    """Return what a person reads of a report: the engine, and a paragraph for each filter."""
    engine = report["engine"]
    lines = [
        f"engine {engine['version']}, process {engine['pid']}, up {engine['uptime_s']:.0f} s, "
        f"{engine['rss_mb']:.0f} MiB, restarted {engine['restarts']} times"
    ]
    for session in report["sessions"]:
        client = session["client"]
        lines += [
            f"{session['source']}: {session['model'] or 'loading'} on {session['device'] or '?'}, "
            f"{session['size']}",
            f"    frames in {session['fps_in']:.1f}/s, mattes out {session['fps_out']:.1f}/s, "
            f"dropped {session['dropped']}",
            f"    {_without_inference(session['mattes'], session['mattes_without_inference'])}",
            f"    inference {session['infer_ms_p50']:.1f} ms, "
            f"round trip {session['round_trip_ms_p50']:.1f} ms (95 %: {session['round_trip_ms_p95']:.1f} ms)",
            f"    OBS: callback {client['callback_ms_p50']:.2f} ms "
            f"(99 %: {client['callback_ms_p99']:.2f} ms), matte age {client['matte_age_ms_p50']:.0f} ms, "
            f"{client['without_matte_frames']} of {client['frames']} frames without a matte",
            f"    {_budget(client)}",
            f"    {_alignment(client)}",
        ]
    if not report["sessions"]:
        lines.append("no filter is connected")
    return lines


def _without_inference(mattes: int, without: int) -> str:
    if not mattes:
        return "no mattes yet"
    return f"{100 * without / mattes:.0f} % of {mattes} mattes needed no inference"


def _budget(client: dict[str, Any]) -> str:
    """Compare the filter's part of OBS's graphics thread with what it may take (docs/graphics-thread.md)."""
    budget = client["callback_budget_ms"]
    keeps = client["callback_ms_p50"] <= budget["p50"] and client["callback_ms_p99"] <= budget["p99"]
    return (
        f"{'within' if keeps else 'over'} its budget on OBS's graphics thread: "
        f"{client['callback_ms_p50']:.2f} of {budget['p50']:.2f} ms "
        f"(99 %: {client['callback_ms_p99']:.2f} of {budget['p99']:.2f} ms)"
    )


def _alignment(client: dict[str, Any]) -> str:
    """Say which matte each picture is drawn with, and how late it is."""
    if client["alignment"] == "exact":
        return (
            f"exact: every picture with its own mask, {client['delay_ms']:.0f} ms late, "
            f"{client['repeated_frames']} frames showed the picture before again"
        )
    lag = client["matte_lag_frames_p50"]
    return f"newest picture, with the mask of one {lag} frame{'' if lag == 1 else 's'} older"
