"""Forgets what is no longer needed."""

from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from domain import housekeeping, my_data_deletion
from jobs.context import JobContext

log = structlog.get_logger(__name__)


class _Step(Protocol):
    def __call__(self, session: Session, *, now: datetime) -> int: ...


def forget_old(context: JobContext) -> None:
    """Delete old links, receipts, taps and drafts, and the words of old messages, in short transactions."""
    _in_batches(context, housekeeping.drop_old_links, "old_links_dropped")
    _in_batches(context, housekeeping.drop_old_scans, "old_scans_dropped")
    _in_batches(context, housekeeping.empty_old_messages, "old_messages_emptied")
    _in_batches(context, housekeeping.drop_old_receipts, "old_receipts_dropped")
    _in_batches(context, housekeeping.drop_old_taps, "old_taps_dropped")
    _in_batches(context, housekeeping.drop_old_drafts, "old_act_drafts_dropped")
    _in_batches(context, my_data_deletion.drop_old_marks, "old_marks_dropped")


def _in_batches(context: JobContext, step: _Step, event: str) -> None:
    total = 0
    while not context.stopping.is_set():
        with context.database.transaction() as session:
            done = step(session, now=context.clock())
        total += done
        if done < housekeeping.BATCH:
            break
    if total:
        log.info(event, count=total)
