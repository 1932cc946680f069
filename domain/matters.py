"""Putting matters into the ledger, changing what is written of them, and what people do with them.

What is done in the course of the work stands in domain/matter_work.py, what one asks for and another decides
in domain/matter_requests.py.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain import matter_lifecycle, matter_notices
from domain.actors import Actor
from domain.acts import Act, cleaned, required
from domain.errors import Invalid, NotAllowed, NotFound
from domain.limits import check_not_blocked
from domain.matter_fields import LONGEST, PLAIN_FIELDS, MatterFields, checked, differences, fields_of
from domain.matter_permissions import may_list_matters
from domain.matter_steps import MatterAudience
from domain.permissions import may_see
from domain.working_time import LOCAL
from models.attachment import Attachment
from models.complaint import Complaint, NumberCounter
from models.enums import AttachmentKind, AttachmentPurpose, NoticeKind
from models.matter import Matter, MatterComplaint, MatterEvent, MatterFollower, MatterVote
from models.matter_words import OPEN_MATTER_STATUSES, MatterKind, MatterStepName
from models.person import Person
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team
from models.upsert import insert_into

# One letter for each kind, as offices number their ledgers.
LETTERS = {
    MatterKind.PRACTICAL: "B",
    MatterKind.RECTIFICATION: "Z",
    MatterKind.LEGACY: "L",
    MatterKind.WORKPLAN: "G",
}
MOST_COMPLAINTS = 100


def list_matter(
    session: Session,
    wanted: MatterFields,
    *,
    staff: Staff,
    now: datetime,
    complaints: Sequence[Complaint] = (),
    attachments: Sequence[Attachment] = (),
    public_text: str | None = None,
    words: str = "",
    source_key: str | None = None,
) -> Matter:
    """Put a matter into the ledger (立项); the people behind its complaints are told if it is public.

    Args:
        public_text: what everybody reads of it; None keeps it internal.
        attachments: photos of how it is before the work.
        source_key: names the line of an imported table.

    Raises:
        Invalid: something is missing or wrong; says which field.
        NotAllowed: this member of staff may not list matters.
    """
    if not may_list_matters(staff):
        raise NotAllowed("事项由受理员、分管领导或系统管理员立项。")
    wanted = checked(session, wanted)
    matter = Matter(
        number=next_number(session, wanted.kind, now),
        source_key=source_key,
        listed_at=now,
        public=public_text is not None,
        public_text=_public_text(public_text or ""),
        published_at=now if public_text is not None else None,
    )
    _write(session, matter, wanted)
    actor = Actor.of_staff(staff)
    event = matter_lifecycle.begin(session, matter, actor=actor, words=cleaned(words), now=now)
    attach(session, event, attachments, AttachmentPurpose.REPORT)
    _link(session, matter, complaints, actor, now)
    tells = (
        (MatterAudience.PEOPLE, NoticeKind.MATTER_LISTED),
        (MatterAudience.TEAMS, NoticeKind.STAFF_ASSIGNED),
        (MatterAudience.LEAD_STAFF, NoticeKind.STAFF_ASSIGNED),
    )
    matter_notices.queue_for(session, matter, event, tells)
    matter_lifecycle.log(session, matter, event, actor)
    return matter


def next_number(session: Session, kind: MatterKind, now: datetime) -> str:
    """Give the next number of the year and kind, such as B-2026-0012."""
    year = f"{LETTERS[kind]}-{now.astimezone(LOCAL).year}"
    counter = insert_into(session, NumberCounter).values(day=year, last=1)
    counter = counter.on_conflict_do_update(index_elements=["day"], set_={"last": NumberCounter.last + 1})
    last = session.scalar(counter.returning(NumberCounter.last))
    return f"{year}-{last:04d}"


def edit(session: Session, matter: Matter, wanted: MatterFields, **act: Unpack[Act]) -> MatterEvent | None:
    """Change what is written of a matter; what it said before stays in the record.

    Returns:
        None when nothing differs.
    """
    matter_lifecycle.hold(session, matter, act)
    before, after = fields_of(matter), checked(session, wanted)
    changed = differences(before, after)
    if not changed:
        return None
    if after.kind is not before.kind:
        raise Invalid("编号里含有类型，立项后类型不能改；请取消后重新立项。", "kind")
    event = matter_lifecycle.advance(
        session, matter, MatterStepName.EDIT, details={"changed": changed}, **act
    )
    _write(session, matter, after)
    session.flush()
    return event


def _write(session: Session, matter: Matter, wanted: MatterFields) -> None:
    for name in PLAIN_FIELDS:
        setattr(matter, name, getattr(wanted, name))
    matter.supporting = list(session.scalars(select(Team).where(Team.id.in_(wanted.supporting))))
    matter.places = list(session.scalars(select(ServicePoint).where(ServicePoint.id.in_(wanted.places))))


def by_number(session: Session, number: str) -> Matter:
    """Give a matter by its number, or raise NotFound."""
    matter = session.scalar(select(Matter).where(Matter.number == cleaned(number)))
    if matter is None:
        raise NotFound(f"没有找到编号为 {number[:20]} 的事项。")
    return matter


def public_by_number(session: Session, number: str) -> Matter:
    """Give a matter that everybody may read, or raise NotFound; both reasons sound the same."""
    matter = session.scalar(select(Matter).where(Matter.number == cleaned(number), Matter.public))
    if matter is None:
        raise NotFound("没有找到这件事项。请看编号是否完整；没有公开的事项不能打开。")
    return matter


def publish(session: Session, matter: Matter, *, public_text: str, **act: Unpack[Act]) -> MatterEvent:
    """Let everybody read of a matter, in words edited for them."""
    text = _public_text(required(public_text, "公开的说明"))
    changes = {"public": True, "public_text": text, "published_at": act["now"]}
    return matter_lifecycle.advance(
        session, matter, MatterStepName.PUBLISH, changes=changes, details={"text": text}, **act
    )


def unpublish(session: Session, matter: Matter, *, words: str, **act: Unpack[Act]) -> MatterEvent:
    """Take a matter off the public list, with the reason."""
    words = required(words, "取消公开的原因")
    changes = {"public": False}
    return matter_lifecycle.advance(
        session, matter, MatterStepName.UNPUBLISH, words=words, changes=changes, **act
    )


def _public_text(words: str) -> str:
    words = cleaned(words)
    if len(words) > LONGEST["public_text"]:
        raise Invalid(f"公开的说明太长，最多 {LONGEST['public_text']} 字。", "public_text")
    return words


def link(
    session: Session, matter: Matter, complaints: Sequence[Complaint], **act: Unpack[Act]
) -> MatterEvent:
    """Make complaints part of a matter; the people behind them are told if it is public."""
    matter_lifecycle.hold(session, matter, act)
    present = set(
        session.scalars(select(MatterComplaint.complaint_id).where(MatterComplaint.matter_id == matter.id))
    )
    coming = [one for one in complaints if one.id not in present]
    if not coming:
        raise Invalid("这些诉求已经关联在这件事项上。", "complaint")
    numbers = [one.number for one in coming]
    event = matter_lifecycle.advance(
        session, matter, MatterStepName.LINK, details={"complaints": numbers}, **act
    )
    _link(session, matter, coming, act["actor"], act["now"])
    tells = ((MatterAudience.PEOPLE, NoticeKind.MATTER_LISTED),)
    people = matter_notices.people_of(session, coming)
    matter_notices.queue_for(session, matter, event, tells, only_people=people)
    return event


def _link(
    session: Session, matter: Matter, complaints: Sequence[Complaint], actor: Actor, now: datetime
) -> None:
    if len(complaints) > MOST_COMPLAINTS:
        raise Invalid(f"一次最多关联 {MOST_COMPLAINTS} 件诉求，请分几次。", "complaint")
    for complaint in complaints:
        if not may_see(session, complaint, actor):
            raise NotFound(f"没有找到编号为 {complaint.number} 的诉求，或者它不归您的单位办理。")
        session.add(MatterComplaint(matter_id=matter.id, complaint_id=complaint.id, linked_at=now))
    session.flush()


def unlink(session: Session, matter: Matter, complaint: Complaint, **act: Unpack[Act]) -> MatterEvent:
    """Take a complaint out of a matter."""
    matter_lifecycle.hold(session, matter, act)
    row = session.get(MatterComplaint, (matter.id, complaint.id))
    if row is None:
        raise Invalid("这件诉求没有关联在这件事项上。", "complaint")
    details = {"complaints": [complaint.number]}
    event = matter_lifecycle.advance(session, matter, MatterStepName.UNLINK, details=details, **act)
    session.delete(row)
    session.flush()
    return event


def attach(
    session: Session, event: MatterEvent, attachments: Sequence[Attachment], purpose: AttachmentPurpose
) -> None:
    """Put files to an event of a matter: photos are as public as it is, documents are for staff alone."""
    for attachment in attachments:
        attachment.matter_event_id = event.id
        attachment.public = event.public and attachment.kind is AttachmentKind.PHOTO
        attachment.purpose = purpose
        session.add(attachment)
    session.flush()


def follow(session: Session, matter: Matter, person: Person, *, wanted: bool, now: datetime) -> None:
    """Let somebody hear how a matter goes, or no longer."""
    _mark(session, MatterFollower, matter, person, wanted=wanted, since=now)


def vote(session: Session, matter: Matter, person: Person, *, wanted: bool, now: datetime) -> None:
    """Count somebody among those who want a matter done, or no longer; only while it is not done.

    Raises:
        NotAllowed: it is over.
    """
    if matter.status not in OPEN_MATTER_STATUSES:
        raise NotAllowed("这件事项已经结束，不再投票。")
    if wanted:
        check_not_blocked(session, person, now=now)
    _mark(session, MatterVote, matter, person, wanted=wanted, at=now)


def _mark(
    session: Session,
    table: type[MatterFollower | MatterVote],
    matter: Matter,
    person: Person,
    *,
    wanted: bool,
    **when: datetime,
) -> None:
    if wanted:
        row = insert_into(session, table).values(matter_id=matter.id, person_id=person.id, **when)
        session.execute(row.on_conflict_do_nothing())
        return
    found = session.get(table, (matter.id, person.id))
    if found is not None:
        session.delete(found)
        session.flush()


def votes_of(session: Session, matter_ids: Sequence[int]) -> dict[int, int]:
    """Count the votes of each of these matters; those without any are left out."""
    query = select(MatterVote.matter_id, func.count()).where(MatterVote.matter_id.in_(matter_ids))
    return {row[0]: row[1] for row in session.execute(query.group_by(MatterVote.matter_id))}
