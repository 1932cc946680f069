"""通报: the list, a new one, and what becomes of one that is written; writing is in bulletin_editor.py."""

from datetime import date
from http import HTTPStatus
from io import BytesIO
from pathlib import Path

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from domain import bulletin_approval, bulletin_periods, bulletin_writing, bulletins, office_changes
from domain.bulletin_charts import Painter
from domain.bulletin_contents import contents_of
from domain.bulletin_periods import BulletinSpan, Compared
from domain.errors import Invalid, NotAllowed
from domain.figure_periods import Period
from domain.permissions import may_write_bulletins
from domain.working_time import local_time
from models.bulletin_words import BulletinState, ChartName
from web.admin.settings.entering import by, no_such_number, typed
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.h5.bulletins import chart_answer
from web.headers import show_in_own_page
from web.parts import parts

PER_PAGE = 20
_FONTS = Path(__file__).resolve().parent.parent / "static" / "vendor" / "fonts"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

Refused = tuple[str, int]


def bulletin_blueprint(name: str, import_name: str) -> Blueprint:
    """Make a blueprint for those who write bulletins."""
    made = Blueprint(name, import_name, url_prefix="/admin/bulletins")
    made.before_request(staff_only)
    made.before_request(_writers_only)
    made.before_request(no_such_number)
    return made


def _writers_only() -> None:
    if not may_write_bulletins(current_user.staff):
        raise NotAllowed("通报由受理员、分管领导、督导组和系统管理员编写；发布以后在公示栏里都能看到。")


blueprint = bulletin_blueprint("admin_bulletins", __name__)


def painter() -> Painter:
    """Give what pictures are drawn with and kept in."""
    return Painter(parts().file_store, _FONTS)


def seen() -> int | None:
    """Give the revision that the page showed; None where none was sent."""
    given = request.form.get("seen", "")
    return int(given) if given.isdecimal() and len(given) < 10 else None


def to_bulletin(bulletin_id: int) -> Response:
    """Lead back to the page of a bulletin."""
    return redirect(url_for("admin_bulletin_editor.one", bulletin_id=bulletin_id), 303)


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List the bulletins."""
    session = current_session()
    chosen = next((one for one in BulletinState if one.value == request.args.get("state")), None)
    words = request.args.get("q", "").strip()[:40]
    number = request.args.get("page", 1, type=int)
    found = bulletins.listed(session, state=chosen, words=words, page=number, per_page=PER_PAGE)
    return render_template(
        "admin/bulletins.html",
        found=found,
        states=list(BulletinState),
        counts=bulletins.counts(session),
        chosen=chosen,
        words=words,
        periods={one.id: Period(one.first_day, one.last_day).words for one in found.items},
    )


@blueprint.get("/new")
def new() -> str:
    """Show the form of a new bulletin."""
    return _new({"span": BulletinSpan.LAST_MONTH.value, "compared": Compared.BEFORE.value})


@blueprint.post("/new")
def create() -> Response | Refused:
    """Count the figures of the period that was chosen, and begin a draft."""
    session = current_session()
    entered = {name: typed(name) for name in ("span", "compared", "first", "last", "title")}
    try:
        made = bulletin_writing.create(
            session,
            _period(entered),
            compared=next((one for one in Compared if one.value == entered["compared"]), Compared.BEFORE),
            title=entered["title"],
            painter=painter(),
            **by(),
        )
    except Invalid as refusal:
        session.rollback()
        return _new(entered, refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash("草稿已建好：数字已经统计，文字是按数字拟的，接着改就行。", "success")
    return to_bulletin(made.id)


def _period(entered: dict[str, str]) -> Period:
    span = next((one for one in BulletinSpan if one.value == entered["span"]), BulletinSpan.CUSTOM)
    first, last = (_day(entered[name], name) for name in ("first", "last"))
    return bulletin_periods.chosen(span, first=first, last=last, today=local_time(now()).date())


def _day(given: str, field: str) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise Invalid("日期写成 2026-11-01 这样。", field) from None


def _new(entered: dict[str, str], refusal: Invalid | None = None) -> str:
    return render_template(
        "admin/bulletin_new.html",
        entered=entered,
        refusal=refusal,
        offers=bulletin_periods.offers(today=local_time(now()).date()),
        compared=list(Compared),
    )


@blueprint.get("/<int:bulletin_id>/preview")
def preview(bulletin_id: int) -> str:
    """Show it as it looks on a phone."""
    session = current_session()
    found = bulletins.find(session, bulletin_id)

    def address(chart: ChartName, look: str) -> str:
        return url_for("admin_bulletins.chart", bulletin_id=found.id, look=look, chart=chart.value)

    show_in_own_page()
    contents = contents_of(session, found)
    return render_template("admin/bulletin_preview.html", contents=contents, chart_address=address)


@blueprint.get("/<int:bulletin_id>/<any(light, dark):look>/<chart>.png")
def chart(bulletin_id: int, look: str, chart: str) -> Response:
    """Send one of its pictures."""
    answer = chart_answer(bulletins.find(current_session(), bulletin_id), chart, look)
    answer.headers["Cache-Control"] = "private, max-age=0"
    return answer


@blueprint.get("/<int:bulletin_id>/word")
def word(bulletin_id: int) -> Response:
    """Give it as a Word document, and write down who took it."""
    if request.method == "HEAD":
        return Response(headers={"Accept-Ranges": "none"})
    # A GET reads only; that it happened is written in a transaction of its own.
    with parts().database.transaction() as session:
        found = bulletins.find(session, bulletin_id)
        from domain.bulletin_document import as_document

        content = as_document(contents_of(session, found), parts().file_store)
        office_changes.note(
            session,
            current_staff(),
            action="bulletin.export",
            subject=found.id,
            words=f"导出通报的 Word 文件：「{found.title}」",
            now=now(),
        )
        name = f"{found.title}{'' if found.code else '（草稿）'}.docx"
    return send_file(BytesIO(content), mimetype=_WORD, as_attachment=True, download_name=name, etag=False)


@blueprint.post("/<int:bulletin_id>/take-back")
def take_back(bulletin_id: int) -> Response:
    """Go on writing what waits for its approval."""
    session = current_session()
    bulletin_approval.take_back(session, bulletins.find(session, bulletin_id), seen=seen(), **by())
    flash("已收回，可以接着改。")
    return to_bulletin(bulletin_id)


@blueprint.post("/<int:bulletin_id>/send-back")
def send_back(bulletin_id: int) -> Response:
    """Give it back to be changed."""
    session = current_session()
    found = bulletins.find(session, bulletin_id)
    bulletin_approval.send_back(session, found, reason=typed("reason", longest=1000), seen=seen(), **by())
    flash("已退回，编写的同事打开就能看到理由。")
    return to_bulletin(bulletin_id)


@blueprint.post("/<int:bulletin_id>/publish")
def publish(bulletin_id: int) -> Response:
    """Let everybody read it."""
    session = current_session()
    found = bulletins.find(session, bulletin_id)
    bulletin_approval.publish(session, found, seen=seen(), **by())
    flash(f"{found.code} 期已发布，几秒钟后所有人看到。", "success")
    return to_bulletin(bulletin_id)


@blueprint.post("/<int:bulletin_id>/withdraw")
def withdraw(bulletin_id: int) -> Response:
    """Take it out of everybody's sight."""
    session = current_session()
    found = bulletins.find(session, bulletin_id)
    bulletin_approval.withdraw(session, found, reason=typed("reason", longest=1000), seen=seen(), **by())
    flash("已撤回，几秒钟后师生只看到撤回的说明。")
    return to_bulletin(bulletin_id)


@blueprint.post("/<int:bulletin_id>/remove")
def remove(bulletin_id: int) -> Response:
    """Delete a draft."""
    session = current_session()
    found = bulletins.find(session, bulletin_id)
    title = found.title
    bulletin_writing.remove(session, found, seen=seen(), **by())
    flash(f"「{title}」已删除。")
    return redirect(url_for("admin_bulletins.page"), 303)
