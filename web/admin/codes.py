"""打印二维码: choosing places and a kind of sheet; the file itself is made in the background."""

from collections.abc import Iterable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from domain import background_tasks, code_choice, print_mark
from domain.code_printing import Drawn, Form, drawn_of, piece_of
from domain.errors import Invalid, NotAllowed, NotFound
from domain.paging import page_within
from domain.permissions import codes_of_team, may_print_codes
from domain.qr_codes import link_for
from domain.queries import Page
from domain.sheet_drawing import code_side, draw_page
from domain.sheet_layouts import LAYOUTS, Layout, layout_named
from domain.sheet_surface import Area
from domain.sheet_svg import SvgSheet
from models.enums import Role, ServicePointKind
from models.service_point import ServicePoint
from models.team import Team
from web.admin.deeds import write_down
from web.admin.places import place_named
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts
from web.row_numbers import row_numbers

blueprint = Blueprint("admin_codes", __name__, url_prefix="/admin/places/codes")
blueprint.before_request(staff_only)

PER_PAGE = 200
_GIVEN = ("place", "kind", "team", "words")
_SAMPLE = Drawn(0, "东校区第二食堂", "3号窗口", "EC-2-03", "http://weixin.qq.com/q/02AbCdEfGhIjKlMnOpQrSt")


@blueprint.before_request
def _who_prints() -> None:
    if not may_print_codes(current_user.staff):
        raise NotAllowed("二维码由受理员、系统管理员或单位负责人打印，请找他们帮忙。")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show the places to choose from, and the kinds of sheets."""
    return _page(request.args)


def _page(given: MultiDict[str, str], refusal: Invalid | None = None) -> str:
    session, own_team = current_session(), codes_of_team(current_user.staff)
    wanted, told = code_choice.Wanted(), refusal
    try:
        wanted = _wanted(session, given)
    except Invalid as error:
        told = told or error
    ids = code_choice.ids_of(session, wanted)
    total = len(ids)
    number = page_within(given.get("page", 1, type=int), total, PER_PAGE)
    items = code_choice.by_ids(session, ids[(number - 1) * PER_PAGE : number * PER_PAGE])
    return render_template(
        "admin/codes.html",
        found=Page(items, total, number, PER_PAGE),
        given={name: given[name] for name in _GIVEN if given.get(name)},
        ticked=set(row_numbers(given.getlist("places"))),
        chosen=given.get("layout", LAYOUTS[0].key),
        form=given.get("form", Form.PDF.value),
        layouts=LAYOUTS,
        forms=_forms(),
        kinds=list(ServicePointKind),
        teams=[] if own_team else session.scalars(select(Team).order_by(Team.id)).all(),
        own_team=session.get_one(Team, own_team) if own_team else None,
        most=code_choice.MOST_CODES,
        is_mark_uploaded=print_mark.is_uploaded(session),
        refusal=told,
    )


@blueprint.post("", strict_slashes=False)
def ask() -> AnyResponse | tuple[str, int]:
    """Have the file made, and lead to its progress."""
    session, staff, given = current_session(), current_staff(), request.form
    try:
        form = _form(given.get("form", ""))
        layout = layout_named(given.get("layout", ""))
        ids = _ids(session, given)
    except Invalid as refusal:
        return _page(given, refusal), 422
    task = background_tasks.ask(
        session,
        staff,
        kind="qr_sheets",
        title=f"{_what(form, layout)}（{len(ids)} 个服务点）",
        parameters={"ids": ids, "layout": layout.key, "form": form.value},
        now=now(),
    )
    write_down(
        "codes.print",
        f"打印二维码：{len(ids)} 个服务点",
        subject=str(task.id),
        details={"layout": layout.key},
    )
    return redirect(url_for("admin_tasks.task", task_id=task.id), 303)


@blueprint.get("/preview/<key>.svg")
def preview(key: str) -> Response:
    """Draw a page of a kind of sheet, with one place on all its pieces."""
    try:
        layout = layout_named(key)
    except Invalid:
        raise NotFound("没有这种版式。") from None
    answer = Response(_drawn_page(current_session(), layout), content_type="image/svg+xml; charset=utf-8")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; img-src data:; sandbox"
    return answer


@blueprint.get("/mark.png")
def mark() -> Response:
    """Show the mark that is printed in the middle of codes."""
    return Response(print_mark.png_of(print_mark.mark(current_session())), content_type="image/png")


@blueprint.post("/mark")
def change_mark() -> AnyResponse | tuple[str, int]:
    """Take in another mark, or go back to our own."""
    if Role.ADMIN not in current_user.staff.roles:
        raise NotAllowed("标志由系统管理员更换。")
    png = None
    if "remove" not in request.form:
        try:
            png = print_mark.clean_mark(_uploaded())
        except Invalid as refusal:
            return _page(MultiDict(), refusal), 422
    print_mark.keep_mark(current_session(), png, staff=current_staff(), now=now())
    flash("标志已更换，之后打印的二维码用新的。" if png else "已恢复用系统自带的标志。", "success")
    return redirect(url_for("admin_codes.page"), 303)


def _uploaded() -> bytes:
    file = request.files.get("mark")
    if file is None or not file.filename:
        raise Invalid("请先选择一张图片。", "mark")
    return file.stream.read(print_mark.MAX_BYTES + 1)


def _wanted(session: Session, given: MultiDict[str, str]) -> code_choice.Wanted:
    place, kind = given.get("place", "").strip(), given.get("kind", "")
    return code_choice.Wanted(
        under=place_named(session, place[:100]) if place else None,
        kind=ServicePointKind(kind) if kind in list(ServicePointKind) else None,
        team_id=codes_of_team(current_user.staff) or given.get("team", type=int),
        words=given.get("words", "").strip()[:60],
    )


def _ids(session: Session, given: MultiDict[str, str]) -> list[int]:
    own = codes_of_team(current_user.staff)
    if given.get("scope") == "all":
        found: Iterable[int] = code_choice.ids_of(session, _wanted(session, given))
    else:
        found = row_numbers(given.getlist("places"))
    return code_choice.chosen_ids(session, found, team_id=own)


def _what(form: Form, layout: Layout) -> str:
    if form is Form.MINI:
        return "小程序码"
    return f"二维码{layout.label if form is Form.PDF else f'{form.name} 图片'}"


def _forms() -> list[Form]:
    has_mini_program = parts().settings.has_mini_program
    return [form for form in Form if form is not Form.MINI or has_mini_program]


def _form(value: str) -> Form:
    found = next((form for form in _forms() if form.value == value), None)
    if found is None:
        raise Invalid("请选择要 PDF 还是图片。", "form")
    return found


def _drawn_page(session: Session, layout: Layout) -> str:
    place = session.get(ServicePoint, request.args.get("place", 0, type=int))
    one = _SAMPLE
    if place is not None:
        settings = parts().settings
        link = link_for(session, place, app_id=settings.wechat_app_id, base_url=settings.base_url)
        one = drawn_of(place, link)
    piece = piece_of(one, side=code_side(Area(0, 0, *layout.face)))
    sheet = SvgSheet(layout.page, mark=print_mark.mark(session))
    draw_page(sheet, layout, [piece] * layout.per_page)
    return sheet.svg()
