"""The second step of signing in: a code from one's phone, or a recovery code."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from domain import second_factor
from domain.second_factor import FEW_RECOVERY_CODES
from web import auth
from web.admin.login import local_path
from web.auth import Halfway
from web.guards import open_to_all
from web.parts import parts
from web.rate_limits import limiter

blueprint = Blueprint("admin_sign_in_code", __name__, url_prefix="/admin/sign-in/code")
blueprint.before_request(open_to_all)

_TOO_LATE = "登录已超过 5 分钟，请重新登录。"
# One sentence for every reason, as with passwords.
_REFUSED = "验证码不对、已经用过，或者因多次输错暂时不能登录。请用验证器里最新的六位数字。"
_REFUSED_RECOVERY = "恢复码不对、已经用过，或者因多次输错暂时不能登录。每个恢复码只能用一次。"


@blueprint.get("", strict_slashes=False)
def page() -> str | Response:
    """Ask for the code."""
    next_path = request.args.get("next", "")
    if current_user.is_authenticated:
        return redirect(local_path(next_path))
    arrived = auth.halfway()
    if arrived is None:
        return _from_the_start(next_path)
    return _page(arrived, next_path=next_path, by_recovery=request.args.get("by") == "recovery")


@blueprint.post("", strict_slashes=False)
@limiter.limit("20 per minute; 200 per hour")
def enter() -> tuple[str, int] | Response:
    """Check the code and let them in."""
    next_path, by_recovery = request.form.get("next", ""), request.form.get("by") == "recovery"
    arrived = auth.halfway()
    if arrived is None:
        return _from_the_start(next_path)
    proof = auth.finish_sign_in(arrived, request.form.get("code", ""))
    if proof is None:
        refusal = _REFUSED_RECOVERY if by_recovery else _REFUSED
        page = _page(arrived, next_path=next_path, by_recovery=by_recovery, refusal=refusal)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    left = proof.recovery_left
    if left is not None:
        few = "，所剩不多，请重新生成" if left <= FEW_RECOVERY_CODES else ""
        flash(f"这个恢复码已用掉，还剩 {left} 个{few}。换了手机，请到「账号安全」里重新设置。", "warning")
    return redirect(local_path(next_path), 303)


def _from_the_start(next_path: str) -> Response:
    flash(_TOO_LATE, "warning")
    return redirect(url_for("admin_login.sign_in", next=next_path or None, by="password"), 303)


def _page(arrived: Halfway, *, next_path: str, by_recovery: bool, refusal: str = "") -> str:
    return render_template(
        "admin/sign_in_code.html",
        name=arrived.staff.name,
        readable=second_factor.is_readable(arrived.staff, box=parts().secret_box),
        next_path=next_path,
        by_recovery=by_recovery,
        refusal=refusal,
    )
