"""Pushes that come back by themselves: planned, changed, paused, and made into runs when their time comes.

`seen_until` is the moment up to which all times were looked at. Whoever holds the row looks at those between
it and now, makes at most one run of them, and moves it on: so of many workers one makes the run, and a worker
that was down for a week makes one and not five.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from domain import approvals, office_changes, push_queries, push_runs
from domain.acts import cleaned
from domain.approvals import Approval
from domain.deadlines import calendar_for
from domain.errors import DomainError, Invalid, NotAllowed, NotFound, TooLate
from domain.permissions import may_plan_pushes
from domain.push_kinds import type_of
from domain.push_subjects import survey_opening_at
from domain.push_times import When, next_times, times_between, when_of
from domain.working_time import describe_moment
from models.push import PushRun, PushSchedule
from models.push_words import MissedRule, PushKind, WhenKind
from models.staff import Staff

LONGEST_TITLE = 40
NOT_FOUND = "没有找到这个定时推送，可能已经删除。"
# A worker that starts again takes less; what is later than this was missed.
GRACE = timedelta(minutes=15)
# A survey is opened by a worker too; nobody is to be led to one that is not open yet.
AFTER_OPENING = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class PushPlan:
    """What is entered of a schedule.

    Attributes:
        subject: what it is about, for kinds where that is chosen.
        automatic: goes out without an approval each time.
    """

    title: str
    kind: PushKind
    when: When
    subject: str = ""
    automatic: bool = False
    missed: MissedRule = MissedRule.ONCE


def find(session: Session, schedule_id: int) -> PushSchedule:
    """Give a schedule, or raise NotFound."""
    schedule = session.get(PushSchedule, schedule_id, options=[joinedload(PushSchedule.changed_by)])
    if schedule is None or schedule.removed_at is not None:
        raise NotFound(NOT_FOUND)
    return schedule


def hold(session: Session, schedule_id: int, *, staff: Staff) -> PushSchedule:
    """Give a schedule and keep others from changing it until the transaction ends.

    Raises:
        NotAllowed: not a role that plans pushes.
        NotFound: there is none.
    """
    push_runs.need_planner(staff)
    schedule = _held(session, schedule_id)
    if schedule is None:
        raise NotFound(NOT_FOUND)
    return schedule


def _held(session: Session, schedule_id: int) -> PushSchedule | None:
    schedule = session.get(PushSchedule, schedule_id, with_for_update=True, populate_existing=True)
    return schedule if schedule is not None and schedule.removed_at is None else None


def listed(session: Session) -> Sequence[PushSchedule]:
    """Give all schedules, in the order they were made."""
    query = select(PushSchedule).where(PushSchedule.removed_at.is_(None)).order_by(PushSchedule.id)
    return session.scalars(query.options(joinedload(PushSchedule.changed_by))).all()


def upcoming(session: Session, schedule: PushSchedule, *, now: datetime, count: int = 1) -> list[datetime]:
    """Give the next times (UTC) of a schedule; none while it is paused, and after its last."""
    if schedule.paused:
        return []
    return next_times(when_of(schedule), max(now, schedule.seen_until), calendar_for(session), count=count)


def create(session: Session, plan: PushPlan, *, staff: Staff, now: datetime) -> PushSchedule:
    """Plan a push.

    Raises:
        Invalid: something is missing, or its time is past.
        NotAllowed: not a role that plans pushes.
    """
    push_runs.need_planner(staff)
    plan = _checked(session, plan, now=now)
    schedule = PushSchedule(created_at=now)
    _put(schedule, plan, staff=staff, now=now)
    session.add(schedule)
    session.flush()
    _note(session, schedule, "add", f"新建定时推送「{plan.title}」，{plan.when.words}", staff=staff, now=now)
    _ask_to_confirm(session, schedule, staff=staff, now=now)
    return schedule


def change(session: Session, schedule: PushSchedule, plan: PushPlan, *, staff: Staff, now: datetime) -> None:
    """Change a schedule from `hold`; what it is confirmed for begins anew.

    Raises:
        Invalid: something is missing, or its time is past.
    """
    plan = _checked(session, plan, now=now)
    before = said(schedule)
    _put(schedule, plan, staff=staff, now=now)
    session.flush()
    words = f"修改定时推送「{plan.title}」，{plan.when.words}"
    _note(session, schedule, "change", words, staff=staff, now=now, before=before)
    _ask_to_confirm(session, schedule, staff=staff, now=now)


def _ask_to_confirm(session: Session, schedule: PushSchedule, *, staff: Staff, now: datetime) -> None:
    """Tell those who may let a schedule go out by itself that it waits for one of them."""
    if not schedule.automatic or goes_by_itself(schedule):
        return
    key, path = f"push-schedule:{schedule.id}:{now:%Y%m%d%H%M%S%f}", f"/admin/pushes/{schedule.id}"
    waits = Approval(key, "自动推送", schedule.title, path)
    words = f"（{when_of(schedule).words}）到时间自动推送，请您看过以后确认。"
    approvals.call(session, waits, may=may_plan_pushes, by=staff, but=(staff.id,), words=words, now=now)


def _checked(session: Session, plan: PushPlan, *, now: datetime) -> PushPlan:
    row, title = type_of(plan.kind), " ".join(cleaned(plan.title).split())
    if not title:
        raise Invalid("请填写名称。", "title")
    if len(title) > LONGEST_TITLE:
        raise Invalid(f"名称最多 {LONGEST_TITLE} 字。", "title")
    if row.choices is not None:
        if plan.when.kind is not WhenKind.ONCE:
            raise Invalid("这种推送说的是一件事，只能发一次。", "when")
        if plan.subject not in {key for key, _ in row.choices(session, now)}:
            raise Invalid("请选择要推送的是哪一个。", "subject")
    times = next_times(plan.when, now, calendar_for(session))
    if not times:
        raise Invalid("这个时间已经过去，或者离现在一年以上。", "day")
    opens_at = survey_opening_at(session, plan.kind, plan.subject)
    if opens_at is not None and times[0] < opens_at + AFTER_OPENING:
        opens = describe_moment(opens_at, now=now)
        raise Invalid(f"这份测评 {opens} 才开放，推送请定在开放 5 分钟以后。", "at")
    subject = plan.subject if row.choices is not None else ""
    return PushPlan(
        title=title,
        kind=plan.kind,
        when=plan.when,
        subject=subject,
        automatic=plan.automatic,
        missed=plan.missed,
    )


def _put(schedule: PushSchedule, plan: PushPlan, *, staff: Staff, now: datetime) -> None:
    schedule.title, schedule.kind, schedule.subject = plan.title, plan.kind, plan.subject
    when = plan.when
    schedule.when_kind, schedule.at, schedule.days, schedule.day = (
        when.kind,
        when.at,
        list(when.days),
        when.day,
    )
    schedule.days_off, schedule.missed, schedule.automatic = when.days_off, plan.missed, plan.automatic
    schedule.changed_by_id, schedule.changed_at = staff.id, now
    schedule.confirmed_by_id = None
    # Times of the old plan, and of the time before it, are over.
    schedule.seen_until = now


def goes_by_itself(schedule: PushSchedule) -> bool:
    """Tell whether its runs need no approval: to colleagues, or once another colleague confirmed that."""
    return schedule.automatic and (type_of(schedule.kind).for_staff or schedule.confirmed_by_id is not None)


def may_confirm(schedule: PushSchedule, staff: Staff) -> bool:
    """Tell whether this member of staff may let a schedule go out by itself: not who set it up."""
    open_ = schedule.automatic and not goes_by_itself(schedule)
    return open_ and may_plan_pushes(staff) and schedule.changed_by_id != staff.id


def confirm(session: Session, schedule: PushSchedule, *, staff: Staff, now: datetime) -> None:
    """Let the runs of a schedule from `hold` go out by themselves, as somebody who did not set it up.

    Raises:
        NotAllowed: one's own.
        TooLate: it is not meant to, or is confirmed already.
    """
    if not schedule.automatic or goes_by_itself(schedule):
        raise TooLate("这个定时推送不用再确认。")
    if schedule.changed_by_id == staff.id:
        raise NotAllowed("不能确认自己设置的自动推送，请另一位同事确认。")
    schedule.confirmed_by_id = staff.id
    session.flush()
    _note(session, schedule, "confirm", f"确认「{schedule.title}」自动推送", staff=staff, now=now)


def pause(session: Session, schedule: PushSchedule, *, staff: Staff, now: datetime) -> None:
    """Let a schedule from `hold` rest."""
    if not schedule.paused:
        schedule.paused = True
        session.flush()
        _note(session, schedule, "pause", f"暂停定时推送「{schedule.title}」", staff=staff, now=now)


def resume(session: Session, schedule: PushSchedule, *, staff: Staff, now: datetime) -> None:
    """Let a schedule from `hold` go on; what fell due meanwhile is not made up for."""
    if schedule.paused:
        schedule.paused, schedule.seen_until = False, now
        session.flush()
        _note(session, schedule, "resume", f"恢复定时推送「{schedule.title}」", staff=staff, now=now)


def remove(session: Session, schedule: PushSchedule, *, staff: Staff, now: datetime) -> None:
    """Do away with a schedule from `hold`; what it pushed stays on record."""
    push_runs.give_up_waiting(session, schedule, now=now)
    schedule.removed_at = now
    session.flush()
    _note(session, schedule, "remove", f"删除定时推送「{schedule.title}」", staff=staff, now=now)


def run_now(session: Session, schedule: PushSchedule, *, staff: Staff, now: datetime) -> PushRun:
    """Make a run of a schedule from `hold` besides its times.

    Raises:
        TooLate: one of it waits or runs already; a button may be pressed twice.
        DomainError: as `push_runs.begin`.
    """
    live = push_queries.live_of(session, schedule)
    if live is not None:
        raise TooLate(f"这个定时推送已经有一次{live.state.label}，请先处理那一次。")
    return push_runs.begin(
        session,
        kind=schedule.kind,
        subject=schedule.subject,
        due_at=now,
        now=now,
        schedule=schedule,
        staff=staff,
        automatic=goes_by_itself(schedule),
    )


def due(session: Session, *, now: datetime) -> Sequence[int]:
    """Give the ids of schedules whose time has come since somebody looked."""
    active = PushSchedule.removed_at.is_(None), PushSchedule.paused.is_(False)
    rows = session.scalars(select(PushSchedule).where(*active).order_by(PushSchedule.id))
    days = calendar_for(session)
    return [one.id for one in rows if times_between(when_of(one), one.seen_until, now, days)]


def turn(session: Session, schedule_id: int, *, now: datetime) -> PushRun | None:
    """Make the run of a schedule whose time has come; None when another worker did so before."""
    schedule = _held(session, schedule_id)
    if schedule is None or schedule.paused:
        return None
    times = times_between(when_of(schedule), schedule.seen_until, now, calendar_for(session))
    if not times:
        return None
    schedule.seen_until = now
    due_at, missed = times[-1], len(times) - 1
    late = now - due_at > GRACE
    remark = _missed_words(missed + late)
    if late and schedule.missed is MissedRule.SKIP:
        return push_runs.skipped(
            session, schedule, due_at=due_at, words="当时后台没有运行，按规则不补发。", now=now
        )
    try:
        with session.begin_nested():
            return push_runs.begin(
                session,
                kind=schedule.kind,
                subject=schedule.subject,
                due_at=due_at,
                now=now,
                schedule=schedule,
                automatic=goes_by_itself(schedule),
                remark=remark,
            )
    except DomainError as refusal:
        return push_runs.skipped(session, schedule, due_at=due_at, words=refusal.message, now=now)


def _missed_words(count: int) -> str:
    return f"后台停着的时候到期 {count} 次，只补发这一次。" if count else ""


def said(schedule: PushSchedule) -> dict[str, object]:
    """Give what a schedule says, for the audit log."""
    return {
        "title": schedule.title,
        "kind": schedule.kind.value,
        "subject": schedule.subject,
        "when": when_of(schedule).words,
        "automatic": schedule.automatic,
        "missed": schedule.missed.value,
    }


def _note(
    session: Session,
    schedule: PushSchedule,
    verb: str,
    words: str,
    *,
    staff: Staff,
    now: datetime,
    before: dict[str, object] | None = None,
) -> None:
    office_changes.note(
        session,
        staff,
        action=f"push_schedule.{verb}",
        subject=schedule.id,
        words=words,
        before=before,
        after=said(schedule),
        now=now,
    )
