"""内容检查: what WeChat has not passed of what people wrote, and letting it through or keeping it back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain import content_check_desk
from domain.content_check_desk import Pile
from domain.errors import DomainError, Invalid, NotAllowed
from domain.permissions import may_release
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts

PER_PAGE = 10

blueprint = Blueprint("admin_content_checks", __name__, url_prefix="/admin/content-checks")
blueprint.before_request(staff_only)


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show one of the lists.

    Raises:
        NotAllowed: this member of staff releases nothing.
    """
    return _page()


@blueprint.post("/<int:check_id>")
def decide(check_id: int) -> Response | tuple[str, int]:
    """Let something through, or keep it back."""
    session, staff = current_session(), current_staff()
    let_through = request.form.get("do") == "let"
    try:
        check = content_check_desk.decide(
            session,
            check_id,
            let_through=let_through,
            words=request.form.get("words", ""),
            staff=staff,
            now=now(),
        )
    except (Invalid, NotAllowed) as refusal:
        session.rollback()
        return _page(refusal=refusal, about=check_id), 422 if isinstance(refusal, Invalid) else 403
    part = "照片" if check.attachment_id is not None else "文字"
    flash(f"已放行这{_measure(part)}。" if let_through else f"这{_measure(part)}不会公开。", "success")
    return redirect(url_for("admin_content_checks.page"), 303)


def _measure(part: str) -> str:
    return "张照片" if part == "照片" else "段文字"


def _page(*, refusal: DomainError | None = None, about: int = 0) -> str:
    session = current_session()
    if not may_release(current_staff()):
        raise NotAllowed("内容检查由受理员处理。")
    asked = request.args.get("pile")
    chosen = next((one for one in Pile if one.value == asked), Pile.TO_LOOK_AT)
    return render_template(
        "admin/content_checks.html",
        piles=tuple(Pile),
        chosen=chosen,
        counts=content_check_desk.counts(session),
        found=content_check_desk.listed(
            session, chosen, page=request.args.get("page", 1, type=int), per_page=PER_PAGE
        ),
        is_on=parts().settings.checks_content,
        longest=content_check_desk.MAX_WORDS,
        refusal=refusal,
        about=about,
    )
