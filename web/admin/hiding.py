"""Hiding one piece of a complaint with a reason, and showing it again."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain import bulletin_cases, hiding
from domain.errors import Invalid, NotAllowed
from domain.hiding import Target
from domain.permissions import may_hide
from models.complaint import Complaint
from models.staff import Staff
from web.admin.complaint_page import find_visible
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only

blueprint = Blueprint("admin_hiding", __name__, url_prefix="/admin/complaints/<number>/hiding/<about>")
blueprint.before_request(staff_only)


@blueprint.get("")
def form(number: str, about: str) -> str:
    """Ask for the reason; or offer to show it again."""
    complaint, target, _ = _opened(number, about)
    return _page(complaint, target)


@blueprint.post("")
def hide(number: str, about: str) -> Response | tuple[str, int]:
    """Hide it."""
    complaint, target, staff = _opened(number, about)
    reason = request.form.get("words", "")
    try:
        hiding.hide(current_session(), complaint, target, reason=reason, staff=staff, now=now())
    except Invalid as refusal:
        return _page(complaint, target, refusal=refusal), 422
    flash(f"{target.part.label}已隐藏，原文只有受理员、督导组和系统管理员能看到。", "success")
    return _back(complaint)


@blueprint.post("/show")
def show(number: str, about: str) -> Response:
    """Show it again."""
    complaint, target, staff = _opened(number, about)
    hiding.show_again(current_session(), complaint, target, staff=staff, now=now())
    flash(f"{target.part.label}已恢复显示。", "success")
    return _back(complaint)


def _opened(number: str, about: str) -> tuple[Complaint, Target, Staff]:
    staff = current_staff()
    if not may_hide(staff):
        raise NotAllowed("隐藏内容由受理员或系统管理员操作。")
    return find_visible(current_session(), number, staff), Target.read(about), staff


def _back(complaint: Complaint) -> Response:
    return redirect(url_for("admin_complaints.complaint", number=complaint.number), 303)


def _page(complaint: Complaint, target: Target, *, refusal: Invalid | None = None) -> str:
    session = current_session()
    return render_template(
        "admin/hiding.html",
        complaint=complaint,
        target=target,
        now_hidden=hiding.reason_of(session, complaint, target),
        words=hiding.words_of(session, complaint, target),
        reasons=hiding.REASONS,
        cited=bulletin_cases.out_with(session, complaint),
        refusal=refusal,
    )
