"""A checkout with a model of the test's own, and the server that it comes from: as slow as the test wants."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
MANIFEST = """
schema = 1
title = "{title}"
good_for = "Tests"
licence = "Apache-2.0"
credit = "MediaPipe, Google"
cost = "low"

[file]
name = "{model_id}.tflite"
bytes = {size}
sha256 = "{sha256}"

[[sources]]
kind = "url"
url = "{url}"

[input]
name = "input_1"
width = 256
height = 256
layout = "NHWC"
colour = "RGB"
mean = [0.0, 0.0, 0.0]
scale = [255.0, 255.0, 255.0]
resize = "stretch"

[output]
name = "activation_10"
meaning = "probability"
layout = "NHWC"
channels = 1
person = [0]

[conversion]
extensions = ["Convolution2DTransposeBias"]
"""


class SlowServer:
    """Serves one file by https: its first half at once, the rest when ``go_on`` is set."""

    def __init__(self, content: bytes, certificate: Path, key: Path) -> None:
        self.content = content
        self.go_on = threading.Event()
        slow_server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(slow_server.content)))
                self.end_headers()
                half = len(slow_server.content) // 2
                self.wfile.write(slow_server.content[:half])
                self.wfile.flush()
                slow_server.go_on.wait(120)
                with contextlib.suppress(OSError):  # the engine may have been ended meanwhile
                    self.wfile.write(slow_server.content[half:])

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self._server.server_port}/model.tflite"

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Serve for the length of the block."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.go_on.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Return certificate and key for 127.0.0.1; skip where there is no openssl to make them."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl for a server of the test's own")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-out", str(certificate), "-keyout", str(key)], check=True, capture_output=True)
    return certificate, key


class SlowModel:
    """A model that is slow to come, and the checkout that knows it."""

    def __init__(self, folder: Path, model_id: str, weights: bytes) -> None:
        """Make both in ``folder``; ``weights`` is what MediaPipe's general model is."""
        self.model_id = model_id
        self.title = f"The model {model_id}"
        certificate, key = make_certificate(folder)
        self.server = SlowServer(weights, certificate, key)
        self.checkout = folder / "checkout"
        for part in ("engine", "models"):
            # With what the installer has compiled.
            shutil.copytree(CHECKOUT / part, self.checkout / part)
        own = self.checkout / "models" / model_id
        own.mkdir()
        text = MANIFEST.format(
            title=self.title,
            model_id=model_id,
            size=len(weights),
            sha256=hashlib.sha256(weights).hexdigest(),
            url=self.server.url,
        )
        (own / "manifest.toml").write_text(text, encoding="utf-8")
        self.environment = {
            "PYTHONPATH": str(self.checkout / "engine"),
            "REQUESTS_CA_BUNDLE": str(certificate),
            "NO_PROXY": "127.0.0.1",
        }
