"""Delivers notices: claim one, send it with no transaction open, write down at once what came of it."""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime

import structlog

from config import metrics
from config.logs import scrub
from domain import outbox
from domain.ports import Delivery, Letter, Messenger, Verdict
from jobs.context import JobContext
from jobs.delivery_books import DeliveryBooks
from jobs.delivery_flow import DeliveryFlow
from models.database import Database

log = structlog.get_logger(__name__)


class Delivering:
    """Delivers notices for one worker; its threads share it.

    Args:
        database: the outbox.
        messenger: carries the notices.
        worker: the name of this worker.
        base_url: address of the site, ending in a slash.
        clock: gives the present time (UTC).
        at_once: how many calls may be on their way together.
    """

    def __init__(
        self,
        database: Database,
        messenger: Messenger,
        *,
        worker: str,
        base_url: str,
        clock: Callable[[], datetime],
        at_once: int = 1,
    ) -> None:
        self._messenger = messenger
        self._books = DeliveryBooks(database, worker=worker, base_url=base_url, clock=clock)
        self._flow = DeliveryFlow(self._books, calls=at_once, alone=database.is_sqlite)

    def deliver_one(self) -> bool:
        """Deliver the next due notice; tell whether there was one."""
        kept = self._books.keep([], wanted=1)
        found = kept.claimed > 0
        while kept.letters:
            said = [(letter, _deliver(self._messenger, letter)) for letter in kept.letters]
            kept = self._books.keep(said, wanted=0)
            if kept.trouble is not None:
                raise kept.trouble
        return found

    def has_room(self) -> bool:
        """Tell whether it is of use to look for what is due."""
        return self._flow.has_room()

    def look(self) -> None:
        """Say that something may be due."""
        self._flow.look()

    def send(self) -> None:
        """Send what is handed out, until the books are closed; for `at_once` threads."""
        self._flow.send(lambda letter: _deliver(self._messenger, letter))

    def keep_books(self, stopping: threading.Event) -> None:
        """Hand out what is due and write down what came of it, until it is to stop; for one thread.

        Raises:
            Exception: whatever kept it from doing so; it is to be called again.
        """
        self._flow.keep_books(stopping)

    def close_books(self) -> None:
        """Take nothing more; what is being sent is waited for and written down.

        Raises:
            Exception: whatever kept it from being written.
        """
        self._flow.close()


def _deliver(messenger: Messenger, letter: Letter) -> Delivery:
    """Send a letter; every line that is logged meanwhile names the notice and what it is about."""
    number = letter.fields.get("number")
    with structlog.contextvars.bound_contextvars(notice=letter.notice_id, number=number):
        delivery = _tried(messenger, letter)
    metrics.NOTICES.labels(letter.channel.value, delivery.verdict.value).inc()
    return delivery


def _tried(messenger: Messenger, letter: Letter) -> Delivery:
    try:
        delivery = messenger.deliver(letter)
    except Exception as error:  # one notice that breaks the sender must not keep the others waiting
        log.exception("notice_broke_sender")
        words = scrub(f"程序出错：{type(error).__name__}: {error}")
        return Delivery(verdict=Verdict.UNKNOWN, words=words, alert=True)
    if delivery.verdict is not Verdict.SENT:  # of those that were, the books tell
        event = f"notice_{delivery.verdict}"
        log.warning(event, kind=letter.kind.label, way=letter.channel.label, words=delivery.words)
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
        if freed:
            log.warning("notices_of_dead_freed", worker=worker, count=freed)
