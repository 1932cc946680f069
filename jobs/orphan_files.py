"""Takes away files that nothing leads to any more."""

from datetime import timedelta

import structlog

from domain.file_store import SLICES
from domain.stored_files import GRACE_HOURS, unnamed
from jobs.context import JobContext

log = structlog.get_logger(__name__)

# Above this, more files without a row than with one speak of a wrong database, not of refused forms.
SUSPICIOUS = 50


def remove_orphans(context: JobContext) -> None:
    """Take away what is old and named by no row, in that part of the store whose hour of the day it is."""
    now = context.clock()
    before = now - timedelta(hours=GRACE_HOURS)
    orphans: list[str] = []
    named = 0
    for keys in context.files.old_files(now.hour % SLICES, before=before):
        if context.stopping.is_set():
            return
        with context.database.reading() as session:
            found = unnamed(session, keys)
        orphans += sorted(found)
        named += len(keys) - len(found)
    if len(orphans) > max(SUSPICIOUS, named):
        log.error("orphans_left_alone", orphans=len(orphans), named=named)
        return
    for key in orphans:
        context.files.delete(key)
    if orphans:
        log.info("orphans_removed", count=len(orphans))
