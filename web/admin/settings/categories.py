"""类别与时限: the tree of categories, their limits, their words."""

from collections.abc import Callable
from dataclasses import fields
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from domain import categories, category_changes, recomputing
from domain.category_changes import CategoryWish, Limits
from domain.clocks import working_limit_text
from domain.deadlines import calendar_for
from domain.errors import Invalid
from domain.working_time import WorkingTime
from models.category import Category
from models.team import Team
from web.admin.settings.entering import LARGEST_ID, By, by, direction, settings_blueprint, typed, typed_id
from web.database_session import current_session

blueprint = settings_blueprint("admin_settings_categories", __name__, "/categories")

LIMITS = {
    "dispatch_minutes": ("受理派单", "工作分钟"),
    "answer_minutes": ("首次答复", "工作分钟"),
    "ordinary_days": ("办结（一般）", "工作日"),
    "complex_days": ("办结（复杂）", "工作日"),
    "very_complex_days": ("办结（特别复杂）", "工作日"),
}
_LONGEST_KEYWORDS = 5_000


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show the tree."""
    return _list()


@blueprint.get("/new")
def new() -> str:
    """Show an empty form, with the limits of the category above it, or of 其他."""
    session = current_session()
    parent_id = request.args.get("parent", 0, type=int)
    model = session.get(Category, parent_id) if 0 < parent_id <= LARGEST_ID else None
    model = model or session.scalar(select(Category).order_by(Category.position.desc()))
    entered = {"parent_id": str(parent_id or "")}
    if model is not None:
        entered |= {name: str(getattr(model, name)) for name in LIMITS}
    return _form(None, entered)


@blueprint.post("/new")
def add() -> Response | tuple[str, int]:
    """Add a category."""
    try:
        category = category_changes.add(current_session(), _wish(), **by())
    except Invalid as refusal:
        current_session().rollback()
        return _form(None, _entered(), refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"已新增类别「{category.name}」。", "success")
    return _back()


@blueprint.get("/<int:category_id>")
def one(category_id: int) -> str:
    """Show the form of one category."""
    session = current_session()
    category = categories.find(session, category_id)
    entered = {
        "name": category.name,
        "parent_id": str(category.parent_id or ""),
        "team_id": str(category.team_id or ""),
        "keywords": " ".join(categories.keywords_of(session, category)),
        **{name: str(getattr(category, name)) for name in LIMITS},
    }
    return _form(category, entered)


@blueprint.post("/<int:category_id>")
def change(category_id: int) -> Response | str | tuple[str, int]:
    """Change a category; new limits are asked about first where they move what is open."""
    session = current_session()
    category = categories.find(session, category_id, for_change=True)
    if request.form.get("again"):
        return _form(category, _entered())
    try:
        wish = _wish()
        category_changes.check(session, category, wish)
        moved = category_changes.limits_of(category) != wish.limits
        concerned = recomputing.count_open(session, [category.id]) if moved else 0
        if concerned and request.form.get("confirmed") != "1":
            return _confirmation(category, wish, concerned)
        category_changes.change(session, category, wish, **by())
    except Invalid as refusal:
        session.rollback()
        shown = categories.find(session, category_id)
        return _form(shown, _entered(), refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    told = f"，{concerned} 件在办诉求的期限正在重新计算" if concerned else ""
    flash(f"类别「{category.name}」已保存{told}。", "success")
    return _back()


@blueprint.post("/<int:category_id>/move")
def move(category_id: int) -> Response:
    """Move a category up or down."""
    session = current_session()
    category = categories.find(session, category_id)
    category_changes.move(session, category, by=direction(), **by())
    return _back()


@blueprint.post("/<int:category_id>/<any(disable, enable):state>")
def set_state(category_id: int, state: str) -> Response | tuple[str, int]:
    """Take a category out of use, or into use again."""
    session, acting = current_session(), by()
    category = categories.find(session, category_id, for_change=True)
    try:
        _set_state(category, state, acting)
    except Invalid as refusal:
        session.rollback()
        return _list(refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"类别「{category.name}」已{'停用' if state == 'disable' else '启用'}。")
    return _back()


def _set_state(category: Category, state: str, acting: By) -> None:
    verb = category_changes.disable if state == "disable" else category_changes.enable
    verb(current_session(), category, **acting)


def _back() -> Response:
    return redirect(url_for("admin_settings_categories.page"), 303)


def _entered() -> dict[str, str]:
    plain = ("name", "parent_id", "team_id", *LIMITS)
    return {name: typed(name) for name in plain} | {"keywords": typed("keywords", longest=_LONGEST_KEYWORDS)}


def _wish() -> CategoryWish:
    entered = _entered()
    numbers = {}
    for each in fields(Limits):
        value = entered[each.name]
        if not value.isdecimal() or len(value) > 9:
            raise Invalid("时限要写整数。", each.name)
        numbers[each.name] = int(value)
    return CategoryWish(
        name=entered["name"],
        parent_id=typed_id("parent_id"),
        team_id=typed_id("team_id"),
        limits=Limits(**numbers),
        keywords=entered["keywords"],
    )


def _list(refusal: Invalid | None = None) -> str:
    session = current_session()
    return render_template(
        "admin/settings/categories.html",
        nodes=categories.tree(session),
        progress=recomputing.progress(session),
        limit=_limit_words(calendar_for(session)),
        refusal=refusal,
    )


def _limit_words(calendar: WorkingTime) -> Callable[[int], str]:
    """Say working minutes as people do: 30 分钟, 1 个工作日."""
    return lambda minutes: working_limit_text(calendar, minutes=minutes).partition("（")[0]


def _form(category: Category | None, entered: dict[str, str], *, refusal: Invalid | None = None) -> str:
    session = current_session()
    teams = session.scalars(select(Team).where(Team.active).order_by(Team.id)).all()
    below = categories.neighbours(session, category.id) if category is not None else []
    return render_template(
        "admin/settings/category.html",
        category=category,
        entered=entered,
        refusal=refusal,
        limits=LIMITS,
        teams=teams,
        parents=[
            row
            for row in categories.neighbours(session, None)
            if not below and (category is None or row.id != category.id)
        ],
        concerned=recomputing.count_open(session, [category.id]) if category is not None else 0,
    )


def _confirmation(category: Category, wish: CategoryWish, concerned: int) -> str:
    changed = [
        (*LIMITS[each.name], getattr(category, each.name), getattr(wish.limits, each.name))
        for each in fields(Limits)
        if getattr(category, each.name) != getattr(wish.limits, each.name)
    ]
    return render_template(
        "admin/settings/category_confirm.html",
        category=category,
        changed=changed,
        concerned=concerned,
        entered=_entered(),
    )
