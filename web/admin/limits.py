"""被限制的人: who met a limit and why, and lifting it, or keeping somebody from submitting for a while."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config.limits import limits
from domain import limit_desk
from domain.errors import DomainError, Invalid, NotAllowed, NotFound
from domain.permissions import may_limit_people, may_see_hidden
from web.admin.settings.entering import by, no_such_number, typed
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only

PER_PAGE = 15

blueprint = Blueprint("admin_abuse_limits", __name__, url_prefix="/admin/abuse/limits")
blueprint.before_request(staff_only)
blueprint.before_request(no_such_number)


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List who is limited now, or was lately.

    Raises:
        NotAllowed: this member of staff does not look after abuse.
    """
    return _page()


@blueprint.post("/block")
def block() -> Response | tuple[str, int]:
    """Keep who raised a complaint from submitting for some days."""
    number = typed("number", longest=20)
    try:
        limit_desk.block_reporter(current_session(), number, days=_days(), reason=_reason(), **by())
    except (Invalid, NotFound) as refusal:
        return _refused(refusal)
    flash(f"已暂停诉求 {number} 的提交人提交 {_days()} 天，到期自动恢复。", "success")
    return redirect(url_for("admin_abuse_limits.page"), 303)


@blueprint.post("/<int:limit_id>/block")
def block_limited(limit_id: int) -> Response | tuple[str, int]:
    """Keep who met a limit from submitting for some days."""
    try:
        limit_desk.block_limited(current_session(), limit_id, days=_days(), reason=_reason(), **by())
    except Invalid as refusal:
        return _refused(refusal, about=limit_id)
    flash(f"已暂停这个人提交 {_days()} 天，到期自动恢复。", "success")
    return redirect(url_for("admin_abuse_limits.page"), 303)


@blueprint.post("/<int:limit_id>/lift")
def lift(limit_id: int) -> Response | tuple[str, int]:
    """End a limit before its time."""
    try:
        limit_desk.lift(current_session(), limit_id, why=typed("why"), **by())
    except Invalid as refusal:
        return _refused(refusal, about=limit_id)
    flash("已解除，马上生效。", "success")
    return redirect(url_for("admin_abuse_limits.page"), 303)


def _days() -> int:
    return request.form.get("days", 0, type=int)


def _reason() -> str:
    return typed("reason")


def _refused(refusal: DomainError, *, about: int = 0) -> tuple[str, int]:
    current_session().rollback()
    return _page(refusal=refusal, about=about), 422


def _page(*, refusal: DomainError | None = None, about: int = 0) -> str:
    session, staff = current_session(), current_staff()
    if not may_see_hidden(staff):
        raise NotAllowed("被限制的人由受理员、督导组或系统管理员查看。")
    over = request.args.get("state") == "over"
    number = request.args.get("page", 1, type=int)
    return render_template(
        "admin/limits.html",
        found=limit_desk.listing(session, over=over, page=number, per_page=PER_PAGE, now=now()),
        over=over,
        may_act=may_limit_people(staff),
        days=limit_desk.DAYS,
        reasons=limit_desk.REASONS,
        longest=limit_desk.LONGEST_REASON,
        numbers=limits(),
        refusal=refusal,
        about=about,
        typed_number=typed("number", longest=20) or request.args.get("number", "")[:20],
        typed_reason=typed("reason"),
    )
