"""A web server whose processes come up at once: `python -m tests.support.forking_server PORT PROCESSES`.

The real server loads the whole program anew for each process that ended, which takes seconds. Here it is
loaded once and each process is a copy, so that a test can kill processes by the dozen.

A request may also ask for the moment at which its process is killed; see DIE.
"""

import os
import signal
import socket
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, has_request_context, request
from sqlalchemy import Connection, event
from werkzeug.serving import WSGIRequestHandler, make_server

from app import create_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# The header, and what it may hold: just before the effect is committed; after it, before the answer leaves.
DIE = "X-Die"
BEFORE_COMMIT, AFTER_COMMIT = "before-commit", "after-commit"


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Say nothing of requests."""


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _let_die(app: Flask) -> None:
    """Have processes killed at the moments that requests ask for."""

    def before_commit(_connection: Connection) -> None:
        if has_request_context() and request.headers.get(DIE) == BEFORE_COMMIT:
            _die()

    event.listen(app.extensions["banshishi"].database.engine, "commit", before_commit)
    answer = app.wsgi_app

    def answering(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        answered = answer(environ, start_response)
        if environ.get("HTTP_X_DIE") == AFTER_COMMIT:
            _die()
        return answered

    app.wsgi_app = answering  # type: ignore[method-assign]


def serve(port: int, processes: int) -> None:
    """Serve until killed; a process that ends is replaced."""
    app = create_app()
    _let_die(app)
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(128)
    serving: set[int] = set()
    while True:
        while len(serving) < processes:
            child = os.fork()
            if child == 0:
                options = {"threaded": True, "request_handler": _Quiet, "fd": listening.fileno()}
                make_server("127.0.0.1", port, app, **options).serve_forever()  # type: ignore[arg-type]
            serving.add(child)
        serving.discard(os.wait()[0])


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
