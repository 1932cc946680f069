"""Writing a bulletin: all is one form, so that no button loses what was typed; kept also at every pause."""

from http import HTTPStatus

from flask import flash, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import bulletin_approval, bulletin_cases, bulletin_writing, bulletins
from domain.bulletin_contents import contents_of
from domain.bulletin_writing import BulletinWords, CaseWords
from domain.errors import DomainError, Invalid, NotFound, TooLate
from domain.permissions import may_publish_bulletins, may_release
from models.bulletin import Bulletin
from models.bulletin_words import BulletinPart, BulletinState, CaseSide
from web.admin.bulletins import Refused, bulletin_blueprint, painter, seen, to_bulletin
from web.admin.settings.entering import by
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.headers import show_own_pages

blueprint = bulletin_blueprint("admin_bulletin_editor", __name__)

_SAID = {"count": "已重新统计。没有改过的文字跟着更新，您改过的没有动。", "save": "已保存。"}


@blueprint.get("/<int:bulletin_id>")
def one(bulletin_id: int) -> str:
    """Show a bulletin: a draft to be written, any other as it is read."""
    session = current_session()
    found = bulletins.find(session, bulletin_id)
    return _editor(session, found) if found.state is BulletinState.DRAFT else _reading(session, found)


def _reading(session: Session, found: Bulletin) -> str:
    staff = current_staff()
    show_own_pages()
    return render_template(
        "admin/bulletin.html",
        contents=contents_of(session, found),
        bulletin=found,
        may_publish=bulletin_approval.may_publish_this(found, staff),
        publishes=may_publish_bulletins(staff),
        is_own=staff.id in (found.written_by_id, found.submitted_by_id),
    )


def _editor(session: Session, found: Bulletin, refusal: DomainError | None = None) -> str:
    """Draw the form; after a refusal with what was typed."""
    is_about_details = isinstance(refusal, Invalid) and refusal.field == "confirmed"
    shown = bulletin_cases.shown(session, found)
    return render_template(
        "admin/bulletin_editor.html",
        bulletin=found,
        revision=seen() if refusal and not isinstance(refusal, TooLate) else found.revision,
        words=_typed(found),
        figures=bulletins.figures_of(found),
        charts={one.part: one.chart for one in contents_of(session, found).sections},
        parts=list(BulletinPart),
        sides={
            side.value: (
                shown[side],
                bulletin_cases.suggestions(session, found, side, now=now()),
                bulletin_cases.count_not_released(session, found, side, now=now()),
            )
            for side in CaseSide
        },
        refusal=refusal,
        is_late=isinstance(refusal, TooLate),
        details=bulletin_approval.details_in(found) if is_about_details else (),
        may_release_more=may_release(current_staff()),
        longest=bulletin_writing.LONGEST_WORDS,
        longest_title=bulletin_writing.LONGEST_TITLE,
    )


def _typed(found: Bulletin) -> BulletinWords:
    """Read the form; what it does not hold, or all of it where none was sent, stays as it is."""
    form = request.form
    left_out = set(found.left_out)
    if "parts" in form:
        left_out = {part.value for part in BulletinPart} - set(form.getlist("part"))
    return BulletinWords(
        title=form.get("title", found.title)[:200],
        texts={
            part.value: _words(f"text-{part.value}", found.texts.get(part.value, "")) for part in BulletinPart
        },
        left_out=frozenset(left_out),
        cases={
            case.id: CaseWords(
                _words(f"case-{case.id}-text", case.text),
                _words(f"case-{case.id}-answer", case.answer),
                _words(f"case-{case.id}-comment", case.comment),
            )
            for case in found.cases
        },
    )


def _words(name: str, kept: str) -> str:
    return request.form.get(name, kept).replace("\r\n", "\n")[: 2 * bulletin_writing.LONGEST_WORDS]


@blueprint.post("/<int:bulletin_id>/keep")
def keep(bulletin_id: int) -> str:
    """Keep what is being typed; the page asks whenever its writer pauses."""
    session = current_session()
    found = bulletins.find(session, bulletin_id)
    problem, revision = "", seen()
    try:
        bulletin_writing.change(session, found, _typed(found), audited=False, seen=seen(), **by())
        revision = found.revision
    except (Invalid, TooLate) as refusal:
        session.rollback()
        problem = refusal.message
    return render_template(
        "admin/bulletin_kept.html",
        bulletin_id=bulletin_id,
        revision=revision,
        kept_at=now(),
        problem=problem,
    )


@blueprint.post("/<int:bulletin_id>")
def write(bulletin_id: int) -> Response | Refused:
    """Save, and then do what the button says: to a case, to the figures, or hand it to a colleague."""
    session = current_session()
    found = bulletins.find(session, bulletin_id)
    deed, _, about = request.form.get("do", "save").partition(" ")
    try:
        bulletin_writing.change(session, found, _typed(found), seen=seen(), **by())
        _do(session, found, deed, about)
    except (Invalid, NotFound) as refusal:
        return _editor(session, found, refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    except TooLate as refusal:
        if found.state is not BulletinState.DRAFT:
            raise
        return _editor(session, found, refusal), HTTPStatus.CONFLICT
    if deed in _SAID:
        flash(_SAID[deed], "success")
    return to_bulletin(bulletin_id)


def _do(session: Session, found: Bulletin, deed: str, about: str) -> None:
    if deed == "choose":
        side, _, number = about.partition(" ")
        _choose(session, found, side, number or request.form.get(f"number-{side}", ""))
    elif deed == "drop":
        bulletin_writing.drop_case(session, found, _number(about), **by())
    elif deed in {"up", "down"}:
        step = -1 if deed == "up" else 1
        bulletin_writing.move_case(session, found, _number(about), by=step, **by())
    elif deed == "count":
        bulletin_writing.count_again(session, found, painter=painter(), **by())
    elif deed == "submit":
        confirmed = request.form.get("confirmed") == "1"
        bulletin_approval.submit(session, found, confirmed=confirmed, **by())
        flash("已提交，请另一位同事审批发布。", "success")


def _choose(session: Session, found: Bulletin, side: str, number: str) -> None:
    wanted = next((one for one in CaseSide if one.value == side), None)
    if wanted is None or not number.strip():
        raise Invalid("请填写诉求的编号，例如 2026-1121-0007。", "number")
    bulletin_writing.choose_case(session, found, number[:40], wanted, **by())


def _number(given: str) -> int:
    return int(given) if given.isdecimal() and len(given) < 10 else 0
