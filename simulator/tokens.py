"""Access tokens: the normal kind, where each call makes a new one, and the stable kind.

https://developers.weixin.qq.com/doc/subscription/api/base/api_getaccesstoken.html
https://developers.weixin.qq.com/doc/subscription/api/base/api_getstableaccesstoken.html
"""

import re
import secrets

from simulator.clock import VirtualClock, shanghai_day
from simulator.errors import ApiError
from simulator.state import AccessToken, Document, State

LIFETIME = 7200
OVERLAP = 300
FORCED_PAUSE = 30
FORCED_PER_DAY = 20


class TokenBook:
    """Issues and judges tokens; normal and stable ones never touch each other."""

    def __init__(self, state: State, clock: VirtualClock) -> None:
        self._state = state
        self._clock = clock

    def issue_normal(self, app_id: str) -> AccessToken:
        """Issue a new token; the ones before it live on for at most five minutes."""
        now = self._clock.now()
        for token in self._live(app_id, "normal"):
            token.dead_at = min(token.dead_at or token.expires_at, now + OVERLAP)
            self._state.tokens.put(token.value, token)
        return self._new(app_id, "normal")

    def issue_stable(self, app_id: str, *, force_refresh: bool) -> AccessToken:
        """Return the present token, or a new one in its last five minutes or when forced.

        Raises:
            ApiError: 45009 when forced more than 20 times in a day.
        """
        now = self._clock.now()
        live = self._live(app_id, "stable")
        newest = live[-1] if live else None
        if force_refresh and self._may_force(app_id, now):
            for token in live:
                token.dead_at = now
                self._state.tokens.put(token.value, token)
            return self._new(app_id, "stable")
        if newest is not None and newest.expires_at - now > OVERLAP:
            return newest
        return self._new(app_id, "stable")

    def check(self, value: str) -> AccessToken:
        """Return the token behind a query's `access_token`.

        Raises:
            ApiError: 40014 malformed, 40001 unknown or replaced, 42001 expired.
        """
        if not re.fullmatch(r"[\w\-!]{20,512}", value, flags=re.ASCII):
            raise ApiError(40014)
        token = self._state.tokens.get(value)
        now = self._clock.now()
        if token is None or (token.dead_at is not None and token.dead_at <= now):
            raise ApiError(40001)
        if token.expires_at <= now:
            raise ApiError(42001)
        return token

    def expire_all(self) -> int:
        """Let all live tokens run out now (42001); return how many."""
        return self._end(dead=False)

    def revoke_all(self) -> int:
        """Kill all live tokens now (40001); return how many."""
        return self._end(dead=True)

    def _end(self, *, dead: bool) -> int:
        now = self._clock.now()
        live = [token for token in self._state.tokens if _is_live(token, now)]
        for token in live:
            if dead:
                token.dead_at = now
            else:
                token.expires_at = now
            self._state.tokens.put(token.value, token)
        return len(live)

    def _live(self, app_id: str, kind: str) -> list[AccessToken]:
        now = self._clock.now()
        return [
            token
            for token in self._state.tokens
            if token.app_id == app_id and token.kind == kind and _is_live(token, now)
        ]

    def _new(self, app_id: str, kind: str) -> AccessToken:
        now = self._clock.now()
        self._forget_old(now)
        prefix = "1" if kind == "normal" else "2"
        # Real tokens grow with time and may reach 512 characters, so short columns must fail here too.
        value = f"{prefix}00_{secrets.token_urlsafe(120)}"
        token = AccessToken(value, app_id, kind, now, now + LIFETIME)
        return self._state.tokens.put(value, token)

    def _forget_old(self, now: float) -> None:
        for token in self._state.tokens:
            if token.expires_at < now - 7 * 86_400:
                self._state.tokens.remove(token.value)

    def _may_force(self, app_id: str, now: float) -> bool:
        key = f"forced:{app_id}"
        past = self._state.documents.get(key)
        moments: list[float] = past.value if past else []
        if moments and now - moments[-1] < FORCED_PAUSE:
            return False
        today = [moment for moment in moments if shanghai_day(moment) == shanghai_day(now)]
        if len(today) >= FORCED_PER_DAY:
            raise ApiError(45009)
        self._state.documents.put(key, Document([*today, now]))
        return True


def _is_live(token: AccessToken, now: float) -> bool:
    return token.expires_at > now and (token.dead_at is None or token.dead_at > now)
