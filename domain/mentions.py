"""Colleagues who are called by an @ in an internal note.

Naming somebody lets nobody in: only who may open the complaint anyway can be called.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.permissions import may_open
from models.complaint import Complaint
from models.staff import Staff

SIGN = "@"
# As a keyboard set to Chinese writes it.
WIDE_SIGN = "＠"


def mentionable(session: Session, complaint: Complaint) -> list[Staff]:
    """List who may be called in a note on this complaint: the team at work first, then by name."""
    found = session.scalars(select(Staff).where(may_open(complaint)).order_by(Staff.name, Staff.id)).unique()
    return sorted(found, key=lambda staff: staff.team_id != complaint.team_id or staff.team_id is None)


def call_names(colleagues: list[Staff]) -> dict[str, Staff]:
    """Give the name by which each is called; who shares a name is told apart by their user name."""
    names = [staff.name for staff in colleagues]
    return {
        staff.name if names.count(staff.name) == 1 else f"{staff.name}（{staff.username}）": staff
        for staff in colleagues
    }


def mentioned_in(session: Session, complaint: Complaint, words: str) -> list[Staff]:
    """List whom these words call, among those who may open the complaint."""
    if not _calls(words):
        return []
    return _named(words, call_names(mentionable(session, complaint)))


def not_reached(session: Session, complaint: Complaint, words: str) -> list[str]:
    """Name the colleagues these words call although they may not open the complaint."""
    if not _calls(words):
        return []
    reached = {staff.name for staff in mentioned_in(session, complaint, words)}
    others = session.scalars(select(Staff).where(Staff.active, ~may_open(complaint))).unique()
    by_name = {staff.name: staff for staff in others if staff.name not in reached}
    return [staff.name for staff in _named(words, by_name)]


def _calls(words: str) -> bool:
    return SIGN in words or WIDE_SIGN in words


def _named(words: str, by_name: dict[str, Staff]) -> list[Staff]:
    """Find the calls, the longest name first, so that @王芳华 does not call 王芳."""
    rest = words.replace(WIDE_SIGN, SIGN)
    found: dict[int, Staff] = {}
    for name in sorted(by_name, key=len, reverse=True):
        call = SIGN + name
        if call in rest:
            rest = rest.replace(call, "\n")
            found[by_name[name].id] = by_name[name]
    return [found[staff_id] for staff_id in sorted(found)]
