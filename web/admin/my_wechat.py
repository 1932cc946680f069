"""One's own WeChat: bound to the account for notices and for signing in by scan, and taken off again."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from domain import scan_tickets, staff_accounts
from domain.errors import Invalid
from domain.scan_tickets import Confirmation
from models.enums import ScanKind, ScanState
from web import auth
from web.admin.deeds import write_down
from web.admin.scan_codes import make_code, shown_code, use_number
from web.auth import current_staff
from web.guards import staff_only
from web.rate_limits import limiter
from wechat.errors import WeChatFailure
from wechat.refusal_words import explain

blueprint = Blueprint("admin_my_wechat", __name__, url_prefix="/admin/my-wechat")
blueprint.before_request(staff_only)

_OVER = "这个二维码已失效，或者扫码的微信不能绑定。请换一个再扫。"
_WRONG = "数字不对，请看手机上公众号发来的四位数字。"
_PASSWORD = "密码不对。"  # noqa: S105 (what is said about it)


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show whether a WeChat is bound, and the code while one is being bound."""
    return _page()


@blueprint.post("/code")
@limiter.limit("10 per minute; 60 per hour")
def new_code() -> tuple[str, int] | Response:
    """Have a code for binding made, for whoever knows the password: bound, it opens the account."""
    try:
        auth.insist_on_password(request.form.get("password", ""), field="password", wrong=_PASSWORD)
    except Invalid as refusal:
        return _page(password_refusal=refusal.message), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        make_code(ScanKind.BIND, staff_id=current_user.staff.id)
    except WeChatFailure as error:
        return _page(refusal=f"没有拿到二维码。{explain(error)}"), HTTPStatus.BAD_GATEWAY
    return redirect(url_for("admin_my_wechat.page"), 303)


@blueprint.get("/state")
def state() -> str | Response:
    """Tell the waiting page that something happened; nothing otherwise."""
    code = shown_code(ScanKind.BIND)
    if code is not None and code.state is ScanState.WAITING:
        return Response(status=204)
    return render_template("admin/my_wechat_code.html", code=code)


@blueprint.post("/number")
@limiter.limit("20 per minute")
def number() -> tuple[str, int] | Response:
    """Bind with the number the phone was told."""
    outcome, _arrival = use_number(ScanKind.BIND, request.form.get("number", ""))
    if outcome is Confirmation.DONE:
        flash("微信已绑定。新工单、催办和到期提醒会发到公众号里，也可以扫码登录了。", "success")
        return redirect(url_for("admin_my_wechat.page"), 303)
    words = _WRONG if outcome is Confirmation.WRONG else _OVER
    return _page(refusal=words), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/unbind")
def unbind() -> Response:
    """Take the WeChat off, and end what it may have opened elsewhere."""
    staff = current_staff()
    scan_tickets.unbind(staff)
    staff_accounts.end_sessions(staff)
    write_down("account.unbind", "解除了自己绑定的微信", subject=staff.username)
    auth.sign_in(staff)
    flash("微信已解除绑定，其他设备上的登录已退出。通知今后只在后台里看到，也不能再扫码登录。")
    return redirect(url_for("admin_my_wechat.page"), 303)


def _page(*, refusal: str = "", password_refusal: str = "") -> str:
    return render_template(
        "admin/my_wechat.html",
        code=shown_code(ScanKind.BIND),
        bound=current_user.staff.person_id is not None,
        refusal=refusal,
        password_refusal=password_refusal,
    )
