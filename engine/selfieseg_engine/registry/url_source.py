"""Gets one file from one address, going on where an earlier attempt was cut off. Any thread; blocks."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests
from tqdm import tqdm

from selfieseg_engine.errors import ObtainError
from selfieseg_engine.registry.offline import require_online

Tell = Callable[[int, int], None]

HARD_LIMIT_BYTES = 1 << 31
_TIMEOUT_SECONDS = (10, 30)  # to connect, and between two pieces
_PIECE_BYTES = 1 << 14
_ATTEMPTS = 3
_OK, _PARTIAL, _RANGE_REFUSED = 200, 206, 416
# Special ones before the general ones that they belong to.
_REASONS: dict[type[requests.RequestException], str] = {
    requests.Timeout: "it does not answer",
    requests.exceptions.ProxyError: "the proxy cannot be reached",
    requests.exceptions.SSLError: "its certificate is not trusted here",
    requests.exceptions.ChunkedEncodingError: "the connection broke",
    requests.exceptions.ContentDecodingError: "what it sends cannot be unpacked",
    requests.ConnectionError: "it cannot be reached",
}
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class TooLargeError(ObtainError):
    """The server has more bytes than the file may have; nothing that it sent is kept."""


@dataclass(frozen=True)
class Answer:
    """What a server is about to send: bytes from ``start`` on, of ``total`` (0 = it does not say)."""

    start: int
    total: int


def download(url: str, part: Path, wanted_bytes: int | None, tell: Tell) -> None:
    """Bring ``part`` to its full length; the caller checks what is in it.

    What lies there already is kept and the rest asked for, whichever address it came from: the file is known
    by its hash. A connection that breaks is taken up again at once, as long as something comes.

    Args:
        url: http is not refused here, manifests take only https.
        part: grows while it is written, and stays when the connection is lost.
        wanted_bytes: the size the file must have; None where that is unknown: then at most 2 GiB.
        tell: called with the bytes so far and in all (0 = unknown).

    Raises:
        TooLargeError: the server has more; what it sent is removed.
        ObtainError: the address does not answer, or answers with an error or another size; or nothing may be
            fetched.
        OSError: ``part`` cannot be written.
    """
    require_online(url)
    for attempt in range(_ATTEMPTS):
        before = _size_of(part)
        try:
            _attempt(url, part, wanted_bytes, tell)
        except requests.RequestException as error:
            if attempt == _ATTEMPTS - 1 or _size_of(part) <= before:
                raise ObtainError(
                    f"{url} could not be downloaded",
                    _reason_of(error),
                    "check the internet connection and the proxy settings (HTTPS_PROXY)",
                ) from error
        else:
            return


def read_answer(status: int, headers: dict[str, str], asked_from: int) -> Answer:
    """Return what an answer announces. Pure.

    Args:
        status: 200 or 206.
        headers: with names in small letters.
        asked_from: the first byte that was asked for.

    Raises:
        ValueError: it sends another part than the one that was asked for.
    """
    length = headers.get("content-length", "")
    if status == _OK:  # the whole file, whatever was asked for
        return Answer(0, int(length) if length.isdigit() else 0)
    told = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if told is None or int(told[1]) != asked_from:
        raise ValueError(
            f"it sends {headers.get('content-range')!r} when asked for bytes from {asked_from} on"
        )
    return Answer(asked_from, 0 if told[2] == "*" else int(told[2]))


def _attempt(url: str, part: Path, wanted_bytes: int | None, tell: Tell) -> None:
    start = _size_of(part)
    if wanted_bytes is not None and start >= wanted_bytes:
        if start == wanted_bytes:
            return
        part.unlink()
        start = 0
    # Without compression on the way, lengths are those of the file.
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={start}-"} if start else {})}
    with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_SECONDS) as response:
        if response.status_code == _RANGE_REFUSED and start:
            part.unlink()  # the server has nothing after that, so it cannot be a beginning
            _attempt(url, part, wanted_bytes, tell)
            return
        response.raise_for_status()
        if response.status_code not in (_OK, _PARTIAL):
            raise ObtainError(f"{url} could not be downloaded", f"status {response.status_code}", "try later")
        try:
            answer = read_answer(
                response.status_code, {k.lower(): v for k, v in response.headers.items()}, start
            )
        except ValueError as error:
            raise ObtainError(f"{url} could not be downloaded", str(error), "try again later") from error
        _check_size(url, answer.total, wanted_bytes)
        _write(url, response, part, answer, wanted_bytes, tell)


def _write(
    url: str, response: requests.Response, part: Path, answer: Answer, wanted_bytes: int | None, tell: Tell
) -> None:
    limit = wanted_bytes or HARD_LIMIT_BYTES
    total = wanted_bytes or answer.total
    done = answer.start
    bar = tqdm(
        total=total or None,
        initial=done,
        desc=part.stem,
        unit="B",
        unit_scale=True,
        disable=not sys.stderr.isatty(),
        file=sys.stderr,
    )
    with bar, part.open("ab" if answer.start else "wb") as file:
        tell(done, total)
        for piece in response.iter_content(_PIECE_BYTES):
            done += len(piece)
            if done > limit:
                break
            file.write(piece)
            bar.update(len(piece))
            tell(done, total)
    if done > limit:
        part.unlink()
        raise _too_large(url, "it sends more", limit)
    if total and done < total:
        raise requests.exceptions.ChunkedEncodingError  # as where requests notices it by itself


def _check_size(url: str, total: int, wanted_bytes: int | None) -> None:
    limit = wanted_bytes or HARD_LIMIT_BYTES
    if total > limit:
        raise _too_large(url, f"it has {total} bytes", limit)
    if total and wanted_bytes and total < wanted_bytes:
        raise ObtainError(
            f"{url} could not be downloaded",
            f"it has {total} instead of {wanted_bytes} bytes",
            "ask who publishes that file why it differs",
        )


def _too_large(url: str, found: str, limit: int) -> TooLargeError:
    return TooLargeError(
        f"{url} is too large",
        f"{found} and may have {limit} bytes",
        "nothing of it is kept; ask who publishes it",
    )


def _size_of(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _reason_of(error: requests.RequestException) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"status {error.response.status_code} {error.response.reason}"
    for kind, reason in _REASONS.items():
        if isinstance(error, kind):
            return reason
    return type(error).__name__
