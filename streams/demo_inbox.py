"""Where a demo's messages go: nobody real is told of a day that never was."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from streams.children import HOST


class _Taking(BaseHTTPRequestHandler):
    """Takes every message and keeps none."""

    def do_POST(self) -> None:
        """Read it to its end, and say that it has come."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(HTTPStatus.NO_CONTENT)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal is the demo's."""


@contextmanager
def open_inbox() -> Iterator[str]:
    """Take messages on this machine while the block runs; gives the address."""
    with ThreadingHTTPServer((HOST, 0), _Taking) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
