"""Pushes by the clock: made when their time has come, put into the outbox batch by batch, and finished."""

import time

import structlog

from config.wechat_templates import load_templates
from domain import message_templates, push_forgetting, push_queries, push_runs, push_schedules, push_sending
from domain.errors import DomainError
from domain.push_kinds import type_of
from domain.secret_box import SecretBox
from jobs.context import JobContext
from jobs.delivery_books import GAP_SECONDS
from models.enums import NoticeChannel, NoticeKind

log = structlog.get_logger(__name__)


def run_pushes(context: JobContext) -> None:
    """Do what is due; whatever is left undone is taken up at the next look, by whichever worker leads."""
    _make_due(context)
    with context.database.reading() as session:
        unwritten = push_sending.unwritten(session)
    for run_id in unwritten:
        try:
            _write(context, run_id)
        except DomainError as refusal:
            # What it is about is gone, such as a survey that was closed meanwhile; the others go on.
            log.warning("push_stopped", run=run_id, words=refusal.message)
            with context.database.transaction() as session:
                push_runs.give_up(session, run_id, words=refusal.message, now=context.clock())
    _finish(context)


def _make_due(context: JobContext) -> None:
    with context.database.reading() as session:
        due = push_schedules.due(session, now=context.clock())
    for schedule_id in due:
        with context.database.transaction() as session:
            run = push_schedules.turn(session, schedule_id, now=context.clock())
            if run is not None:
                log.info("push_due", schedule=schedule_id, run=run.id, state=run.state, words=run.remark)


def _write(context: JobContext, run_id: int) -> None:
    """Put the recipients of one push into the outbox, a batch a transaction."""
    box = SecretBox(context.settings.secret_key.get_secret_value())
    with context.database.reading() as session:
        run = push_queries.find(session, run_id)
        left, seen = push_sending.recipients_left(session, run, box=box), run.cursor
        template_id = subscription_template(context, type_of(run.kind).notice)
    goes_on = True
    while goes_on and not context.stopping.is_set():
        batch, left = left[: push_sending.BATCH], left[push_sending.BATCH :]
        with context.database.transaction() as session:
            goes_on = push_sending.write_batch(
                session, run_id, batch, seen=seen, template_id=template_id, now=context.clock()
            )
        seen = batch[-1] if batch else seen
        # Others who want to write get their turn between two batches.
        time.sleep(GAP_SECONDS)


def subscription_template(context: JobContext, kind: NoticeKind) -> str:
    """Name the template by which a 订阅通知 of this kind goes; empty where the account has none."""
    book = load_templates(context.settings.wechat_templates_file)
    with context.database.reading() as session:
        mapped = message_templates.in_use_for(session, book, kind, NoticeChannel.SUBSCRIPTION)
    return mapped.template.id if mapped.template is not None else ""


def _finish(context: JobContext) -> None:
    with context.database.reading() as session:
        settled = push_sending.settled(session)
        called_off = push_sending.called_off(session, now=context.clock())
        over = push_forgetting.reminders_to_forget(session)
    for run_id in settled:
        with context.database.transaction() as session:
            if push_sending.finish(session, run_id, now=context.clock()):
                log.info("push_done", run=run_id)
    for run_id in called_off:
        with context.database.transaction() as session:
            push_sending.count_anew(session, run_id)
    for run_id in over:
        with context.database.transaction() as session:
            push_forgetting.forget_reminded(session, run_id)
