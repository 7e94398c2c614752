"""Gets one file from one address. Any thread; blocks."""

from __future__ import annotations

import sys
from pathlib import Path

import pooch
import requests

from selfieseg_engine.errors import ObtainError
from selfieseg_engine.registry.manifest import UrlSource

_TIMEOUT_SECONDS = 30


def fetch_from_url(source: UrlSource, folder: Path) -> Path:
    """Download into ``folder`` and return the path; the caller checks the hash.

    Raises:
        ObtainError: the address does not answer, or answers with an error.
    """
    target = folder / "download"
    # A tqdm bar on a terminal only; the environment's proxy settings are honoured by requests.
    download = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=_TIMEOUT_SECONDS)
    try:
        download(source.url, str(target), None)
    except (requests.RequestException, OSError) as error:
        raise ObtainError(
            f"{source.url} could not be downloaded",
            f"{type(error).__name__}",
            "check the internet connection and the proxy settings (HTTPS_PROXY)",
        ) from error
    return target
