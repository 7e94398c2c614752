"""A small web server on this machine that a test can let misbehave."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class ServedFile:
    """What is served, and how.

    Attributes:
        content: the file.
        cut_after: how many bytes each answer sends before the connection breaks; None sends all.
        takes_ranges: whether ``Range`` is understood.
        announced: the length that is told; None tells the right one, -1 none.
        endless: it never stops sending.
        asked: the ``Range`` of each request, in order.
    """

    content: bytes
    cut_after: int | None = None
    takes_ranges: bool = True
    announced: int | None = None
    endless: bool = False
    status: int = 200
    asked: list[str] = field(default_factory=list)


@contextmanager
def served(file: ServedFile) -> Iterator[str]:
    """Yield the address of ``file``, which may be changed meanwhile."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            file.asked.append(wanted)
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
            if not file.takes_ranges:
                start = 0
            if start and start >= len(file.content):
                self.send_error(416)
                return
            if file.status != 200:
                self.send_error(file.status)
                return
            rest = file.content[start:]
            self.send_response(206 if start else 200)
            if start:
                last = len(file.content) - 1
                self.send_header("Content-Range", f"bytes {start}-{last}/{len(file.content)}")
            if file.announced != -1:
                self.send_header("Content-Length", str(file.announced or len(rest)))
            self.end_headers()
            self.wfile.write(rest if file.cut_after is None else rest[: file.cut_after])
            try:
                while file.endless:
                    self.wfile.write(bytes(1 << 16))
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/file"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
