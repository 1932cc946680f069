"""账号安全: the second factor of one's own account, its recovery codes, and one's other sessions."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from config.catalogue import catalogue
from domain import qr_drawings, second_factor, staff_accounts
from domain.errors import Invalid
from web import auth
from web.admin.deeds import write_down
from web.auth import Owed, current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts
from web.rate_limits import limiter

blueprint = Blueprint("admin_security", __name__, url_prefix="/admin/security")
blueprint.before_request(staff_only)

# The secret that is being set up lies sealed in the browser: nothing counts before its first code is right.
_NEW = "new_second_factor"
_AGAIN = "二维码已失效，请重新开始。"


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show how the account is guarded."""
    return _page()


@blueprint.post("/start")
@limiter.limit("10 per minute; 60 per hour", key_func=auth.signed_in_key)
def start() -> tuple[str, int] | Response:
    """Make a new secret, for whoever knows the password, and the code of the phone it replaces."""
    try:
        _prove()
    except Invalid as refusal:
        return _refused("start", refusal)
    secret, staff = second_factor.new_secret(), current_user.staff
    session[_NEW] = second_factor.seal_new(secret, staff=staff, box=parts().secret_box)
    return redirect(url_for("admin_security.set_up"), 303)


@blueprint.get("/set-up")
def set_up() -> str | Response:
    """Show the secret, as a code to scan and as letters to type."""
    secret = _new_secret()
    return _from_the_start() if secret is None else _set_up_page(secret)


@blueprint.post("/set-up")
@limiter.limit("10 per minute; 60 per hour", key_func=auth.signed_in_key)
def confirm() -> str | tuple[str, int] | Response:
    """Let the secret count from its first right code on, and show the recovery codes."""
    secret = _new_secret()
    if secret is None:
        return _from_the_start()
    staff, code = current_staff(), request.form.get("code", "")
    try:
        codes = second_factor.confirm(
            current_session(), staff, secret=secret, code=code, box=parts().secret_box, now=now()
        )
    except Invalid as refusal:
        current_session().rollback()
        return _set_up_page(secret, refusal=refusal.message), HTTPStatus.UNPROCESSABLE_ENTITY
    auth.sign_in(staff)
    return render_template("admin/recovery_codes.html", codes=codes, just_set_up=True)


@blueprint.post("/recovery-codes")
@limiter.limit("10 per minute; 60 per hour", key_func=auth.signed_in_key)
def renew_recovery_codes() -> str | tuple[str, int]:
    """Give new recovery codes."""
    try:
        _prove()
    except Invalid as refusal:
        return _refused("recovery", refusal)
    codes = second_factor.renew_recovery_codes(
        current_session(), current_staff(), box=parts().secret_box, now=now()
    )
    return render_template("admin/recovery_codes.html", codes=codes, just_set_up=False)


@blueprint.post("/off")
@limiter.limit("10 per minute; 60 per hour", key_func=auth.signed_in_key)
def turn_off() -> tuple[str, int] | Response:
    """Remove the second factor."""
    try:
        _prove()
    except Invalid as refusal:
        return _refused("off", refusal)
    second_factor.turn_off(current_session(), current_staff(), now=now())
    flash("二次验证已关闭，登录只要密码。")
    return redirect(url_for("admin_security.page"), 303)


@blueprint.post("/sign-out-elsewhere")
def sign_out_elsewhere() -> Response:
    """End all of one's other sessions."""
    staff = current_staff()
    staff_accounts.end_sessions(staff)
    write_down("account.sign_out_elsewhere", "退出了其他设备上的登录", subject=staff.username)
    auth.sign_in(staff)
    flash("其他设备上的登录已全部退出。", "success")
    return redirect(url_for("admin_security.page"), 303)


def _prove() -> None:
    """Insist on the password, and on a code where there is a second factor.

    Raises:
        Invalid: one of them is wrong.
    """
    auth.insist_on_password(request.form.get("password", ""), field="password", wrong="密码不对。")
    if current_user.staff.has_second_factor:
        auth.insist_on_code(request.form.get("code", ""), field="code")


def _new_secret() -> str | None:
    sealed = session.get(_NEW, "")
    return second_factor.open_new(sealed, staff=current_user.staff, box=parts().secret_box)


def _from_the_start() -> Response:
    flash(_AGAIN, "warning")
    return redirect(url_for("admin_security.page"), 303)


def _refused(form: str, refusal: Invalid) -> tuple[str, int]:
    return _page(form=form, refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY


def _set_up_page(secret: str, *, refusal: str = "") -> str:
    address = second_factor.address_of(secret, staff=current_user.staff, issuer=catalogue().account_name)
    return render_template(
        "admin/second_factor_set_up.html",
        drawing=Markup(qr_drawings.svg(address)),  # noqa: S704 (drawn by ourselves)
        letters=[secret[at : at + 4] for at in range(0, len(secret), 4)],
        refusal=refusal,
    )


def _page(*, form: str = "", refusal: Invalid | None = None) -> str:
    """Show the page; `form` is the one that was refused."""
    with parts().database.reading() as reading:
        staff = current_user.staff
        left = second_factor.recovery_codes_left(reading, staff)
        required = second_factor.is_required(reading, staff)
    return render_template(
        "admin/security.html",
        staff=staff,
        codes_left=left,
        few=second_factor.FEW_RECOVERY_CODES,
        required=required,
        held=current_user.owed is Owed.SECOND_FACTOR,
        form=form,
        refusal=refusal,
    )
