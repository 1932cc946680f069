"""One's own account: signing out, changing the password."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain import staff_accounts
from domain.errors import Invalid
from web import auth
from web.admin.deeds import write_down
from web.auth import current_staff
from web.guards import staff_only
from web.rate_limits import limiter

blueprint = Blueprint("admin_account", __name__, url_prefix="/admin")
blueprint.before_request(staff_only)


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End this session."""
    auth.sign_out()
    flash("您已退出登录。")
    return redirect(url_for("admin_login.sign_in"), 303)


@blueprint.get("/password")
def password() -> str:
    """Show the form for a new password."""
    return render_template("admin/password.html", refusal=None)


@blueprint.post("/password")
@limiter.limit("10 per minute; 60 per hour", key_func=auth.signed_in_key)
def change_password() -> tuple[str, int] | Response:
    """Give oneself a new password; all other sessions end."""
    old, new = request.form.get("old_password", ""), request.form.get("new_password", "")
    try:
        _check(old, new, request.form.get("new_password_again", ""))
        staff = current_staff()
        staff_accounts.set_password(staff, new)
    except Invalid as refusal:
        return render_template("admin/password.html", refusal=refusal), 422
    write_down("account.password", "修改了自己的密码", subject=staff.username)
    auth.sign_in(staff)
    flash("密码已修改，其他设备上的登录已全部退出。", "success")
    return redirect(url_for("admin_home.home"), 303)


def _check(old: str, new: str, new_again: str) -> None:
    auth.insist_on_password(old, field="old_password", wrong="现在的密码不对。")
    if new != new_again:
        raise Invalid("两次输入的新密码不一样。", "new_password_again")
    if new == old:
        raise Invalid("新密码和现在的一样，请换一个。", "password")
