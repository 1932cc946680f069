"""系统状态: how the whole system is doing, with what to do about it; for administrators and inspectors."""

from flask import Blueprint, render_template

from domain.errors import NotAllowed
from domain.permissions import may_see_system_state
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts
from web.system_checks import Light, all_checks

blueprint = Blueprint("admin_state", __name__, url_prefix="/admin/state")
blueprint.before_request(staff_only)


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show every line, what is urgent first."""
    if not may_see_system_state(current_staff()):
        raise NotAllowed("系统状态由系统管理员和督导组查看。")
    found = all_checks(current_session(), parts().database, parts().settings, now=now())
    lights = list(Light)
    checks = sorted(found, key=lambda check: -lights.index(check.light))
    counts = {light: sum(check.light is light for check in checks) for light in reversed(lights)}
    return render_template("admin/system_state.html", checks=checks, counts=counts, looked_at=now())
