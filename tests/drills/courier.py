"""The platform's way of bringing messages, for drills: five seconds for an answer, three tries in all.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html
"""

import itertools
import threading
import time
from datetime import UTC, datetime
from typing import Any

from config.settings import Settings
from simulator.callback import CallbackTimeoutError, CallbackUnreachableError, request_callback
from simulator.packets import to_xml
from tests.drills.ledger import Ledger, was_answered
from tests.support.dialogue import ACCOUNT
from tests.support.sender import Sender
from wechat.callback import Answer

TRIES = 3
ANSWER_SECONDS = 5.0
# Where nobody listens, the next try comes a moment later.
PAUSE_SECONDS = 1.0
_numbers = itertools.count(int(time.time() * 1_000_000))
_lock = threading.Lock()


class Courier:
    """Brings messages of people to the callback, and notes each try and each answer.

    Args:
        settings: whose callback it is, and its secrets.
        ledger: where it is noted.
    """

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings, self._ledger = settings, ledger
        self._url = f"{settings.base_url}wechat"

    def bring(self, name: str, openid: str, kind: str, **fields: object) -> str | None:
        """Bring one message or event.

        Args:
            name: of its entry in the ledger.
            kind: the message type.
            fields: the others that stand in it; an event's in WeChat's names.

        Returns:
            The text answered, empty where nothing was to be said; None where nobody answered.
        """
        with _lock:
            number = next(_numbers)
        packet: dict[str, object] = {
            "ToUserName": ACCOUNT,
            "FromUserName": openid,
            "CreateTime": int(time.time()),
            "MsgType": kind,
            **({} if kind == "event" else {"MsgId": number}),
            **fields,
        }
        about = {"kind": "message", "openid": openid, "packet": packet, "began": time.time()}
        self._ledger.note(name, **about, tries=[], reply=None)
        tries: list[dict[str, Any]] = []
        reply = None
        for _ in range(TRIES):
            came, reply = self._try(packet)
            tries.append({"came": came, "at": time.time()})
            if came == "answered":
                break
            if came != "silence":
                time.sleep(PAUSE_SECONDS)
        self._ledger.note(name, tries=tries, reply=reply)
        return reply if was_answered(tries) else None

    def _try(self, packet: dict[str, object]) -> tuple[str, str | None]:
        sender = Sender(self._settings, datetime.now(UTC))
        query, body = sender.sealed(to_xml(packet))
        try:
            answer = request_callback(
                self._url,
                method="POST",
                query=query,
                body=body,
                content_type="text/xml",
                limit=ANSWER_SECONDS,
            )
        except CallbackTimeoutError:
            return "silence", None
        except CallbackUnreachableError as error:
            return ("nobody" if "ConnectionRefused" in str(error) else "broken off"), None
        if answer.status != 200:
            return f"status {answer.status}", None
        if answer.body == b"success":
            return "answered", ""
        return "answered", sender.opened(Answer(200, answer.body.decode()))
