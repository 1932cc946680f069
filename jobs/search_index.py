"""Puts into the search index what is missing there: old complaints, and those of renamed places and teams."""

from datetime import timedelta

from domain.search_index import fill_stale
from jobs.context import JobContext

# So few are held at once that nobody who works on one of them waits noticeably.
_AT_ONCE = 50
_LONGEST = timedelta(seconds=8)


def fill_search_index(context: JobContext) -> None:
    """Write what is missing, some seconds long; the next look goes on where this one stopped."""
    until = context.clock() + _LONGEST
    while not context.stopping.is_set() and context.clock() < until:
        with context.database.transaction() as session:
            if fill_stale(session, limit=_AT_ONCE) < _AT_ONCE:
                return
