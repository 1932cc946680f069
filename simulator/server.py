"""Serving the platform: threads, a long queue, and an orderly end."""

import socket
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from simulator.application import create_simulator
from simulator.config import SimulatorConfig
from simulator.simulator import Simulator

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_QUEUE = 1024
_POLL_SECONDS = 0.02


class _QuietHandler(WSGIRequestHandler):
    """Leaves the log to the platform's own short lines."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def connection_dropped(self, error: BaseException, environ: "WSGIEnvironment | None" = None) -> None:
        """End the connection: without an answer nobody has said yet that it closes."""
        del error, environ
        self.close_connection = True


class PlatformServer(ThreadedWSGIServer):
    """werkzeug's threaded server with room for hundreds of connections at once."""

    request_queue_size = _QUEUE

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - the base class's shape
        """End a connection; one marked for a reset is closed without the polite end first."""
        try:
            linger = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
        except OSError:
            linger = b""
        if linger[:1] == b"\x01":
            self.close_request(request)
        else:
            super().shutdown_request(request)


def bind(host: str, port: int) -> socket.socket:
    """Take the port (0: any free one).

    Raises:
        OSError: it is taken, or not ours to take.
    """
    return socket.create_server((host, port), backlog=_QUEUE)


class RunningSimulator:
    """A platform served from a thread of this process, on a free port of 127.0.0.1.

    ``with RunningSimulator(SimulatorConfig(...)) as running: running.base_url, running.simulator``
    """

    def __init__(
        self, config: SimulatorConfig | None = None, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        """Take the port at once; serving begins with `start`.

        Raises:
            OSError: the port is taken.
            StorageError: the state file cannot be used.
        """
        listener = bind(host, port)
        try:
            self.app = create_simulator(config)
            self.simulator: Simulator = self.app.extensions["simulator"]
            self._server = PlatformServer(host, port, self.app, handler=_QuietHandler, fd=listener.fileno())
        finally:
            listener.close()
        self.base_url = f"http://{host}:{self._server.port}"
        self.simulator.base_url = self.base_url
        self._thread = threading.Thread(target=self._serve, name="simulator", daemon=True)

    def start(self) -> None:
        """Begin to serve in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests, and let go of the port and the state file."""
        self._server.shutdown()
        self._thread.join()
        self.simulator.close()

    def _serve(self) -> None:
        # serve_forever closes the listening socket itself when it ends.
        self._server.serve_forever(poll_interval=_POLL_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
