"""Takes back what install.py did outside this checkout: run `python3 install/uninstall.py`."""

from __future__ import annotations

import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent

if sys.version_info < (3, 10):  # noqa: UP036  # told before anything newer is imported
    sys.exit("error: this Python is too old, 3.10 or newer is needed, run this file with a newer one")

sys.path[:0] = [str(CHECKOUT / "install"), str(CHECKOUT / "engine")]

from selfieseg_setup import console, uninstall_flow  # noqa: E402

if __name__ == "__main__":
    sys.exit(
        console.run_reporting_errors(
            lambda: uninstall_flow.uninstall(uninstall_flow.parse_arguments(sys.argv[1:]), CHECKOUT)
        )
    )
