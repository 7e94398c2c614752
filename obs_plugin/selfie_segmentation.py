"""Selfie Segmentation for OBS: the one script to add in OBS under Tools > Scripts.

Script hooks only; the work is done in selfieseg_obs (Python half) and filter/ (Lua half).
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.append(str(HERE))

from selfieseg_obs import product  # noqa: E402  # found through the path above


def script_description() -> str:
    """Return what OBS shows beside the script (HTML)."""
    return (
        "<b>Selfie Segmentation</b><p>Blurs or replaces what is behind you, without a green screen.</p>"
        "<p>Right-click your camera in <i>Sources</i>, choose <i>Filters</i>, press <b>+</b> under "
        "<i>Effect Filters</i> and choose <b>Selfie Segmentation</b>. How it is doing is shown at the top "
        "of the filter's settings.</p>"
    )


def script_load(_settings: object) -> None:
    """Bring the filter up (UI thread)."""
    product.load(HERE)


def script_unload() -> None:
    """Take everything down (UI thread)."""
    product.unload()
    # A reload of the script, say after an update, is to get the new code.
    for name in [name for name in sys.modules if name.startswith(("selfieseg_obs", "selfieseg_wire"))]:
        del sys.modules[name]
