"""Does what the clock has to on matters: reminders, what was deferred coming back, relapses."""

import structlog

from domain import matter_clock
from domain.errors import DomainError
from jobs.context import JobContext

log = structlog.get_logger(__name__)


def turn_matters(context: JobContext) -> None:
    """Look at all matters on which something may be due, each in a transaction of its own."""
    with context.database.reading() as session:
        due = matter_clock.due_matters(session, now=context.clock())
    for matter_id in due:
        if context.stopping.is_set():
            return
        try:
            with context.database.transaction() as session:
                done = matter_clock.turn(session, matter_id, now=context.clock())
        except DomainError as refusal:
            # The next look tries again; others that are due must not wait for this one.
            log.warning("matter_refused", matter=matter_id, words=refusal.message)
            continue
        for what in done:
            log.info("matter_turned", matter=matter_id, what=what)
