"""Changing a complaint: the one place where its status is written.

`advance()` is the only door. What it may do is decided by the table in domain/steps.py.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain import deadlines, notices
from domain.actors import Actor, post_of
from domain.errors import NotAllowed, TooLate
from domain.permissions import Part, parts_in
from domain.step_conditions import Situation
from domain.steps import STEPS, Audience, Onward, Step, step_from
from domain.working_time import LOCAL
from models.complaint import Complaint, ComplaintEvent
from models.enums import ENDED_STATUSES, ActorKind, ComplaintStatus, RequestState, StepName

_RESULTS = ENDED_STATUSES | {ComplaintStatus.RESOLVED, ComplaintStatus.DEFERRED}


def open_steps(session: Session, complaint: Complaint, actor: Actor, *, now: datetime) -> list[Step]:
    """List what this actor may do to the complaint now, in the table's order."""
    parts = parts_in(session, complaint, actor)
    situation = Situation(complaint, actor, parts, now)
    return [step for step in STEPS if complaint.status in step.sources and _refusal(step, situation) is None]


def may(session: Session, complaint: Complaint, actor: Actor, name: StepName, *, now: datetime) -> bool:
    """Tell whether the actor may do this step now."""
    return any(step.name is name for step in open_steps(session, complaint, actor, now=now))


def _refusal(step: Step, situation: Situation) -> str | None:
    if not step.parts & situation.parts:
        who = "、".join(part.label for part in Part if part in step.parts)
        return f"「{step.name.label}」只能由{who}操作。"
    return step.condition(situation) if step.condition else None


def advance(
    session: Session,
    complaint: Complaint,
    name: StepName,
    *,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
    words: str = "",
    changes: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
    also_tell: Collection[tuple[Audience, Any]] = (),
    quiet_for_reporter: bool = False,
) -> ComplaintEvent:
    """Do one step: check, write the guarded change and its event, reset the clocks, queue the notices.

    All of it happens in the caller's transaction; nothing is committed here.

    Args:
        seen: the revision of the page that the actor looked at; None guards the status only.
        changes: other columns of the complaint that the step sets.
        details: what the event keeps beside its words.
        also_tell: audiences and notice kinds beyond those of the table.
        quiet_for_reporter: the answer in the chat tells the reporter; keep their notice on the inbox page.

    Raises:
        NotAllowed: the actor's part or the present status forbids it.
        TooLate: somebody changed the complaint after the page was drawn.
    """
    _lock(session, complaint)
    step = step_from(name, complaint.status)
    if seen is not None and seen != complaint.revision and not (step and step.adds_only):
        raise TooLate(_who_was_faster(complaint))
    if step is None:
        raise NotAllowed(f"现在的状态是「{complaint.status.label}」，不能「{name.label}」。")
    parts = parts_in(session, complaint, actor)
    refusal = _refusal(step, Situation(complaint, actor, parts, now))
    if refusal:
        raise NotAllowed(refusal)

    before = complaint.status
    _write(session, complaint, step, changes or {})
    event = ComplaintEvent(
        complaint=complaint,
        at=now,
        step=name,
        from_status=before,
        to_status=complaint.status,
        round=complaint.round,
        actor_kind=_kind_of(actor, parts),
        actor_label=_label_of(actor, parts),
        staff_id=actor.staff.id if actor.staff else None,
        person_id=actor.person.id if actor.person else None,
        words=words,
        public=step.public,
        details=dict(details or {}),
    )
    _record(session, complaint, event)
    _drop_overtaken_requests(complaint, event)
    _settle(session, complaint, event, counts_as_answer=step.answers and actor.staff is not None)
    tells = [*step.tells, *also_tell]
    notices.queue_for_event(session, complaint, event, tells, now=now, quiet_for_reporter=quiet_for_reporter)
    return event


def begin(
    session: Session, complaint: Complaint, *, actor: Actor, words: str, now: datetime
) -> ComplaintEvent:
    """Add a new complaint in its first status, with its first event and clocks."""
    complaint.status = ComplaintStatus.SUBMITTED
    session.add(complaint)
    session.flush()
    parts = parts_in(session, complaint, actor)
    event = ComplaintEvent(
        complaint=complaint,
        at=now,
        step=StepName.SUBMIT,
        from_status=None,
        to_status=ComplaintStatus.SUBMITTED,
        round=1,
        actor_kind=_kind_of(actor, parts),
        actor_label=_label_of(actor, parts),
        staff_id=actor.staff.id if actor.staff else None,
        person_id=actor.person.id if actor.person else None,
        words=words,
        public=True,
        details={},
    )
    _record(session, complaint, event)
    _settle(session, complaint, event, counts_as_answer=False)
    return event


def _lock(session: Session, complaint: Complaint) -> None:
    """Hold the row until the transaction ends, and see what others have done to it meanwhile."""
    session.flush()
    current = session.execute(
        select(Complaint.status, Complaint.revision).where(Complaint.id == complaint.id).with_for_update()
    ).one()
    if tuple(current) != (complaint.status, complaint.revision):
        session.refresh(complaint)


def _write(session: Session, complaint: Complaint, step: Step, changes: Mapping[str, Any]) -> None:
    target = _target_of(complaint, step)
    values = dict(changes)
    values["revision"] = complaint.revision + (0 if step.adds_only else 1)
    if step.new_round:
        values |= {"round": complaint.round + 1, "first_answered_at": None, "outcome": None, "closing": None}
        values |= {"resolved_at": None, "closed_at": None, "supervised_until": None}
    written = session.execute(
        update(Complaint)
        .where(
            Complaint.id == complaint.id,
            Complaint.status == complaint.status,
            Complaint.revision == complaint.revision,
        )
        .values(status=target, **values)
        .execution_options(synchronize_session=False)
    )
    if written.rowcount != 1:  # type: ignore[attr-defined]
        raise TooLate(_who_was_faster(complaint))
    session.refresh(complaint)


def _target_of(complaint: Complaint, step: Step) -> ComplaintStatus:
    if step.target is Onward.STAY:
        return complaint.status
    if step.target is Onward.BACK:
        return complaint.resume_status or ComplaintStatus.SUBMITTED
    if isinstance(step.target, ComplaintStatus):
        return step.target
    raise AssertionError(step.target)


def _record(session: Session, complaint: Complaint, event: ComplaintEvent) -> None:
    session.add(event)
    session.flush()
    session.expire(complaint, ["events"])


def _drop_overtaken_requests(complaint: Complaint, event: ComplaintEvent) -> None:
    """Let requests lapse that nobody can decide any more, now that the complaint has come to a result."""
    if event.from_status is event.to_status or complaint.status not in _RESULTS:
        return
    for request in complaint.requests:
        if request.state is RequestState.OPEN and request.id != event.details.get("request_id"):
            request.state = RequestState.DROPPED
            request.decided_at = event.at


def _settle(session: Session, complaint: Complaint, event: ComplaintEvent, *, counts_as_answer: bool) -> None:
    if counts_as_answer and complaint.first_answered_at is None:
        complaint.first_answered_at = event.at
    deadlines.recompute(session, complaint, now=event.at)


def _kind_of(actor: Actor, parts: frozenset[Part]) -> ActorKind:
    if actor.staff is not None:
        return ActorKind.STAFF
    if actor.person is None:
        return ActorKind.CLOCK
    return ActorKind.FOLLOWER if Part.FOLLOWER in parts else ActorKind.REPORTER


def _label_of(actor: Actor, parts: frozenset[Part]) -> str:
    return post_of(actor.staff) if actor.staff is not None else _kind_of(actor, parts).label


def _who_was_faster(complaint: Complaint) -> str:
    last = next((event for event in reversed(complaint.events) if event.from_status is not None), None)
    if last is None:
        return "这件诉求刚刚有变化，请看过最新情况再操作。"
    at = last.at.astimezone(LOCAL).strftime("%H:%M")
    return f"{last.actor_label}在 {at} 先做了「{last.step.label}」，您的操作没有生效，请看过最新情况再决定。"
