"""Holds back calls that would only be refused: the day's quota is used up, or the minute's.

A refused call costs quota too, and a storm of them may have the account punished.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from domain import api_usage
from domain.api_usage import Allowance
from models.database import Database
from wechat.clock import utc_now
from wechat.errors import WeChatError

log = structlog.get_logger(__name__)

LOOK_SECONDS = 15.0
_DAY_USED_UP = 45009
_TOO_FAST = 45011
# These tell how much is left, and make more of it.
_ALWAYS_FREE = frozenset(
    {"/cgi-bin/openapi/quota/get", "/cgi-bin/openapi/quota/clear", "/cgi-bin/clear_quota"}
)


@dataclass
class _Burst:
    """The calls of one path since a moment."""

    since: float
    calls: int = 0


class CallLimits:
    """What one process may still call; threads may share it.

    What the platform told lies in the database, so one worker's question serves all. Each process counts its
    own bursts: several together can still run into the limit of a minute, which the platform then tells us.

    Args:
        database: where the platform's limits and the counts of all processes are.
        clock: gives the present time.
        seconds: a number of seconds that grows.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] = utc_now,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._seconds = seconds
        self._lock = threading.Lock()
        self._looked_at: float | None = None
        self._allowances: dict[str, Allowance] = {}
        self._calls_since: Counter[str] = Counter()
        self._bursts: dict[str, _Burst] = {}

    def spend(self, path: str) -> None:
        """Take one call off what is left of a path.

        Raises:
            WeChatError: nothing is left; with the platform's own code for it, so that it is dealt with alike.
        """
        if path in _ALWAYS_FREE:
            return
        self._look()
        with self._lock:
            allowance = self._allowances.get(path)
            if allowance is None:
                return
            left = allowance.left_today
            if left is not None and self._calls_since[path] >= left:
                raise WeChatError(_DAY_USED_UP, "held back: the day's quota is used up")
            if not self._fits_burst(path, allowance):
                raise WeChatError(_TOO_FAST, "held back: too many calls in a minute")
            self._calls_since[path] += 1

    def _fits_burst(self, path: str, allowance: Allowance) -> bool:
        if allowance.burst_calls is None or allowance.burst_seconds is None:
            return True
        burst = self._bursts.get(path)
        if burst is None or self._seconds() - burst.since >= allowance.burst_seconds:
            burst = self._bursts[path] = _Burst(self._seconds())
        if burst.calls >= allowance.burst_calls:
            return False
        burst.calls += 1
        return True

    def _look(self) -> None:
        """Read now and then what is left; when the database is busy, what was read before still holds."""
        now = self._seconds()
        with self._lock:
            if self._looked_at is not None and now - self._looked_at < LOOK_SECONDS:
                return
            self._looked_at = now
        try:
            with self._database.reading() as session:
                allowances = api_usage.allowances_on(session, api_usage.quota_day(self._clock()))
        except SQLAlchemyError as error:
            log.warning("call_limits_not_read", error=type(error).__name__)
            return
        with self._lock:
            self._allowances = allowances
            self._calls_since.clear()
