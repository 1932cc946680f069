"""Which part somebody plays in a matter, and which matters each may see."""

from sqlalchemy import ColumnElement, false, or_, select, true

from domain.actors import Actor
from domain.permissions import Part
from models.enums import Role
from models.matter import Matter, MatterTeam
from models.staff import Staff

# These roles look after all matters; handlers and leads after those of their team.
_OVERSEEING = frozenset({Role.DISPATCHER, Role.LEADER, Role.INSPECTOR, Role.ADMIN})
_OF_TEAM = frozenset({Role.HANDLER, Role.LEAD})
_LISTING = frozenset({Role.DISPATCHER, Role.LEADER, Role.ADMIN})


def parts_in_matter(matter: Matter, actor: Actor) -> frozenset[Part]:
    """Tell all parts the actor plays in this matter; empty for whoever has none."""
    if actor.is_clock:
        return frozenset({Part.CLOCK})
    staff = actor.staff
    if staff is None or not staff.active:
        return frozenset()
    teams = {matter.team_id, *(team.id for team in matter.supporting)} - {None}
    return frozenset(
        Part(role.value) for role in staff.roles if role in _OVERSEEING or staff.team_id in teams
    )


def may_see_matter(matter: Matter, staff: Staff) -> bool:
    """Tell whether staff may open this matter in the admin pages."""
    leads_it = staff.active and matter.lead_staff_id == staff.id
    return leads_it or bool(parts_in_matter(matter, Actor.of_staff(staff)))


def matters_visible_to(staff: Staff) -> ColumnElement[bool]:
    """Give the condition on Matter for the lists of this member of staff; agrees with `may_see_matter`."""
    if not staff.active:
        return false()
    if staff.roles & _OVERSEEING:
        return true()
    leads_it = Matter.lead_staff_id == staff.id
    if not staff.roles & _OF_TEAM or staff.team_id is None:
        return leads_it
    supported = select(MatterTeam.matter_id).where(MatterTeam.team_id == staff.team_id)
    return or_(leads_it, Matter.team_id == staff.team_id, Matter.id.in_(supported))


def may_list_matters(staff: Staff) -> bool:
    """Tell whether staff may put a matter into the ledger: who does the work does not set its goal."""
    return staff.active and bool(staff.roles & _LISTING)


def may_export_matters(staff: Staff) -> bool:
    """Tell whether staff may take the ledger out of here as a workbook."""
    return staff.active and bool(staff.roles & (_OVERSEEING | {Role.LEAD}))
