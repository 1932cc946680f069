"""What must hold of a complaint at any time, worked out from its events and not by the code under test."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain import deadlines
from models.complaint import Complaint, ComplaintEvent, ComplaintRequest
from models.complaint_round import ComplaintRound
from models.enums import ENDED_STATUSES, ActorKind, ComplaintStatus, RequestState, StepName
from models.rating import Rating
from models.staff import Staff
from models.timer import Timer

S, N = ComplaintStatus, StepName
# Written down once more, so that a slip in the table shows: where each step may lead.
_STAYS = {
    *(N.PROGRESS, N.REPLY, N.NOTE, N.CLASSIFY, N.REQUEST_TRANSFER, N.REFUSE_TRANSFER, N.REQUEST_DEFERRAL),
    *(
        N.REFUSE_DEFERRAL,
        N.REQUEST_REJECTION,
        N.REFUSE_REJECTION,
        N.URGE,
        N.SUPERVISE,
        N.PUBLISH,
        N.UNPUBLISH,
    ),
    N.REMIND,
}
_LEADS = {
    N.SUBMIT: {S.SUBMITTED},
    N.ASSIGN: {S.ASSIGNED},
    N.ACCEPT: {S.IN_PROGRESS},
    N.ASK: {S.WAITING},
    N.APPROVE_DEFERRAL: {S.DEFERRED},
    N.CONFIRM_REJECTION: {S.REJECTED},
    N.APPEAL: {S.SUBMITTED},
    N.RESOLVE: {S.RESOLVED},
    N.RATE: {S.CLOSED},
    N.RATE_UNSOLVED: {S.IN_PROGRESS},
    N.REOPEN: {S.IN_PROGRESS},
    N.CLOSE_UNRATED: {S.CLOSED},
    N.WITHDRAW: {S.WITHDRAWN},
    N.MERGE: {S.MERGED},
}
_NEW_ROUND = {N.APPEAL, N.RATE_UNSOLVED, N.REOPEN}
_WORK = {N.ACCEPT, N.PROGRESS, N.RESOLVE}
_BY_ANOTHER = {
    N.APPROVE_DEFERRAL,
    N.REFUSE_DEFERRAL,
    N.CONFIRM_REJECTION,
    N.REFUSE_REJECTION,
    N.REFUSE_TRANSFER,
}
_OVER = ENDED_STATUSES | {S.RESOLVED, S.DEFERRED}


def hold(session: Session, complaint: Complaint) -> None:
    """Hold a complaint to all of it."""
    events = list(complaint.events)
    _one_history(complaint, events)
    _counts(complaint, events)
    _requests(session, complaint)
    _ratings(session, complaint, events)
    _rounds(session, complaint, events)


def _one_history(complaint: Complaint, events: Sequence[ComplaintEvent]) -> None:
    assert events[0].step is N.SUBMIT
    assert events[0].from_status is None
    before: ComplaintStatus | None = None
    waited_from: ComplaintStatus | None = None
    for event in events:
        assert event.from_status is before, f"{event.step} begins at {event.from_status}, not at {before}"
        if event.step in _STAYS:
            assert event.to_status is before, f"{event.step} moved {before} to {event.to_status}"
        elif event.step in _LEADS:
            assert event.to_status in _LEADS[event.step], f"{event.step} led to {event.to_status}"
        elif before is S.WAITING:
            assert event.to_status is waited_from, f"{event.step} led to {event.to_status}, not {waited_from}"
        elif event.step is N.RESUME:
            assert event.to_status is S.IN_PROGRESS
        else:
            assert event.step is N.SUPPLEMENT
            assert event.to_status is before
        if event.step is N.ASK:
            waited_from = before
        if before is S.CLOSED and event.to_status is not S.CLOSED:
            assert event.step is N.REOPEN, "what was closed was opened by something else"
        before = event.to_status
    assert complaint.status is before, f"it says {complaint.status}, its history says {before}"
    assert [event.at for event in events] == sorted(event.at for event in events)


def _counts(complaint: Complaint, events: Sequence[ComplaintEvent]) -> None:
    steps = Counter(event.step for event in events)
    expected = 1
    for event in events:
        expected += event.step in _NEW_ROUND
        assert event.round == expected, f"{event.step} stands in round {event.round}, not {expected}"
    assert complaint.round == expected
    assert complaint.reopen_count == steps[N.RATE_UNSOLVED] + steps[N.REOPEN]
    assert complaint.transfer_count == sum(bool(event.details.get("moved")) for event in events)
    assert steps[N.APPEAL] <= 1
    assert (complaint.merged_into_id is not None) == (complaint.status is S.MERGED)
    assert (complaint.closing is not None) == (complaint.status is S.CLOSED)
    is_over = complaint.status in ENDED_STATUSES
    assert (complaint.closed_at is not None) == is_over, f"closed_at of {complaint.status}"
    answered = [event for event in events if event.round == complaint.round and event.staff_id is not None]
    spoken = [event.at for event in answered if event.step in _ANSWERS]
    assert complaint.first_answered_at == (spoken[0] if spoken else None)


_ANSWERS = {N.PROGRESS, N.REPLY, N.ASK, N.CONFIRM_REJECTION, N.RESOLVE}


def _requests(session: Session, complaint: Complaint) -> None:
    rows = session.scalars(
        select(ComplaintRequest).where(ComplaintRequest.complaint_id == complaint.id)
    ).all()
    waiting = [row for row in rows if row.state is RequestState.OPEN]
    assert len({row.kind for row in waiting}) == len(waiting), "two of a kind wait for a decision"
    assert not waiting or complaint.status not in _OVER, f"{complaint.status} with open requests"
    by_id = {row.id: row for row in rows}
    for row in rows:
        decided = row.state in {RequestState.GRANTED, RequestState.REFUSED}
        assert decided == (row.decided_by_id is not None)
        assert row.decided_by_id != row.requested_by_id, "somebody decided on their own request"
    for event in complaint.events:
        if event.step in _BY_ANOTHER:
            request = by_id[event.details["request_id"]]
            assert event.staff_id == request.decided_by_id != request.requested_by_id


def _ratings(session: Session, complaint: Complaint, events: Sequence[ComplaintEvent]) -> None:
    rows = session.scalars(select(Rating).where(Rating.complaint_id == complaint.id)).all()
    rated = [event for event in events if event.step in {N.RATE, N.RATE_UNSOLVED}]
    assert sorted(row.round for row in rows) == [
        event.round - (event.step is N.RATE_UNSOLVED) for event in rated
    ]
    workers = {event.staff_id for event in events if event.step in _WORK} | {complaint.handler_id}
    persons = set(session.scalars(select(Staff.person_id).where(Staff.id.in_(workers - {None}))))
    for event in rated:
        assert event.actor_kind is ActorKind.REPORTER
    if complaint.reporter_id is not None:
        assert all(row.person_id == complaint.reporter_id for row in rows)
    last = events[-1]
    if last.step in {N.RATE, N.RATE_UNSOLVED} and last.person_id is not None:
        assert last.person_id not in persons, "somebody judged their own work"
    assert all(1 <= row.stars <= 5 for row in rows)


def _rounds(session: Session, complaint: Complaint, events: Sequence[ComplaintEvent]) -> None:
    rounds = session.scalars(select(ComplaintRound).where(ComplaintRound.complaint_id == complaint.id)).all()
    assert sorted(row.round for row in rounds) == list(range(1, complaint.round + 1))
    starts = {row.round: row.started_at for row in rounds}
    for number, start in starts.items():
        assert start == next(event.at for event in events if event.round == number)
    timers = select(func.count()).where(Timer.complaint_id == complaint.id, Timer.fired_at.is_(None))
    assert complaint.status not in ENDED_STATUSES or session.scalar(timers) == 0, "a clock still runs"


def due_times(complaint: Complaint) -> tuple[object, ...]:
    """Give all the times a complaint is due."""
    return (
        complaint.dispatch_due_at,
        complaint.answer_due_at,
        complaint.done_due_at,
        complaint.near_due_at,
    )


def waiting_timers(session: Session, complaint: Complaint) -> dict[str, object]:
    """Give what is to fall due, and when."""
    query = select(Timer).where(Timer.complaint_id == complaint.id, Timer.fired_at.is_(None))
    return {row.kind.value: row.due_at for row in session.scalars(query)}


def clocks_are_settled(session: Session, complaint: Complaint, *, now: object) -> None:
    """See that working the clocks out once more changes nothing, unless one stands still just now."""
    if complaint.status is S.WAITING:
        return
    before = due_times(complaint), waiting_timers(session, complaint)
    deadlines.recompute(session, complaint, now=now)  # type: ignore[arg-type]
    after = due_times(complaint), waiting_timers(session, complaint)
    assert before == after, f"worked out again, the clocks say something else: {before} → {after}"
