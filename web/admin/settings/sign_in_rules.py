"""登录安全: for which roles a second factor is required, and whether a bound WeChat counts as one."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain import office_settings, staff_changes, staff_list
from domain.office_settings import SECOND_FACTOR_ROLES, WECHAT_IS_ENOUGH
from models.enums import Role
from web.admin.settings.entering import by, settings_blueprint
from web.auth import current_staff
from web.database_session import current_session

blueprint = settings_blueprint("admin_sign_in_rules", __name__, "/sign-in")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show the rules, and how far each role has come."""
    session = current_session()
    return render_template(
        "admin/settings/sign_in_rules.html",
        roles=list(Role),
        required=office_settings.read(session, SECOND_FACTOR_ROLES),
        wechat_is_enough=office_settings.read(session, WECHAT_IS_ENOUGH),
        holders=staff_list.holders(session),
        staff=current_staff(),
    )


@blueprint.post("", strict_slashes=False)
def save() -> Response:
    """Set the rules; who lacks a second factor that is required from now on is led to its page."""
    chosen = request.form.getlist("roles")
    staff_changes.set_sign_in_rules(
        current_session(),
        roles=frozenset(role for role in Role if role.value in chosen),
        wechat_is_enough="wechat_is_enough" in request.form,
        **by(),
    )
    flash("登录安全已保存。", "success")
    return redirect(url_for("admin_sign_in_rules.page"), 303)
