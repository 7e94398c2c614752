"""``selfieseg compile``: what would else be compiled when the first frame comes. The installer runs it."""

from __future__ import annotations

import click


@click.command(hidden=True)
def compile_all() -> None:
    """Compile for this processor what goes through pictures pixel by pixel; quick when it is done."""
    # Numba loads here, not when help is asked for.
    from selfieseg_engine.compile_ahead import compile_composites, compile_mattes
    from selfieseg_engine.recording.plane_drawing import compile_planes

    compile_mattes()
    compile_composites()
    compile_planes()
