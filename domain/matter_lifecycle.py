"""Changing a matter: the one place where its status is written.

`advance()` is the only door. What it may do is decided by the table in domain/matter_steps.py.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import audit, matter_notices
from domain.actors import Actor, post_of
from domain.acts import Act
from domain.errors import NotAllowed, TooLate
from domain.matter_conditions import MatterSituation
from domain.matter_permissions import parts_in_matter
from domain.matter_steps import MATTER_STEPS, MatterStep, MatterTell, matter_step_from
from domain.permissions import Part
from domain.working_time import describe_moment
from models.enums import ActorKind, RequestState
from models.matter import Matter, MatterEvent, MatterRequest
from models.matter_words import MatterStatus, MatterStepName

# What a new round starts without.
_OF_ONE_ROUND = (
    "submitted_at",
    "closed_at",
    "watch_until",
    "relapsed_at",
    "relapse_cleared_at",
    "near_told_for",
    "overdue_told_for",
)
_ENDED = frozenset({MatterStatus.CLOSED, MatterStatus.CANCELLED})
# Where work may be stuck; anywhere else what it was stuck on is over.
_STUCK = frozenset({MatterStatus.PLANNED, MatterStatus.IN_PROGRESS, MatterStatus.DEFERRED})
_OVERTAKING = frozenset({MatterStepName.SUBMIT, MatterStepName.RETRACT})


def open_matter_steps(matter: Matter, actor: Actor, *, now: datetime) -> list[MatterStep]:
    """List what this actor may do to the matter now, in the table's order."""
    situation = MatterSituation(matter, actor, parts_in_matter(matter, actor), now)
    return [
        step for step in MATTER_STEPS if matter.status in step.sources and _refusal(step, situation) is None
    ]


def _refusal(step: MatterStep, situation: MatterSituation) -> str | None:
    if not step.parts & situation.parts:
        who = "、".join(part.label for part in Part if part in step.parts)
        return f"「{step.name.label}」只能由{who}操作。"
    return step.condition(situation) if step.condition else None


def advance(
    session: Session,
    matter: Matter,
    name: MatterStepName,
    *,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
    words: str = "",
    changes: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
    decided: MatterRequest | None = None,
    tells: Collection[MatterTell] = (),
) -> MatterEvent:
    """Do one step: check, write the guarded change and its event, queue the notices.

    All of it happens in the caller's transaction; nothing is committed here.

    Args:
        seen: the revision of the page that the actor looked at; None guards the status only.
        changes: other columns of the matter that the step sets.
        details: what the event keeps beside its words.
        decided: the request that this step decides.
        tells: audiences and notice kinds beyond those of the table.

    Raises:
        NotAllowed: the actor's part or the present status forbids it.
        TooLate: somebody changed the matter after the page was drawn.
    """
    hold(session, matter)
    step = matter_step_from(name, matter.status)
    if seen is not None and seen != matter.revision and not (step and step.adds_only):
        raise TooLate(_who_was_faster(session, matter, now))
    if step is None:
        raise NotAllowed(f"现在的状态是「{matter.status.label}」，不能「{name.label}」。")
    refusal = _refusal(step, MatterSituation(matter, actor, parts_in_matter(matter, actor), now))
    if refusal:
        raise NotAllowed(refusal)
    before = matter.status
    _change(matter, step, changes or {})
    event = _event(matter, name, actor, now=now, from_status=before)
    event.words, event.public, event.details = words, step.public, dict(details or {})
    session.add(event)
    session.flush()
    _drop_overtaken(matter, event, decided)
    matter_notices.queue_for(session, matter, event, [*step.tells, *tells], decided=decided)
    log(session, matter, event, actor)
    return event


def begin(session: Session, matter: Matter, *, actor: Actor, words: str, now: datetime) -> MatterEvent:
    """Add a new matter in its first status, with its first event; `log` it when all it tells is written."""
    matter.status = MatterStatus.PLANNED
    session.add(matter)
    session.flush()
    event = _event(matter, MatterStepName.LIST, actor, now=now, from_status=None)
    event.words, event.public, event.details = words, True, {}
    session.add(event)
    session.flush()
    return event


def hold(session: Session, matter: Matter, act: Act | None = None) -> None:
    """Hold the row until the transaction ends, and see what others have done to it meanwhile.

    Raises:
        TooLate: somebody changed the matter after the page of this act was drawn.
    """
    session.flush()
    session.expire(matter)
    session.scalars(select(Matter).where(Matter.id == matter.id).with_for_update(of=Matter)).one()
    if act is not None and act.get("seen") not in {None, matter.revision}:
        raise TooLate(_who_was_faster(session, matter, act["now"]))


def _change(matter: Matter, step: MatterStep, changes: Mapping[str, Any]) -> None:
    matter.status = step.target or matter.status
    if not step.adds_only:
        matter.revision += 1
    if step.new_round:
        matter.round += 1
        for name in _OF_ONE_ROUND:
            setattr(matter, name, None)
    if step.target is not None and matter.status not in _STUCK:
        matter.blocked_at, matter.blocked_reason, matter.blocked_needs = None, "", ""
    for name, value in changes.items():
        setattr(matter, name, value)


def _event(
    matter: Matter,
    name: MatterStepName,
    actor: Actor,
    *,
    now: datetime,
    from_status: MatterStatus | None,
) -> MatterEvent:
    staff = actor.staff
    return MatterEvent(
        matter_id=matter.id,
        at=now,
        step=name,
        from_status=from_status,
        to_status=matter.status,
        round=matter.round,
        actor_kind=ActorKind.STAFF if staff is not None else ActorKind.CLOCK,
        actor_label=post_of(staff) if staff is not None else ActorKind.CLOCK.label,
        staff_id=staff.id if staff is not None else None,
    )


def _drop_overtaken(matter: Matter, event: MatterEvent, decided: MatterRequest | None) -> None:
    """Let requests lapse that nobody can decide any more: it was taken back, overtaken, or it is over."""
    for request in matter.requests:
        lapses = event.step in _OVERTAKING or matter.status in _ENDED
        if lapses and request.state is RequestState.OPEN and request is not decided:
            request.state, request.decided_at = RequestState.DROPPED, event.at


def log(session: Session, matter: Matter, event: MatterEvent, actor: Actor) -> None:
    """Let the audit log know what staff did."""
    if actor.staff is None:
        return
    audit.record(
        session,
        actor.staff,
        action=f"matter.{event.step.value}",
        subject_kind="matter",
        subject=matter.number,
        words=f"事项 {matter.number}：{event.step.label}",
        details={
            **event.details,
            "words": event.words,
            "event": event.id,
            "digest": audit.digest_of_event(event),
        },
        now=event.at,
    )


def _who_was_faster(session: Session, matter: Matter, now: datetime) -> str:
    """Name the last step that made older pages useless; notes and the like do not."""
    adds_only = {step.name for step in MATTER_STEPS if step.adds_only}
    query = select(MatterEvent).where(
        MatterEvent.matter_id == matter.id, MatterEvent.step.not_in(adds_only - {MatterStepName.LIST})
    )
    event = session.scalars(query.order_by(MatterEvent.id.desc()).limit(1)).one()
    done = f"{event.actor_label} {describe_moment(event.at, now=now)}先做了「{event.step.label}」"
    return f"{done}，您的操作没有生效，请看过最新情况再决定。"
