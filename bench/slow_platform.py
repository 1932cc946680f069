"""A platform that answers each call after a while, and counts what came: the same for us and for our peers.

It takes tokens, 客服消息, template messages and 订阅通知, checks nothing, and costs little, as it shares the
machine with what is measured. It is a process of its own, started by `SlowPlatform`.
"""

import asyncio
import http.client
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

LATENCY = 0.05
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_RECIPIENT = re.compile(rb'"touser": *"([^"]*)"')
_TOKEN = b'{"access_token":"token-of-the-slow-platform","expires_in":7200}'
# Enough that nobody holds back.
_QUOTA = b'{"errcode":0,"quota":{"daily_limit":100000000,"used":0,"remain":100000000}}'
_MESSAGES = (b"/message/custom/send", b"/message/template/send", b"/message/subscribe/bizsend")


@dataclass
class Came:
    """What came since the last time it was asked; moments by the steady clock, which all processes share.

    Attributes:
        by_openid: how many messages for each.
        first, last: when the first message came, and when the last was answered.
        most: how many were waiting for their answer at once.
    """

    by_openid: Counter[str] = field(default_factory=Counter)
    first: float = 0.0
    last: float = 0.0
    most: int = 0
    waiting: int = 0


class _Calls(asyncio.Protocol):
    """One connection: HTTP/1.1, kept open, one request after another."""

    def __init__(self, came: list[Came], latency: float) -> None:
        self._came, self._latency = came, latency
        self._kept = b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to answer."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer what is whole."""
        self._kept += data
        while (end := self._kept.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._kept, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._kept) < whole:
                if b"100-continue" in self._kept[:end]:
                    self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                return
            head, body = self._kept[:end], self._kept[end + 4 : whole]
            self._kept = self._kept[whole:]
            self._take(head.split(b" ", 2)[1], body)

    def _take(self, target: bytes, body: bytes) -> None:
        path = target.split(b"?", 1)[0]
        if path == b"/came":
            self._answer(_told(self._came[0]))
            self._came[0] = Came()
        elif path.endswith(_MESSAGES):
            came, now = self._came[0], time.monotonic()
            recipient = _RECIPIENT.search(body)
            came.by_openid[recipient[1].decode() if recipient else ""] += 1
            came.first = came.first or now
            came.waiting += 1
            came.most = max(came.most, came.waiting)
            self._loop.call_later(self._latency, self._taken, came, path.endswith(b"template/send"))
        elif path.endswith(b"token"):
            self._answer(_TOKEN)
        elif path.endswith(b"/quota/get"):
            self._answer(_QUOTA)
        else:
            self._answer(b'{"errcode":48001,"errmsg":"api unauthorized"}')

    def _taken(self, came: Came, with_number: bool) -> None:
        came.waiting -= 1
        came.last = time.monotonic()
        number = b',"msgid":%d' % time.monotonic_ns() if with_number else b""
        self._answer(b'{"errcode":0,"errmsg":"ok"%s}' % number)

    def _answer(self, body: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body)
            )


def _told(came: Came) -> bytes:
    told = {
        "by_openid": came.by_openid,
        "first": came.first,
        "last": came.last,
        "most": came.most,
        "cpu": time.process_time(),
    }
    return json.dumps(told).encode()


async def _serve(latency: float) -> None:
    came = [Came()]
    server = await asyncio.get_running_loop().create_server(
        lambda: _Calls(came, latency), "127.0.0.1", 0, backlog=512
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


@dataclass(frozen=True)
class Report:
    """What the platform says it took.

    Attributes:
        times: by openid, how many messages.
        first, last: steady clock, when the first came and the last was answered.
        most: how many waited for their answer at once.
        cpu: processor seconds the platform used since it began.
    """

    times: Counter[str]
    first: float
    last: float
    most: int
    cpu: float

    @property
    def total(self) -> int:
        """How many messages came."""
        return self.times.total()


class SlowPlatform:
    """The platform, seen by who started it.

    Attributes:
        base: its address, ending in a slash.
        pid: its process.
    """

    def __init__(self, port: int, pid: int) -> None:
        self.base = f"http://127.0.0.1:{port}/"
        self.pid = pid
        self._port = port

    def came(self) -> Report:
        """Give what came since this was asked last."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        connection.request("GET", "/came")
        told: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()
        return Report(Counter(told["by_openid"]), told["first"], told["last"], told["most"], told["cpu"])


@contextmanager
def slow_platform(latency: float = LATENCY) -> Iterator[SlowPlatform]:
    """Start a platform; it ends with the block.

    Args:
        latency: seconds after which a message is answered.

    Raises:
        RuntimeError: it did not start.
    """
    command = [sys.executable, "-m", "bench.slow_platform", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 (our own)
        try:
            line = process.stdout.readline() if process.stdout else b""
            if not line.strip():
                raise RuntimeError("the slow platform did not start")
            yield SlowPlatform(int(line), process.pid)
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]) if len(sys.argv) > 1 else LATENCY))
