"""Signing in with the WeChat that is bound to the account: scan, read a number, type it."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from domain.scan_tickets import Confirmation
from models.enums import ScanKind, ScanState
from web.admin.login import admit, local_path
from web.admin.scan_codes import make_code, shown_code, use_number
from web.guards import open_to_all
from web.rate_limits import limiter
from wechat.errors import WeChatFailure
from wechat.refusal_words import explain

blueprint = Blueprint("admin_scan_login", __name__, url_prefix="/admin/sign-in/scan")
blueprint.before_request(open_to_all)

_OVER = "这个二维码已失效，请换一个再扫。"
_WRONG = "数字不对，请看手机上公众号发来的四位数字。"


@blueprint.get("", strict_slashes=False)
def page() -> str | Response:
    """Show the code, or the button that asks for one: each costs a call to WeChat."""
    if current_user.is_authenticated:
        return redirect(local_path(request.args.get("next")))
    return _page(next_path=request.args.get("next", ""))


@blueprint.post("", strict_slashes=False)
@limiter.limit("10 per minute; 100 per hour")
def new_code() -> tuple[str, int] | Response:
    """Have a code made."""
    next_path = request.form.get("next", "")
    try:
        make_code(ScanKind.LOGIN)
    except WeChatFailure as error:
        words = f"没有拿到二维码，请先用密码登录。{explain(error)}"
        return _page(next_path=next_path, refusal=words), HTTPStatus.BAD_GATEWAY
    return redirect(url_for("admin_scan_login.page", next=next_path or None), 303)


@blueprint.get("/state")
def state() -> str | Response:
    """Tell the waiting page that something happened; nothing otherwise."""
    code = shown_code(ScanKind.LOGIN)
    if code is not None and code.state is ScanState.WAITING:
        return Response(status=204)
    return render_template("admin/scan_login_code.html", code=code, next_path=request.args.get("next", ""))


@blueprint.post("/number")
@limiter.limit("20 per minute; 100 per hour")
def number() -> tuple[str, int] | Response:
    """Sign in with the number the phone was told."""
    next_path = request.form.get("next", "")
    outcome, arrival = use_number(ScanKind.LOGIN, request.form.get("number", ""))
    if arrival is not None:
        return admit(arrival, next_path)
    words = _WRONG if outcome is Confirmation.WRONG else _OVER
    return _page(next_path=next_path, refusal=words), HTTPStatus.UNPROCESSABLE_ENTITY


def _page(*, next_path: str, refusal: str = "") -> str:
    code = shown_code(ScanKind.LOGIN)
    return render_template("admin/scan_login.html", code=code, refusal=refusal, next_path=next_path)
