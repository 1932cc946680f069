"""Notices: who is to hear of a step, written to the outbox in the step's own transaction."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from domain.disclosure import Closeness, merged_people
from domain.errors import NotFound
from domain.notice_texts import text_for
from domain.steps import Audience, Tell
from models.complaint import Complaint, ComplaintEvent, ComplaintFollower, ComplaintRequest
from models.enums import Channel, NoticeKind, NoticeState, Role, StepName
from models.notice import Notice
from models.person import Person
from models.staff import Staff, StaffRole
from models.upsert import insert_into

_PEOPLE = {Audience.REPORTER: frozenset(Closeness), Audience.JOINED: frozenset({Closeness.JOINED})}
_ALWAYS_URGENT = frozenset({NoticeKind.STAFF_URGENT})
# Pushes: told to many at once, so never by template message, and never twice.
PUSHED = frozenset(
    {
        NoticeKind.PUSH_DIGEST,
        NoticeKind.PUSH_MATTER,
        NoticeKind.PUSH_SURVEY,
        NoticeKind.PUSH_BULLETIN,
        NoticeKind.STAFF_LIST,
    }
)
# Steps of a person's own that are confirmed to them, as they wait for what comes of it.
_CONFIRMED = frozenset({StepName.SUBMIT, StepName.RATE, StepName.RATE_UNSOLVED, StepName.REOPEN})


@dataclass(frozen=True)
class Sort:
    """Notices that a person may switch off together.

    Attributes:
        key: names it in forms.
        title, words: what the page calls it, and what one misses without it.
        pushed: comes only to those who asked for pushes.
    """

    key: str
    title: str
    words: str
    kinds: frozenset[NoticeKind]
    pushed: bool = False


# Left out on purpose, so that they always go out: a question (the clock stands still until it is answered),
# the result (it is to be judged, and closes by itself), what cannot be done and why (it changes what was
# promised, and may be appealed against), and answers to what the person has just written.
# What is urgent goes out whatever its kind.
_AGAIN = frozenset({NoticeKind.REOPENED, NoticeKind.MERGED})
_OF_MATTERS = frozenset({NoticeKind.MATTER_LISTED, NoticeKind.MATTER_PROGRESS, NoticeKind.MATTER_CLOSED})
SORTS = (
    Sort("received", "收到了", "网页上提交成功以后的回执", frozenset({NoticeKind.RECEIVED})),
    Sort("assigned", "派给了谁", "派单、转单", frozenset({NoticeKind.ASSIGNED})),
    Sort("progress", "办理进展和答复", "办理途中说的话，办结另有通知", frozenset({NoticeKind.ANSWERED})),
    Sort("again", "重办、合并", "退回重办、与另一件合并", _AGAIN),
    Sort("closed", "销号", "评价以后或到期结束", frozenset({NoticeKind.CLOSED})),
    Sort("matters", "办实事", "您反映或关注的事项：立项、进展、销号", _OF_MATTERS),
    Sort("drafts", "没写完的提醒", "聊天里写了一半、还没提交", frozenset({NoticeKind.DRAFT_WAITING})),
    Sort(
        "digest",
        "办实事周报和通报",
        "清单的变化、办结的事、办理情况通报",
        frozenset({NoticeKind.PUSH_DIGEST, NoticeKind.PUSH_MATTER, NoticeKind.PUSH_BULLETIN}),
        pushed=True,
    ),
    Sort("surveys", "测评邀请", "一学期一两次，请您打分", frozenset({NoticeKind.PUSH_SURVEY}), pushed=True),
)
ALWAYS_SENT = "请您补充、办结请评价、暂缓或不予受理、对您留言的回复，以及紧急的事，一定会通知您。"


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

    Who did the step is not told of it, unless it is confirmed to a person, and nobody hears of one event
    twice: the first line of `tells` that reaches somebody decides what they read.

    Args:
        quiet_for_reporter: the chat has told the reporter; keep their notice on the inbox page.
        topic: what the notices are about where one event stands for several; part of their unique key.
    """
    about = topic or f"event:{event.id}"
    rows: dict[str, dict[str, Any]] = {}
    for kind, person_id, staff_id, closeness in _recipients(session, complaint, event, tells):
        who = f"person:{person_id}" if person_id is not None else f"staff:{staff_id}"
        in_chat = quiet_for_reporter and person_id is not None and closeness is Closeness.REPORTER
        text = text_for(kind, complaint, event, closeness=closeness)
        rows.setdefault(
            who,
            _row(
                key=f"{about}:{who}",
                kind=kind,
                person_id=person_id,
                staff_id=staff_id,
                complaint_id=complaint.id,
                title=text.title,
                body=text.body,
                fields=text.fields,
                path=f"/{'admin' if person_id is None else 'h5'}/complaints/{complaint.number}",
                urgent=complaint.urgent or kind in _ALWAYS_URGENT,
                now=now,
                state=NoticeState.INBOX if in_chat else NoticeState.PENDING,
            ),
        )
    if rows:
        # Not as one VALUES list, which would be put into words anew for every number of rows.
        session.execute(insert_into(session, Notice).on_conflict_do_nothing(), list(rows.values()))


def _recipients(
    session: Session, complaint: Complaint, event: ComplaintEvent, tells: Collection[Tell]
) -> Iterable[tuple[NoticeKind, int | None, int | None, Closeness]]:
    """Give who hears of it by which notice: a person or a member of staff, and how near a person is."""
    for audience, kind in tells:
        if audience in _PEOPLE:
            for person_id, closeness in _people(session, complaint):
                is_meant = closeness in _PEOPLE[audience]
                if is_meant and (person_id != event.person_id or event.step in _CONFIRMED):
                    yield kind, person_id, None, closeness
        else:
            for staff_id in _staff(session, complaint, event, audience):
                if staff_id != event.staff_id:
                    yield kind, None, staff_id, Closeness.REPORTER


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
    row = _row(
        key=key,
        kind=kind,
        person_id=person_id,
        staff_id=staff_id,
        complaint_id=complaint_id,
        title=title,
        body=body,
        fields=fields or {},
        path=path,
        urgent=urgent,
        now=now,
        due_at=due_at,
        state=state,
    )
    # What was written is asked for by RETURNING: PostgreSQL's driver does not count rows here.
    insert = insert_into(session, Notice).values(row).on_conflict_do_nothing()
    return session.scalar(insert.returning(Notice.id)) is not None


def _row(*, now: datetime, due_at: datetime | None = None, **values: Any) -> dict[str, Any]:  # noqa: ANN401 (columns)
    return {**values, "created_at": now, "due_at": due_at or now}


def _people(session: Session, complaint: Complaint) -> Iterable[tuple[int, Closeness]]:
    """Give the reporter and the followers, and how near each is."""
    if complaint.reporter_id is not None:
        yield complaint.reporter_id, Closeness.REPORTER
    query = select(ComplaintFollower.person_id).where(ComplaintFollower.complaint_id == complaint.id)
    followers = session.scalars(query.order_by(ComplaintFollower.person_id)).all()
    merged = merged_people(session, complaint) if followers else frozenset()
    for person_id in followers:
        yield person_id, Closeness.MERGED if person_id in merged else Closeness.JOINED


def _staff(
    session: Session, complaint: Complaint, event: ComplaintEvent, audience: Audience
) -> Collection[int]:
    if audience is Audience.REQUESTER:
        return _requester(session, event)
    if audience is Audience.MENTIONED:
        return [int(staff_id) for staff_id in event.details.get("mentioned", [])]
    if audience is Audience.DISPATCHERS:
        return staff_with(session, Role.DISPATCHER)
    if audience is Audience.LEADERS:
        return staff_with(session, Role.LEADER)
    if complaint.team_id is None:
        return staff_with(session, Role.DISPATCHER)  # nobody is at work on it yet, so it is theirs
    if audience is Audience.LEAD:
        return _of_team(session, complaint.team_id, Role.LEAD)
    handler = complaint.handler
    if handler is not None and handler.active and handler.team_id == complaint.team_id:
        return [handler.id]
    return _of_team(session, complaint.team_id, Role.HANDLER, Role.LEAD)


def _of_team(session: Session, team_id: int, *roles: Role) -> Collection[int]:
    """List who plays these roles in a team; where nobody does, it falls to the desk to see to it."""
    return staff_with(session, *roles, team_id=team_id) or staff_with(session, Role.DISPATCHER)


def _requester(session: Session, event: ComplaintEvent) -> Collection[int]:
    """Give who asked for what this event decides, if they still work here."""
    asked = select(ComplaintRequest.requested_by_id).where(
        ComplaintRequest.id == event.details.get("request_id")
    )
    return list(session.scalars(select(Staff.id).where(Staff.id.in_(asked), Staff.active)))


def staff_with(session: Session, *roles: Role, team_id: int | None = None) -> list[int]:
    """List the active staff who hold any of the roles, in one team or in all."""
    query = select(Staff.id).join(StaffRole).where(StaffRole.role.in_(roles), Staff.active).distinct()
    if team_id is not None:
        query = query.where(Staff.team_id == team_id)
    return list(session.scalars(query.order_by(Staff.id)))


def acknowledge(session: Session, complaint: Complaint, event: ComplaintEvent, *, now: datetime) -> None:
    """Tell the person that it came in."""
    in_chat = complaint.channel is Channel.WECHAT  # the chat has answered with the receipt already
    receipt: list[Tell] = [(Audience.REPORTER, NoticeKind.RECEIVED)]
    queue_for_event(session, complaint, event, receipt, now=now, quiet_for_reporter=in_chat)


def announce(session: Session, complaint: Complaint, event: ComplaintEvent, *, now: datetime) -> None:
    """Tell the desk that it waits, and everybody on duty if it is urgent."""
    desk: list[Tell] = []
    if complaint.urgent:
        on_duty = (Audience.TEAM, Audience.LEAD, Audience.DISPATCHERS, Audience.LEADERS)
        desk = [(audience, NoticeKind.STAFF_URGENT) for audience in on_duty]
    elif complaint.team_id is None:
        desk = [(Audience.DISPATCHERS, NoticeKind.STAFF_SUBMITTED)]
    queue_for_event(session, complaint, event, desk, now=now)


def unread_count(session: Session, *, staff: Staff | None = None, person: Person | None = None) -> int:
    """Count what the person or member of staff has not read yet."""
    return session.scalar(unread(staff=staff, person=person)) or 0


def unread(*, staff: Staff | None = None, person: Person | None = None) -> Select[int]:
    """Give the query that counts what the person or member of staff has not read yet."""
    return select(func.count(Notice.id)).where(_recipient(staff, person), Notice.read_at.is_(None))


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


def inbox_after(
    session: Session, *, person: Person, unread_only: bool, after: int | None, limit: int
) -> list[Notice]:
    """List a person's notices, newest first, reading on behind one of them.

    Args:
        after: the id of that one.
    """
    query = select(Notice).where(_recipient(None, person)).order_by(Notice.id.desc())
    if unread_only:
        query = query.where(Notice.read_at.is_(None))
    if after is not None:
        query = query.where(Notice.id < after)
    return list(session.scalars(query.limit(limit)))


def notice_of(session: Session, notice_id: int, *, person: Person) -> Notice:
    """Give a notice to this person, or raise NotFound."""
    query = select(Notice).where(Notice.id == notice_id, _recipient(None, person))
    found = session.scalar(query)
    if found is None:
        raise NotFound("没有找到这条通知。")
    return found


def mark_read(
    session: Session,
    *,
    now: datetime,
    staff: Staff | None = None,
    person: Person | None = None,
    complaint: Complaint | None = None,
    notice: Notice | None = None,
) -> None:
    """Mark all notices as read, or those about one complaint, or one."""
    change = update(Notice).where(_recipient(staff, person), Notice.read_at.is_(None)).values(read_at=now)
    if complaint is not None:
        change = change.where(Notice.complaint_id == complaint.id)
    if notice is not None:
        change = change.where(Notice.id == notice.id)
    session.execute(change.execution_options(synchronize_session=False))


def _recipient(staff: Staff | None, person: Person | None) -> Any:  # noqa: ANN401 (a SQL condition)
    if staff is not None:
        return Notice.staff_id == staff.id
    if person is not None:
        return Notice.person_id == person.id
    raise ValueError("whose notices?")
