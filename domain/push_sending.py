"""How a push gets to its recipients: into the outbox in batches, and from there as every notice.

A batch and the cursor behind it are one transaction, and a recipient has one notice of a push
(`Notice.key`). So a worker may be killed at any moment: whoever goes on begins exactly behind the last batch,
and nobody is written to twice. Who has no way in WeChat gets the notice on the page 「消息」 at once; only
what can go out waits for the workers that deliver, behind everything that is for one person.
"""

import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, exists, or_, select
from sqlalchemy.orm import Session

from domain import delivery_plans, push_runs
from domain.errors import NotAllowed
from domain.notices import queue
from domain.push_contents import PushContent
from domain.push_counts import counted
from domain.push_kinds import PushType, type_of
from domain.secret_box import SecretBox
from models.enums import NoticeKind, NoticeState
from models.many_rows import Writing, insert_given, inserting, is_sqlite, write_many
from models.notice import Notice
from models.person import Person, ServiceWindow
from models.personal_settings import PersonalSettings
from models.push import PushRun
from models.push_words import PushKind, PushState
from models.staff import Staff
from models.subscription_grant import SubscriptionGrant

BATCH = 500
# So long after it was called off, what was on its way at that moment is settled.
_SETTLED_AFTER = timedelta(days=2)
# What everybody may read stands so long above the messages of those who got no notice of it.
_SHOWN_FOR = timedelta(days=30)
# What is said of each recipient, and of all of them alike.
_OF_EACH = ("key", "person_id", "staff_id", "state", "error")
_OF_ALL = ("kind", "title", "body", "fields", "path", "urgent", "bulk", "push_run_id", "created_at", "due_at")
_NAMES = (*_OF_EACH, *_OF_ALL)


def unwritten(session: Session) -> Sequence[int]:
    """Give the ids of pushes that go out and have recipients left who are not in the outbox."""
    left = PushRun.state == PushState.RUNNING, PushRun.written_at.is_(None)
    return session.scalars(select(PushRun.id).where(*left).order_by(PushRun.id)).all()


def recipients_left(session: Session, run: PushRun, *, box: SecretBox) -> list[int]:
    """Give the ids of a push's recipients who are not in the outbox yet, in order."""
    everybody = type_of(run.kind).audience(session, run.subject, box)
    return sorted(one for one in set(everybody) if one > run.cursor)


def write_batch(
    session: Session, run_id: int, ids: Sequence[int], *, seen: int, template_id: str, now: datetime
) -> bool:
    """Put some recipients into the outbox; with none left, note that all are there.

    Args:
        ids: the next ones, in order.
        seen: the cursor behind which they come.
        template_id: by which a 订阅通知 of this kind would go; empty where the account has none.

    Returns:
        Whether to go on: False when it was called off, is complete, or another worker is at it.
    """
    run = push_runs.hold(session, run_id)
    if run.state is not PushState.RUNNING or run.written_at is not None or run.cursor != seen:
        return False
    if not ids:
        run.written_at = now
        session.flush()
        return False
    row = type_of(run.kind)
    rows = (
        _for_staff(session, run, ids)
        if row.for_staff
        else _for_people(session, run, row.notice, ids, template_id=template_id, now=now)
    )
    if rows:
        common = _common(run, row, now)
        write_many(session, _writing(for_sqlite=is_sqlite(session)), [common | one for one in rows])
    run.cursor, run.eligible = ids[-1], run.eligible + len(rows)
    session.flush()
    return True


@cache
def _writing(*, for_sqlite: bool) -> Writing:
    """Give the statement that puts notices into the outbox, but for those who have theirs."""
    insert = insert_given(cast("Table", Notice.__table__), _NAMES, for_sqlite=for_sqlite)
    return inserting(insert.on_conflict_do_nothing(), _NAMES, for_sqlite=for_sqlite)


def _common(run: PushRun, row: PushType, now: datetime) -> dict[str, Any]:
    return {
        "kind": row.notice,
        "title": run.title,
        "body": run.body,
        "fields": run.fields,
        "path": run.path,
        "urgent": False,
        # A handful of colleagues need not wait behind a crowd.
        "bulk": not row.for_staff,
        "push_run_id": run.id,
        "created_at": now,
        "due_at": now,
    }


def _for_staff(session: Session, run: PushRun, ids: Sequence[int]) -> list[dict[str, Any]]:
    working = select(Staff.id).where(Staff.id.in_(ids), Staff.active).order_by(Staff.id)
    return [
        {
            "key": f"push:{run.id}:staff:{staff_id}",
            "person_id": None,
            "staff_id": staff_id,
            "state": NoticeState.PENDING,
            "error": "",
        }
        for staff_id in session.scalars(working)
    ]


def _for_people(
    session: Session, run: PushRun, kind: NoticeKind, ids: Sequence[int], *, template_id: str, now: datetime
) -> list[dict[str, Any]]:
    return [
        {
            "key": f"push:{run.id}:person:{person_id}",
            "person_id": person_id,
            "staff_id": None,
            "state": NoticeState.INBOX if reason else NoticeState.PENDING,
            "error": reason,
        }
        for person_id, reason in _ways_of(session, kind, ids, template_id=template_id, now=now)
    ]


def _ways_of(
    session: Session, kind: NoticeKind, ids: Sequence[int], *, template_id: str, now: datetime
) -> list[tuple[int, str]]:
    """Give each of these people with the reason why it stands on their page only; empty for WeChat."""
    query = (
        select(
            Person.id,
            Person.openid,
            Person.following,
            _has_window(now).label("window"),
            _has_grant(template_id).label("granted"),
            PersonalSettings.wants_digest,
            PersonalSettings.muted,
        )
        .outerjoin(PersonalSettings, PersonalSettings.person_id == Person.id)
        .where(Person.id.in_(ids))
        .order_by(Person.id)
    )
    return [(person.id, _why_not(person, kind)) for person in session.execute(query)]


def reach(
    session: Session, row: PushType, subject: str, *, box: SecretBox, template_id: str, now: datetime
) -> Counter[str]:
    """Count whom a push would reach now: by the reason why only on the page, and under "" in WeChat."""
    ids = sorted(set(row.audience(session, subject, box)))
    if row.for_staff:
        return Counter({"": len(ids)} if ids else {})
    found: Counter[str] = Counter()
    for at in range(0, len(ids), BATCH):
        batch = ids[at : at + BATCH]
        found.update(why for _, why in _ways_of(session, row.notice, batch, template_id=template_id, now=now))
    return found


def _has_window(now: datetime) -> ColumnElement[bool]:
    return and_(
        Person.following,
        exists().where(
            ServiceWindow.person_id == Person.id,
            ServiceWindow.remaining > delivery_plans.KEPT_FOR_THEIR_OWN,
            ServiceWindow.closes_at > now + delivery_plans.WINDOW_MARGIN,
        ),
    )


def _has_grant(template_id: str) -> ColumnElement[bool]:
    return exists().where(
        SubscriptionGrant.person_id == Person.id,
        SubscriptionGrant.template_id == template_id,
        SubscriptionGrant.remaining > 0,
    )


def _why_not(person: Any, kind: NoticeKind) -> str:  # noqa: ANN401 (a row of the query above)
    """Say why somebody gets it on the page only; empty when it may go to WeChat."""
    if person.openid is None:
        return delivery_plans.NOT_BOUND
    if not person.wants_digest:
        return delivery_plans.NOT_ASKED_FOR
    if kind.value in (person.muted or ()):
        return delivery_plans.NOT_WANTED
    if person.window or person.granted:
        return ""
    return delivery_plans.NO_WAY if person.following else delivery_plans.NOT_FOLLOWING


def settled(session: Session) -> Sequence[int]:
    """Give the ids of pushes whose recipients are all in the outbox, and out of it."""
    waiting = exists().where(
        Notice.push_run_id == PushRun.id, Notice.state.in_([NoticeState.PENDING, NoticeState.SENDING])
    )
    over = PushRun.state == PushState.RUNNING, PushRun.written_at.is_not(None), ~waiting
    return session.scalars(select(PushRun.id).where(*over).order_by(PushRun.id)).all()


def finish(session: Session, run_id: int, *, now: datetime) -> bool:
    """Note that a push is over and how it went; False when somebody was faster."""
    run = push_runs.hold(session, run_id)
    if run.state is not PushState.RUNNING or run.written_at is None:
        return False
    counts = counted(session, run)
    if counts.under_way:
        return False
    run.counts, run.state, run.finished_at = counts.kept(), PushState.DONE, now
    session.flush()
    return True


def called_off(session: Session, *, now: datetime) -> Sequence[int]:
    """Give the ids of pushes that were called off lately while something of them was on its way."""
    lately = PushRun.state == PushState.CANCELLED, PushRun.finished_at > now - _SETTLED_AFTER
    runs = session.scalars(select(PushRun).where(*lately).order_by(PushRun.id))
    return [run.id for run in runs if run.counts.get("under_way")]


def count_anew(session: Session, run_id: int) -> None:
    """Count again what became of a push that was called off."""
    run = push_runs.hold(session, run_id)
    withdrawn = run.counts.get("withdrawn", 0)
    run.counts = {**counted(session, run).kept(), "withdrawn": withdrawn}
    session.flush()


def send_to_oneself(
    session: Session,
    kind: NoticeKind,
    content: PushContent,
    *,
    path: str,
    staff: Staff,
    template_id: str,
    now: datetime,
) -> None:
    """Send what a push says to the WeChat of who tries it out, and to nobody else.

    Args:
        path: where it leads; what was not proposed yet has no page of its own.

    Raises:
        NotAllowed: they have bound none, or it cannot be written to at this moment.
    """
    person = staff.person
    if person is None or person.openid is None:
        raise NotAllowed("您还没有绑定微信。请先在「我的微信」里绑定，再试发给自己。")
    ways = select(or_(_has_window(now), _has_grant(template_id))).where(Person.id == person.id)
    if not session.scalar(ways):
        raise NotAllowed("现在不能发到您的微信：请先用微信给公众号发一句话，48 小时内就可以试发。")
    to_staff_page = path.startswith("/admin/")
    queue(
        session,
        key=f"push:test:{staff.id}:{secrets.token_hex(8)}",
        kind=kind,
        title=f"（试发）{content.title}"[:60],
        body=content.body,
        fields=dict(content.fields),
        path=path,
        person_id=None if to_staff_page else person.id,
        staff_id=staff.id if to_staff_page else None,
        now=now,
    )


def told_to_all(session: Session, person: Person, *, now: datetime, most: int = 3) -> Sequence[PushRun]:
    """Give the pushes everybody may read that this person got no notice of, the newest first."""
    kinds = [PushKind.DIGEST, PushKind.MATTER, PushKind.BULLETIN]
    out = PushRun.state.in_([PushState.RUNNING, PushState.DONE]), PushRun.started_at > now - _SHOWN_FOR
    own = exists().where(Notice.push_run_id == PushRun.id, Notice.person_id == person.id)
    query = select(PushRun).where(PushRun.kind.in_(kinds), *out, ~own).order_by(PushRun.id.desc())
    return session.scalars(query.limit(most)).all()
