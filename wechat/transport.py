"""HTTP to the platform: bounded in time and size, one connection pool per thread, no secret in any error."""

import threading
from collections.abc import Mapping
from time import monotonic
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from models.database import Database
from wechat.errors import WeChatTooLarge, WeChatUnreachable

CONNECT_SECONDS = 3
READ_SECONDS = 8
# A peer that sends a byte now and then never runs into the time-out of a single read.
TOTAL_SECONDS = 20
MAX_BYTES = 12 * 1024 * 1024
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
        if Database.in_transaction():
            raise RuntimeError("WeChat must not be called while a database transaction is open")
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_SECONDS, READ_SECONDS)
        kwargs["stream"] = True
        kwargs.setdefault("allow_redirects", False)
        max_bytes = kwargs.pop("max_bytes", MAX_BYTES)
        deadline = monotonic() + kwargs.pop("total_seconds", TOTAL_SECONDS)
        try:
            with super().request(*args, **kwargs) as response:
                body = _read(response, deadline, max_bytes)
        except (requests.RequestException, HTTPError, OSError) as error:
            # `from None`: the original's text holds the address with the token.
            raise WeChatUnreachable(f"连不上微信平台：{error}", maybe_done=not _never_left(error)) from None
        if response.status_code != 200:
            raise WeChatUnreachable(f"微信平台返回 HTTP {response.status_code}", maybe_done=True)
        response._content = body  # what `response.content` reads; requests has no public way
        return response


def _read(response: requests.Response, deadline: float, max_bytes: int) -> bytes:
    body = bytearray()
    while piece := response.raw.read1(65_536, decode_content=True):
        body += piece
        if len(body) > max_bytes:
            raise WeChatTooLarge("微信平台的回答太大", maybe_done=True)
        if monotonic() > deadline:
            raise WeChatUnreachable("微信平台的回答太慢", maybe_done=True)
    return bytes(body)


def _never_left(error: Exception) -> bool:
    """Whether no connection was made, so that the request cannot have had an effect."""
    if isinstance(error, requests.ConnectTimeout):
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
    try:
        result = response.json()
    except ValueError:
        result = None
    if not isinstance(result, dict):
        raise WeChatUnreachable("微信平台的回答读不懂", maybe_done=True)
    return result
