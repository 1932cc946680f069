"""Counts the figures of days ahead of time: those to which something happened, and those never counted."""

from datetime import timedelta

from domain.daily_figures import count_next, next_day
from jobs.context import JobContext

_LONGEST = timedelta(seconds=8)


def count_days(context: JobContext) -> None:
    """Count day after day, some seconds long; the next look goes on where this one stopped."""
    until = context.clock() + _LONGEST
    while not context.stopping.is_set() and context.clock() < until:
        with context.database.reading() as session:
            waits = next_day(session, now=context.clock()) is not None
        if not waits:
            return
        with context.database.transaction() as session:
            count_next(session, now=context.clock())
