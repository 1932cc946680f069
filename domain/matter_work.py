"""What is done in the course of the work on a matter."""

from collections.abc import Sequence
from datetime import date
from typing import Unpack

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import matter_lifecycle
from domain.acts import Act, cleaned, required
from domain.errors import Invalid
from domain.matter_relapse import complaints_since
from domain.matters import MOST_COMPLAINTS, attach
from domain.working_time import LOCAL
from models.attachment import Attachment
from models.enums import AttachmentPurpose
from models.matter import Matter, MatterComplaint, MatterEvent, MatterMilestone
from models.matter_words import MatterStepName

LONGEST_MILESTONE = 100
MOST_MILESTONES = 30
LONGEST_NEEDS = 500


def start(session: Session, matter: Matter, *, words: str = "", **act: Unpack[Act]) -> MatterEvent:
    """Begin the work."""
    return matter_lifecycle.advance(session, matter, MatterStepName.START, words=cleaned(words), **act)


def progress(
    session: Session,
    matter: Matter,
    *,
    words: str,
    attachments: Sequence[Attachment] = (),
    before: bool = False,
    **act: Unpack[Act],
) -> MatterEvent:
    """Tell how far things are, with photos if there are any.

    Args:
        before: the photos show how it was before the work.
    """
    words = required(words, "进展情况")
    event = matter_lifecycle.advance(session, matter, MatterStepName.PROGRESS, words=words, **act)
    attach(session, event, attachments, AttachmentPurpose.REPORT if before else AttachmentPurpose.PROGRESS)
    return event


def note(session: Session, matter: Matter, *, words: str, **act: Unpack[Act]) -> MatterEvent:
    """Write something down for colleagues only."""
    words = required(words, "备注内容")
    return matter_lifecycle.advance(session, matter, MatterStepName.NOTE, words=words, **act)


def resume(session: Session, matter: Matter, *, words: str = "", **act: Unpack[Act]) -> MatterEvent:
    """Take up again what was deferred."""
    words = cleaned(words) or "恢复推进。"
    changes = {"deferred_until": None}
    return matter_lifecycle.advance(
        session, matter, MatterStepName.RESUME, words=words, changes=changes, **act
    )


def supervise(
    session: Session, matter: Matter, *, words: str, until: date | None = None, **act: Unpack[Act]
) -> MatterEvent:
    """Press for a matter (督办), with a day until which to act if one is set."""
    words = required(words, "督办要求")
    if until is not None and until < act["now"].astimezone(LOCAL).date():
        raise Invalid("督办的期限已经过去。", "until")
    changes = {"supervised_at": act["now"], "supervised_until": until, "supervised_told_for": None}
    details = {"until": until.isoformat()} if until else {}
    return matter_lifecycle.advance(
        session, matter, MatterStepName.SUPERVISE, words=words, changes=changes, details=details, **act
    )


def block(session: Session, matter: Matter, *, words: str, needs: str, **act: Unpack[Act]) -> MatterEvent:
    """Say what the work is stuck on (难点堵点), and what is needed of whom; said again, it is corrected."""
    words, needs = required(words, "卡在哪里"), cleaned(needs)
    if not needs:
        raise Invalid("请写明需要什么支持、由谁协调。", "needs")
    if len(needs) > LONGEST_NEEDS:
        raise Invalid(f"需要的支持太长，最多 {LONGEST_NEEDS} 字。", "needs")
    matter_lifecycle.hold(session, matter, act)
    changes = {
        "blocked_at": matter.blocked_at or act["now"],
        "blocked_reason": words,
        "blocked_needs": needs,
    }
    details = {"needs": needs}
    return matter_lifecycle.advance(
        session, matter, MatterStepName.BLOCK, words=words, changes=changes, details=details, **act
    )


def unblock(session: Session, matter: Matter, *, words: str, **act: Unpack[Act]) -> MatterEvent:
    """Say how the work came to be stuck no longer."""
    words = required(words, "怎样解决的")
    changes = {"blocked_at": None, "blocked_reason": "", "blocked_needs": ""}
    return matter_lifecycle.advance(
        session, matter, MatterStepName.UNBLOCK, words=words, changes=changes, **act
    )


def clear_relapse(session: Session, matter: Matter, *, words: str, **act: Unpack[Act]) -> MatterEvent:
    """Find a suspected relapse untrue, with the reason; only what comes in later counts from now on."""
    words = required(words, "核实的情况")
    changes = {"relapsed_at": None, "relapse_cleared_at": act["now"]}
    return matter_lifecycle.advance(
        session, matter, MatterStepName.CLEAR_RELAPSE, words=words, changes=changes, **act
    )


def cancel(session: Session, matter: Matter, *, words: str, **act: Unpack[Act]) -> MatterEvent:
    """Give a matter up, with the reason."""
    words = required(words, "取消的原因")
    return matter_lifecycle.advance(session, matter, MatterStepName.CANCEL, words=words, **act)


def reopen(session: Session, matter: Matter, *, words: str, **act: Unpack[Act]) -> MatterEvent:
    """Take up again what was closed: the problem is back.

    Where it was suspected to be back, the complaints that say so become part of it, so that the people behind
    them hear how it goes on.
    """
    words = required(words, "重新打开的原因")
    matter_lifecycle.hold(session, matter, act)
    back = complaints_since(session, matter) if matter.relapsed_at is not None else []
    there = set(
        session.scalars(select(MatterComplaint.complaint_id).where(MatterComplaint.matter_id == matter.id))
    )
    coming = [one for one in back if one.id not in there][:MOST_COMPLAINTS]
    session.add_all(
        MatterComplaint(matter_id=matter.id, complaint_id=one.id, linked_at=act["now"]) for one in coming
    )
    details = {"complaints": [one.number for one in coming]} if coming else {}
    return matter_lifecycle.advance(
        session, matter, MatterStepName.REOPEN, words=words, details=details, **act
    )


def plan_milestone(
    session: Session, matter: Matter, *, title: str, deadline: date | None = None, **act: Unpack[Act]
) -> MatterMilestone:
    """Add a part of the work that is accepted by itself."""
    title = cleaned(title)
    if not title:
        raise Invalid("请填写节点内容。", "title")
    if len(title) > LONGEST_MILESTONE:
        raise Invalid(f"节点内容太长，最多 {LONGEST_MILESTONE} 字。", "title")
    matter_lifecycle.hold(session, matter, act)
    if len(matter.milestones) >= MOST_MILESTONES:
        raise Invalid(f"一件事项最多 {MOST_MILESTONES} 个节点，请合并或另立一件。", "title")
    if deadline and matter.deadline and deadline > matter.deadline:
        raise Invalid("节点的时限晚于整件事项的时限。", "deadline")
    details = {"milestone": title, "deadline": deadline.isoformat() if deadline else None}
    matter_lifecycle.advance(session, matter, MatterStepName.PLAN_MILESTONE, details=details, **act)
    position = max((one.position for one in matter.milestones), default=0) + 1
    milestone = MatterMilestone(title=title, deadline=deadline, position=position)
    matter.milestones.append(milestone)
    session.flush()
    return milestone


def milestone_of(matter: Matter, milestone_id: int | None) -> MatterMilestone:
    """Give a milestone of this matter that is not accepted yet.

    Raises:
        Invalid: there is none with this id.
    """
    for one in matter.milestones:
        if one.id == milestone_id and one.accepted_at is None:
            return one
    raise Invalid("请选择一个还没有验收的节点。", "milestone")


def drop_milestone(
    session: Session, matter: Matter, *, milestone_id: int | None, words: str, **act: Unpack[Act]
) -> MatterEvent:
    """Take out a milestone that is not accepted, with the reason; nothing may wait for a decision on it."""
    words = required(words, "删除的原因")
    matter_lifecycle.hold(session, matter, act)
    milestone = milestone_of(matter, milestone_id)
    if any(one.milestone_id == milestone.id for one in matter.requests):
        raise Invalid("这个节点报请过验收，不能删除。", "milestone")
    details = {"milestone": milestone.title}
    event = matter_lifecycle.advance(
        session, matter, MatterStepName.DROP_MILESTONE, words=words, details=details, **act
    )
    matter.milestones.remove(milestone)
    session.delete(milestone)
    session.flush()
    return event
