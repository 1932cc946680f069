"""Works out due times anew after the office changed a limit, a holiday or its hours."""

import structlog

from domain import recomputing
from jobs.context import JobContext

log = structlog.get_logger(__name__)


def recompute_deadlines(context: JobContext) -> None:
    """Work off what was asked for, a few complaints in each transaction."""
    with context.database.reading() as session:
        if not recomputing.is_asked_for(session):
            return
    total = 0
    while not context.stopping.is_set():
        with context.database.transaction() as session:
            done = recomputing.do_slice(session, now=context.clock())
        total += done
        if not done:
            break
    log.info("deadlines_recomputed", count=total)
