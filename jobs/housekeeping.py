"""Forgets what is no longer needed."""

import time
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from domain import api_sessions, former_people, housekeeping, idempotency, push_forgetting, webhook_log
from jobs.context import JobContext
from jobs.delivery_books import GAP_SECONDS
from wechat.event_table import OF_THE_ACCOUNT

log = structlog.get_logger(__name__)


class _Step(Protocol):
    def __call__(self, session: Session, *, now: datetime) -> int: ...


def forget_old(context: JobContext) -> None:
    """Delete old links, receipts, taps and drafts, and the words of old messages, in short transactions."""
    _in_batches(context, housekeeping.drop_old_links, "old_links_dropped")
    _in_batches(context, housekeeping.drop_old_scans, "old_scans_dropped")
    _in_batches(context, housekeeping.empty_old_messages, "old_messages_emptied")
    of_nobody = partial(housekeeping.empty_messages_of_nobody, but=OF_THE_ACCOUNT)
    _in_batches(context, of_nobody, "messages_of_nobody_emptied")
    _in_batches(context, housekeeping.drop_old_receipts, "old_receipts_dropped")
    _in_batches(context, housekeeping.drop_old_verdicts, "old_verdicts_dropped")
    _in_batches(context, housekeeping.drop_old_taps, "old_taps_dropped")
    _in_batches(context, housekeeping.drop_old_drafts, "old_act_drafts_dropped")
    _in_batches(context, former_people.drop_old_marks, "old_marks_dropped")
    _in_batches(context, api_sessions.drop_old_sessions, "old_api_sessions_dropped")
    _in_batches(context, idempotency.drop_old_requests, "old_requests_dropped")
    _in_batches(context, webhook_log.forget_old_webhooks, "old_webhooks_dropped")
    _in_batches(context, webhook_log.forget_old_submissions, "old_submissions_dropped")
    _forget_pushes(context)


def _forget_pushes(context: JobContext) -> None:
    """Delete the messages of pushes whose time is over, as the office has set it."""
    before = context.clock() - timedelta(days=context.settings.push_days)
    total = 0
    while not context.stopping.is_set():
        with context.database.transaction() as session:
            done = push_forgetting.drop_old_messages(session, before=before)
        total += done
        if not done:
            break
        # Thousands go at a time; others who want to write get their turn between two batches.
        time.sleep(GAP_SECONDS)
    if total:
        log.info("old_push_messages_dropped", count=total)


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
