"""What each user sees on the phone: the lines of the chat with the account."""

import threading
import time
from typing import Any

from simulator.state import ChatItem, State, User

FAILURE_NOTICE = "该公众号提供的服务出现故障，请稍后再试"


class ChatLog:
    """Chat lines by user, numbered from 1; readers may wait for the next one."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._arrived = threading.Condition(state.lock)
        self._by_user: dict[str, list[ChatItem]] = {}
        for item in state.chat:
            self._by_user.setdefault(item.openid, []).append(item)

    def add(
        self, user: User, *, at: float, sender: str, item_type: str, via: str | None = None, **body: object
    ) -> ChatItem:
        """Append a line; `sender` is me, account or system."""
        with self._arrived:
            user.last_seq += 1
            item = ChatItem(user.openid, user.last_seq, at, sender, item_type, via, body)
            self._state.chat.put(f"{user.openid}:{item.seq}", item)
            self._state.users.put(user.openid, user)
            self._by_user.setdefault(user.openid, []).append(item)
            self._arrived.notify_all()
            return item

    def read(self, user: User, *, after: int, wait: float = 0.0) -> list[ChatItem]:
        """Return the lines after `after`, waiting up to `wait` real seconds for the first of them."""
        give_up = time.perf_counter() + wait
        with self._arrived:
            while not (items := self.after(user.openid, after)):
                left = give_up - time.perf_counter()
                if left <= 0:
                    break
                self._arrived.wait(left)
            if items and items[-1].seq > user.read_seq:
                user.read_seq = items[-1].seq
                self._state.users.put(user.openid, user)
            return items

    def after(self, openid: str, seq: int) -> list[ChatItem]:
        """Return the lines with a greater number, without marking them as read."""
        lines = self._by_user.get(openid, [])
        # Lines are numbered without gaps, so the number is also the place in the list. A reader who asks
        # from beyond the end still holds numbers from before a reset, and begins again.
        return lines[max(seq, 0) :] if seq <= len(lines) else list(lines)

    def unread(self, user: User) -> int:
        """Count the account's lines that the user has not looked at yet."""
        return sum(1 for item in self.after(user.openid, user.read_seq) if item.sender != "me")

    def forget(self) -> None:
        """Drop all lines, and wake whoever waits."""
        with self._arrived:
            self._by_user.clear()
            self._arrived.notify_all()


def describe_item(item: ChatItem, *, base_url: str) -> dict[str, Any]:
    """Return a line as the control API shows it."""
    shown: dict[str, Any] = {"seq": item.seq, "at": item.at, "from": item.sender, "type": item.type}
    if item.via is not None:
        shown["via"] = item.via
    shown |= item.body
    if "media_url" in shown:
        shown["media_url"] = base_url + shown["media_url"]
    if "articles" in shown:
        shown["articles"] = [_with_host(article, base_url) for article in shown["articles"]]
    return shown


def _with_host(article: dict[str, Any], base_url: str) -> dict[str, Any]:
    """Complete the addresses of this platform; those the account gave are whole already."""
    return {
        name: base_url + value if name in {"url", "pic_url"} and value.startswith("/") else value
        for name, value in article.items()
    }
