"""Notices: who is to hear of a step, written to the outbox in the step's own transaction."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.notice_texts import NoticeText, text_for
from domain.steps import Audience, Tell
from models.complaint import Complaint, ComplaintEvent, ComplaintFollower, ComplaintRequest
from models.enums import Channel, NoticeKind, NoticeState, Role
from models.notice import Notice
from models.person import Person
from models.staff import Staff, StaffRole
from models.upsert import insert_into

_ALWAYS_URGENT = frozenset({NoticeKind.STAFF_URGENT})


def queue_for_event(
    session: Session,
    complaint: Complaint,
    event: ComplaintEvent,
    tells: Collection[Tell],
    *,
    now: datetime,
    quiet_for_reporter: bool = False,
    topic: str | None = None,
) -> None:
    """Write one notice per recipient for an event.

    Who did the step is not told of it, and nobody hears of one event twice: the first line of `tells`
    that reaches somebody decides what they read.

    Args:
        quiet_for_reporter: the chat has told the reporter; keep their notice on the inbox page.
        topic: what the notices are about where one event stands for several; part of their unique key.
    """
    about = topic or f"event:{event.id}"
    people_told: set[int] = set()
    staff_told: set[int] = {event.staff_id} if event.staff_id is not None else set()
    for audience, kind in tells:
        text = text_for(kind, complaint, event)
        if audience is Audience.REPORTER:
            for person_id in _people(session, complaint):
                if person_id in people_told:
                    continue
                people_told.add(person_id)
                quiet = quiet_for_reporter and person_id == complaint.reporter_id
                _queue_about(session, about, kind, text, complaint, now=now, person_id=person_id, quiet=quiet)
            continue
        for staff_id in _staff(session, complaint, event, audience):
            if staff_id not in staff_told:
                staff_told.add(staff_id)
                _queue_about(session, about, kind, text, complaint, now=now, staff_id=staff_id)


def _queue_about(
    session: Session,
    about: str,
    kind: NoticeKind,
    text: NoticeText,
    complaint: Complaint,
    *,
    now: datetime,
    person_id: int | None = None,
    staff_id: int | None = None,
    quiet: bool = False,
) -> None:
    who = f"person:{person_id}" if person_id is not None else f"staff:{staff_id}"
    folder = "h5" if person_id is not None else "admin"
    queue(
        session,
        key=f"{about}:{who}",
        kind=kind,
        person_id=person_id,
        staff_id=staff_id,
        complaint_id=complaint.id,
        title=text.title,
        body=text.body,
        fields=text.fields,
        path=f"/{folder}/complaints/{complaint.number}",
        urgent=complaint.urgent or kind in _ALWAYS_URGENT,
        now=now,
        state=NoticeState.INBOX if quiet else NoticeState.PENDING,
    )


def queue(
    session: Session,
    *,
    key: str,
    kind: NoticeKind,
    title: str,
    body: str,
    now: datetime,
    person_id: int | None = None,
    staff_id: int | None = None,
    complaint_id: int | None = None,
    fields: dict[str, str] | None = None,
    path: str = "",
    urgent: bool = False,
    due_at: datetime | None = None,
    state: NoticeState = NoticeState.PENDING,
) -> bool:
    """Write a notice to the outbox.

    Args:
        key: what it is about and for whom; a second notice with the same key is not written.

    Returns:
        Whether it was written.
    """
    values: dict[str, Any] = {
        "key": key,
        "kind": kind,
        "person_id": person_id,
        "staff_id": staff_id,
        "complaint_id": complaint_id,
        "title": title,
        "body": body,
        "fields": fields or {},
        "path": path,
        "urgent": urgent,
        "created_at": now,
        "due_at": due_at or now,
        "state": state,
    }
    written = session.execute(insert_into(session, Notice).values(**values).on_conflict_do_nothing())
    return bool(written.rowcount)  # type: ignore[attr-defined]


def _people(session: Session, complaint: Complaint) -> Iterable[int]:
    """Give the reporter and the followers."""
    if complaint.reporter_id is not None:
        yield complaint.reporter_id
    yield from session.scalars(
        select(ComplaintFollower.person_id)
        .where(ComplaintFollower.complaint_id == complaint.id)
        .order_by(ComplaintFollower.person_id)
    )


def _staff(
    session: Session, complaint: Complaint, event: ComplaintEvent, audience: Audience
) -> Collection[int]:
    if audience is Audience.REQUESTER:
        return _requester(session, event)
    if audience is Audience.DISPATCHERS:
        return staff_with(session, Role.DISPATCHER)
    if audience is Audience.LEADERS:
        return staff_with(session, Role.LEADER)
    if complaint.team_id is None:
        return staff_with(session, Role.DISPATCHER)  # nobody is at work on it yet, so it is theirs
    if audience is Audience.LEAD:
        return staff_with(session, Role.LEAD, team_id=complaint.team_id)
    if complaint.handler is not None and complaint.handler.active:
        return [complaint.handler.id]
    return staff_with(session, Role.HANDLER, Role.LEAD, team_id=complaint.team_id)


def _requester(session: Session, event: ComplaintEvent) -> Collection[int]:
    """Give who asked for what this event decides."""
    request = session.get(ComplaintRequest, event.details.get("request_id") or 0)
    return [] if request is None else [request.requested_by_id]


def staff_with(session: Session, *roles: Role, team_id: int | None = None) -> list[int]:
    """List the active staff who hold any of the roles, in one team or in all."""
    query = select(Staff.id).join(StaffRole).where(StaffRole.role.in_(roles), Staff.active).distinct()
    if team_id is not None:
        query = query.where(Staff.team_id == team_id)
    return list(session.scalars(query.order_by(Staff.id)))


def announce(session: Session, complaint: Complaint, event: ComplaintEvent, *, now: datetime) -> None:
    """Tell the person that it came in, the desk that it waits, and everybody on duty if it is urgent."""
    in_chat = complaint.channel is Channel.WECHAT  # the chat has answered with the receipt already
    desk: list[Tell] = [(Audience.REPORTER, NoticeKind.RECEIVED)]
    if complaint.urgent:
        desk += [
            (Audience.TEAM, NoticeKind.STAFF_URGENT),
            (Audience.LEAD, NoticeKind.STAFF_URGENT),
            (Audience.DISPATCHERS, NoticeKind.STAFF_URGENT),
            (Audience.LEADERS, NoticeKind.STAFF_URGENT),
        ]
    elif complaint.team_id is None:
        desk.append((Audience.DISPATCHERS, NoticeKind.STAFF_SUBMITTED))
    queue_for_event(session, complaint, event, desk, now=now, quiet_for_reporter=in_chat)


def unread_count(session: Session, *, staff: Staff | None = None, person: Person | None = None) -> int:
    """Count what the person or member of staff has not read yet."""
    query = select(func.count(Notice.id)).where(_recipient(staff, person), Notice.read_at.is_(None))
    return session.scalar(query) or 0


def inbox_of(
    session: Session,
    *,
    staff: Staff | None = None,
    person: Person | None = None,
    limit: int = 20,
    offset: int = 0,
) -> list[Notice]:
    """List notices, newest first, whatever became of their delivery."""
    query = select(Notice).where(_recipient(staff, person)).order_by(Notice.id.desc())
    return list(session.scalars(query.limit(limit).offset(offset)))


def mark_read(
    session: Session,
    *,
    now: datetime,
    staff: Staff | None = None,
    person: Person | None = None,
    complaint: Complaint | None = None,
) -> None:
    """Mark all notices as read, or those about one complaint."""
    change = update(Notice).where(_recipient(staff, person), Notice.read_at.is_(None)).values(read_at=now)
    if complaint is not None:
        change = change.where(Notice.complaint_id == complaint.id)
    session.execute(change.execution_options(synchronize_session=False))


def _recipient(staff: Staff | None, person: Person | None) -> Any:  # noqa: ANN401 (a SQL condition)
    if staff is not None:
        return Notice.staff_id == staff.id
    if person is not None:
        return Notice.person_id == person.id
    raise ValueError("whose notices?")
