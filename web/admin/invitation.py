"""The page behind an invitation: somebody new, or who forgot theirs, chooses a password.

Opening the link changes nothing, so that programs which look at every link in a message do not use it up.
"""

from http import HTTPStatus

from flask import Blueprint, flash, render_template, request
from werkzeug.wrappers import Response

from domain import password_rules, staff_invitations
from domain.errors import DomainError, Invalid, NotAllowed, NotFound
from domain.sign_in import Way, arrive
from models.staff import Staff
from web.admin.login import admit
from web.clock import now
from web.database_session import current_session
from web.guards import open_to_all
from web.rate_limits import limiter

blueprint = Blueprint("admin_invitation", __name__, url_prefix="/admin/invitation")
blueprint.before_request(open_to_all)


@blueprint.get("/<secret>")
@limiter.limit("60 per minute")
def page(secret: str) -> str | tuple[str, int]:
    """Show whose account it is, and the form."""
    try:
        invitation = staff_invitations.look_up(current_session(), secret, now=now())
    except (NotFound, NotAllowed) as refusal:
        return _over(refusal)
    return _page(secret, invitation.staff)


@blueprint.post("/<secret>")
@limiter.limit("20 per minute; 100 per hour")
def choose(secret: str) -> tuple[str, int] | Response:
    """Set the password and let them in."""
    password, again = request.form.get("password", ""), request.form.get("password_again", "")
    session = current_session()
    try:
        staff = staff_invitations.redeem(session, secret, password=password, again=again, now=now())
    except Invalid as refusal:
        session.rollback()
        account = staff_invitations.look_up(session, secret, now=now()).staff
        return _page(secret, account, refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    except (NotFound, NotAllowed) as refusal:
        session.rollback()
        return _over(refusal)
    answer = admit(arrive(session, staff, Way.INVITATION, now=now()), "")
    flash(f"密码已设置好。下次登录的用户名是 {staff.username}。", "success")
    return answer


def _page(secret: str, account: Staff, *, refusal: Invalid | None = None) -> str:
    return render_template(
        "admin/invitation.html",
        secret=secret,
        account=account,
        refusal=refusal,
        shortest=password_rules.SHORTEST,
    )


def _over(refusal: DomainError) -> tuple[str, int]:
    status = HTTPStatus.NOT_FOUND if isinstance(refusal, NotFound) else HTTPStatus.GONE
    return render_template("admin/invitation_over.html", words=refusal.message), status
