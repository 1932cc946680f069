"""The platform's access token: one for all threads, processes and machines, fetched by one at a time.

The ticket of the JS-SDK is of the same sort and kept the same way.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import update

from models.database import Database
from models.upsert import insert_into
from models.wechat_token import WeChatToken
from wechat.clock import utc_now
from wechat.errors import WeChatFailure, WeChatUnreachable

log = structlog.get_logger(__name__)

# The platform renews a stable token when less than this is left, and both then live on for as long.
MARGIN = timedelta(seconds=300)
# Longer than one fetch may take (see transport.py), so that a lease ends only when its holder is gone.
LEASE = timedelta(seconds=25)
# After a fetch that failed, so that many waiters do not ask for the same refusal one after another.
PAUSE_AFTER_FAILURE = timedelta(seconds=2)
# The platform forces a new token at most 20 times a day.
FORCE_PAUSE = timedelta(hours=1)
POLL_SECONDS = 0.05
PATIENCE_SECONDS = 15.0
# So long what was read is used without looking again. Should another process have replaced the token since,
# the platform refuses it, and the call is done once more with the new one.
REMEMBERED = timedelta(seconds=1)
# While one thread looks, the others go on with what they have: else all would ask at once, each second.
MEANWHILE = timedelta(seconds=5)


@dataclass(frozen=True)
class FetchedToken:
    """What the platform gave: the token, and for how many seconds it is good."""

    token: str
    expires_in: int


Fetch = Callable[[bool], FetchedToken]


@dataclass(frozen=True)
class _Lease:
    """The right to fetch, and what was known when it was taken."""

    until: datetime
    stale_token: str
    may_force: bool


@dataclass(frozen=True)
class _Remembered:
    """A token as the database had it a moment ago."""

    token: str
    expires_at: datetime
    read_at: datetime

    def holds(self, now: datetime, *, margin: timedelta, lasts: timedelta = REMEMBERED) -> bool:
        return timedelta() <= now - self.read_at < lasts and self.expires_at - now > margin


class TokenStore:
    """Keeps one account's token, or another thing of the platform's that runs out, in the database.

    Args:
        database: where all processes look.
        app_id: the account.
        fetch: asks the platform for the token; its argument says whether to force a new one.
        kind: what is kept, when it is not the access token.
        margin: how long before its end a token is replaced.
        clock: gives the present time.
    """

    def __init__(
        self,
        database: Database,
        *,
        app_id: str,
        fetch: Fetch,
        kind: str = "",
        margin: timedelta = MARGIN,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._row_id = f"{app_id}:{kind}" if kind else app_id
        self._fetch = fetch
        self._margin = margin
        self._clock = clock
        self._remembered: _Remembered | None = None
        self._invalidated = 0
        self._looking = threading.Lock()

    def get(self) -> str:
        """Give a token good for at least some minutes, fetching one if need be.

        Raises:
            WeChatError: the platform refused to give one.
            WeChatUnreachable: the platform did not answer, or somebody else's fetch took too long.
        """
        remembered, now = self._remembered, self._clock()
        if remembered is None:
            return self._look()
        if remembered.holds(now, margin=self._margin):
            return remembered.token
        looks = self._looking.acquire(blocking=False)
        try:
            if not looks and remembered.holds(now, margin=self._margin, lasts=MEANWHILE):
                return remembered.token
            return self._look()
        finally:
            if looks:
                self._looking.release()

    def _look(self) -> str:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            lease = None
            token = self._usable_token(margin=self._margin)
            if token is None:
                lease = self._take_lease()
            if token is None and lease is None:
                # Somebody else is fetching; until they are done, the old one will do while it lives.
                token = self._usable_token(margin=timedelta())
            if token is not None:
                return token
            if lease is not None:
                return self._fetch_and_keep(lease)
            if time.monotonic() > give_up_at:
                raise WeChatUnreachable("等不到新的接口凭证", maybe_done=False)
            time.sleep(POLL_SECONDS)

    def invalidate(self, token: str) -> None:
        """Drop a token the platform refused, unless a newer one has taken its place already."""
        with self._database.transaction() as session:
            session.execute(
                update(WeChatToken)
                .where(WeChatToken.app_id == self._row_id, WeChatToken.token == token)
                .values(expires_at=None)
            )
        self._invalidated += 1
        self._remembered = None

    def _usable_token(self, *, margin: timedelta) -> str | None:
        invalidated = self._invalidated
        with self._database.reading() as session:
            row = session.get(WeChatToken, self._row_id)
        now = self._clock()
        if row is None or row.expires_at is None or not _is_usable(row, now, margin=margin):
            return None
        if invalidated == self._invalidated:
            self._remembered = _Remembered(row.token, row.expires_at, read_at=now)
        return row.token

    def _take_lease(self) -> _Lease | None:
        """Take the right to fetch; None when somebody holds it, or has just fetched."""
        self._ensure_row()
        with self._database.transaction() as session:
            row = session.get_one(WeChatToken, self._row_id, with_for_update=True)
            now = self._clock()
            if _is_usable(row, now, margin=self._margin) or (
                row.lease_until is not None and row.lease_until > now
            ):
                return None
            row.lease_until = now + LEASE
            may_force = row.fetched_at is None or now - row.fetched_at > FORCE_PAUSE
            refused = row.token if row.expires_at is None else ""
            return _Lease(until=row.lease_until, stale_token=refused, may_force=may_force)

    def _ensure_row(self) -> None:
        with self._database.reading() as session:
            if session.get(WeChatToken, self._row_id) is not None:
                return
        with self._database.transaction() as session:
            first = insert_into(session, WeChatToken).values(app_id=self._row_id, token="")
            session.execute(first.on_conflict_do_nothing())

    def _fetch_and_keep(self, lease: _Lease) -> str:
        try:
            fetched = self._fetch(False)
            if fetched.token == lease.stale_token and lease.may_force:
                # The platform refuses this token in calls, yet hands it out again.
                fetched = self._fetch(True)
        except WeChatFailure:
            self._end_lease(lease, lease_until=self._clock() + PAUSE_AFTER_FAILURE)
            raise
        now = self._clock()
        self._end_lease(
            lease,
            lease_until=None,
            token=fetched.token,
            expires_at=now + timedelta(seconds=fetched.expires_in),
            fetched_at=now,
        )
        log.info("token_fetched", row=self._row_id, expires_in=fetched.expires_in)
        return fetched.token

    def _end_lease(self, lease: _Lease, **values: object) -> None:
        with self._database.transaction() as session:
            session.execute(
                update(WeChatToken)
                .where(WeChatToken.app_id == self._row_id, WeChatToken.lease_until == lease.until)
                .values(**values)
            )


def _is_usable(row: WeChatToken, now: datetime, *, margin: timedelta) -> bool:
    return bool(row.token) and row.expires_at is not None and row.expires_at - now > margin
