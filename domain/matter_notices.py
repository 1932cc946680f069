"""Who is to hear of a step of a matter, and what they read; written in the step's own transaction."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, select, union, update
from sqlalchemy.orm import Session, joinedload

from domain import notices
from domain.disclosure import masked
from domain.matter_steps import MatterAudience, MatterTell
from domain.notice_texts import local_text, shortened
from models.complaint import Complaint, ComplaintFollower
from models.enums import NoticeKind, Role
from models.enums import NoticeKind as N
from models.matter import Matter, MatterComplaint, MatterEvent, MatterFollower, MatterRequest
from models.matter_words import MatterStepName
from models.notice import Notice
from models.person import Person
from models.staff import Staff

# Staff read of matters under words of their own, where the kind speaks of a complaint.
_TITLES: dict[NoticeKind, str] = {
    N.STAFF_ASSIGNED: "事项请办理",
    N.STAFF_REQUEST: "事项有申请待您审定",
    N.STAFF_DECIDED: "事项的申请有结果",
    N.STAFF_REOPENED: "事项退回，须继续推进",
    N.STAFF_NEAR_DUE: "事项即将到期",
    N.STAFF_OVERDUE: "事项已超期",
    N.STAFF_SUPERVISED: "事项督办",
}
# In the details of an event: which staff heard of it, so that the record can say so.
_TOLD = "told"
_TITLES_OF_STEPS: dict[MatterStepName, str] = {
    MatterStepName.BLOCK: "事项遇到难点，请协调",
    MatterStepName.UNBLOCK: "事项的难点已解决",
    MatterStepName.CLEAR_RELAPSE: "事项的反弹预警已排除",
    MatterStepName.NOTE: "联席会有议定事项",
}


def queue_for(
    session: Session,
    matter: Matter,
    event: MatterEvent,
    tells: Collection[MatterTell],
    *,
    decided: MatterRequest | None = None,
    only_people: Collection[int] | None = None,
) -> None:
    """Write one notice per recipient for an event; who did it is not told of it.

    Nobody hears of one event twice: the first line of `tells` that reaches somebody decides what they read.

    Args:
        decided: the request that the event decides; who asked hears of it.
        only_people: whom of the people to tell; everybody behind the matter when None.
    """
    heard: set[int] = set()
    for audience, kind in tells:
        if audience is MatterAudience.PEOPLE:
            told = people_behind(session, matter) if only_people is None else only_people
            for person_id in told if matter.public else ():
                _queue(session, matter, event, kind, person_id=person_id)
        else:
            for staff_id in _staff(session, matter, audience, decided):
                if staff_id != event.staff_id:
                    _queue(session, matter, event, kind, staff_id=staff_id)
                    heard.add(staff_id)
    if heard:
        event.details = {**event.details, _TOLD: sorted(heard)}


def people_behind(session: Session, matter: Matter) -> list[int]:
    """List who follows the matter, and who raised or follows a complaint that became part of it."""
    linked = select(MatterComplaint.complaint_id).where(MatterComplaint.matter_id == matter.id)
    return _people(session, linked, MatterFollower.matter_id == matter.id)


def people_of(session: Session, complaints: Iterable[Complaint]) -> list[int]:
    """List who raised or follows these complaints."""
    return _people(session, [one.id for one in complaints], MatterFollower.matter_id == 0)


def _people(session: Session, complaint_ids: object, follows: object) -> list[int]:
    raised = select(Complaint.reporter_id).where(
        Complaint.id.in_(complaint_ids),  # type: ignore[arg-type]
        Complaint.reporter_id.is_not(None),
    )
    joined = select(ComplaintFollower.person_id).where(
        ComplaintFollower.complaint_id.in_(complaint_ids)  # type: ignore[arg-type]
    )
    followed = select(MatterFollower.person_id).where(follows)  # type: ignore[arg-type]
    return sorted(int(person_id) for person_id in session.scalars(union(raised, joined, followed)))


def mark_read(
    session: Session,
    matter: Matter,
    *,
    now: datetime,
    staff: Staff | None = None,
    person: Person | None = None,
) -> None:
    """Mark what somebody was told of a matter as read: they have its page before them."""
    change = update(Notice).where(_unread_of(matter, staff, person)).values(read_at=now)
    session.execute(change.execution_options(synchronize_session=False))


def has_unread(
    session: Session, matter: Matter, *, staff: Staff | None = None, person: Person | None = None
) -> bool:
    """Tell whether somebody was told of a matter what they have not read."""
    unread = select(Notice.id).where(_unread_of(matter, staff, person))
    return session.scalar(unread.limit(1)) is not None


def _unread_of(matter: Matter, staff: Staff | None, person: Person | None) -> ColumnElement[bool]:
    whose = Notice.staff_id == staff.id if staff is not None else Notice.person_id == (person and person.id)
    return whose & Notice.read_at.is_(None) & (Notice.path == _path(matter, for_public=staff is None))


def _path(matter: Matter, *, for_public: bool) -> str:
    return f"/{'h5' if for_public else 'admin'}/matters/{matter.number}"


def staff_told(session: Session, events: Collection[MatterEvent]) -> dict[int, list[Notice]]:
    """Give, for each of these events, what staff were told of it; each says whether it was read."""
    keys = [f"matter:{event.id}:staff:{one}" for event in events for one in event.details.get(_TOLD, ())]
    told: dict[int, list[Notice]] = {}
    query = select(Notice).where(Notice.key.in_(keys)).options(joinedload(Notice.staff))
    for notice in session.scalars(query.order_by(Notice.id)) if keys else ():
        told.setdefault(int(notice.key.split(":")[1]), []).append(notice)
    return told


def _staff(
    session: Session, matter: Matter, audience: MatterAudience, decided: MatterRequest | None
) -> list[int]:
    if audience is MatterAudience.LEADERS:
        return notices.staff_with(session, Role.LEADER)
    if audience is MatterAudience.INSPECTORS:
        return notices.staff_with(session, Role.INSPECTOR)
    if audience is MatterAudience.TEAMS:
        teams = [matter.team_id, *(team.id for team in matter.supporting)]
        told = [notices.staff_with(session, Role.HANDLER, Role.LEAD, team_id=team) for team in teams if team]
        return [staff_id for of_team in told for staff_id in of_team]
    one = (
        matter.lead_staff_id if audience is MatterAudience.LEAD_STAFF else decided and decided.requested_by_id
    )
    return list(session.scalars(select(Staff.id).where(Staff.id == one, Staff.active)))


def _queue(
    session: Session,
    matter: Matter,
    event: MatterEvent,
    kind: NoticeKind,
    *,
    person_id: int | None = None,
    staff_id: int | None = None,
) -> None:
    for_public = person_id is not None
    body = (_BODIES_FOR_PEOPLE if for_public else _BODIES).get(event.step, _said)(matter, event)
    body = masked(body) if for_public else body
    who = f"person:{person_id}" if for_public else f"staff:{staff_id}"
    notices.queue(
        session,
        key=f"matter:{event.id}:{who}",
        kind=kind,
        title=_TITLES_OF_STEPS.get(event.step) or _TITLES.get(kind, kind.label),
        body=f"{matter.number} {matter.title}\n{body}".strip(),
        now=event.at,
        person_id=person_id,
        staff_id=staff_id,
        fields={
            "number": matter.number,
            "subject": shortened(matter.title),
            "status": matter.status.label,
            "time": local_text(event.at),
            "remark": body,
            "place": matter.places[0].full_name if matter.places else "",
            "team": matter.team.name if matter.team else "",
            "deadline": deadline_text(matter),
        },
        path=_path(matter, for_public=for_public),
    )


def deadline_text(matter: Matter) -> str:
    """Say until when it is to be done, in the words that were written or as a day; empty when nobody said."""
    if matter.deadline_words:
        return matter.deadline_words
    day = matter.deadline
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def until_text(matter: Matter) -> str:
    """Say until when in a list: 2026年12月20日前, or as it was written; empty when nobody said."""
    said = deadline_text(matter)
    return f"{said}前" if said and not matter.deadline_words else said


def _said(matter: Matter, event: MatterEvent) -> str:  # noqa: ARG001 (one form for all)
    done = f"{event.actor_label}：{event.step.label}"
    return f"{done}。{event.words}" if event.words else f"{done}。"


def _listed(matter: Matter, event: MatterEvent) -> str:  # noqa: ARG001 (one form for all)
    team = matter.team.name if matter.team else "责任单位"
    until = f"，{until_text(matter)}" if until_text(matter) else ""
    done = "完成" if matter.deadline is not None else ""
    lines = [f"已列入事项清单，由{team}负责{until}{done}。"]
    lines += [f"目标：{matter.goal}"] if matter.goal else []
    return "\n".join([*lines, "有进展和办结时都会告诉您。"])


def _closed(matter: Matter, event: MatterEvent) -> str:  # noqa: ARG001 (one form for all)
    return f"经验收，这件事项已经办结销号。{event.words}\n如果问题又出现，请再告诉我们。".replace(
        "\n\n", "\n"
    )


def _reminded(matter: Matter, event: MatterEvent) -> str:  # noqa: ARG001 (one form for all)
    return event.words


_BODIES: dict[MatterStepName, Callable[[Matter, MatterEvent], str]] = {
    MatterStepName.REMIND: _reminded,
    MatterStepName.FLAG_RELAPSE: _reminded,
}
_BODIES_FOR_PEOPLE: dict[MatterStepName, Callable[[Matter, MatterEvent], str]] = {
    MatterStepName.LIST: _listed,
    MatterStepName.LINK: _listed,
    MatterStepName.PUBLISH: _listed,
    MatterStepName.ACCEPT: _closed,
}
