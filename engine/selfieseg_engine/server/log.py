"""The engine's log: a rotating file, and stderr where somebody watches."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler

from selfieseg_wire.paths import log_dir

LOG_NAME = "engine.log"
_FORMAT = "%(asctime)s %(process)d %(levelname)s %(threadName)s %(message)s"
_MAX_BYTES = 1_000_000
_BACKUPS = 3


def start_logging() -> None:
    """Send all loggers there. Main thread, once. Without a place for the file, stderr has to do."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    try:
        log_dir().mkdir(parents=True, exist_ok=True)
        file = RotatingFileHandler(
            log_dir() / LOG_NAME, maxBytes=_MAX_BYTES, backupCount=_BACKUPS, encoding="utf-8", delay=True
        )
        _add(root, file)
        watched = sys.stderr is not None and sys.stderr.isatty()
    except OSError as error:
        watched = sys.stderr is not None
        if watched:
            print(f"the log cannot be written to {log_dir()}: {error}", file=sys.stderr)
    if watched:
        _add(root, logging.StreamHandler())


def _add(root: logging.Logger, handler: logging.Handler) -> None:
    handler.setFormatter(logging.Formatter(_FORMAT))
    root.addHandler(handler)
