"""举报: what people report about the public board, and hiding it or leaving it where it is."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain import abuse, queries
from domain.errors import DomainError, Invalid, NotAllowed
from domain.hiding import REASONS, Target
from domain.permissions import may_hide, may_see_hidden
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only

PER_PAGE = 10

blueprint = Blueprint("admin_abuse", __name__, url_prefix="/admin/abuse")
blueprint.before_request(staff_only)


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List what waits, or what was decided.

    Raises:
        NotAllowed: this member of staff reads no reports.
    """
    return _page()


@blueprint.post("/<number>/<about>")
def decide(number: str, about: str) -> Response | tuple[str, int]:
    """Hide what was reported, or leave it."""
    session, staff = current_session(), current_staff()
    if not may_hide(staff):
        raise NotAllowed("举报由受理员或系统管理员处理。")
    complaint, target = queries.by_number(session, number), Target.read(about)
    hide = request.form.get("do") == "hide"
    try:
        words = request.form.get("words", "")
        decided = abuse.decide(session, complaint, target, hide=hide, words=words, staff=staff, now=now())
    except (Invalid, NotAllowed) as refusal:
        session.rollback()
        return _page(refusal=refusal, about=(number, about)), 422 if isinstance(refusal, Invalid) else 403
    flash(f"{'已隐藏' if hide else '已保留'}，{decided} 条举报处理完毕。", "success")
    return redirect(url_for("admin_abuse.page"), 303)


def _page(*, refusal: DomainError | None = None, about: tuple[str, str] = ("", "")) -> str:
    session, staff = current_session(), current_staff()
    if not may_see_hidden(staff):
        raise NotAllowed("举报由受理员、督导组或系统管理员查看。")
    decided = request.args.get("state") == "decided"
    found = abuse.cases(
        session, decided=decided, page=request.args.get("page", 1, type=int), per_page=PER_PAGE
    )
    return render_template(
        "admin/abuse.html",
        found=found,
        decided=decided,
        may_decide=may_hide(staff),
        reasons=REASONS,
        shown=abuse.what_is_reported(session, found.items),
        refusal=refusal,
        about=about,
    )
