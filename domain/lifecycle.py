"""Changing a complaint: the one place where its status is written.

`advance()` is the only door. What it may do is decided by the table in domain/steps.py.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from domain import audit, board_version, deadlines, notices, search_index, webhooks
from domain.actors import Actor, post_of
from domain.acts import Act
from domain.errors import NotAllowed, TooLate
from domain.permissions import Part, parts_in
from domain.step_conditions import Situation
from domain.steps import STEPS, Onward, Step, Tell, step_from
from domain.working_time import describe_moment
from models.complaint import Complaint, ComplaintEvent
from models.connected_system import ConnectedSubmission
from models.enums import ENDED_STATUSES, ActorKind, ComplaintStatus, RequestKind, RequestState, StepName

# What a step and its notices look at, fetched together with the complaint.
_LOADED_WITH = (
    joinedload(Complaint.category, innerjoin=True),
    joinedload(Complaint.service_point),
    joinedload(Complaint.team),
)
_HELD = "held_complaints"
# What a new round starts without.
_OF_ONE_ROUND = ("first_answered_at", "outcome", "closing", "resolved_at", "closed_at", "supervised_until")
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
    also_tell: Collection[Tell] = (),
    quiet_for_reporter: bool = False,
) -> ComplaintEvent:
    """Do one step: check, write the guarded change and its event, reset the clocks, queue what is told of it.

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
    hold(session, complaint)
    step = step_from(name, complaint.status)
    if seen is not None and seen != complaint.revision and not (step and step.adds_only):
        raise TooLate(_who_was_faster(complaint, now))
    if step is None:
        raise NotAllowed(f"现在的状态是「{complaint.status.label}」，不能「{name.label}」。")
    parts = parts_in(session, complaint, actor)
    refusal = _refusal(step, Situation(complaint, actor, parts, now))
    if refusal:
        raise NotAllowed(refusal)

    before = complaint.status
    earlier = list(complaint.events)
    _change(session, complaint, step, changes or {})
    event = _event(complaint, name, actor, parts, now=now, from_status=before)
    event.words, event.public, event.details = words, step.public, dict(details or {})
    if step.answers and actor.staff is not None and complaint.first_answered_at is None:
        complaint.first_answered_at = now
    _record(session, complaint, event, earlier)
    _drop_overtaken_requests(complaint, event)
    board_version.touch_for(session, complaint, event)
    tells = [*step.tells, *also_tell]
    notices.queue_for_event(session, complaint, event, tells, now=now, quiet_for_reporter=quiet_for_reporter)
    _log(session, complaint, event, actor)
    webhooks.queue_for_event(session, complaint, event)
    return event


def begin(
    session: Session, complaint: Complaint, *, actor: Actor, words: str, now: datetime
) -> ComplaintEvent:
    """Add a new complaint in its first status, with its first event and clocks."""
    complaint.status = ComplaintStatus.SUBMITTED
    session.add(complaint)
    session.flush()
    if actor.system is not None:
        session.add(ConnectedSubmission(complaint_id=complaint.id, system_id=actor.system.id))
    parts = parts_in(session, complaint, actor)
    event = _event(complaint, StepName.SUBMIT, actor, parts, now=now, from_status=None)
    event.words = words
    _record(session, complaint, event, earlier=[])
    _log(session, complaint, event, actor)
    webhooks.queue_for_event(session, complaint, event)
    return event


def hold(session: Session, complaint: Complaint, act: Act | None = None) -> None:
    """Hold the row until the transaction ends, and see what others have done to it meanwhile.

    `advance()` does it itself; who works a change out from what the complaint says does it before looking.

    Raises:
        TooLate: somebody changed the complaint after the page of this act was drawn.
    """
    if not _holds_already(session, complaint.id):
        session.flush()
        row = select(Complaint).where(Complaint.id == complaint.id).with_for_update(of=Complaint)
        session.expire(complaint)
        session.scalars(row.options(*_LOADED_WITH)).one()
    if act is not None and act.get("seen") not in {None, complaint.revision}:
        raise TooLate(_who_was_faster(complaint, act["now"]))


def _holds_already(session: Session, complaint_id: int) -> bool:
    """Tell whether this transaction took the row before; if not, note that it does now."""
    # A lock taken inside a savepoint may end with it, so each is asked apart.
    transaction = session.get_nested_transaction() or session.get_transaction()
    holder, held = session.info.get(_HELD, (None, set()))
    if transaction is None or holder is not transaction:
        holder, held = session.info[_HELD] = transaction, set()
    before = complaint_id in held
    held.add(complaint_id)
    return before


def _change(session: Session, complaint: Complaint, step: Step, changes: Mapping[str, Any]) -> None:
    complaint.status = _target_of(complaint, step)
    if not step.adds_only:
        complaint.revision += 1
    if step.new_round:
        complaint.round += 1
        for name in _OF_ONE_ROUND:
            setattr(complaint, name, None)
    for name, value in changes.items():
        setattr(complaint, name, value)
    # The related things are looked up anew by the ids that were set.
    related = [name.removesuffix("_id") for name in changes if name.endswith("_id")]
    if related:
        session.expire(complaint, related)


def _target_of(complaint: Complaint, step: Step) -> ComplaintStatus:
    if isinstance(step.target, ComplaintStatus):
        return step.target
    if step.target is Onward.BACK and complaint.resume_status is not None:
        return complaint.resume_status
    return complaint.status


def _event(
    complaint: Complaint,
    name: StepName,
    actor: Actor,
    parts: frozenset[Part],
    *,
    now: datetime,
    from_status: ComplaintStatus | None,
) -> ComplaintEvent:
    kind = _kind_of(actor, parts)
    return ComplaintEvent(
        complaint_id=complaint.id,
        at=now,
        step=name,
        from_status=from_status,
        to_status=complaint.status,
        round=complaint.round,
        actor_kind=kind,
        actor_label=_label_of(actor, kind),
        staff_id=actor.staff.id if actor.staff is not None else None,
        person_id=actor.person.id if actor.person is not None else None,
        words="",
        public=True,
        details={},
    )


def _label_of(actor: Actor, kind: ActorKind) -> str:
    if actor.staff is not None:
        return post_of(actor.staff)
    return actor.system.name if actor.system is not None else kind.label


def _record(
    session: Session, complaint: Complaint, event: ComplaintEvent, earlier: Sequence[ComplaintEvent]
) -> None:
    """Write the event, the clocks as they are with it, and what the complaint is now found by."""
    session.add(event)
    events = [*earlier, event]
    deadlines.recompute(session, complaint, events=events, now=event.at)
    search_index.write_entry(session, complaint, events)
    session.expire(complaint, ["events"])


def _log(session: Session, complaint: Complaint, event: ComplaintEvent, actor: Actor) -> None:
    """Let the audit log know what staff did, with a digest of the event, so that the event is sealed too."""
    if actor.staff is None:
        return
    session.flush()
    audit.record(
        session,
        actor.staff,
        action=f"complaint.{event.step.value}",
        subject_kind="complaint",
        subject=complaint.number,
        words=f"诉求 {complaint.number}：{event.step.label}",
        details={"event": event.id, "digest": audit.digest_of_event(event)},
        now=event.at,
    )


def _drop_overtaken_requests(complaint: Complaint, event: ComplaintEvent) -> None:
    """Let requests lapse that nobody can decide any more: there is a result, or another team has it now."""
    if event.details.get("moved"):
        kinds = {RequestKind.DEFERRAL}
    elif event.from_status is not event.to_status and complaint.status in _RESULTS:
        kinds = set(RequestKind)
    else:
        return
    for request in complaint.requests:
        undecided = request.state is RequestState.OPEN and request.id != event.details.get("request_id")
        if undecided and request.kind in kinds:
            request.state = RequestState.DROPPED
            request.decided_at = event.at


def _kind_of(actor: Actor, parts: frozenset[Part]) -> ActorKind:
    if actor.staff is not None:
        return ActorKind.STAFF
    if actor.is_clock:
        return ActorKind.CLOCK
    return ActorKind.FOLLOWER if Part.FOLLOWER in parts else ActorKind.REPORTER


def _who_was_faster(complaint: Complaint, now: datetime) -> str:
    """Name the last step that made older pages useless; notes and the like do not."""
    for event in reversed(complaint.events):
        step = step_from(event.step, event.from_status) if event.from_status is not None else None
        if step is not None and not step.adds_only:
            at = describe_moment(event.at, now=now)
            done = f"{event.actor_label} {at}先做了「{event.step.label}」"
            return f"{done}，您的操作没有生效，请看过最新情况再决定。"
    return "这件诉求刚刚有变化，请看过最新情况再操作。"
