"""Counts our calls to the platform by path: in memory, and every few seconds into the database."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from config import metrics
from domain import api_usage
from models.database import Database
from wechat.clock import utc_now
from wechat.errors import WeChatError, WeChatUnreachable

log = structlog.get_logger(__name__)

FLUSH_SECONDS = 5.0


@contextmanager
def counted_by_outcome(path: str) -> Iterator[None]:
    """Count a call for whoever watches over us, by the platform's code; 0 when it did what we asked."""
    try:
        yield
    except WeChatError as error:
        metrics.WECHAT_CALLS.labels(path, str(error.code)).inc()
        raise
    except WeChatUnreachable:
        metrics.WECHAT_CALLS.labels(path, "unreachable").inc()
        raise
    metrics.WECHAT_CALLS.labels(path, "0").inc()


class CallCounter:
    """The calls of one process; threads may share it.

    Args:
        database: where the counts of all processes come together.
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
        self._counts: Counter[tuple[date, str]] = Counter()
        self._flushed_at = seconds()

    def add(self, path: str) -> None:
        """Count a call that left us; now and then this writes to the database."""
        with self._lock:
            self._counts[api_usage.quota_day(self._clock()), path] += 1
            is_due = self._seconds() - self._flushed_at >= FLUSH_SECONDS
        if is_due and not Database.in_transaction():
            self.flush()

    def flush(self) -> None:
        """Write what was counted; when the database is busy it is kept for the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            self._flushed_at = self._seconds()
        if not counts:
            return
        try:
            with self._database.transaction() as session:
                api_usage.add_calls(session, counts)
        except SQLAlchemyError as error:
            log.warning("calls_not_counted_yet", error=type(error).__name__)
            with self._lock:
                self._counts.update(counts)
