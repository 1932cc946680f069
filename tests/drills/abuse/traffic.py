"""Requests over kept connections, and what came back: how long it took, and how much was let through."""

import http.client
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from itertools import count
from random import Random
from re import search
from secrets import randbelow
from threading import Thread
from urllib.parse import urlencode

from simulator.packets import to_xml
from tests.drills.abuse.product import Product, SignedIn
from tests.support.sender import Sender

_PATIENCE = 30.0
Headers = dict[str, str]


@dataclass(frozen=True)
class Answer:
    """What came back, after so many seconds; status 0 when nothing did."""

    status: int
    body: str
    seconds: float


class Connection:
    """One kept connection from one address, as nginx tells of it.

    Args:
        address: of whoever asks.
        phone: whose browser it is; nobody's when None.
    """

    def __init__(self, product: Product, *, address: str, phone: SignedIn | None = None) -> None:
        self._port, self._address, self._phone = product.port, address, phone
        self._http: http.client.HTTPConnection | None = None

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for a page."""
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, fields: Mapping[str, str], *, as_json: bool = False) -> Answer:
        """Send a form with this browser's token."""
        token = {"csrf_token": self._phone.token} if self._phone is not None else {}
        form = urlencode({**token, **fields}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if as_json:
            headers["Accept"] = "application/json"
        return self.ask("POST", path, body=form, headers=headers)

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        address: str = "",
    ) -> Answer:
        """Ask for anything, and read the whole answer."""
        sent = {"X-Forwarded-For": address or self._address, "Referer": f"http://127.0.0.1:{self._port}/"}
        if self._phone is not None:
            sent["Cookie"] = self._phone.cookie
        begun = time.perf_counter()
        try:
            if self._http is None:
                self._http = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)
            self._http.request(method, path, body=body or None, headers={**sent, **(headers or {})})
            answer = self._http.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException):
            self._http = None
            return Answer(0, "", time.perf_counter() - begun)
        return Answer(answer.status, text, time.perf_counter() - begun)


class Chatter:
    """People who write to the account, as the platform passes it on: from its own address for all."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._connection = Connection(product, address="203.205.239.1")
        # The platform never gives two messages one number; whoever sends here must not either.
        self._message_ids = count(randbelow(2**60))

    def say(self, openid: str, kind: str = "text", **fields: object) -> tuple[Answer, str]:
        """Send a message, and give the answer with the words that were answered."""
        sender = Sender(self._product.settings, datetime.now(UTC))
        content = {"Content": fields.pop("Content", None)} if kind == "text" else {"Content": None}
        number = None if kind == "event" else next(self._message_ids)
        packet = sender.packet(MsgType=kind, FromUserName=openid, MsgId=number, **content, **fields)
        query, body = sender.sealed(to_xml(packet))
        answer = self._connection.ask("POST", f"/wechat?{urlencode(query)}", body=body)
        # What the platform is answered with is sealed, and no sentence for anybody.
        unread = Answer(answer.status, "", answer.seconds)
        if answer.status != 200 or answer.body in {"success", ""}:
            return unread, ""
        from wechat.callback import Answer as Sealed

        return unread, sender.opened(Sealed(200, answer.body))


@dataclass
class Tally:
    """What became of what somebody tried.

    Attributes:
        words: the sentences with which it was refused, and how often each.
        notes: what else is to be told, and found wrong.
    """

    tried: int = 0
    through: int = 0
    refused: int = 0
    lost: int = 0
    words: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, answer: Answer, *, through: bool | None = None) -> None:
        """Count one answer; without `through` its status tells."""
        self.tried += 1
        if answer.status == 0 or answer.status >= 500:
            self.lost += 1
            self.words[f"HTTP {answer.status} {sentence_of(answer.body)}"] += 1
        elif answer.status < 400 if through is None else through:
            self.through += 1
        else:
            self.refused += 1
            self.words[sentence_of(answer.body)] += 1


def sentence_of(body: str) -> str:
    """Give the sentence for the person out of a page or a JSON answer."""
    if body.startswith("{"):
        said = json.loads(body)
        return str(said.get("detail") or said.get("message") or said.get("error") or "")
    found = search(r"(?s)</h1>\s*<p>(.*?)</p>", body) or search(r"(?s)<title>(.*?)</title>", body)
    words = found[1] if found else body[:60]
    return " ".join(unescape(words).split())[:120]


def at_once(times: int, work: Callable[[int], None]) -> None:
    """Do something in several threads, and wait for all of them."""
    threads = [Thread(target=work, args=(number,), daemon=True) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def some_address(random: Random) -> str:
    """Make up an address out of a few million."""
    return f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}"
