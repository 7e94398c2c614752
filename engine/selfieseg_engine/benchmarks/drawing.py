"""What all drawn reports share: matplotlib, the extra ``report``. One thread at a time."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING

from selfieseg_engine.errors import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 110


def require_matplotlib() -> None:
    """Raise ``UserError`` where there is no matplotlib."""
    if find_spec("matplotlib") is None:
        raise UserError(
            "the report cannot be drawn",
            "matplotlib is missing",
            "install the extra: .venv/bin/python -m pip install -e '.[report]'",
        )


def new_figure(inches: tuple[float, float]) -> Figure:
    """Return an empty figure, width by height. Raises ``UserError`` where there is no matplotlib."""
    require_matplotlib()
    # Imported late: it takes a second, and only a report needs it. Not pyplot, which wants a screen.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=inches, dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def png_of(figure: Figure) -> bytes:
    """Return the figure as a PNG file."""
    content = BytesIO()
    figure.savefig(content, format="png")
    return content.getvalue()
