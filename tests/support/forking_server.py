"""A web server whose processes come up at once: `python -m tests.support.forking_server PORT PROCESSES`.

The real server loads the whole program anew for each process that ended, which takes seconds. Here it is
loaded once and each process is a copy, so that a test can kill processes by the dozen.
"""

import os
import socket
import sys

from werkzeug.serving import WSGIRequestHandler, make_server

from app import create_app


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Say nothing of requests."""


def serve(port: int, processes: int) -> None:
    """Serve until killed; a process that ends is replaced."""
    app = create_app()
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
