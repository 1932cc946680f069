"""One packet on its way to the app: the attempts, the answer, and what the user saw of it."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.packets import Packet

Outcome = Literal["replied", "success", "timeout", "refused", "bad_reply", "error"]


@dataclass
class Attempt:
    """One HTTP request to the callback.

    `outcome`: replied (a good reply), success (`success` or nothing), timeout (the wall limit), refused (a
    status other than 2xx), bad_reply (2xx with something WeChat does not accept), error (no connection).
    """

    at: float
    status: int | None = None
    elapsed_ms: int = 0
    outcome: Outcome = "error"
    reason: str = ""

    def describe(self) -> dict[str, Any]:
        """Return the attempt as the control API shows it."""
        return dict(vars(self))


@dataclass
class Delivery:
    """A packet and everything that happened to it.

    `packet_xml` is what is sealed: XML, or JSON where the mini program is set up for it.
    """

    delivery_id: str
    openid: str
    packet: Packet
    packet_xml: str
    created_at: float
    mode: str
    mini: bool = False
    fault: str | None = None
    retries: int = 0
    shown_to_user: bool = True
    follows: "Delivery | None" = None
    attempts: list[Attempt] = field(default_factory=list)
    reply: Packet | None = None
    user_sees: str | None = None
    first_attempt_done: threading.Event = field(default_factory=threading.Event)
    finished: threading.Event = field(default_factory=threading.Event)

    @property
    def msg_id(self) -> str | None:
        """The packet's MsgId, or the MsgID of a job-finish event."""
        value = self.packet.get("MsgId", self.packet.get("MsgID"))
        return None if value is None else str(value)

    def describe(self) -> dict[str, Any]:
        """Return the delivery as the control API shows it."""
        return {
            "delivery_id": self.delivery_id,
            "openid": self.openid,
            "at": self.created_at,
            "packet": self.packet,
            "msg_id": self.msg_id,
            "mode": self.mode,
            "mini": self.mini,
            "fault": self.fault,
            "finished": self.finished.is_set(),
            "attempts": [attempt.describe() for attempt in self.attempts],
            "reply": self.reply,
            "user_sees": self.user_sees,
        }


class DeliveryLog:
    """The newest deliveries by id; old ones are dropped so that a long load test does not fill the memory."""

    def __init__(self, *, keep: int = 5000) -> None:
        self._keep = keep
        self._rows: OrderedDict[str, Delivery] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, delivery: Delivery) -> None:
        """Remember a delivery."""
        with self._lock:
            self._rows[delivery.delivery_id] = delivery
            while len(self._rows) > self._keep:
                self._rows.popitem(last=False)

    def get(self, delivery_id: str) -> Delivery | None:
        """Return one delivery, or None."""
        with self._lock:
            return self._rows.get(delivery_id)

    def newest(self, limit: int) -> list[Delivery]:
        """Return up to `limit` deliveries, the newest first."""
        with self._lock:
            return list(reversed(self._rows.values()))[:limit]

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._rows.clear()
