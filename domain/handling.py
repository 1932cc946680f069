"""What staff do with a complaint: assign, accept, work, answer, resolve, merge, supervise, publish."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Unpack

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain import call_back, lifecycle, mentions
from domain.actors import Actor
from domain.acts import LEADER_FROM_TRANSFER, MAX_WORDS, Act, cleaned, required
from domain.errors import Invalid, NotAllowed
from domain.permissions import Part, parts_in
from domain.requests import close_request
from domain.step_conditions import open_request
from domain.steps import Audience, Tell
from domain.submissions import attach
from models.attachment import Attachment
from models.category import Category
from models.complaint import Complaint, ComplaintEvent, ComplaintFollower, ComplaintRequest
from models.enums import (
    ENDED_STATUSES,
    AttachmentKind,
    AttachmentPurpose,
    ComplaintKind,
    Complexity,
    NoticeKind,
    Outcome,
    RequestKind,
    RequestState,
    Role,
    StepName,
)
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team
from models.upsert import insert_into

_TEAMS_THAT_CONCERN_LEADER = 3
_SHOWS_THE_WORK = frozenset({AttachmentKind.PHOTO, AttachmentKind.VIDEO})


def assign(
    session: Session,
    complaint: Complaint,
    *,
    team: Team,
    handler: Staff | None = None,
    words: str = "",
    **act: Unpack[Act],
) -> ComplaintEvent:
    """Give a complaint to a team, or to one of its handlers; moving it to another team grants a transfer.

    From the third move on only a leader names the team, and when a third team comes in the leaders are told.
    """
    lifecycle.hold(session, complaint, act)
    if not team.active:
        raise Invalid(f"{team.name}已停用，请另选责任单位。", "team")
    if handler is not None and (
        handler.team_id != team.id or Role.HANDLER not in handler.roles or not handler.active
    ):
        raise Invalid("所选经办人不在这个责任单位，请重新选择。", "handler")
    moved = complaint.team_id is not None and complaint.team_id != team.id
    parts = parts_in(session, complaint, act["actor"])
    if moved and complaint.transfer_count >= LEADER_FROM_TRANSFER and not parts & {Part.LEADER, Part.CLOCK}:
        raise NotAllowed("这件诉求已转办两次，请分管领导指定责任单位。")
    changes = {
        "team_id": team.id,
        "handler_id": handler.id if handler else None,
        "transfer_count": complaint.transfer_count + (1 if moved else 0),
    }
    tell: list[Tell] = []
    details: dict[str, Any] = {"team_id": team.id, "handler_id": changes["handler_id"], "moved": moved}
    if moved and _teams_involved(complaint, team) >= _TEAMS_THAT_CONCERN_LEADER:
        tell.append((Audience.LEADERS, NoticeKind.STAFF_ESCALATED))
    asked = _transfer_granted(complaint, act["actor"]) if moved else None
    if asked is not None:
        details["request_id"] = asked.id
        tell.append((Audience.REQUESTER, NoticeKind.STAFF_DECIDED))
    event = lifecycle.advance(
        session,
        complaint,
        StepName.ASSIGN,
        words=cleaned(words),
        changes=changes,
        details=details,
        also_tell=tell,
        **act,
    )
    if asked is not None:
        close_request(asked, RequestState.GRANTED, event=event)
        session.flush()
    return event


def _transfer_granted(complaint: Complaint, actor: Actor) -> ComplaintRequest | None:
    """Give the transfer request that moving the complaint grants; nobody grants their own."""
    request = open_request(complaint, RequestKind.TRANSFER)
    if request is None or actor.staff is None:
        return None
    if request.requested_by_id == actor.staff.id:
        raise NotAllowed("自己提出的转办申请须由另一人审定。")
    return request


def _teams_involved(complaint: Complaint, coming: Team) -> int:
    teams = {event.details.get("team_id") for event in complaint.events if event.step is StepName.ASSIGN}
    return len((teams | {coming.id}) - {None})


def accept(session: Session, complaint: Complaint, *, words: str = "", **act: Unpack[Act]) -> ComplaintEvent:
    """Take a complaint on; a handler who accepts becomes its handler where none is named."""
    lifecycle.hold(session, complaint, act)
    actor = act["actor"]
    takes = actor.staff is not None and Role.HANDLER in actor.staff.roles and complaint.handler_id is None
    changes = {"handler_id": actor.staff.id} if takes and actor.staff else {}
    return lifecycle.advance(
        session, complaint, StepName.ACCEPT, words=cleaned(words), changes=changes, **act
    )


def progress(
    session: Session,
    complaint: Complaint,
    *,
    words: str,
    attachments: Sequence[Attachment] = (),
    **act: Unpack[Act],
) -> ComplaintEvent:
    """Tell how far things are, with photos if there are any."""
    event = lifecycle.advance(session, complaint, StepName.PROGRESS, words=required(words, "进展情况"), **act)
    attach(session, complaint, event, _shown_as(attachments, AttachmentPurpose.PROGRESS))
    return event


def reply(
    session: Session,
    complaint: Complaint,
    *,
    words: str,
    attachments: Sequence[Attachment] = (),
    **act: Unpack[Act],
) -> ComplaintEvent:
    """Answer the person without changing where the complaint stands."""
    event = lifecycle.advance(session, complaint, StepName.REPLY, words=required(words, "答复内容"), **act)
    attach(session, complaint, event, _shown_as(attachments, AttachmentPurpose.PROGRESS))
    return event


def note(
    session: Session,
    complaint: Complaint,
    *,
    words: str,
    called: bool = False,
    attachments: Sequence[Attachment] = (),
    **act: Unpack[Act],
) -> ComplaintEvent:
    """Write something that only staff read, or that the person was called; who is named with an @ is told."""
    words = required(words, "备注内容")
    named = mentions.mentioned_in(session, complaint, words)
    event = lifecycle.advance(
        session,
        complaint,
        StepName.NOTE,
        words=words,
        details=call_back.noted(complaint, act["actor"], called=called)
        | ({"mentioned": [staff.id for staff in named]} if named else {}),
        also_tell=[(Audience.MENTIONED, NoticeKind.STAFF_MENTIONED)] if named else [],
        **act,
    )
    attach(session, complaint, event, _shown_as(attachments, AttachmentPurpose.PROGRESS))
    return event


def ask(
    session: Session,
    complaint: Complaint,
    *,
    words: str,
    attachments: Sequence[Attachment] = (),
    **act: Unpack[Act],
) -> ComplaintEvent:
    """Ask the person for more; the clocks stand still until they answer."""
    lifecycle.hold(session, complaint, act)
    changes = {"resume_status": complaint.status}
    event = lifecycle.advance(
        session, complaint, StepName.ASK, words=required(words, "需要补充的内容"), changes=changes, **act
    )
    attach(session, complaint, event, _shown_as(attachments, AttachmentPurpose.PROGRESS))
    return event


def classify(
    session: Session,
    complaint: Complaint,
    *,
    category: Category | None = None,
    complexity: Complexity | None = None,
    urgent: bool | None = None,
    kind: ComplaintKind | None = None,
    service_point: ServicePoint | None = None,
    words: str = "",
    **act: Unpack[Act],
) -> ComplaintEvent:
    """Correct what a complaint is about and how fast it must go; the clocks are computed anew."""
    lifecycle.hold(session, complaint, act)
    wanted: dict[str, Any] = {
        "category_id": category.id if category else None,
        "complexity": complexity,
        "urgent": urgent,
        "kind": kind,
        "service_point_id": service_point.id if service_point else None,
    }
    changes = {
        name: value
        for name, value in wanted.items()
        if value is not None and value != getattr(complaint, name)
    }
    if not changes:
        raise Invalid("没有改动任何内容。")
    becomes_urgent = changes.get("urgent") is True
    tell = [
        (audience, NoticeKind.STAFF_URGENT) for audience in (Audience.TEAM, Audience.LEAD, Audience.LEADERS)
    ]
    return lifecycle.advance(
        session,
        complaint,
        StepName.CLASSIFY,
        words=cleaned(words),
        changes=changes,
        details={name: str(value) for name, value in changes.items()},
        also_tell=tell if becomes_urgent else [],
        **act,
    )


def resume(session: Session, complaint: Complaint, *, words: str = "", **act: Unpack[Act]) -> ComplaintEvent:
    """Go on with a complaint that waited or was deferred."""
    return lifecycle.advance(session, complaint, StepName.RESUME, words=cleaned(words), **act)


def resolve(
    session: Session,
    complaint: Complaint,
    *,
    words: str,
    outcome: Outcome,
    attachments: Sequence[Attachment] = (),
    no_photo_reason: str = "",
    **act: Unpack[Act],
) -> ComplaintEvent:
    """Say what came of it; the person judges.

    Raises:
        Invalid: the answer is missing, or a repair has neither an after-photo nor a reason for none.
    """
    words, no_photo_reason = required(words, "给诉求人的办理结果"), cleaned(no_photo_reason)
    lifecycle.hold(session, complaint, act)
    needs_photo = complaint.kind is ComplaintKind.REPAIR and outcome is Outcome.SOLVED
    shown = any(attachment.kind in _SHOWS_THE_WORK for attachment in attachments)
    if needs_photo and not shown and not no_photo_reason:
        raise Invalid("报修办结请附上维修后的照片；确实无法拍照的，请写明原因。", "attachments")
    event = lifecycle.advance(
        session,
        complaint,
        StepName.RESOLVE,
        words=words,
        changes={"outcome": outcome, "resolved_at": act["now"]},
        details={"outcome": outcome.value, "no_photo_reason": no_photo_reason},
        **act,
    )
    attach(session, complaint, event, _shown_as(attachments, AttachmentPurpose.AFTER))
    return event


def merge(
    session: Session, complaint: Complaint, *, into: Complaint, words: str = "", **act: Unpack[Act]
) -> ComplaintEvent:
    """Make this complaint part of another; its people become followers of that one."""
    if into.id == complaint.id:
        raise Invalid("不能并入自己，请填写另一件诉求的编号。", "into")
    # Both are held, in the same order by everybody: else two could be merged into each other at once.
    for one in sorted((complaint, into), key=lambda held: held.id):
        lifecycle.hold(session, one, act if one is complaint else None)
    if into.merged_into_id is not None:
        raise Invalid(f"{into.number} 自己已并入别的诉求，请填写主件编号。", "into")
    if into.status in ENDED_STATUSES:
        raise Invalid(f"{into.number} 已经结束（{into.status.label}），并进去就没有人办了。", "into")
    event = lifecycle.advance(
        session,
        complaint,
        StepName.MERGE,
        words=cleaned(words),
        changes={"merged_into_id": into.id, "outcome": Outcome.DUPLICATE, "closed_at": act["now"]},
        details={"into": into.number},
        **act,
    )
    people = select(ComplaintFollower.person_id).where(ComplaintFollower.complaint_id == complaint.id)
    joining = {*session.scalars(people), complaint.reporter_id} - {None, into.reporter_id}
    rows = [
        {"complaint_id": into.id, "person_id": person_id, "since": act["now"]}
        for person_id in sorted(person_id for person_id in joining if person_id is not None)
    ]
    if rows:
        session.execute(insert_into(session, ComplaintFollower).values(rows).on_conflict_do_nothing())
    return event


def supervise(
    session: Session, complaint: Complaint, *, words: str, until: datetime | None = None, **act: Unpack[Act]
) -> ComplaintEvent:
    """Put a leader's or inspector's word on a complaint, and a new deadline if they set one."""
    if until is not None and until <= act["now"]:
        raise Invalid("督办期限须晚于现在。", "until")
    changes: dict[str, Any] = {"supervised_at": act["now"]}
    details: dict[str, Any] = {}
    if until is not None:
        changes["supervised_until"] = until
        details["until"] = until.isoformat()
    words = required(words, "督办意见")
    return lifecycle.advance(
        session, complaint, StepName.SUPERVISE, words=words, changes=changes, details=details, **act
    )


def publish(
    session: Session,
    complaint: Complaint,
    *,
    public_text: str,
    public_answer: str = "",
    **act: Unpack[Act],
) -> ComplaintEvent:
    """Release an edited text, and an edited answer if there is one, to the public board; or change them."""
    text, answer = required(public_text, "公开的文字"), cleaned(public_answer)
    if len(answer) > MAX_WORDS:
        raise Invalid(f"公开的答复太长，最多 {MAX_WORDS} 字。", "public_answer")
    changes = {"public_text": text, "public_answer": answer, "published_at": act["now"]}
    # Who joined reads of the answer here and nowhere else.
    is_news = bool(answer) and answer != complaint.public_answer
    return lifecycle.advance(
        session,
        complaint,
        StepName.PUBLISH,
        changes=changes,
        details={"text": text, "answer": answer},
        also_tell=[(Audience.JOINED, NoticeKind.ANSWERED)] if is_news else [],
        **act,
    )


def unpublish(session: Session, complaint: Complaint, *, words: str, **act: Unpack[Act]) -> ComplaintEvent:
    """Take a complaint off the public board, with the reason."""
    words = required(words, "取消公开的原因")
    return lifecycle.advance(
        session, complaint, StepName.UNPUBLISH, words=words, changes={"published_at": None}, **act
    )


def followers_count(session: Session, complaint: Complaint) -> int:
    """Count who met the same."""
    query = select(func.count()).where(ComplaintFollower.complaint_id == complaint.id)
    return session.scalar(query) or 0


def _shown_as(attachments: Sequence[Attachment], purpose: AttachmentPurpose) -> Sequence[Attachment]:
    for attachment in attachments:
        attachment.purpose = purpose
    return attachments
