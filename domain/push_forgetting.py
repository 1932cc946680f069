"""Forgetting the messages of pushes: old ones by the calendar, reminders of a survey at its end.

A push to twenty thousand leaves as many rows each week. What was told and to how many stays with the push.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from domain import push_runs
from domain.push_counts import counts_today
from models.enums import NoticeState, SurveyState
from models.notice import Notice, NoticeAttempt
from models.push import PushRun
from models.push_words import PushKind
from models.survey import Survey

BATCH = 500
_UNDER_WAY = (NoticeState.PENDING, NoticeState.SENDING)


def drop_old_messages(session: Session, *, before: datetime) -> int:
    """Delete messages of a push that was over before a moment, some at a time.

    Returns:
        How many were deleted; 0 when none are left.
    """
    left = exists().where(Notice.push_run_id == PushRun.id, Notice.state.not_in(_UNDER_WAY))
    old = select(PushRun.id).where(PushRun.finished_at < before, left).order_by(PushRun.id).limit(1)
    run_id = session.scalar(old)
    if run_id is None:
        return 0
    run = push_runs.hold(session, run_id)
    if not run.counts.get("forgotten"):
        run.counts = {**counts_today(session, run).kept(), "forgotten": True}
    of_run = Notice.push_run_id == run_id, Notice.state.not_in(_UNDER_WAY)
    ids = session.scalars(select(Notice.id).where(*of_run).order_by(Notice.id).limit(BATCH)).all()
    _delete(session, Notice.id.in_(ids))
    return len(ids)


def reminders_to_forget(session: Session) -> Sequence[int]:
    """Give the ids of reminders whose survey is over: who got one had not answered then."""
    told = exists().where(Notice.push_run_id == PushRun.id)
    over = PushRun.kind == PushKind.SURVEY_REMINDER, PushRun.finished_at.is_not(None), told
    subjects = session.execute(select(PushRun.id, PushRun.subject).where(*over)).all()
    closed = set(session.scalars(select(Survey.id).where(Survey.state == SurveyState.CLOSED)))
    return [run_id for run_id, subject in subjects if int(subject) in closed]


def forget_reminded(session: Session, run_id: int) -> None:
    """Delete the notices of a reminder; how many there were is kept with it."""
    run = push_runs.hold(session, run_id)
    run.counts = {**counts_today(session, run).kept(), "forgotten": True}
    session.flush()
    _delete(session, Notice.push_run_id == run_id)


def _delete(session: Session, which: ColumnElement[bool]) -> None:
    tries = delete(NoticeAttempt).where(NoticeAttempt.notice_id.in_(select(Notice.id).where(which)))
    for doomed in (tries, delete(Notice).where(which)):
        session.execute(doomed.execution_options(synchronize_session=False))
