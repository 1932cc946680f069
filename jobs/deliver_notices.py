"""Delivers notices: claim one, send it with no transaction open, write down at once what came of it."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from config.logs import scrub
from domain import deliveries, outbox
from domain.ports import Delivery, Letter, Messenger, Verdict
from jobs.context import JobContext
from models.database import LOOK_AGAIN_SECONDS, Database

log = structlog.get_logger(__name__)

# What the platform took must be written down; a database that is busy gets several chances.
RECORD_TRIES = 5
RECORD_PAUSE_SECONDS = 0.5
# Longer than others who want to write wait between two looks.
GAP_SECONDS = 2 * LOOK_AGAIN_SECONDS


class Delivering:
    """Delivers notices for one worker; its threads share it.

    Args:
        database: the outbox.
        messenger: carries the notices.
        worker: the name of this worker.
        base_url: address of the site, ending in a slash.
        clock: gives the present time (UTC).
    """

    def __init__(
        self,
        database: Database,
        messenger: Messenger,
        *,
        worker: str,
        base_url: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._messenger = messenger
        self._worker = worker
        self._base_url = base_url
        self._clock = clock
        # SQLite has one writer at a time and no queue: threads that queue here do not starve each other.
        self._turn = threading.Lock()

    def deliver_one(self) -> bool:
        """Deliver the next due notice; tell whether there was one."""
        with self._in_turn() as session:
            claim = outbox.claim(session, worker=self._worker, now=self._clock(), base_url=self._base_url)
        if claim is None:
            return False
        letter = claim.letter
        if letter is None:
            log.info("notice_not_sent", notice=claim.notice_id)
        while letter is not None:
            delivery = _deliver(self._messenger, letter)
            letter = self._record(letter, delivery)
        return True

    @contextmanager
    def _in_turn(self) -> Iterator[Session]:
        """Give a transaction; on SQLite, one thread at a time, and with a gap for other processes behind it.

        Without it, many calls that time out together keep the web from writing until all are noted.
        """
        if not self._database.is_sqlite:
            with self._database.transaction() as session:
                yield session
            return
        with self._turn:
            with self._database.transaction() as session:
                yield session
            time.sleep(GAP_SECONDS)

    def _record(self, letter: Letter, delivery: Delivery) -> Letter | None:
        for tries_left in reversed(range(RECORD_TRIES)):
            try:
                with self._in_turn() as session:
                    return deliveries.record(session, letter, delivery, now=self._clock())
            except DBAPIError:
                if not tries_left:
                    raise
                time.sleep(RECORD_PAUSE_SECONDS)
        raise AssertionError("unreachable")


def _deliver(messenger: Messenger, letter: Letter) -> Delivery:
    try:
        delivery = messenger.deliver(letter)
    except Exception as error:  # one notice that breaks the sender must not keep the others waiting
        log.exception("notice_broke_sender", notice=letter.notice_id)
        words = scrub(f"程序出错：{type(error).__name__}: {error}")
        return Delivery(verdict=Verdict.UNKNOWN, words=words, alert=True)
    tell = log.info if delivery.verdict is Verdict.SENT else log.warning
    tell(
        f"notice_{delivery.verdict}",
        notice=letter.notice_id,
        number=letter.fields.get("number"),
        kind=letter.kind.label,
        way=letter.channel.label,
        words=delivery.words if delivery.verdict is not Verdict.SENT else None,
    )
    return delivery


def release_stuck(context: JobContext) -> None:
    """Free what has been on its way for too long."""
    with context.database.transaction() as session:
        freed = outbox.release_stuck(session, now=context.clock())
    if freed:
        log.warning("stuck_notices_freed", count=freed)


def release_of_dead(context: JobContext, workers: Iterable[str]) -> None:
    """Free what workers of this machine had in hand when they died."""
    for worker in workers:
        with context.database.transaction() as session:
            freed = outbox.release_of(session, worker, now=context.clock())
        log.warning("dead_worker_found", worker=worker, notices_freed=freed)
