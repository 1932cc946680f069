"""Who saw personal data: noting each look, listing them, and telling a person who looked at theirs.

What is shown under somebody's permission is noted once an hour for each complaint, so that leafing to and fro
costs nothing. A telephone number is shown only when the look is noted; see
docs/decisions/0029-personal-data.md.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from domain.actors import post_of
from domain.permissions import may_see_contact
from models.access_words import Seen, SeenIn
from models.complaint import Complaint
from models.person import Person
from models.personal_data_access import PersonalDataAccess
from models.staff import Staff
from models.upsert import insert_into

# SQLite takes so many values in one statement, and some more.
_AT_ONCE = 500
_MASKED = "*"


@dataclass(frozen=True)
class Look:
    """One kind of data of one complaint, as a page showed it."""

    complaint_id: int
    seen: Seen
    seen_in: SeenIn


def record(session: Session, staff: Staff, looks: Collection[Look], *, now: datetime) -> None:
    """Note what somebody was shown; what was noted within the hour stands already."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    common = {"at": now, "hour": hour, "staff_id": staff.id, "post": post_of(staff)[:100]}
    left = iter(sorted(set(looks), key=lambda look: look.complaint_id))
    while some := list(islice(left, _AT_ONCE)):
        rows = [
            {**common, "complaint_id": one.complaint_id, "seen": one.seen, "seen_in": one.seen_in}
            for one in some
        ]
        session.execute(insert_into(session, PersonalDataAccess).on_conflict_do_nothing(), rows)


def masked_phone(phone: str) -> str:
    """Hide the middle of a telephone number: 13812345678 becomes 138****5678, short ones keep their end."""
    digits = phone.strip()
    shown = 4 if len(digits) >= 8 else 1
    start = 3 if len(digits) >= 11 else (len(digits) - shown) // 3
    hidden = max(len(digits) - start - shown, 0)
    return digits[:start] + _MASKED * hidden + digits[len(digits) - shown :] if hidden else _MASKED * 4


def open_phone(session: Session, complaint: Complaint, staff: Staff, *, now: datetime) -> str:
    """Give a telephone number to somebody who may have it, and note that they had it.

    Returns:
        The number as it was written down; nothing where it is not for this member of staff, or there is none.
    """
    if not complaint.contact_phone or not may_see_contact(complaint, staff):
        return ""
    record(session, staff, [Look(complaint.id, Seen.PHONE, SeenIn.PAGE)], now=now)
    return complaint.contact_phone


def of_person(session: Session, person: Person) -> Sequence[tuple[PersonalDataAccess, str]]:
    """List who saw data of a person, the newest first, each with the complaint's number."""
    query = select(PersonalDataAccess, Complaint.number).join(
        Complaint, Complaint.id == PersonalDataAccess.complaint_id
    )
    theirs = query.where(Complaint.reporter_id == person.id).order_by(PersonalDataAccess.id.desc())
    return [(look, number) for look, number in session.execute(theirs)]


@dataclass(frozen=True, kw_only=True)
class LookFilters:
    """What to look for; None and empty mean anything.

    Attributes:
        number: of a complaint, or how it begins.
        since, until: half-open.
    """

    number: str = ""
    staff_id: int | None = None
    seen: Seen | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Give the conditions on PersonalDataAccess."""
        found: list[ColumnElement[bool]] = []
        if self.number:
            of_number = select(Complaint.id).where(Complaint.number.startswith(self.number, autoescape=True))
            found.append(PersonalDataAccess.complaint_id.in_(of_number))
        if self.staff_id is not None:
            found.append(PersonalDataAccess.staff_id == self.staff_id)
        if self.seen is not None:
            found.append(PersonalDataAccess.seen == self.seen)
        if self.since is not None:
            found.append(PersonalDataAccess.at >= self.since)
        if self.until is not None:
            found.append(PersonalDataAccess.at < self.until)
        return found


@dataclass(frozen=True)
class Looks:
    """A stretch of the record, the newest first.

    Attributes:
        before: asks for the next older stretch; None at the end.
    """

    entries: Sequence[PersonalDataAccess]
    before: int | None


def find(session: Session, filters: LookFilters, *, before: int | None = None, limit: int = 50) -> Looks:
    """Give the newest looks older than the one with id `before`."""
    query = select(PersonalDataAccess).where(*filters.conditions())
    query = query.options(
        joinedload(PersonalDataAccess.complaint).load_only(Complaint.number),
        joinedload(PersonalDataAccess.staff),
    )
    if before is not None:
        query = query.where(PersonalDataAccess.id < before)
    query = query.order_by(PersonalDataAccess.id.desc()).limit(limit + 1)
    found = list(session.scalars(query).unique())
    return Looks(found[:limit], found[limit - 1].id if len(found) > limit else None)


def count(session: Session) -> int:
    """Count all looks that are kept."""
    return session.scalar(select(func.count(PersonalDataAccess.id))) or 0
