"""Counts the figures of days ahead of time: those to which something happened, and those never counted."""

from datetime import timedelta

from domain.daily_figures import count_day, keep, next_day
from jobs.context import JobContext

_LONGEST = timedelta(seconds=8)


def count_days(context: JobContext) -> None:
    """Count day after day, some seconds long; the next look goes on where this one stopped."""
    until = context.clock() + _LONGEST
    while not context.stopping.is_set() and context.clock() < until:
        with context.database.reading() as session:
            day = next_day(session, now=context.clock())
            if day is None:
                return
            counted = count_day(session, day, now=context.clock())
        with context.database.transaction() as session:
            keep(session, counted)
