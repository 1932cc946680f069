"""常用语: texts that staff start an answer from; the office's, and everybody's own."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from domain import categories, reply_templates
from domain.errors import Invalid, NotAllowed
from domain.permissions import may_manage_replies
from domain.reply_templates import (
    ALL_STEPS,
    LONGEST_TEXT,
    LONGEST_TITLE,
    PLACEHOLDERS,
    ReplyWish,
    step_label,
)
from models.complaint import Complaint
from models.wording import ReplyTemplate
from web.admin.settings.entering import by, direction, no_such_number, typed, typed_id
from web.auth import current_staff
from web.database_session import current_session
from web.guards import staff_only

blueprint = Blueprint("admin_settings_replies", __name__, url_prefix="/admin/settings/replies")
blueprint.before_request(staff_only)
blueprint.before_request(no_such_number)


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List the office's templates, or with `mine` one's own."""
    session, staff = current_session(), current_user.staff
    is_mine = _is_mine(request.args.get("mine"))
    return render_template(
        "admin/settings/replies.html",
        rows=reply_templates.listed(session, owner=staff if is_mine else None),
        step_label=step_label,
        is_mine=is_mine,
        may_change=is_mine or may_manage_replies(staff),
    )


@blueprint.get("/new")
def new() -> str:
    """Show an empty form."""
    is_mine = _is_mine(request.args.get("mine"))
    if not is_mine and not may_manage_replies(current_user.staff):
        raise NotAllowed("全单位的常用语由系统管理员、受理员和单位负责人维护。")
    return _form(None, {}, is_mine=is_mine)


@blueprint.post("/new")
def add() -> Response | tuple[str, int]:
    """Add a template."""
    session, is_mine = current_session(), _is_mine(request.form.get("mine"))
    try:
        template = reply_templates.add(session, _wish(), for_office=not is_mine, **by())
    except Invalid as refusal:
        session.rollback()
        return _form(None, _entered(), is_mine=is_mine, refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"已新增常用语「{template.title}」。", "success")
    return _back(template)


@blueprint.get("/<int:template_id>")
def one(template_id: int) -> str:
    """Show the form of one template."""
    template = _found(template_id)
    entered = {
        "title": template.title,
        "text": template.text,
        "category_id": str(template.category_id or ""),
        "step": template.step.value if template.step else "",
    }
    return _form(template, entered, is_mine=template.owner_id is not None)


@blueprint.post("/<int:template_id>")
def change(template_id: int) -> Response | tuple[str, int]:
    """Change a template."""
    session = current_session()
    template = _found(template_id)
    is_mine = template.owner_id is not None
    try:
        reply_templates.change(session, template, _wish(), **by())
    except Invalid as refusal:
        session.rollback()
        shown = _found(template_id)
        return _form(shown, _entered(), is_mine=is_mine, refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"常用语「{template.title}」已保存。", "success")
    return _back(template)


@blueprint.post("/preview")
def preview() -> str:
    """Show what is typed as it would read for the newest complaint, as a part of the page."""
    return render_template("admin/settings/reply_preview.html", example=_example(typed_text()))


@blueprint.post("/<int:template_id>/move")
def move(template_id: int) -> Response:
    """Move a template up or down."""
    template = _found(template_id)
    reply_templates.move(current_session(), template, by=direction(), **by())
    return _back(template)


@blueprint.post("/<int:template_id>/<any(disable, enable):state>")
def set_state(template_id: int, state: str) -> Response:
    """Offer a template no more, or again."""
    template = _found(template_id)
    reply_templates.set_active(current_session(), template, active=state == "enable", **by())
    flash(f"常用语「{template.title}」已{'启用' if template.active else '停用'}。")
    return _back(template)


@blueprint.post("/<int:template_id>/remove")
def remove(template_id: int) -> Response:
    """Delete a template."""
    template = _found(template_id)
    answer = _back(template)
    reply_templates.remove(current_session(), template, **by())
    flash(f"常用语「{template.title}」已删除。")
    return answer


def _is_mine(given: str | None) -> bool:
    """Tell whether one's own are meant, as they are for those who do not look after the office's."""
    return given == "1" or (given is None and not may_manage_replies(current_user.staff))


def _found(template_id: int) -> ReplyTemplate:
    return reply_templates.find(current_session(), template_id, current_staff())


def _back(template: ReplyTemplate) -> Response:
    mine = 1 if template.owner_id is not None else 0
    return redirect(url_for("admin_settings_replies.page", mine=mine), 303)


def typed_text() -> str:
    """Give the text as typed, cut just past the longest there may be."""
    return typed("text", longest=LONGEST_TEXT)


def _entered() -> dict[str, str]:
    return {
        "title": typed("title", longest=LONGEST_TITLE),
        "text": typed_text(),
        "category_id": typed("category_id"),
        "step": typed("step"),
    }


def _wish() -> ReplyWish:
    entered = _entered()
    step = next((each for each in ALL_STEPS if each.value == entered["step"]), None)
    if entered["step"] and step is None:
        raise Invalid("请重新选择用在哪个办理动作。", "step")
    return ReplyWish(
        title=entered["title"], text=entered["text"], category_id=typed_id("category_id"), step=step
    )


def _example(text: str) -> str:
    """Fill a text in for the newest complaint of the reader's team, or for any, without names."""
    newest = select(Complaint).order_by(Complaint.id.desc()).limit(1)
    team_id = current_user.staff.team_id
    session = current_session()
    complaint = session.scalar(newest.where(Complaint.team_id == team_id)) if team_id is not None else None
    if complaint is None and may_manage_replies(current_user.staff):
        complaint = session.scalar(newest)
    if complaint is None:
        return text
    return reply_templates.fill(ReplyTemplate(text=text), complaint)


def _form(
    template: ReplyTemplate | None,
    entered: dict[str, str],
    *,
    is_mine: bool,
    refusal: Invalid | None = None,
) -> str:
    return render_template(
        "admin/settings/reply.html",
        template=template,
        entered=entered,
        is_mine=is_mine,
        refusal=refusal,
        nodes=[node for node in categories.tree(current_session()) if node.category.active],
        steps=[(each.value, step_label(each)) for each in ALL_STEPS],
        placeholders=PLACEHOLDERS,
        example=_example(entered.get("text", "")),
    )
