"""公众号菜单: arranging the menu under the chat, seeing what would change, putting it there, going back."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from config.menu import menu_seed
from domain import menu_buttons, menus
from domain.errors import Invalid, NotAllowed
from domain.menu_buttons import Buttons, MenuButton, MenuKind, Position
from models.enums import Role
from web.admin.deeds import write_down
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts
from web.rate_limits import limiter
from wechat.errors import WeChatFailure
from wechat.menu import compare_with_live, push
from wechat.refusal_words import explain

blueprint = Blueprint("admin_menu", __name__, url_prefix="/admin/menu")
blueprint.before_request(staff_only)

_VERSIONS_SHOWN = 20
_LONGEST = 2000


@blueprint.before_request
def _admins_only() -> None:
    if Role.ADMIN not in current_user.staff.roles:
        raise NotAllowed("公众号菜单由系统管理员管理。")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show the menu as it is being edited, and what was put under the chat before."""
    return _page()


@blueprint.get("/live")
def live() -> str:
    """Show what pushing would change, as a part of the page: WeChat has to be asked for it."""
    with parts().database.reading() as reading:
        buttons = menus.draft(reading).buttons
    try:
        found = compare_with_live(parts().client, buttons, base_url=parts().settings.base_url)
    except WeChatFailure as error:
        return render_template("admin/menu_live.html", trouble=explain(error), differences=[])
    return render_template("admin/menu_live.html", trouble="", differences=found)


@blueprint.post("/button")
def put_button() -> tuple[str, int] | Response:
    """Change a button, or add one."""
    at = menu_buttons.read_position(request.form.get("at", ""))
    try:
        return _edit(lambda buttons: menu_buttons.put(buttons, at, _typed_button()))
    except Invalid as refusal:
        current_session().rollback()
        typed = {name: request.form.get(name, "")[:_LONGEST] for name in ("name", "kind", "key", "url")}
        return _page(refusal=refusal, at=at, typed=typed), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/remove")
def remove_button() -> Response:
    """Take a button out."""
    at = menu_buttons.read_position(request.form.get("at", ""))
    return _edit(lambda buttons: menu_buttons.remove(buttons, at))


@blueprint.post("/move")
def move_button() -> Response:
    """Move a button up or down."""
    at = menu_buttons.read_position(request.form.get("at", ""))
    by = -1 if request.form.get("by") == "-1" else 1
    return _edit(lambda buttons: menu_buttons.move(buttons, at, by=by))


@blueprint.post("/push")
@limiter.limit("10 per minute")
def put_live() -> tuple[str, int] | Response:
    """Put the menu under the chat; nothing is written while WeChat is asked."""
    with parts().database.reading() as reading:
        try:
            buttons = menus.ready(reading, revision=_revision())
        except Invalid as refusal:
            return _page(refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        push(parts().client, buttons, base_url=parts().settings.base_url)
    except WeChatFailure as error:
        failed = Invalid(f"菜单没有发布成功。{explain(error)}")
        return _page(refusal=failed), HTTPStatus.BAD_GATEWAY
    menus.note_pushed(current_session(), buttons, staff=current_staff(), now=now())
    write_down("menu.publish", "发布了公众号菜单")
    flash("菜单已发布。师生退出公众号 5 分钟后再进来就能看到，最迟 24 小时。", "success")
    return redirect(url_for("admin_menu.page"), 303)


@blueprint.post("/restore")
def restore() -> Response:
    """Take an earlier menu back into editing."""
    version = menus.version_numbered(current_session(), request.form.get("version", 0, type=int))
    flash("已恢复成这个版本，还没有发布。请核对后再发布。")
    return _edit(lambda _present: menus.buttons_of(version))


def _edit(change: Callable[[Buttons], Buttons]) -> Response:
    session, staff = current_session(), current_staff()
    changed = change(menus.draft(session).buttons)
    menus.save(session, changed, revision=_revision(), staff=staff, now=now())
    write_down("menu.change", "修改了公众号菜单（未发布）")
    return redirect(url_for("admin_menu.page", _anchor="buttons"), 303)


def _revision() -> int:
    return request.form.get("revision", -1, type=int)


def _typed_button() -> MenuButton:
    kind = next((kind for kind in MenuKind if kind.value == request.form.get("kind")), None)
    if kind is None:
        raise Invalid("请选择按钮点了以后做什么。", "kind")
    value = {MenuKind.CLICK: "key", MenuKind.VIEW: "url"}.get(kind)
    return MenuButton(
        name=request.form.get("name", "").strip()[:_LONGEST],
        kind=kind,
        value=request.form.get(value, "").strip()[:_LONGEST] if value else "",
    )


def _page(
    *, refusal: Invalid | None = None, at: Position | None = None, typed: dict[str, str] | None = None
) -> str:
    with parts().database.reading() as reading:
        shown = menus.draft(reading)
        versions = menus.versions(reading, limit=_VERSIONS_SHOWN)
        return render_template(
            "admin/menu.html",
            shown=shown,
            versions=versions,
            is_pushed=bool(versions) and menus.buttons_of(versions[0]) == shown.buttons,
            refusal=refusal,
            refused_at=".".join(map(str, at)) if at else "",
            typed=typed,
            actions=menu_seed().actions,
            kinds=list(MenuKind),
            most_top=menu_buttons.MOST_TOP,
            most_below=menu_buttons.MOST_BELOW,
        )
