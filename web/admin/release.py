"""Releasing one complaint to the public board: the original beside what is edited, checked and looked at."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import bulletin_cases, complaints, content_check_desk, hiding, release
from domain.actors import Actor
from domain.board import Item
from domain.disclosure import waits_for_check
from domain.errors import DomainError, Invalid, NotAllowed, TooLate
from domain.permissions import may_release
from domain.release import RELEASABLE, Original, Wish
from models.board_words import BoardPart
from models.complaint import Complaint
from models.staff import Staff
from web.admin.complaint_page import find_visible
from web.auth import current_staff, signed_in_key
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.h5.board_view import card_of
from web.headers import show_in_own_page, show_own_pages
from web.rate_limits import limiter

blueprint = Blueprint("admin_release", __name__, url_prefix="/admin/board")
blueprint.before_request(staff_only)

_STATUS = {Invalid: 422, TooLate: 409, NotAllowed: 403}


@blueprint.get("/<number>")
def form(number: str) -> str:
    """Show the original and what is to be released."""
    session, _, complaint = _opened(number)
    original = release.original_of(session, complaint)
    return _page(session, complaint, original, _as_it_is(session, complaint, original))


@blueprint.post("/<number>")
@limiter.limit("120 per minute", key_func=signed_in_key)
def put_on_board(number: str) -> Response | tuple[str, int]:
    """Release it; when it is refused, show the form again with what was typed."""
    session, staff, complaint = _opened(number)
    wish, was_public = _wish(), complaint.published_at is not None
    try:
        release.release(
            session,
            complaint,
            wish,
            confirmed=request.form.get("confirmed") == "1",
            staff=staff,
            now=now(),
        )
    except (Invalid, NotAllowed, TooLate) as refusal:
        return _refused(number, wish, refusal)
    if waits_for_check(complaint):
        flash("已提交公开。原文的内容检查还没有通过，通过后自动公开。", "success")
    else:
        done = "公示的文字已更新" if was_public else "已公开"
        flash(f"{done}，几秒钟后所有人看到。", "success")
    return redirect(url_for("admin_release.form", number=complaint.number), 303)


@blueprint.post("/<number>/preview")
@limiter.limit("240 per minute", key_func=signed_in_key)
def preview(number: str) -> str:
    """Draw it as the phone would show it; nothing is kept."""
    _, _, complaint = _opened(number)
    wish = _wish()
    item = Item(complaint, wish.text, wish.answer, photo_ids=())
    show_in_own_page()
    return render_template(
        "admin/release_preview.html",
        card=card_of(item),
        photo_ids=wish.photo_ids,
    )


@blueprint.post("/<number>/check")
@limiter.limit("240 per minute", key_func=signed_in_key)
def check(number: str) -> str:
    """Tell what in the text could tell who somebody is; the page asks whenever its writer pauses."""
    _opened(number)
    return render_template("admin/release_found.html", found=release.details_in(_wish()))


@blueprint.post("/<number>/take-back")
def take_back(number: str) -> Response | tuple[str, int]:
    """Take it off the board, with the reason."""
    session, staff, complaint = _opened(number)
    try:
        complaints.unpublish(
            session, complaint, words=request.form.get("words", ""), actor=Actor.of_staff(staff), now=now()
        )
    except (Invalid, NotAllowed, TooLate) as refusal:
        return _refused(number, None, refusal)
    flash("已撤下，几秒钟后公示栏里看不到了。", "success")
    return redirect(url_for("admin_release.form", number=complaint.number), 303)


def _opened(number: str) -> tuple[Session, Staff, Complaint]:
    session, staff = current_session(), current_staff()
    if not may_release(staff):
        raise NotAllowed("公示由受理员管理。")
    return session, staff, find_visible(session, number, staff)


def _wish() -> Wish:
    return Wish(
        text=request.form.get("public_text", "").replace("\r\n", "\n"),
        answer=request.form.get("public_answer", "").replace("\r\n", "\n"),
        photo_ids=request.form.getlist("photo", type=int),
    )


def _as_it_is(session: Session, complaint: Complaint, original: Original) -> Wish:
    """Give what is released now or was before; else the original, to be edited."""
    text = hiding.original_text(session, complaint, BoardPart.TEXT)
    answer = hiding.original_text(session, complaint, BoardPart.ANSWER)
    if not text:
        return Wish(original.text, original.answer)
    return Wish(text, answer, sorted(original.chosen))


def _refused(number: str, wish: Wish | None, refusal: DomainError) -> tuple[str, int]:
    current_session().rollback()
    session, _, complaint = _opened(number)
    original = release.original_of(session, complaint)
    shown = wish or _as_it_is(session, complaint, original)
    status = next(code for kind, code in _STATUS.items() if isinstance(refusal, kind))
    return _page(session, complaint, original, shown, refusal=refusal), status


def _page(
    session: Session,
    complaint: Complaint,
    original: Original,
    wish: Wish,
    *,
    refusal: DomainError | None = None,
) -> str:
    show_own_pages()
    return render_template(
        "admin/release.html",
        complaint=complaint,
        original=original,
        wish=wish,
        found=release.details_in(wish),
        hidden=hiding.hidden_texts(session, complaint),
        reports=release.open_reports(session, complaint),
        checks=content_check_desk.holding(session, complaint),
        waits=waits_for_check(complaint),
        cited=bulletin_cases.out_with(session, complaint),
        may_be_released=complaint.status in RELEASABLE,
        refusal=refusal,
        field=getattr(refusal, "field", None),
    )
