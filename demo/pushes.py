"""What the office of the invented university pushes: three schedules, and what became of them so far."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from random import Random

from sqlalchemy import false, or_, select, update
from sqlalchemy.orm import Session

from domain import delivery_plans, push_queries, push_runs, push_schedules, push_sending
from domain.deadlines import calendar_for
from domain.push_schedules import PushPlan
from domain.push_times import When, times_between, when_of
from domain.secret_box import SecretBox
from models.enums import NoticeChannel, NoticeState
from models.notice import Notice
from models.person import Person, ServiceWindow
from models.personal_settings import PersonalSettings
from models.push import PushRun, PushSchedule
from models.push_words import DaysOff, PushKind, PushState, WhenKind
from models.staff import Staff

_DIGEST = PushPlan(
    title="办实事周报",
    kind=PushKind.DIGEST,
    when=When(WhenKind.WEEKLY, time(9), (1,), days_off=DaysOff.NEXT),
)
_OVERDUE = PushPlan(
    title="超期清单", kind=PushKind.OVERDUE, when=When(WhenKind.WORKING_DAYS, time(17)), automatic=True
)
_WEEK = PushPlan(
    title="督查周报", kind=PushKind.SUPERVISION, when=When(WhenKind.WEEKLY, time(16), (5,)), automatic=True
)
# Since how many days each is planned.
_PLANNED = ((_DIGEST, 29), (_OVERDUE, 6), (_WEEK, 15))
_WANT = 44
_APPROVED_AFTER = timedelta(minutes=18)
_SENT_AFTER = timedelta(minutes=1)
_READ_AFTER = timedelta(hours=20)
_TEMPLATE = ""  # the account of the demo has none for pushes


def seed_pushes(session: Session, *, secret_key: str, now: datetime, seed: int = 1) -> None:
    """Let the office push for a month; nothing of the past is sent when the worker starts.

    Args:
        session: of the university that `seed_demo` and `seed_matters` filled.
        secret_key: the setting SECRET_KEY the demo runs with.
    """
    chance, box = Random(seed), SecretBox(secret_key)  # noqa: S311 (nothing secret)
    planner, approver = (
        session.scalars(select(Staff).where(Staff.username == name)).one() for name in ("shouli", "chuzhang")
    )
    _let_people_ask(session, chance, now=now)
    _settle_offers(session, planner, box, chance, now=now)
    for plan, days in _PLANNED:
        schedule = push_schedules.create(session, plan, staff=planner, now=now - timedelta(days=days))
        _live(session, schedule, approver, box, chance, now=now)
    _settle_calls(session, now=now)


def _settle_calls(session: Session, *, now: datetime) -> None:
    """Let colleagues have read what once waited for their approval; what still waits is unread."""
    about = or_(*(Notice.key.startswith(key) for key in ("push-", "article:", "bulletin:")))
    calls = update(Notice).where(about, Notice.state == NoticeState.PENDING)
    sent = {"state": NoticeState.SENT, "channel": NoticeChannel.INBOX, "sent_at": Notice.created_at}
    waits = [f"push-run:{run.id}:%" for run in push_queries.waiting(session)]
    read = ~or_(false(), *(Notice.key.like(key) for key in waits)), Notice.created_at < now - _READ_AFTER
    for change in (
        update(Notice).where(about, *read).values(read_at=Notice.created_at),
        calls.values(**sent),
    ):
        session.execute(change.execution_options(synchronize_session=False))


def _let_people_ask(session: Session, chance: Random, *, now: datetime) -> None:
    people = list(session.scalars(select(Person).where(Person.following).order_by(Person.id)))
    known = set(session.scalars(select(PersonalSettings.person_id)))
    asked_at = now - timedelta(days=40)
    for number, person in enumerate(people[-4:] + chance.sample(people[:-4], min(_WANT, len(people) - 4))):
        if person.id not in known:
            session.add(PersonalSettings(person_id=person.id, wants_digest=True, changed_at=asked_at))
        if number % 3 and session.get(ServiceWindow, person.id) is None:
            hours = chance.randint(1, 40)
            closes_at = now + timedelta(hours=hours if number % 3 == 1 else -hours)
            session.add(ServiceWindow(person_id=person.id, closes_at=closes_at, remaining=4))
    session.flush()


def _settle_offers(
    session: Session, planner: Staff, box: SecretBox, chance: Random, *, now: datetime
) -> None:
    """Let go of the matters that were offered when they were closed, all but the newest."""
    for run in push_queries.waiting(session)[:-1]:
        if push_runs.may_approve(run, planner):
            at = run.due_at + _APPROVED_AFTER
            push_runs.approve(session, run.id, staff=planner, now=at)
            _deliver(session, run, box, chance, now=min(at, now))


def _live(
    session: Session,
    schedule: PushSchedule,
    approver: Staff,
    box: SecretBox,
    chance: Random,
    *,
    now: datetime,
) -> None:
    """Make all runs that fell due since it was planned; the second that could go out is called off."""
    times = times_between(when_of(schedule), schedule.seen_until, now, calendar_for(session))
    waited = 0
    for due in times:
        run = push_schedules.turn(session, schedule.id, now=due)
        if run is None or run.state is PushState.SKIPPED:
            continue
        if run.state is PushState.WAITING:
            waited += 1
            at = due + _APPROVED_AFTER
            if waited == 2:
                reason = "有一件的责任单位写错了，改好再发"
                push_runs.cancel(session, run.id, reason=reason, staff=approver, now=at)
                continue
            push_runs.approve(session, run.id, staff=approver, now=at)
        _deliver(session, run, box, chance, now=min(due + _APPROVED_AFTER, now))


def _deliver(session: Session, run: PushRun, box: SecretBox, chance: Random, *, now: datetime) -> None:
    left: Sequence[int] = push_sending.recipients_left(session, run, box=box)
    by = {"template_id": _TEMPLATE, "now": now}
    push_sending.write_batch(session, run.id, left, seen=run.cursor, **by)  # type: ignore[arg-type]
    if left:
        push_sending.write_batch(session, run.id, [], seen=run.cursor, **by)  # type: ignore[arg-type]
    sent_at = now + _SENT_AFTER
    for notice in session.scalars(select(Notice).where(Notice.push_run_id == run.id)):
        bound = notice.staff is None or notice.staff.person is not None
        if notice.state is NoticeState.PENDING and bound:
            notice.state, notice.channel, notice.sent_at = NoticeState.SENT, NoticeChannel.CUSTOM, sent_at
        elif notice.state is NoticeState.PENDING:
            notice.state, notice.error = NoticeState.INBOX, delivery_plans.NOT_BOUND
        notice.read_at = sent_at if chance.random() < 0.4 else None
    session.flush()
    push_sending.finish(session, run.id, now=sent_at)
