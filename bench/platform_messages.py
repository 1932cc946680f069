"""Messages as the platform sends them, signed, encrypted, all different; and 16 connections to bring them."""

import re
import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlencode

from simulator import crypto
from simulator.packets import to_xml

CONNECTIONS = 16
# No message takes as long, unless something is broken.
_GIVE_UP_SECONDS = 30.0
_WORDS = "靠窗的第{}张桌子旁边漏水，地上很滑，请来看看"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_ids = count(time.time_ns() // 1_000_000)


@dataclass
class Answers:
    """What came back: how long all of it lasted, how long each waited (seconds), and the statuses."""

    lasted: float = 0.0
    waited: list[float] = field(default_factory=list)
    statuses: Counter[bytes] = field(default_factory=Counter)

    @property
    def a_second(self) -> float:
        """How many were answered a second."""
        return len(self.waited) / self.lasted

    def late(self, part: float = 0.99) -> float:
        """Tell how long all but the slowest waited at most, in milliseconds."""
        return sorted(self.waited)[int(len(self.waited) * part)] * 1000


def openid_of(writer: int) -> str:
    """Name one of those who write."""
    return f"oWriter{writer:021d}"


def make_requests(environment: Mapping[str, str], path: str, number: int, *, writers: int) -> list[bytes]:
    """Make so many whole requests beforehand, so that who sends them has nothing to compute.

    Args:
        writers: how many people write them, in turn.
    """
    return [_request(environment, path, next(_ids), writers) for _ in range(number)]


def sealed(environment: Mapping[str, str], *, openid: str, words: str, message_id: int) -> tuple[str, bytes]:
    """Make what the platform sends for one text: the query of the address, and the body."""
    moment, token = str(int(time.time())), environment["WECHAT_TOKEN"]
    packet = {
        "ToUserName": "gh_sim0001",
        "FromUserName": openid,
        "CreateTime": int(moment),
        "MsgType": "text",
        "Content": words,
        "MsgId": message_id,
    }
    cipher = crypto.encrypt(
        to_xml(packet).encode(),
        encoding_aes_key=environment["WECHAT_AES_KEY"],
        app_id=environment["WECHAT_APP_ID"],
    )
    query = {
        "signature": crypto.signature(token, moment, "7"),
        "msg_signature": crypto.signature(token, moment, "7", cipher),
        "timestamp": moment,
        "nonce": "7",
        "openid": openid,
        "encrypt_type": "aes",
    }
    return urlencode(query), f"<xml><Encrypt><![CDATA[{cipher}]]></Encrypt></xml>".encode()


def _request(environment: Mapping[str, str], path: str, number: int, writers: int) -> bytes:
    openid = openid_of(number % writers)
    query, body = sealed(environment, openid=openid, words=_WORDS.format(number), message_id=number)
    head = (
        f"POST {path}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@dataclass(eq=False)
class _Line:
    """One connection, and what it waits for since when."""

    socket: socket.socket
    due: float = 0.0
    came: bytes = b""

    def is_answered(self) -> bool:
        """Take in what came, and tell whether it is a whole answer."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("the server hung up")
        self.came += part
        head, end, body = self.came.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        return bool(end) and length is not None and len(body) >= int(length[1])


def send(port: int, requests: Sequence[bytes], *, a_second: float | None = None) -> Answers:
    """Send them all by 16 connections, each as fast as it is answered, or so many a second altogether.

    Where a rate is given, a message waits from the moment at which it was due, so that a server that stands
    still for a moment is not forgiven what it kept waiting.

    Raises:
        OSError: the server hung up, or answers nothing any more.
    """
    answers = Answers()
    with selectors.DefaultSelector() as selector:
        lines = [_Line(socket.create_connection(("127.0.0.1", port), timeout=10)) for _ in range(CONNECTIONS)]
        try:
            for line in lines:
                line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(line.socket, selectors.EVENT_READ, line)
            _bring(selector, lines, requests, answers, a_second)
        finally:
            for line in lines:
                line.socket.close()
    return answers


def _bring(
    selector: selectors.BaseSelector,
    lines: Sequence[_Line],
    requests: Sequence[bytes],
    answers: Answers,
    a_second: float | None,
) -> None:
    # In turns: a server hangs up on who says nothing for half a minute.
    began, sent, free = time.monotonic(), 0, deque(lines)
    while len(answers.waited) < len(requests):
        now = time.monotonic()
        pause = _GIVE_UP_SECONDS
        while free and sent < len(requests):
            due = now if a_second is None else began + sent / a_second
            if due > now:
                pause = due - now
                break
            line = free.popleft()
            line.due, line.came = due, b""
            line.socket.sendall(requests[sent])
            sent += 1
        came = selector.select(pause)
        if not came and pause == _GIVE_UP_SECONDS:
            raise TimeoutError(f"no answer for {pause:.0f} s")
        for key, _ in came:
            line = key.data
            if line.is_answered():
                answers.waited.append(time.monotonic() - line.due)
                answers.statuses[line.came[9:12]] += 1
                free.append(line)
    answers.lasted = time.monotonic() - began
