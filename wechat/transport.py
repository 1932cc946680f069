"""HTTP to the platform: bounded in time and size, no secret in any error.

Calls go by `requests`, with one session per thread. Messages, of which there may be a thousand a second, go
by `SharedPosts`: by the same certificates and proxies, without what `requests` does anew for each call.
"""

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from io import BytesIO
from time import monotonic
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from models.database import Database
from wechat.errors import WeChatTooLarge, WeChatUnreachable

CONNECT_SECONDS = 3
READ_SECONDS = 8
# A peer that sends a byte now and then never runs into the time-out of a single read.
TOTAL_SECONDS = 20
MAX_BYTES = 12 * 1024 * 1024
# As many as may wait for an answer at once; more than that are opened and closed again.
MOST_CONNECTIONS = 64
_TIMEOUT = Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
_HEADERS = {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "banshishi"}
# A film is larger than anything else the platform hands out, and may take its time.
MAX_VIDEO_BYTES = 20 * 1024 * 1024
VIDEO_SECONDS = 60


class BoundedSession(requests.Session):
    """A `requests` session whose answers are read whole, within bounds of time and size."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 (as requests has it)
        """Do one request.

        Args:
            args: as `requests` has them.
            kwargs: likewise; `total_seconds` and `max_bytes` replace TOTAL_SECONDS and MAX_BYTES.

        Raises:
            RuntimeError: a database transaction is open in this thread.
            WeChatUnreachable: for everything that is not a readable answer with status 200.
        """
        _outside_transactions()
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_SECONDS, READ_SECONDS)
        kwargs["stream"] = True
        kwargs.setdefault("allow_redirects", False)
        max_bytes = kwargs.pop("max_bytes", MAX_BYTES)
        deadline = monotonic() + kwargs.pop("total_seconds", TOTAL_SECONDS)
        with _told_apart(), super().request(*args, **kwargs) as response:
            body = _read(partial(response.raw.read1, decode_content=True), deadline, max_bytes)
        if response.status_code != 200:
            raise WeChatUnreachable(f"微信平台返回 HTTP {response.status_code}", maybe_done=True)
        response._content = body  # what `response.content` reads; requests has no public way
        return response


class _InOneGo(HTTPConnection):
    """Sends what a request consists of at once, and reads its answer whole.

    Head and body would each wake the other side, and us; and to hand out an answer piece by piece, each of
    which might have to be unpacked, costs a third of what a call does.
    """

    _held: list[bytes] | None = None

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (as urllib3 has it)
        """Send a request."""
        self._held = []
        try:
            super().request(*args, **kwargs)
            whole = b"".join(self._held)
        finally:
            self._held = None
        super().send(whole)

    def send(self, data: Any) -> None:  # noqa: ANN401 (as http.client has it)
        """Send a part, or hold it until the request is complete."""
        if self._held is None:
            super().send(data)
        else:
            self._held.append(data)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 has it
        """Read the answer, within TOTAL_SECONDS and MAX_BYTES."""
        deadline = monotonic() + TOTAL_SECONDS
        # Until now it was that of connecting.
        self.sock.settimeout(self.timeout)
        with closing(http.client.HTTPConnection.getresponse(self)) as answer:
            body = _read(answer.read1, deadline, MAX_BYTES)
            if answer.length:
                raise http.client.IncompleteRead(body, answer.length)
        packed = answer.headers.get("Content-Encoding")
        if packed:  # though we asked for it plain
            headers = {"Content-Encoding": packed}
            unpacked = HTTPResponse(BytesIO(body), headers, preload_content=False)
            body = _read(partial(unpacked.read1, decode_content=True), deadline, MAX_BYTES)
        return HTTPResponse(body, status=answer.status)


class _InOneGoEncrypted(_InOneGo, HTTPSConnection):
    """The same, over TLS."""


class SharedPosts:
    """POSTs over connections that all threads share.

    Args:
        base: where the platform is, ending in a slash.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._lock = threading.Lock()
        self._way: tuple[HTTPConnectionPool, str] | None = None

    def post(self, path: str, body: bytes) -> bytes:
        """Do one call and give the answer.

        Args:
            path: after the base, with the parameters.

        Raises:
            RuntimeError: a database transaction is open in this thread.
            WeChatUnreachable: for everything that is not a readable answer with status 200.
        """
        _outside_transactions()
        pool, before = self._way or self._found_way()
        with _told_apart():
            response = pool.urlopen(
                "POST",
                before + path,
                body=body,
                headers=_HEADERS,
                retries=False,
                redirect=False,
                assert_same_host=False,
                timeout=_TIMEOUT,
            )
        if response.status != 200:
            raise WeChatUnreachable(f"微信平台返回 HTTP {response.status}", maybe_done=True)
        return response.data

    def _found_way(self) -> tuple[HTTPConnectionPool, str]:
        """Let `requests` say once how the platform is reached: by which certificates, over which proxy."""
        with self._lock:
            if self._way is None:
                session, adapter = requests.Session(), HTTPAdapter(pool_maxsize=MOST_CONNECTIONS)
                request = session.prepare_request(requests.Request("POST", self._base))
                told = session.merge_environment_settings(self._base, {}, False, None, None)
                pool = adapter.get_connection_with_tls_context(
                    request, told["verify"], proxies=told["proxies"], cert=told["cert"]
                )
                self._way = _in_one_go(pool), adapter.request_url(request, told["proxies"])
            return self._way


def _in_one_go(pool: object) -> HTTPConnectionPool:
    """Have a pool, which has no connection yet, make connections that send at once."""
    pool = cast("HTTPConnectionPool", pool)
    pool.ConnectionCls = _InOneGoEncrypted if isinstance(pool, HTTPSConnectionPool) else _InOneGo
    return pool


def _outside_transactions() -> None:
    if Database.in_transaction():
        raise RuntimeError("WeChat must not be called while a database transaction is open")


@contextmanager
def _told_apart() -> Iterator[None]:
    """Say of every trouble on the way whether the call may have had its effect."""
    try:
        yield
    except (requests.RequestException, HTTPError, OSError) as error:
        # `from None`: the original's text holds the address with the token.
        raise WeChatUnreachable(f"连不上微信平台：{error}", maybe_done=not _never_left(error)) from None


def _read(read: Callable[[int], bytes], deadline: float, max_bytes: int) -> bytes:
    body = bytearray()
    while piece := read(65_536):
        body += piece
        if len(body) > max_bytes:
            raise WeChatTooLarge("微信平台的回答太大", maybe_done=True)
        if monotonic() > deadline:
            raise WeChatUnreachable("微信平台的回答太慢", maybe_done=True)
    return bytes(body)


def _never_left(error: Exception) -> bool:
    """Whether no connection was made, so that the request cannot have had an effect."""
    if isinstance(error, requests.ConnectTimeout | NewConnectionError | ConnectTimeoutError):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


class SessionPerThread:
    """Hands each thread a session of its own, as `requests` does not promise to be shared."""

    def __init__(self) -> None:
        self._local = threading.local()

    def get(self) -> BoundedSession:
        """Give this thread's session."""
        session: BoundedSession | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = BoundedSession()
        return session


def read_json(response: requests.Response) -> Mapping[str, Any]:
    """Read a JSON object, whatever content type the platform calls it.

    Raises:
        WeChatUnreachable: it is none, as with a proxy's error page or an answer cut short.
    """
    return json_object(response.content)


def json_object(body: bytes) -> Mapping[str, Any]:
    """Read a JSON object; see `read_json`.

    Raises:
        WeChatUnreachable: it is none.
    """
    try:
        result = json.loads(body)
    except ValueError:
        result = None
    if not isinstance(result, dict):
        raise WeChatUnreachable("微信平台的回答读不懂", maybe_done=True)
    return result
