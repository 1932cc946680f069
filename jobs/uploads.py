"""Sweeps away what was uploaded for a form that nobody sent."""

import structlog

from domain import pending_uploads
from jobs.context import JobContext

log = structlog.get_logger(__name__)


def sweep_uploads(context: JobContext) -> None:
    """Forget uploads after their day, then take their files away: a file without a row is no harm."""
    total = 0
    while not context.stopping.is_set():
        with context.database.transaction() as session:
            count, keys = pending_uploads.sweep(session, now=context.clock())
        for key in keys:
            context.files.delete(key)
        total += count
        if count < pending_uploads.BATCH:
            break
    if total:
        log.info("uploads_swept", count=total)
