"""微信平台: what troubles us with it, and how much of each day's quota is used."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response

from domain import api_usage, platform_alerts
from domain.errors import NotAllowed
from models.api_usage import ApiUsage
from models.enums import Role
from web.admin.deeds import write_down
from web.admin.login import local_path
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from wechat.path_names import path_name

blueprint = Blueprint("admin_platform", __name__, url_prefix="/admin/platform")
blueprint.before_request(staff_only)


@dataclass(frozen=True)
class UsageRow:
    """One path as the page shows it.

    Attributes:
        share: per cent of the day's quota, 0 to 100; None while the platform has not told.
    """

    name: str
    usage: ApiUsage
    share: int | None


@blueprint.before_request
def _admins_only() -> None:
    if Role.ADMIN not in current_user.staff.roles:
        raise NotAllowed("微信平台的状态由系统管理员查看。")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show today's counts; the troubles stand above them as on the inbox."""
    session = current_session()
    rows = [_row(usage) for usage in api_usage.usage_on(session, api_usage.quota_day(now()))]
    return render_template("admin/platform.html", rows=rows)


@blueprint.post("/troubles/<int:alert_id>/mended")
def mended(alert_id: int) -> Response:
    """Take a trouble off the list and let what waited for it go out."""
    alert = platform_alerts.settle(current_session(), min(alert_id, 2**31), now=now())
    api_usage.forget_told(current_session(), now=now())
    write_down("platform.mended", f"标记平台问题「{alert.subject}」已处理", subject=str(alert.id))
    flash("好的，等着的通知马上会再发。如果问题还在，提醒会再出现。", "success")
    return redirect(local_path(request.form.get("back")), 303)


def _row(usage: ApiUsage) -> UsageRow:
    share = None
    if usage.daily_limit and usage.used is not None:
        share = min(100, round(max(usage.used, usage.calls) * 100 / usage.daily_limit))
    return UsageRow(path_name(usage.path), usage, share)
