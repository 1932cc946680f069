"""Asking WeChat who reads a page: there with a state, back with a code.

What this browser asked for is kept in its signed session and used up by the answer, so a code that somebody
else got cannot sign this phone in as them. WeChat's browser opens addresses twice and goes back to old ones;
how often this was tried stands in the address, which lasts where cookies do not, so nobody goes in circles.
"""

import secrets
from threading import BoundedSemaphore
from urllib.parse import urlencode

from flask import request, session

from config.limits import ASKING_WECHAT_AT_ONCE
from web import turns
from web.clock import now
from web.parts import parts
from wechat.errors import WeChatUnreachable
from wechat.login import Visitor, WebLogin
from wechat.transport import SessionPerThread

# Beyond the first time.
MOST_RESTARTS = 2
# WeChat's code lives for five minutes; a slow network gets some more.
STATE_SECONDS = 600
# Pages opened side by side ask side by side.
_MOST_ASKED = 3
_sessions = SessionPerThread()
_asking = BoundedSemaphore(ASKING_WECHAT_AT_ONCE)
_ASKING_SECONDS = 2.0


class WeChatQuestion:
    """One way in by WeChat's own word.

    Args:
        key: under which this browser's session keeps what it asked for.
        way_back: path of the page that WeChat leads back to, without the first slash.
    """

    def __init__(self, key: str, *, way_back: str) -> None:
        self._key = key
        self._way_back = way_back

    def ask(self, path: str) -> str:
        """Begin a question, and give the address at WeChat to send the reader to.

        Args:
            path: the page that is wanted in the end.
        """
        state = secrets.token_hex(16)
        asked = [*self._asked(), [state, int(now().timestamp())]]
        session[self._key] = asked[-_MOST_ASKED:]
        kept = urlencode({"next": path, "again": restarts()})
        return _login().address(back_to=f"{parts().settings.base_url}{self._way_back}?{kept}", state=state)

    def was_asked(self) -> bool:
        """Tell whether this browser asked what this request answers, and use that up."""
        asked, state = self._asked(), request.args.get("state", "")
        others = [one for one in asked if one[0] != state]
        session[self._key] = others
        return len(others) < len(asked)

    def _asked(self) -> list[list[object]]:
        """Give what this browser asked for and still waits for."""
        oldest = now().timestamp() - STATE_SECONDS
        return [one for one in session.get(self._key, []) if one[1] >= oldest]


def restarts() -> int:
    """Tell how often this was begun again; more than `MOST_RESTARTS` for what is no such number."""
    again = request.args.get("again", 0, type=int)
    return again if 0 <= again <= MOST_RESTARTS else MOST_RESTARTS + 1


def answered_visitor() -> Visitor:
    """Exchange the code of this request for who is reading.

    Raises:
        WeChatError, WeChatUnreachable: see `WebLogin.visitor_of`; too many are being asked about already.
    """
    turns.step_aside()
    # Made-up codes must not leave a process without threads, all of them waiting for WeChat.
    if not _asking.acquire(timeout=_ASKING_SECONDS):
        raise WeChatUnreachable("同时确认身份的人太多", maybe_done=False)
    try:
        return _login().visitor_of(request.args.get("code", ""))
    finally:
        _asking.release()


def _login() -> WebLogin:
    return WebLogin(parts().settings, _sessions)
