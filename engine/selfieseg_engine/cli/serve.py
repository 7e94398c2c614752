"""``selfieseg serve``: run the engine of this run directory."""

from __future__ import annotations

import logging
import os
import threading
from importlib.metadata import version

import click

_LINGER_SECONDS = 10.0
_DEVICES = ("AUTO", "CPU", "GPU", "NPU")


@click.command()
@click.option(
    "--threads",
    type=click.IntRange(1, 64),
    help="Most CPU threads for inference.  [default: as measured, 1 or 2]",
)
@click.option(
    "--linger",
    type=click.FloatRange(0),
    default=_LINGER_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="Leave after so long without a client.",
)
@click.option("--stay", is_flag=True, help="Never leave by itself.")
@click.option("--model", default="auto", show_default=True, metavar="ID", help="The model to load ahead.")
@click.option("--device", type=click.Choice(_DEVICES), default="AUTO", show_default=True)
def serve(threads: int | None, linger: float, stay: bool, model: str, device: str) -> None:
    """Run the engine that the OBS filter talks to. OBS starts it by itself."""
    # Imported late, for `selfieseg --help` imports every command.
    from selfieseg_engine.measured_choice import AS_MEASURED
    from selfieseg_engine.server.endpoint import ipc_is_usable
    from selfieseg_engine.server.engine import EngineOptions
    from selfieseg_engine.server.instance_lock import AlreadyRunningError
    from selfieseg_engine.server.run import run_engine
    from selfieseg_wire.paths import run_dir

    options = EngineOptions(
        threads=threads or AS_MEASURED,
        linger_seconds=linger,
        stays=stay,
        model=model,
        device=device,
        version=version("selfie-segmentation-for-obs"),
        use_ipc=ipc_is_usable(),
    )
    try:
        run_engine(options)
    except AlreadyRunningError:
        click.echo(f"an engine is already running in {run_dir()}")
    if threading.active_count() > 1:
        # Somebody is still loading or downloading a model. The interpreter would end such a thread in the
        # middle of C++ code, which aborts the process; nothing of it is needed any more.
        logging.shutdown()
        os._exit(0)
