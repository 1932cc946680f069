"""通知发送: every notice that went out or did not, the ways it took, and sending it again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from domain import sending as rules
from domain.errors import NotAllowed
from domain.sending import SendingFilters
from domain.working_time import LOCAL
from models.enums import NoticeKind, NoticeState, Role
from web.admin.deeds import write_down
from web.admin.login import local_path
from web.admin.sending_rows import rows_of
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only

blueprint = Blueprint("admin_sending", __name__, url_prefix="/admin/sending")
blueprint.before_request(staff_only)

PER_PAGE = 30
_NAMES = ("state", "kind", "to", "from", "until")


@blueprint.before_request
def _who_may() -> None:
    roles = current_user.staff.roles
    if request.method == "GET":
        if not roles & {Role.ADMIN, Role.DISPATCHER}:
            raise NotAllowed("通知发送情况由系统管理员和受理员查看。")
    elif Role.ADMIN not in roles:
        raise NotAllowed("只有系统管理员可以重新发送。")


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; `given` is what makes sense of it, for links."""

    filters: SendingFilters
    given: Mapping[str, str]


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List notices, narrowed as the address says."""
    session, wanted = current_session(), _wanted(request.args)
    number = request.args.get("page", 1, type=int)
    found = rules.find(session, wanted.filters, page=min(number, 100_000), per_page=PER_PAGE)
    return render_template(
        "admin/sending.html",
        wanted=wanted,
        found=found,
        rows=rows_of(session, found.items),
        states=list(NoticeState),
        kinds=list(NoticeKind),
        here=_address(wanted, page=found.page),
        page_address=lambda at: _address(wanted, page=at),
        failed_here=wanted.filters.state is NoticeState.FAILED and found.total,
    )


@blueprint.post("/<int:notice_id>/resend")
def resend(notice_id: int) -> Response:
    """Send one again."""
    session, staff = current_session(), current_staff()
    rules.resend(session, min(notice_id, 2**31), staff=staff, now=now())
    write_down("notice.resend", "重新发送一条通知", subject=str(notice_id))
    flash("已安排重新发送，几秒后会有结果。", "success")
    return redirect(local_path(request.form.get("back")), 303)


@blueprint.get("/resend-failed")
def ask_resend_failed() -> str:
    """Ask whether to send again all that failed."""
    wanted = _wanted(request.args)
    filters = SendingFilters(**{**vars(wanted.filters), "state": NoticeState.FAILED})
    found = rules.find(current_session(), filters, page=1, per_page=5)
    return render_template(
        "admin/sending_again.html", wanted=wanted, found=found, most=rules.MOST_AT_ONCE, back=_address(wanted)
    )


@blueprint.post("/resend-failed")
def resend_failed() -> Response:
    """Send again all that failed among what was looked for."""
    wanted = _wanted(request.form)
    session, staff = current_session(), current_staff()
    count = rules.resend_failed(session, wanted.filters, staff=staff, now=now())
    if count:
        write_down("notice.resend_failed", f"重新发送 {count} 条失败的通知", details=dict(wanted.given))
    flash(f"已安排重新发送 {count} 条。" if count else "没有发送失败的通知。", "success" if count else "info")
    return redirect(_address(wanted), 303)


def _wanted(arguments: Mapping[str, str]) -> Wanted:
    """Read what is wanted; what makes no sense is left out rather than refused."""
    given = {name: arguments[name].strip()[:40] for name in _NAMES if arguments.get(name, "").strip()}
    first, last = _day(given.get("from", "")), _day(given.get("until", ""))
    filters = SendingFilters(
        state=next((one for one in NoticeState if one.value == given.get("state")), None),
        kind=next((one for one in NoticeKind if one.value == given.get("kind")), None),
        to_staff={"staff": True, "people": False}.get(given.get("to", "")),
        created_from=_start_of(first),
        created_to=_start_of(last + timedelta(days=1)) if last else None,
    )
    return Wanted(filters, given)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


def _start_of(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL) if day else None


def _address(wanted: Wanted, *, page: int = 1) -> str:
    kept: dict[str, Any] = dict(wanted.given)
    if page > 1:
        kept["page"] = page
    return url_for("admin_sending.page", **kept)
