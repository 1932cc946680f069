"""Reminds people of what they wrote and did not submit."""

import structlog

from domain import drafts
from jobs.context import JobContext

log = structlog.get_logger(__name__)


def remind_waiting_drafts(context: JobContext) -> None:
    """Queue one notice for each draft that was left alone."""
    with context.database.transaction() as session:
        queued = drafts.remind_waiting(session, now=context.clock())
    if queued:
        log.info("draft_reminders_queued", count=queued)
