"""Schedules and runs of the small office, and the many people who asked for pushes."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from domain import push_runs, push_schedules, push_sending
from domain.push_schedules import PushPlan
from domain.push_times import When
from models.matter import Matter
from models.notice import Notice
from models.person import Person, ServiceWindow
from models.personal_settings import PersonalSettings
from models.push import PushRun, PushSchedule
from models.push_words import PushKind, WhenKind
from models.staff import Staff
from models.subscription_grant import SubscriptionGrant
from tests.support.factories import Office
from tests.support.matters import matter
from tests.support.story import Story
from tests.support.surveys import BOX

TEMPLATE = "SIMSUB_DIGEST"
MONDAY_NINE = When(WhenKind.WEEKLY, time(9), (1,))


def plan(**changes: Any) -> PushPlan:
    """The weekly digest, unless told otherwise."""
    values: dict[str, Any] = {"title": "办实事周报", "kind": PushKind.DIGEST, "when": MONDAY_NINE}
    return PushPlan(**(values | changes))


def weekly_digest(
    session: Session, staff: Staff, *, now: datetime, paused: bool = False, **changes: Any
) -> PushSchedule:
    """A schedule of the digest, each Monday at nine."""
    schedule = push_schedules.create(session, plan(**changes), staff=staff, now=now)
    if paused:
        push_schedules.pause(session, schedule, staff=staff, now=now)
    return schedule


def something_to_tell(session: Session, office: Office, *, now: datetime) -> Matter:
    """A public matter that was listed lately."""
    return matter(session, office, now=now - timedelta(days=1))


def wants_pushes(session: Session, person: Person, *, now: datetime, muted: Sequence[str] = ()) -> None:
    """Let somebody ask for pushes."""
    settings = PersonalSettings(person_id=person.id, wants_digest=True, muted=list(muted), changed_at=now)
    session.merge(settings)
    session.flush()


def opens_window(session: Session, person: Person, *, now: datetime, remaining: int = 5) -> None:
    """Let somebody have written to the account just now."""
    closes_at = now + timedelta(hours=47)
    session.merge(ServiceWindow(person_id=person.id, closes_at=closes_at, remaining=remaining))
    session.flush()


def allows(session: Session, person: Person, *, now: datetime, template_id: str = TEMPLATE) -> None:
    """Let somebody have allowed one 订阅通知."""
    session.merge(
        SubscriptionGrant(person_id=person.id, template_id=template_id, remaining=1, updated_at=now)
    )
    session.flush()


def crowd(session: Session, openids: Sequence[str], *, now: datetime) -> list[int]:
    """Let many people follow and ask for pushes: in turn with a window, with a grant, and with neither."""
    session.execute(
        insert(Person),
        [{"openid": one, "following": True, "created_at": now, "followed_at": now} for one in openids],
    )
    ids = list(session.scalars(select(Person.id).where(Person.openid.in_(openids)).order_by(Person.id)))
    session.execute(
        insert(PersonalSettings),
        [{"person_id": one, "wants_digest": True, "muted": [], "changed_at": now} for one in ids],
    )
    closes_at = now + timedelta(hours=47)
    session.execute(
        insert(ServiceWindow),
        [{"person_id": one, "closes_at": closes_at, "remaining": 5} for one in ids[::3]],
    )
    session.execute(
        insert(SubscriptionGrant),
        [{"person_id": one, "template_id": TEMPLATE, "remaining": 1, "updated_at": now} for one in ids[1::3]],
    )
    return ids


def write_all(session: Session, run: PushRun, *, now: datetime, batch: int = 500) -> None:
    """Put all recipients of a push into the outbox."""
    left = push_sending.recipients_left(session, run, box=BOX)
    goes_on = True
    while goes_on:
        ids, left = left[:batch], left[batch:]
        goes_on = push_sending.write_batch(
            session, run.id, ids, seen=run.cursor, template_id=TEMPLATE, now=now
        )


def furnish_pushes(session: Session, office: Office, *, now: datetime) -> dict[str, Any]:
    """Put up schedules and a push that waits, and give what their URLs take."""
    to_confirm = weekly_digest(session, office.dispatcher, now=now, automatic=True)
    # It has something to say whatever the day is.
    inside: dict[str, Any] = {"kind": PushKind.SUPERVISION, "title": "督查周报", "automatic": True}
    weekly = weekly_digest(session, office.dispatcher, now=now, **inside)
    paused = weekly_digest(session, office.dispatcher, now=now, paused=True)
    something_to_tell(session, office, now=now)
    due: dict[str, Any] = {"due_at": now, "now": now}
    run = push_runs.begin(session, kind=PushKind.DIGEST, staff=office.dispatcher, **due)
    return {
        "schedule_id": to_confirm.id,
        "run_id": run.id,
        "admin_pushes.run_now.schedule_id": weekly.id,
        "admin_pushes.resume.schedule_id": paused.id,
        "push": run.code,
        "h5_pushes.page.code": run.code,
    }


def begun(story: Story, kind: PushKind = PushKind.DIGEST, **changes: Any) -> PushRun:
    """A push that the dispatcher wants."""
    values: dict[str, Any] = {"due_at": story.now, "now": story.now, "staff": story.office.dispatcher}
    return push_runs.begin(story.session, kind=kind, **(values | changes))


def out(story: Story, kind: PushKind = PushKind.DIGEST, **changes: Any) -> PushRun:
    """The same, approved by the leader, with all its recipients in the outbox."""
    run = begun(story, kind, **changes)
    push_runs.approve(story.session, run.id, staff=story.office.leader, now=story.now)
    write_all(story.session, run, now=story.now)
    return run


def notices_of(story: Story, run: PushRun) -> list[Notice]:
    query = select(Notice).where(Notice.push_run_id == run.id).order_by(Notice.id)
    return list(story.session.scalars(query.execution_options(populate_existing=True)))
