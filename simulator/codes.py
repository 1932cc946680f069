"""Parametric QR codes: those made through the API, and those that hang on walls."""

import math
import secrets

from simulator.clock import VirtualClock
from simulator.errors import ControlError
from simulator.state import QrCode, State

# Of temporary codes; nobody looks at more screens at a time.
_SCREENS = 3


class QrCodes:
    """Codes by ticket."""

    def __init__(self, state: State, clock: VirtualClock) -> None:
        self._state = state
        self._clock = clock

    def create(self, scene: str, *, permanent: bool, by_string: bool, seconds: int | None = None) -> QrCode:
        """Make a code; the same permanent scene gives the same code again, as WeChat does."""
        if permanent:
            known = self.find_scene(scene)
            if known is not None and known.permanent and known.by_string == by_string:
                return known
        now = self._clock.now()
        code = QrCode(
            ticket="gQ" + secrets.token_urlsafe(64) + "==",
            scene=scene,
            url="http://weixin.qq.com/q/02" + secrets.token_urlsafe(24),
            permanent=permanent,
            by_string=by_string,
            created_at=now,
            expires_at=None if seconds is None else now + seconds,
        )
        return self._state.qr_codes.put(code.ticket, code)

    def post(self, scene: str, *, title: str, place: str = "", link: str = "") -> QrCode:
        """Hang a code where users can scan it, or give the one with this scene a title.

        Args:
            link: the page that scanning opens, for a code that the account drew itself.

        Raises:
            ControlError: no scene or title.
        """
        if not 1 <= len(scene) <= 64 or not title:
            raise ControlError("a posted code needs a scene of 1 to 64 characters and a title")
        with self._state.lock:
            code = self.find_scene(scene) or self.create(scene, permanent=True, by_string=True)
            code.posted, code.posted_title, code.place, code.link = True, title, place, link
            return self._state.qr_codes.put(code.ticket, code)

    def posted(self) -> list[dict[str, object]]:
        """Return what can be scanned in the phone page: what hangs on walls, and what screens show."""
        now = self._clock.now()
        live = [code for code in self._state.qr_codes if is_live(code, now)]
        on_screens = [code for code in live if not code.permanent and not code.posted]
        on_walls = [code for code in live if code.posted or (code.permanent and code.by_string)]
        # A page asks for a new code whenever an old one is of no use: the newest is meant.
        shown = [*on_screens[: -_SCREENS - 1 : -1], *on_walls]
        return [_described(code, now) for code in shown]

    def find_scene(self, scene: str) -> QrCode | None:
        """Return the newest code with this scene, a living one before one that ran out."""
        now = self._clock.now()
        codes = [code for code in self._state.qr_codes if code.scene == scene]
        live = [code for code in codes if is_live(code, now)]
        candidates = live or codes
        return candidates[-1] if candidates else None

    def find_ticket(self, ticket: str) -> QrCode | None:
        """Return the living code with this ticket, or None."""
        code = self._state.qr_codes.get(ticket)
        return code if code is not None and is_live(code, self._clock.now()) else None

    def scanned(self, scene: str) -> QrCode | None:
        """Return the code a user scans; None for a scene nobody made a code for (tests may do that).

        Raises:
            ControlError: the code has run out.
        """
        code = self.find_scene(scene)
        if code is not None and not is_live(code, self._clock.now()):
            raise ControlError("这个二维码已经过期")
        return code


def _described(code: QrCode, now: float) -> dict[str, object]:
    title, place = code.posted_title or code.scene, code.place
    if code.expires_at is not None and not code.posted:
        title, place = "屏幕上的二维码", f"{math.ceil((code.expires_at - now) / 60)} 分钟内有效"
    return {
        "scene": code.scene,
        "title": title,
        "place": place,
        "ticket": code.ticket,
        "url": code.url,
        "permanent": code.permanent,
        "link": code.link,
    }


def is_live(code: QrCode, now: float) -> bool:
    """Whether a code can still be scanned."""
    return code.expires_at is None or code.expires_at > now
