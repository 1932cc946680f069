"""Signing in."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from domain.sign_in import Arrival
from web import auth, even_time, known_browsers
from web.guards import open_to_all
from web.parts import parts
from web.rate_limits import limiter
from web.wechat_browser import may_ask_whose_phone, on_a_phone

blueprint = Blueprint("admin_login", __name__, url_prefix="/admin")
blueprint.before_request(open_to_all)

# One sentence for every reason, so that nobody learns which names exist.
REFUSED = (
    "用户名或密码不对，或者因多次输错暂时不能登录：连续输错 5 次要等 5 分钟，再错等得更久，最长 2 小时。"
    "急用请扫码登录，或请系统管理员解除、重设密码。"
)


@blueprint.get("/sign-in")
def sign_in() -> str | Response:
    """Show the form; who is signed in already goes on, and who opened a link in WeChat is asked nothing."""
    next_path = request.args.get("next", "")
    if current_user.is_authenticated:
        return redirect(local_path(next_path))
    # Who has just signed out, or was sent back by WeChat, chooses.
    if next_path and "by" not in request.args and may_ask_whose_phone():
        return redirect(url_for("admin_wechat_sign_in.begin", next=next_path))
    return _page(next_path=next_path)


@blueprint.post("/sign-in")
@limiter.limit("20 per minute; 300 per hour")
@limiter.limit("30 per hour", key_func=known_browsers.key, exempt_when=lambda: not known_browsers.is_any())
def enter() -> tuple[str, int] | Response:
    """Check name and password."""
    began = even_time.moment()
    username = request.form.get("username", "")
    arrival = auth.attempt_sign_in(username, request.form.get("password", ""))
    next_path = request.form.get("next", "")
    if arrival is None:
        even_time.even_out(began)
        return _page(username=username[:40], refusal=REFUSED, next_path=next_path), 422
    return admit(arrival, next_path)


def admit(arrival: Arrival, next_path: str | None) -> Response:
    """Let somebody in who showed who they are, or ask for the code of their second factor first."""
    if arrival.is_complete:
        auth.sign_in(arrival.staff)
        leads_to = local_path(next_path)
    else:
        auth.sign_in_halfway(arrival)
        leads_to = url_for("admin_sign_in_code.page", next=next_path or None)
    return redirect(leads_to, 303 if request.method == "POST" else 302)


def _page(*, next_path: str, username: str = "", refusal: str = "") -> str:
    return render_template(
        "admin/sign_in.html",
        username=username,
        refusal=refusal,
        next_path=next_path,
        on_phone=on_a_phone(),
        by_wechat=on_a_phone() and parts().settings.wechat_oauth,
    )


def local_path(wanted: str | None) -> str:
    """Give the path if it leads to our own pages, else the way home.

    Browsers read `//host`, `/\\host` and paths with control characters as other hosts.
    """
    home = url_for("admin_home.home")
    if not wanted or not wanted.startswith("/admin/") or "\\" in wanted or not wanted.isprintable():
        return home
    parts = urlsplit(wanted)
    return home if parts.scheme or parts.netloc else wanted
