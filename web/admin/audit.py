"""审计: what staff did, searchable, and whether the record is whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user

from domain import audit_check, audit_log
from domain.audit_log import AuditFilters
from domain.errors import NotAllowed
from domain.permissions import may_read_audit
from domain.working_time import LOCAL
from web.database_session import current_session
from web.guards import staff_only
from web.rate_limits import limiter

blueprint = Blueprint("admin_audit", __name__, url_prefix="/admin/audit")
blueprint.before_request(staff_only)

_NAMES = ("words", "kind", "staff", "from", "until")
# About two seconds; a longer log is checked from the command line.
MOST_CHECKED_HERE = 100_000


@blueprint.before_request
def _who_may() -> None:
    if not may_read_audit(current_user.staff):
        raise NotAllowed("审计日志由督导组和系统管理员查看。")


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; `given` is what makes sense of it, for links."""

    filters: AuditFilters
    given: Mapping[str, str]


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List what was done, narrowed as the address says."""
    return _page()


@blueprint.post("/check")
@limiter.limit("6 per minute")
def check() -> str:
    """Compare every seal, and say what came of it."""
    session = current_session()
    if audit_log.length(session) > MOST_CHECKED_HERE:
        raise NotAllowed("日志较长，请在服务器上运行 python app.py audit verify 核对。")
    return _page(report=audit_check.verify(session))


def _page(*, report: audit_check.AuditReport | None = None) -> str:
    session, wanted = current_session(), _wanted(request.args)
    found = audit_log.find(session, wanted.filters, before=request.args.get("before", type=int))
    return render_template(
        "admin/audit.html",
        wanted=wanted,
        found=found,
        report=report,
        length=audit_log.length(session),
        checked_here=audit_log.length(session) <= MOST_CHECKED_HERE,
        subjects=audit_log.SUBJECTS,
        colleagues=audit_log.colleagues(session),
        older=_older(wanted, found.before),
    )


def _older(wanted: Wanted, before: int | None) -> str:
    kept: dict[str, Any] = {**wanted.given, "before": before}
    return url_for("admin_audit.page", **kept)


def _wanted(arguments: Mapping[str, str]) -> Wanted:
    """Read what is wanted; what makes no sense is left out rather than refused."""
    given = given_in(arguments, _NAMES)
    filters = AuditFilters(
        words=given.get("words", ""),
        subject_kind=given.get("kind", "") if given.get("kind") in audit_log.SUBJECTS else "",
        staff_id=staff_id_of(given),
        since=midnight(given.get("from", "")),
        until=midnight(given.get("until", ""), days_later=1),
    )
    return Wanted(filters, given)


def given_in(arguments: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """Give what stands in an address under these names, cut to what anybody would type."""
    return {name: arguments[name].strip()[:40] for name in names if arguments.get(name, "").strip()}


def staff_id_of(given: Mapping[str, str]) -> int | None:
    """Give the member of staff, by id, that is asked for; None where none is."""
    staff = given.get("staff", "")
    return int(staff) if staff.isascii() and staff.isdigit() and len(staff) < 10 else None


def midnight(text: str, *, days_later: int = 0) -> datetime | None:
    """Give the moment at which a local day begins, such as 2026-11-23; None where it is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if not 2000 <= day.year < 2100:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL) + timedelta(days=days_later)
