"""Does what falls due on complaints: reminders, closing without a rating, the return of what was deferred."""

import structlog

from domain import timers
from domain.errors import DomainError
from jobs.context import JobContext

log = structlog.get_logger(__name__)

BATCH = 200


def fire_due_timers(context: JobContext) -> None:
    """Fire all timers that are due, each in a transaction of its own."""
    with context.database.reading() as session:
        due = timers.due_timers(session, now=context.clock(), limit=BATCH)
    for timer_id in due:
        if context.stopping.is_set():
            return
        try:
            with context.database.transaction() as session:
                done = timers.fire(session, timer_id, now=context.clock())
        except DomainError as refusal:
            # The next look tries again; others that are due must not wait for this one.
            log.warning("timer_refused", timer=timer_id, words=refusal.message)
            continue
        if done:
            log.info("timer_fired", timer=timer_id)
