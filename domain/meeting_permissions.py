"""Who sees the papers of joint meetings, who prepares them, and who edits which part."""

from models.enums import Role
from models.joint_meeting import JointMeetingSection
from models.staff import Staff

_SEEING = frozenset({Role.LEAD, Role.DISPATCHER, Role.LEADER, Role.INSPECTOR, Role.ADMIN})
_PREPARING = frozenset({Role.DISPATCHER, Role.LEADER})


def may_see_meetings(staff: Staff) -> bool:
    """Tell whether staff may read the papers: they go to all units that take part."""
    return staff.active and bool(staff.roles & _SEEING)


def may_prepare_meetings(staff: Staff) -> bool:
    """Tell whether staff may call a meeting, and write down what it decided."""
    return staff.active and bool(staff.roles & _PREPARING)


def may_edit_section(section: JointMeetingSection, staff: Staff) -> bool:
    """Tell whether staff may edit a part: who prepares the meeting all, a unit's lead what it reports."""
    if may_prepare_meetings(staff):
        return True
    return staff.active and Role.LEAD in staff.roles and staff.team_id == section.team_id
