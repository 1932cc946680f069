"""Who is to hear of a step on a complaint, worked out from the table's rows by plain sets."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.steps import Audience, step_from
from domain.timers import REMINDERS
from models.complaint import Complaint, ComplaintEvent, ComplaintFollower, ComplaintRequest
from models.enums import NoticeKind, Role, StepName, TimerKind
from models.notice import Notice
from models.staff import Staff

A, K, N = Audience, NoticeKind, StepName
_CONFIRMED = {N.RATE, N.RATE_UNSOLVED, N.REOPEN}
Hearers = dict[str, str]


def heard(session: Session, event: ComplaintEvent) -> Hearers:
    """Give who was told of an event, by which kind of notice; each once."""
    found: Hearers = {}
    about = Notice.key.startswith(f"event:{event.id}:", autoescape=True)
    reminded = Notice.key.regexp_match(f"^timer:[0-9]+:{event.id}:")
    for notice in session.scalars(select(Notice).where(about | reminded)):
        who = f"person:{notice.person_id}" if notice.person_id else f"staff:{notice.staff_id}"
        assert who not in found, f"{who} heard of one event twice"
        found[who] = NoticeKind(notice.kind).value
    return found


def to_hear(session: Session, complaint: Complaint, event: ComplaintEvent) -> Hearers:
    """Give who has to be told of the event that has just been written, and of what kind."""
    if event.step is N.SUBMIT:
        return _of_submission(session, complaint, event)
    step = step_from(event.step, event.from_status) if event.from_status else None
    assert step is not None
    tells = [*step.tells, *_also(complaint, event)]
    if event.step is N.REMIND:
        tells = [*REMINDERS[TimerKind(event.details["timer"])][1]]
    found: Hearers = {}
    for audience, kind in tells:
        for who in _audience(session, complaint, event, audience):
            itself = who in {f"staff:{event.staff_id}", f"person:{event.person_id}"}
            if not itself or (who.startswith("person:") and event.step in _CONFIRMED):
                found.setdefault(who, kind.value)
    return found


def _of_submission(session: Session, complaint: Complaint, event: ComplaintEvent) -> Hearers:
    found: Hearers = {}
    if complaint.reporter_id is not None:
        found[f"person:{complaint.reporter_id}"] = K.RECEIVED.value
    if complaint.urgent:
        told = [
            *_audience(session, complaint, event, A.TEAM),
            *_audience(session, complaint, event, A.LEAD),
            *_with(session, Role.DISPATCHER, Role.LEADER),
        ]
        found |= {who: K.STAFF_URGENT.value for who in told if who != f"staff:{event.staff_id}"}
    elif complaint.team_id is None:
        desk = _with(session, Role.DISPATCHER)
        found |= {who: K.STAFF_SUBMITTED.value for who in desk if who != f"staff:{event.staff_id}"}
    return found


def _also(complaint: Complaint, event: ComplaintEvent) -> Iterable[tuple[Audience, NoticeKind]]:
    """What the verbs tell beyond the table: the words of docs/lifecycle.md under the table."""
    details: dict[str, Any] = event.details
    if event.step is N.ASSIGN and details.get("moved"):
        teams = {one.details.get("team_id") for one in complaint.events if one.step is N.ASSIGN}
        if len(teams - {None}) >= 3:
            yield A.LEADERS, K.STAFF_ESCALATED
        if "request_id" in details:
            yield A.REQUESTER, K.STAFF_DECIDED
    if event.step is N.CLASSIFY and details.get("urgent") == "True":
        yield from ((audience, K.STAFF_URGENT) for audience in (A.TEAM, A.LEAD, A.LEADERS))
    if event.step is N.REQUEST_TRANSFER and complaint.transfer_count >= 2:
        yield A.LEADERS, K.STAFF_REQUEST
    if event.step in {N.RATE_UNSOLVED, N.REOPEN} and complaint.reopen_count >= 2:
        yield A.LEADERS, K.STAFF_ESCALATED
    if event.step is N.PUBLISH and details["answer"] and _is_new_answer(complaint, event):
        yield A.JOINED, K.ANSWERED


def _is_new_answer(complaint: Complaint, event: ComplaintEvent) -> bool:
    before = [one for one in complaint.events if one.step is N.PUBLISH and one.id < event.id]
    return not before or before[-1].details["answer"] != event.details["answer"]


def _audience(
    session: Session, complaint: Complaint, event: ComplaintEvent, audience: Audience
) -> Iterable[str]:
    if audience in {A.REPORTER, A.JOINED}:
        return _people(session, complaint, with_reporter=audience is A.REPORTER)
    if audience is A.REQUESTER:
        request = session.get_one(ComplaintRequest, event.details["request_id"])
        asked = session.get_one(Staff, request.requested_by_id)
        return [f"staff:{asked.id}"] if asked.active else []
    if audience is A.DISPATCHERS:
        return _with(session, Role.DISPATCHER)
    if audience is A.LEADERS:
        return _with(session, Role.LEADER)
    assert audience in {A.TEAM, A.LEAD}
    desk, team = _with(session, Role.DISPATCHER), complaint.team_id
    if team is None:
        return desk
    if audience is A.LEAD:
        return _with(session, Role.LEAD, team=team) or desk
    handler = complaint.handler
    if handler is not None and handler.active and handler.team_id == team:
        return [f"staff:{handler.id}"]
    return _with(session, Role.HANDLER, Role.LEAD, team=team) or desk


def _people(session: Session, complaint: Complaint, *, with_reporter: bool) -> Iterable[str]:
    query = select(ComplaintFollower.person_id).where(ComplaintFollower.complaint_id == complaint.id)
    followers = set(session.scalars(query))
    if with_reporter:
        return [f"person:{one}" for one in {*followers, complaint.reporter_id} - {None}]
    return [f"person:{one}" for one in followers - _merged(session, complaint.id)]


def _merged(session: Session, main: int) -> set[int]:
    found: set[int] = set()
    for part in session.scalars(select(Complaint).where(Complaint.merged_into_id == main)):
        found |= {part.reporter_id} - {None} | _merged(session, part.id)  # type: ignore[arg-type]
    return found


def _with(session: Session, *roles: Role, team: int | None = None) -> list[str]:
    everybody = session.scalars(select(Staff).where(Staff.active)).all()
    meant = [one for one in everybody if one.roles & set(roles) and team in {None, one.team_id}]
    return [f"staff:{one.id}" for one in meant]


def nothing_leaks(session: Session, complaint: Complaint, event: ComplaintEvent, *, secret: str) -> None:
    """See that who joined, or was merged into it, does not read the reporter's own words in a notice.

    Args:
        secret: what the reporter wrote, and nobody released.
    """
    about = Notice.key.startswith(f"event:{event.id}:", autoescape=True)
    for notice in session.scalars(select(Notice).where(about, Notice.person_id.is_not(None))):
        if notice.person_id != complaint.reporter_id:
            told = f"{notice.title}{notice.body}{notice.fields}"
            assert secret not in told, f"person {notice.person_id} reads what is not theirs: {told}"
