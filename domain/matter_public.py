"""The list of matters that everybody may read (办实事清单), narrowed, and read on from any line."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, nulls_last, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from domain.acts import cleaned
from domain.disclosure import released
from models.complaint import Complaint
from models.enums import Word
from models.matter import Matter, MatterComplaint
from models.matter_words import OPEN_MATTER_STATUSES, MatterKind, MatterStatus
from models.team import Team

_MOST_WORDS = 5


class PublicStatus(Word):
    """Where the public matters that are listed stand: at work in any way, in one of its ways, or done."""

    OPEN = "open", "正在办"
    PLANNED = MatterStatus.PLANNED.value, MatterStatus.PLANNED.label
    IN_PROGRESS = MatterStatus.IN_PROGRESS.value, MatterStatus.IN_PROGRESS.label
    SUBMITTED = MatterStatus.SUBMITTED.value, MatterStatus.SUBMITTED.label
    DEFERRED = MatterStatus.DEFERRED.value, MatterStatus.DEFERRED.label
    CLOSED = MatterStatus.CLOSED.value, "已办成"

    @property
    def statuses(self) -> frozenset[MatterStatus]:
        """The statuses it stands for."""
        return OPEN_MATTER_STATUSES if self is PublicStatus.OPEN else frozenset({MatterStatus(self.value)})


@dataclass(frozen=True, kw_only=True)
class PublicMatters:
    """What narrows the list; empty values narrow nothing.

    Attributes:
        team: the name of a team that is responsible, or helps.
        words: each has to stand in what everybody reads of a matter.
    """

    status: PublicStatus = PublicStatus.OPEN
    kind: MatterKind | None = None
    team: str = ""
    words: str = ""


@dataclass(frozen=True)
class MatterLine:
    """A line of the list, to read on behind it.

    Attributes:
        at: what the lines are ordered by: the deadline, or when it was done; None without a deadline.
    """

    at: date | datetime | None
    id: int


def line_of(matter: Matter, wanted: PublicMatters) -> MatterLine:
    """Give the line a matter stands in."""
    return MatterLine(matter.closed_at if _is_done(wanted) else matter.deadline, matter.id)


def list_after(
    session: Session, wanted: PublicMatters, *, after: MatterLine | None, limit: int
) -> list[Matter]:
    """List matters in the order of the phone page: those at work by deadline, those done newest first."""
    query = select(Matter).where(*_conditions(wanted)).limit(limit)
    query = query.options(joinedload(Matter.team), selectinload(Matter.milestones))
    if _is_done(wanted):
        query = query.order_by(Matter.closed_at.desc(), Matter.id.desc())
    else:
        query = query.order_by(nulls_last(Matter.deadline), Matter.id)
    if after is not None:
        query = query.where(_behind(after, is_done=_is_done(wanted)))
    return list(session.scalars(query))


def _is_done(wanted: PublicMatters) -> bool:
    return wanted.status is PublicStatus.CLOSED


def _conditions(wanted: PublicMatters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Matter.public.is_(True), Matter.status.in_(wanted.status.statuses)]
    if wanted.kind is not None:
        found.append(Matter.kind == wanted.kind)
    if team := cleaned(wanted.team):
        named = Team.name == team
        found.append(or_(Matter.team.has(named), Matter.supporting.any(named)))
    # Problem and measures are for staff: what is found by them would give them away word by word.
    columns = (Matter.number, Matter.title, Matter.goal, Matter.public_text)
    words = cleaned(wanted.words).split()[:_MOST_WORDS]
    found += [or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words]
    return found


def _behind(line: MatterLine, *, is_done: bool) -> ColumnElement[bool]:
    if is_done:
        same = and_(Matter.closed_at == line.at, Matter.id < line.id)
        return or_(Matter.closed_at < line.at, same)
    if line.at is None:
        return and_(Matter.deadline.is_(None), Matter.id > line.id)
    same = and_(Matter.deadline == line.at, Matter.id > line.id)
    return or_(Matter.deadline > line.at, same, Matter.deadline.is_(None))


def complaints_on_board(session: Session, matter: Matter) -> int:
    """Count the complaints behind a matter that everybody can read."""
    query = select(func.count()).select_from(MatterComplaint)
    query = query.join(Complaint, Complaint.id == MatterComplaint.complaint_id)
    return session.scalar(query.where(MatterComplaint.matter_id == matter.id, released())) or 0
