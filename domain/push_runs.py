"""One push: made from what holds at that moment, let go by a second person, and called off.

What it says is kept with it, so that what was approved is what goes out. How it gets to its recipients stands
in `domain/push_sending.py`.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from domain import approvals, audit, board_version
from domain.acts import cleaned, required
from domain.approvals import Approval
from domain.delivery_plans import CALLED_OFF
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from domain.permissions import may_plan_pushes
from domain.push_contents import LONGEST_TITLE, Occasion, PushContent
from domain.push_counts import counted
from domain.push_kinds import type_of
from domain.push_queries import LIVE, NOT_FOUND, OUT, page_of
from models.enums import NoticeState
from models.matter import Matter
from models.notice import Notice, NoticeAttempt
from models.push import PushRun, PushSchedule
from models.push_words import PushKind, PushState
from models.staff import Staff

NOTHING_TO_SAY = "这段时间没有可推送的内容。"
OVERTAKEN = "到下一期还没有人批准，这一期没有推送。"
_WEEK = timedelta(days=7)
_LONGEST_SPAN = timedelta(days=31)


def hold(session: Session, run_id: int) -> PushRun:
    """Give a push and keep others from changing it until the transaction ends, or raise NotFound."""
    run = session.get(PushRun, run_id, with_for_update=True, populate_existing=True)
    if run is None:
        raise NotFound(NOT_FOUND)
    return run


def need_planner(staff: Staff) -> None:
    """Raise NotAllowed unless staff plans pushes."""
    if not may_plan_pushes(staff):
        raise NotAllowed("推送由受理员、分管领导和系统管理员安排。")


def compose(session: Session, kind: PushKind, subject: str, *, since: datetime, now: datetime) -> PushContent:
    """Put together what a push would say now.

    Raises:
        Invalid: nothing was chosen that it could be about.
        NotFound, TooLate: what it is about is not there, or has changed.
        NotAllowed: there is nothing to tell.
    """
    row = type_of(kind)
    if row.choices is not None and not subject:
        raise Invalid("请选择要推送的是哪一个。", "subject")
    content = row.compose(session, Occasion(subject, since, now))
    if content is None:
        raise NotAllowed(NOTHING_TO_SAY)
    return content


def since_of(session: Session, schedule: PushSchedule | None, *, now: datetime) -> datetime:
    """Tell where the time begins that a push of a schedule tells of: at its last one, or a week ago."""
    if schedule is None:
        return now - _WEEK
    out = PushRun.schedule_id == schedule.id, PushRun.state.in_(OUT)
    last = session.scalar(select(PushRun.created_at).where(*out).order_by(PushRun.created_at.desc()).limit(1))
    return max(last, now - _LONGEST_SPAN) if last is not None else now - _WEEK


def begin(
    session: Session,
    *,
    kind: PushKind,
    subject: str = "",
    due_at: datetime,
    now: datetime,
    schedule: PushSchedule | None = None,
    staff: Staff | None = None,
    automatic: bool = False,
    remark: str = "",
) -> PushRun:
    """Make a push of what holds now; it waits for an approval unless it is automatic.

    Args:
        schedule: the one it belongs to; its earlier pushes that nobody approved are given up.
        staff: who wants it, and so does not approve it.

    Raises:
        DomainError: as `compose`, and for what is waiting or under way already.
    """
    _need_new(session, kind, subject)
    content = compose(session, kind, subject, since=since_of(session, schedule, now=now), now=now)
    run = _row(kind, subject, content, due_at=due_at, now=now, schedule=schedule, remark=remark)
    run.created_by_id = staff.id if staff is not None else (schedule.changed_by_id if schedule else None)
    run.automatic, run.state = automatic, PushState.WAITING
    if schedule is not None:
        give_up_waiting(session, schedule, now=now)
    session.add(run)
    session.flush()
    if not run.path:
        run.path = f"/admin/pushes/runs/{run.id}" if type_of(kind).for_staff else page_of(run.code)
    if automatic:
        run.state, run.started_at = PushState.RUNNING, now
    session.flush()
    made = "自动推送" if automatic else "提出推送，等待批准"
    _note(session, run, "automatic" if automatic else "propose", made, staff=staff, now=now)
    if not automatic:
        by, but = staff, (run.created_by_id,)
        approvals.call(session, _approval(run), may=may_plan_pushes, by=by, but=but, now=now)
    return run


def _approval(run: PushRun) -> Approval:
    name = f"{run.kind.label}：{run.title}" if run.kind.label != run.title else run.title
    return Approval(f"push-run:{run.id}", "推送", name, f"/admin/pushes/runs/{run.id}")


def _need_new(session: Session, kind: PushKind, subject: str) -> None:
    """Raise TooLate if the same is on its way; a reminder comes once, ever."""
    if not subject:
        return
    states = (*LIVE, PushState.DONE) if kind is PushKind.SURVEY_REMINDER else LIVE
    same = PushRun.kind == kind, PushRun.subject == subject, PushRun.state.in_(states)
    earlier = session.scalar(select(PushRun).where(*same).limit(1))
    if earlier is None:
        return
    if earlier.state in LIVE:
        raise TooLate(f"「{earlier.title}」已经在推送记录里，{earlier.state.label}。")
    raise TooLate("这份测评已经提醒过一次，不再提醒。")


def skipped(
    session: Session, schedule: PushSchedule, *, due_at: datetime, words: str, now: datetime
) -> PushRun:
    """Write down that a time of a schedule passed without a push, and why."""
    run = PushRun(
        code=secrets.token_urlsafe(9),
        schedule_id=schedule.id,
        due_at=due_at,
        kind=schedule.kind,
        subject=schedule.subject,
        state=PushState.SKIPPED,
        title=schedule.title,
        remark=words[:300],
        created_at=now,
        created_by_id=schedule.changed_by_id,
        finished_at=now,
    )
    session.add(run)
    session.flush()
    return run


def _row(
    kind: PushKind,
    subject: str,
    content: PushContent,
    *,
    due_at: datetime,
    now: datetime,
    schedule: PushSchedule | None,
    remark: str,
) -> PushRun:
    return PushRun(
        code=secrets.token_urlsafe(9),
        schedule_id=schedule.id if schedule is not None else None,
        due_at=due_at,
        kind=kind,
        subject=subject,
        title=content.title[:LONGEST_TITLE],
        body=content.body,
        path=content.path,
        fields=dict(content.fields),
        sections=sections_of(content),
        remark=remark[:300],
        created_at=now,
    )


def sections_of(content: PushContent) -> list[dict[str, Any]]:
    """Give the sections of a page as they are kept."""
    return [
        {"title": part.title, "lines": [vars(line) for line in part.lines], "more": part.more}
        for part in content.sections
    ]


def give_up_waiting(session: Session, schedule: PushSchedule, *, now: datetime) -> None:
    """End the pushes of a schedule that nobody has approved: what they say is of yesterday."""
    waiting = PushRun.schedule_id == schedule.id, PushRun.state == PushState.WAITING
    session.execute(
        update(PushRun)
        .where(*waiting)
        .values(state=PushState.SKIPPED, finished_at=now, remark=OVERTAKEN)
        .execution_options(synchronize_session=False)
    )


def may_approve(run: PushRun, staff: Staff) -> bool:
    """Tell whether this member of staff may let it go: not who wanted it."""
    return run.state is PushState.WAITING and may_plan_pushes(staff) and run.created_by_id != staff.id


def may_cancel(run: PushRun, staff: Staff) -> bool:
    """Tell whether this member of staff may call it off."""
    return run.state in LIVE and may_plan_pushes(staff)


def approve(session: Session, run_id: int, *, staff: Staff, now: datetime) -> PushRun:
    """Let a push go, as somebody who did not want it.

    Raises:
        NotAllowed: one's own, or not a role that approves.
        TooLate: it is decided already, or what it is about has changed since.
    """
    need_planner(staff)
    run = hold(session, run_id)
    if run.state is not PushState.WAITING:
        raise TooLate(f"这次推送已经是「{run.state.label}」，不用再批准。")
    if run.created_by_id == staff.id:
        raise NotAllowed("不能批准自己提出的推送，请另一位同事批准。")
    row = type_of(run.kind)
    if row.choices is not None:
        # It may have been taken back, or be over, since this was written.
        compose(session, run.kind, run.subject, since=run.created_at - _WEEK, now=now)
    run.state, run.approved_by_id, run.started_at = PushState.RUNNING, staff.id, now
    session.flush()
    _note(session, run, "approve", "批准推送", staff=staff, now=now)
    return run


def cancel(session: Session, run_id: int, *, reason: str, staff: Staff, now: datetime) -> PushRun:
    """Call a push off, also while it runs: who has it keeps it, nobody else gets it.

    Raises:
        NotAllowed: not a role that plans.
        Invalid: no reason.
        TooLate: it is over.
    """
    need_planner(staff)
    words = required(reason, "取消的理由")[:200]
    run = hold(session, run_id)
    if run.state not in LIVE:
        raise TooLate(f"这次推送已经是「{run.state.label}」，不能再取消。")
    was_running = run.state is PushState.RUNNING
    run.state, run.ended_by_id, run.finished_at = PushState.CANCELLED, staff.id, now
    run.remark = words
    session.flush()
    if was_running:
        withdrawn = _withdraw(session, run)
        run.counts = {**counted(session, run).kept(), "withdrawn": withdrawn}
        session.flush()
    done = "中途取消推送" if was_running else "不批准推送"
    if run.created_by_id != staff.id:
        told = "中途取消" if was_running else "没有批准"
        asked, why = (run.created_by_id,), f"理由：{words}"
        approvals.answer(session, _approval(run), to=asked, outcome=told, words=why, now=now)
    _note(session, run, "cancel", f"{done}，理由：{words}", staff=staff, now=now)
    return run


def give_up(session: Session, run_id: int, *, words: str, now: datetime) -> None:
    """End a push that cannot go on, as what it is about is no more; who has it keeps it."""
    run = hold(session, run_id)
    if run.state is PushState.RUNNING:
        run.state, run.finished_at, run.remark = PushState.CANCELLED, now, words[:300]
        withdrawn = _withdraw(session, run)
        run.counts = {**counted(session, run).kept(), "withdrawn": withdrawn}
        session.flush()


def _withdraw(session: Session, run: PushRun) -> int:
    """Take back what has not gone out; gives how many. What is on its way at this moment arrives."""
    board_version.touch(session)  # its page is kept as the board's are
    waiting = Notice.push_run_id == run.id, Notice.state == NoticeState.PENDING
    tried = exists().where(NoticeAttempt.notice_id == Notice.id)
    session.execute(
        update(Notice)
        .where(*waiting, tried)
        .values(state=NoticeState.INBOX, error=CALLED_OFF)
        .execution_options(synchronize_session=False)
    )
    gone = session.execute(delete(Notice).where(*waiting).execution_options(synchronize_session=False))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def offer_matter(session: Session, matter: Matter, *, staff: Staff | None, now: datetime) -> PushRun | None:
    """Put a matter that was just closed before those who approve pushes; None where it is not for all."""
    if not matter.public:
        return None
    try:
        return begin(session, kind=PushKind.MATTER, subject=matter.number, due_at=now, now=now, staff=staff)
    except TooLate:
        return None  # it waits there already, from an earlier closing


def _note(
    session: Session, run: PushRun, action: str, words: str, *, staff: Staff | None, now: datetime
) -> None:
    audit.record(
        session,
        staff,
        action=f"push.{action}",
        subject_kind="push",
        subject=str(run.id),
        words=f"{words}：{run.kind.label}「{cleaned(run.title)}」",
        details={"kind": run.kind.value, "subject": run.subject, "due_at": run.due_at.isoformat()},
        now=now,
    )
