"""审计 → 谁看过个人信息: which colleague was shown what of whose complaint, searchable."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user

from domain import audit_log, personal_data_access
from domain.errors import NotAllowed
from domain.permissions import may_read_audit
from domain.personal_data_access import LookFilters
from models.access_words import Seen
from web.admin.audit import given_in, midnight, staff_id_of
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts

blueprint = Blueprint("admin_looks", __name__, url_prefix="/admin/audit/looks")
blueprint.before_request(staff_only)

_NAMES = ("number", "staff", "seen", "from", "until")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List who saw personal data, narrowed as the address says.

    Raises:
        NotAllowed: this member of staff may not read the audit log.
    """
    if not may_read_audit(current_user.staff):
        raise NotAllowed("谁看过个人信息，由督导组和系统管理员查看。")
    session, given = current_session(), given_in(request.args, _NAMES)
    found = personal_data_access.find(session, _filters(given), before=request.args.get("before", type=int))
    older: dict[str, Any] = {**given, "before": found.before}
    return render_template(
        "admin/looks.html",
        given=given,
        found=found,
        total=personal_data_access.count(session),
        kinds=list(Seen),
        colleagues=audit_log.colleagues(session),
        days=parts().settings.access_days,
        older=url_for("admin_looks.page", **older),
    )


def _filters(given: Mapping[str, str]) -> LookFilters:
    """Read what is wanted; what makes no sense is left out rather than refused."""
    seen = given.get("seen", "")
    return LookFilters(
        number=given.get("number", ""),
        staff_id=staff_id_of(given),
        seen=Seen(seen) if seen in set(Seen) else None,
        since=midnight(given.get("from", "")),
        until=midnight(given.get("until", ""), days_later=1),
    )
