"""The seam to OpenVINO: nothing outside this folder imports it."""

from __future__ import annotations

import sys
from importlib import import_module

_TELEMETRY = "openvino_telemetry"


def _import_openvino_without_telemetry() -> None:
    """Load OpenVINO as if its telemetry package were not installed, which it is prepared for.

    Otherwise the import alone reports to a server and writes into the user's home, without asking. Only
    this process is concerned: no setting of the user's other programs is changed.
    """
    if "openvino" in sys.modules or _TELEMETRY in sys.modules:
        return
    sys.modules[_TELEMETRY] = None  # type: ignore[assignment]  # Python's way to say: not there
    try:
        import_module("openvino")
    finally:
        del sys.modules[_TELEMETRY]


_import_openvino_without_telemetry()
