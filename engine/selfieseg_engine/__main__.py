"""``python -m selfieseg_engine`` is ``selfieseg``: it needs no script on the path, so OBS starts it so."""

from __future__ import annotations

from selfieseg_engine.cli.main import main

if __name__ == "__main__":
    main()
