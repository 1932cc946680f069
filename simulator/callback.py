"""One HTTP request to the app's callback address, with a limit on the clock on the wall."""

import contextlib
import http.client
import socket
import threading
import time
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode, urlsplit

MAX_ANSWER = 1_000_000
USER_AGENT = "Mozilla/4.0"


@dataclass(frozen=True)
class CallbackAnswer:
    """What the app answered."""

    status: int
    body: bytes
    elapsed_ms: int


class CallbackTimeoutError(Exception):
    """No whole answer within the limit."""


class CallbackUnreachableError(Exception):
    """No connection, or it broke."""


def request_callback(
    url: str, *, method: str, query: dict[str, str], body: bytes = b"", content_type: str = "", limit: float
) -> CallbackAnswer:
    """Send one request and read the whole answer; `limit` is in seconds for all of it together.

    Raises:
        CallbackTimeoutError: the limit passed.
        CallbackUnreachableError: refused, reset, or not HTTP.
    """
    parts = urlsplit(url)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=limit)
    separator = "&" if parts.query else ""
    target = f"{parts.path or '/'}?{parts.query}{separator}{urlencode(query)}"
    headers = {"User-Agent": USER_AGENT, "Accept": "*/*", "Connection": "close"}
    if method == "POST":
        headers["Content-Type"] = content_type
    started = time.perf_counter()
    with _WallLimit(connection, limit) as wall:
        try:
            answer = _exchange(connection, wall, method=method, target=target, body=body, headers=headers)
        except (OSError, http.client.HTTPException) as error:
            if wall.passed.is_set() or isinstance(error, TimeoutError):
                raise CallbackTimeoutError(f"no answer within {limit:g} s") from None
            raise CallbackUnreachableError(f"{type(error).__name__}: {error}") from None
    if wall.passed.is_set():
        raise CallbackTimeoutError(f"no whole answer within {limit:g} s")
    return CallbackAnswer(answer[0], answer[1], round((time.perf_counter() - started) * 1000))


def _exchange(
    connection: http.client.HTTPConnection,
    wall: "_WallLimit",
    *,
    method: str,
    target: str,
    body: bytes,
    headers: dict[str, str],
) -> tuple[int, bytes]:
    # An app may refuse a big body before it has read it all; its answer still counts.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.request(method, target, body=body if method == "POST" else None, headers=headers)
    if connection.sock is None:
        raise ConnectionResetError("reset while connecting")
    wall.socket = connection.sock
    response = connection.getresponse()
    with response:
        answer = response.read(MAX_ANSWER + 1)
        # A body cut short reads like a short body; an empty one would be taken for "nothing to say".
        if response.length and len(answer) <= MAX_ANSWER:
            raise http.client.IncompleteRead(answer, response.length)
        return response.status, answer


class _WallLimit:
    """Cuts the connection when the time is over, however slowly bytes may still trickle in."""

    def __init__(self, connection: http.client.HTTPConnection, limit: float) -> None:
        self.passed = threading.Event()
        self.socket: socket.socket | None = None
        self._connection = connection
        self._timer = threading.Timer(limit, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._connection.close()

    def _cut(self) -> None:
        self.passed.set()
        connected = self.socket or self._connection.sock
        if connected is not None:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
