"""What must hold of a matter at any time, worked out from its events and not by the code under test."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.matter_steps import MatterAudience, MatterTell, matter_step_from
from models.complaint import Complaint, ComplaintFollower
from models.enums import NoticeKind, RequestState, Role
from models.matter import Matter, MatterComplaint, MatterEvent, MatterFollower, MatterRequest
from models.matter_words import MatterRequestKind, MatterStatus, MatterStepName
from models.notice import Notice
from models.staff import Staff

S, N, A = MatterStatus, MatterStepName, MatterAudience
# Written down once more, so that a slip in the table shows.
_LEADS = {
    N.LIST: S.PLANNED,
    N.START: S.IN_PROGRESS,
    N.SUBMIT: S.SUBMITTED,
    N.RETRACT: S.IN_PROGRESS,
    N.ACCEPT: S.CLOSED,
    N.REFUSE: S.IN_PROGRESS,
    N.APPROVE_DEFERRAL: S.DEFERRED,
    N.RESUME: S.IN_PROGRESS,
    N.CANCEL: S.CANCELLED,
    N.REOPEN: S.IN_PROGRESS,
}
_NEW_ROUND = {N.REFUSE, N.REOPEN}
_WORK = {N.START, N.PROGRESS, N.SUBMIT_MILESTONE, N.SUBMIT, N.REQUEST_DEFERRAL, N.RESUME, N.BLOCK}
_JUDGING = {N.ACCEPT, N.REFUSE, N.APPROVE_DEFERRAL, N.REFUSE_DEFERRAL, N.ACCEPT_MILESTONE, N.REFUSE_MILESTONE}


def hold(session: Session, matter: Matter) -> None:
    """Hold a matter to all of it."""
    query = select(MatterEvent).where(MatterEvent.matter_id == matter.id).order_by(MatterEvent.id)
    events = session.scalars(query).all()
    _one_history(matter, events)
    _four_eyes(events)
    _requests(session, matter)
    assert (matter.closed_at is not None) == (matter.status is S.CLOSED)
    assert (matter.watch_until is not None) == (matter.status is S.CLOSED)
    assert matter.relapsed_at is None or matter.status is S.CLOSED
    assert (matter.deferred_until is not None) == (
        matter.status is S.DEFERRED
    ) or matter.status is S.CANCELLED
    assert matter.blocked_at is None or matter.status in {S.PLANNED, S.IN_PROGRESS, S.DEFERRED}
    if matter.status in {S.SUBMITTED, S.CLOSED}:
        assert all(one.accepted_at is not None for one in matter.milestones), "closed before its parts are"


def _one_history(matter: Matter, events: Sequence[MatterEvent]) -> None:
    before: MatterStatus | None = None
    round_ = 1
    for event in events:
        assert event.from_status is before, f"{event.step} begins at {event.from_status}, not at {before}"
        expected = _LEADS.get(event.step, before)
        assert event.to_status is expected, f"{event.step} led to {event.to_status}, not {expected}"
        assert event.step is not N.LIST or before is None
        if before is S.CLOSED and event.to_status is not S.CLOSED:
            assert event.step is N.REOPEN, "what was closed was opened by something else"
        round_ += event.step in _NEW_ROUND
        assert event.round == round_, f"{event.step} stands in round {event.round}, not {round_}"
        before = event.to_status
    assert (matter.status, matter.round) == (before, round_)
    assert [event.at for event in events] == sorted(event.at for event in events)


def _four_eyes(events: Sequence[MatterEvent]) -> None:
    worked: set[int | None] = set()
    for event in events:
        if event.step in _JUDGING:
            assert event.staff_id not in worked, f"{event.step} by somebody who did the work"
        if event.step in _WORK and event.staff_id is not None:
            worked.add(event.staff_id)


def _requests(session: Session, matter: Matter) -> None:
    rows = session.scalars(select(MatterRequest).where(MatterRequest.matter_id == matter.id)).all()
    waiting = [(row.kind, row.milestone_id) for row in rows if row.state is RequestState.OPEN]
    assert len(set(waiting)) == len(waiting), "two of a kind wait for a decision"
    has_close = any(kind is MatterRequestKind.CLOSE for kind, _ in waiting)
    assert has_close == (matter.status is S.SUBMITTED), "its request and its status do not go together"
    assert not waiting or matter.status not in {S.CLOSED, S.CANCELLED}
    for row in rows:
        decided = row.state in {RequestState.GRANTED, RequestState.REFUSED}
        assert decided == (row.decided_by_id is not None)
        assert row.decided_by_id != row.requested_by_id, "somebody decided on their own request"


def heard(session: Session, event: MatterEvent) -> dict[str, str]:
    """Give who was told of an event, by which kind of notice."""
    found: dict[str, str] = {}
    query = select(Notice).where(Notice.key.startswith(f"matter:{event.id}:", autoescape=True))
    for notice in session.scalars(query):
        who = f"person:{notice.person_id}" if notice.person_id else f"staff:{notice.staff_id}"
        assert who not in found, f"{who} heard of one event twice"
        found[who] = NoticeKind(notice.kind).value
    return found


def to_hear(session: Session, matter: Matter, event: MatterEvent) -> dict[str, str]:
    """Give who has to be told of an event that the table alone tells of."""
    step = matter_step_from(event.step, event.from_status) if event.from_status else None
    assert step is not None
    tells: Iterable[MatterTell] = step.tells
    found: dict[str, str] = {}
    for audience, kind in tells:
        for who in _audience(session, matter, event, audience):
            if who != f"staff:{event.staff_id}":
                found.setdefault(who, kind.value)
    return found


def _audience(
    session: Session, matter: Matter, event: MatterEvent, audience: MatterAudience
) -> Iterable[str]:
    if audience is A.PEOPLE:
        return [f"person:{one}" for one in _people(session, matter)] if matter.public else []
    everybody = session.scalars(select(Staff).where(Staff.active)).all()
    if audience is A.LEADERS:
        return [f"staff:{one.id}" for one in everybody if Role.LEADER in one.roles]
    if audience is A.INSPECTORS:
        return [f"staff:{one.id}" for one in everybody if Role.INSPECTOR in one.roles]
    if audience is A.TEAMS:
        teams = {matter.team_id, *(team.id for team in matter.supporting)} - {None}
        at_work = {Role.HANDLER, Role.LEAD}
        return [f"staff:{one.id}" for one in everybody if one.team_id in teams and one.roles & at_work]
    if audience is A.LEAD_STAFF:
        return [f"staff:{one.id}" for one in everybody if one.id == matter.lead_staff_id]
    asked = _asked_by(session, matter, event)
    return [f"staff:{one.id}" for one in everybody if one.id == asked]


def _asked_by(session: Session, matter: Matter, event: MatterEvent) -> int | None:
    query = select(MatterRequest).where(
        MatterRequest.matter_id == matter.id, MatterRequest.decided_at == event.at
    )
    rows = [row for row in session.scalars(query) if row.decided_by_id == event.staff_id]
    return rows[-1].requested_by_id if rows else None


def _people(session: Session, matter: Matter) -> set[int]:
    linked = select(MatterComplaint.complaint_id).where(MatterComplaint.matter_id == matter.id)
    raised = session.scalars(select(Complaint.reporter_id).where(Complaint.id.in_(linked)))
    joined = session.scalars(
        select(ComplaintFollower.person_id).where(ComplaintFollower.complaint_id.in_(linked))
    )
    follows = session.scalars(select(MatterFollower.person_id).where(MatterFollower.matter_id == matter.id))
    return {one for one in {*raised, *joined, *follows} if one is not None}
