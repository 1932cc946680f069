"""Sends webhooks: claim one, send it with no transaction open, write down at once what came of it."""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime

import structlog

from config import metrics
from config.logs import scrub
from config.settings import Settings
from domain import webhook_outbox
from domain.secret_box import SecretBox
from domain.webhook_addresses import AddressRules
from domain.webhook_outbox import Fate, Outcome, Parcel
from jobs.context import JobContext
from jobs.webhook_http import send
from models.database import Database
from models.trouble import words_for_log

log = structlog.get_logger(__name__)

# Each sends to one receiver at a time, so a slow one keeps but one of them.
THREADS = 2
LOOK_SECONDS = 0.5
PAUSE_AFTER_TROUBLE_SECONDS = 2.0


class WebhookSending:
    """Sends webhooks for one worker; its threads share it.

    Args:
        settings: what may be called, and the key of sealed secrets.
        database: the outbox.
        worker: the name of this worker.
        clock: gives the present time (UTC).
    """

    def __init__(
        self, settings: Settings, database: Database, *, worker: str, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._worker = worker
        self._clock = clock
        self._box = SecretBox(settings.secret_key.get_secret_value())
        self._rules = AddressRules.of(
            allow_http=settings.webhook_allow_http, private_hosts=settings.webhook_hosts
        )

    def send_one(self) -> bool:
        """Send the next webhook that is due; tell whether there was one."""
        with self._database.reading() as session:
            if not webhook_outbox.anything_due(session, now=self._clock()):
                return False
        with self._database.transaction() as session:
            parcel = webhook_outbox.claim(session, worker=self._worker, box=self._box, now=self._clock())
        if parcel is None:
            return False
        with structlog.contextvars.bound_contextvars(delivery=parcel.delivery_id, system=parcel.system_id):
            outcome = self._try(parcel)
        metrics.WEBHOOKS.labels(outcome.fate.value).inc()
        with self._database.transaction() as session:
            webhook_outbox.record(session, parcel, outcome, now=self._clock())
        return True

    def work(self, stopping: threading.Event) -> None:
        """Send until told to stop; a thread of a worker runs this."""
        while not stopping.is_set():
            try:
                pause = 0.0 if self.send_one() else LOOK_SECONDS
            except Exception as error:  # a thread that ends would never be missed
                if told := words_for_log(error):
                    log.warning("webhook_sending_failed", **told)
                else:
                    log.exception("webhook_sending_failed", error=error)
                pause = PAUSE_AFTER_TROUBLE_SECONDS
            stopping.wait(pause)

    def _try(self, parcel: Parcel) -> Outcome:
        try:
            outcome = send(parcel, rules=self._rules, now=self._clock())
        except Exception as error:  # one that breaks the sender must not keep the others waiting
            log.exception("webhook_broke_sender")
            words = scrub(f"程序出错：{type(error).__name__}")
            return Outcome(fate=Fate.REFUSED, milliseconds=0, words=words)
        tell = log.info if outcome.fate is Fate.TAKEN else log.warning
        tell(
            f"webhook_{outcome.fate.value}",
            status=outcome.status,
            words=outcome.words or None,
        )
        return outcome


def release_stuck_webhooks(context: JobContext) -> None:
    """Free what has been on its way for too long."""
    with context.database.transaction() as session:
        freed = webhook_outbox.release_stuck(session, now=context.clock())
    if freed:
        log.warning("stuck_webhooks_freed", count=freed)


def release_webhooks_of_dead(context: JobContext, workers: Iterable[str]) -> None:
    """Free what workers of this machine had in hand when they died."""
    for worker in workers:
        with context.database.transaction() as session:
            freed = webhook_outbox.release_of(session, worker, now=context.clock())
        if freed:
            log.warning("webhooks_of_dead_freed", worker=worker, count=freed)
