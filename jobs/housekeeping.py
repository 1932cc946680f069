"""Forgets what is no longer needed, as the table in domain/retention.py has it."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from domain import deletion_ledger, former_people, retention, running_state, search_index, webhook_log
from domain.retention import Kind
from domain.retention_ways import BATCH
from jobs.context import JobContext
from jobs.delivery_books import GAP_SECONDS
from wechat.event_table import OF_THE_ACCOUNT

log = structlog.get_logger(__name__)

# Looked back a little further than to the last time, so that nobody falls between two.
_LATELY = timedelta(hours=2)


class _Step(Protocol):
    def __call__(self, session: Session, *, now: datetime) -> int: ...


def forget_old(context: JobContext) -> None:
    """Delete what has been kept for its time, in short transactions, and what is left of those who left."""
    for kind in retention.kinds(of_the_account=OF_THE_ACCOUNT):
        if total := forget_kind(context, kind):
            log.info("old_data_dropped", kind=kind.name, count=total)
    _in_batches(context, webhook_log.call_off_late, "late_webhooks_called_off")
    _in_batches(context, running_state.drop_gone_workers, "gone_workers_dropped")
    _wipe_traces(context)


def forget_kind(context: JobContext, kind: Kind, *, say: Callable[[int], None] = lambda _: None) -> int:
    """Delete all that is due of one kind, some at a time; files go after the rows that named them.

    Args:
        say: is told how many are gone so far.

    Returns:
        How many were deleted.
    """
    total = 0
    while not context.stopping.is_set():
        with context.database.transaction() as session:
            dropped = retention.drop(session, kind, days=context.settings.days_kept, now=context.clock())
        # A file without a row is found and taken away later, a row without a file would lie.
        for key in dropped.file_keys:
            context.files.delete(key)
        if not dropped.count:
            break
        total += dropped.count
        say(total)
        # There may be thousands; others who want to write get their turn between two batches.
        time.sleep(GAP_SECONDS)
    return total


def _in_batches(context: JobContext, step: _Step, event: str) -> None:
    total = 0
    while not context.stopping.is_set():
        with context.database.transaction() as session:
            done = step(session, now=context.clock())
        total += done
        if done < BATCH:
            break
    if total:
        log.info(event, count=total)


def _wipe_traces(context: JobContext) -> None:
    """Write down outside the database who left, and have SQLite overwrite what it still holds of them."""
    with context.database.reading() as session:
        left = former_people.left_since(session, context.clock() - _LATELY)
    deletion_ledger.complete(deletion_ledger.ledger_of(context.settings, context.files), left)
    if not left or not context.database.is_sqlite:
        return
    while not context.stopping.is_set():
        with context.database.transaction() as session:
            if not search_index.forget_words(session):
                break
        time.sleep(GAP_SECONDS)
    context.database.wipe_log()
