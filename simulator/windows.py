"""When, and how often, the account may write a 客服消息 to a user.

https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html
"""

from dataclasses import dataclass

from simulator.errors import ApiError
from simulator.packets import Packet
from simulator.state import User


@dataclass(frozen=True)
class WindowRule:
    """How long a window stays open (seconds) and how many messages fit in."""

    seconds: int
    messages: int


WINDOW_RULES: dict[str, WindowRule] = {
    "message": WindowRule(48 * 3600, 5),
    "menu": WindowRule(60, 3),
    "subscribe": WindowRule(60, 3),
    "scan": WindowRule(60, 3),
}

# VIEW and view_miniprogram are missing on purpose: opening a page gives no right to write.
_EVENT_WINDOWS = {
    "subscribe": "subscribe",
    "scan": "scan",
    "click": "menu",
    "scancode_push": "menu",
    "scancode_waitmsg": "menu",
}


def window_of(packet: Packet) -> str | None:
    """Return which window a packet opens, or None."""
    if packet.get("MsgType") == "event":
        return _EVENT_WINDOWS.get(str(packet.get("Event", "")).lower())
    return "message" if "MsgType" in packet else None


def open_window(user: User, kind: str, *, now: float) -> None:
    """Open a window, or start it anew: the count begins again at 0."""
    user.windows[kind] = [now, 0]


def use_window(user: User, *, now: float) -> None:
    """Spend one message of the window that closes first.

    Raises:
        ApiError: 45015 no window is open, 45047 all open ones are used up.
    """
    live = [
        (opened_at + WINDOW_RULES[kind].seconds, kind)
        for kind, (opened_at, _) in user.windows.items()
        if now < opened_at + WINDOW_RULES[kind].seconds
    ]
    if not live:
        raise ApiError(45015)
    for _, kind in sorted(live):
        opened_at, sent = user.windows[kind]
        if sent < WINDOW_RULES[kind].messages:
            user.windows[kind] = [opened_at, sent + 1]
            return
    raise ApiError(45047)
