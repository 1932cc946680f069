"""Adding a service point, and changing what is written about one."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import service_point_registry as registry
from domain.categories import choosable
from domain.errors import Invalid, NotAllowed, TooLate
from domain.permissions import may_describe_place, may_manage_places
from domain.service_point_checks import find_place, only_managers
from domain.service_point_fields import (
    LONGEST,
    PlaceFields,
    cleaned_text,
    fields_of,
    position_text,
    read_position,
    revision_of,
)
from models.enums import ServicePointKind
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only

blueprint = Blueprint("admin_place_form", __name__, url_prefix="/admin/places")
blueprint.before_request(staff_only)

_NEXT_KIND = {
    ServicePointKind.CAMPUS: ServicePointKind.BUILDING,
    ServicePointKind.BUILDING: ServicePointKind.FLOOR,
    ServicePointKind.FLOOR: ServicePointKind.ROOM,
    ServicePointKind.CANTEEN: ServicePointKind.WINDOW,
}
_OVERWRITTEN = "这个服务点刚刚被别人改过。请先打开它看看最新内容；再点保存，就以您写的为准。"


@blueprint.get("/new")
def new() -> str:
    """Show an empty form; most of a new place is like those beside it."""
    session, staff = current_session(), current_staff()
    only_managers(staff)
    parent = _parent(session)
    kind = _NEXT_KIND.get(parent.kind, parent.kind) if parent else ServicePointKind.CAMPUS
    like = PlaceFields(
        name="",
        kind=kind,
        team_id=parent.team_id if parent else None,
        category_id=parent.category_id if parent else None,
    )
    return _form(session, None, parent, _entered(like), staff)


@blueprint.post("/new")
def add() -> Response | tuple[str, int]:
    """Add a place."""
    session, staff = current_session(), current_staff()
    parent = _parent(session)
    try:
        place = registry.add(session, _wanted(None), parent=parent, staff=staff, now=now())
    except Invalid as refusal:
        session.rollback()
        return _refused(None, parent.id if parent else None, refusal)
    flash(f"已新增「{place.full_name}」，二维码几分钟内生成。", "success")
    if request.form.get("again"):
        return redirect(url_for("admin_place_form.new", parent=place.parent_id), 303)
    return redirect(url_for("admin_place.page", place_id=place.id), 303)


@blueprint.get("/<int:place_id>/edit")
def edit(place_id: int) -> str:
    """Show the form of a place."""
    session, staff = current_session(), current_staff()
    place = find_place(session, place_id)
    if not may_describe_place(place, staff):
        raise NotAllowed("只有本单位负责人、受理员和管理员可以改这个服务点。")
    return _form(session, place, place.parent, _entered(fields_of(place)), staff)


@blueprint.post("/<int:place_id>/edit")
def change(place_id: int) -> Response | tuple[str, int]:
    """Change what is written about a place."""
    session, staff = current_session(), current_staff()
    place = find_place(session, place_id)
    seen = request.form.get("seen", "")
    try:
        changed = registry.change(session, place, _wanted(place), staff=staff, now=now(), seen=seen)
    except Invalid as refusal:
        session.rollback()
        return _refused(place_id, None, refusal)
    except TooLate:
        session.rollback()
        return _refused(place_id, None, Invalid(_OVERWRITTEN), status=HTTPStatus.CONFLICT)
    flash(f"已保存「{place.full_name}」。" if changed else "没有改动。", "success" if changed else "info")
    return redirect(url_for("admin_place.page", place_id=place.id), 303)


def _parent(session: Session) -> ServicePoint | None:
    wanted = request.values.get("parent", type=int)
    return find_place(session, wanted) if wanted else None


def _wanted(place: ServicePoint | None) -> PlaceFields:
    """Read the form; fields that it does not have stay as they are."""
    form = request.form
    texts = {name: cleaned_text(name, form[name]) for name in LONGEST if name in form}
    values: dict[str, Any] = dict(texts)
    if "label_number" in values:
        values["label_number"] = values["label_number"] or None
    if "kind" in form:
        kinds = {kind.value: kind for kind in ServicePointKind}
        if form["kind"] not in kinds:
            raise Invalid("请选择类型。", "kind")
        values["kind"] = kinds[form["kind"]]
    for name in ("team_id", "category_id"):
        if name in form:
            values[name] = form.get(name, type=int)
    if "position" in form:
        values["latitude"], values["longitude"] = read_position(form["position"])
    values["party_member"] = bool(form.get("party_member"))
    if place is not None:
        return replace(fields_of(place), **values)
    return PlaceFields(**({"name": "", "kind": ServicePointKind.FACILITY} | values))


def _entered(wanted: PlaceFields) -> Mapping[str, str]:
    return {
        "name": wanted.name,
        "kind": wanted.kind.value,
        "label_number": wanted.label_number or "",
        "team_id": str(wanted.team_id or ""),
        "category_id": str(wanted.category_id or ""),
        "in_charge": wanted.in_charge,
        "party_member": "1" if wanted.party_member else "",
        "standard": wanted.standard,
        "pledge": wanted.pledge,
        "position": position_text(wanted),
    }


def _refused(
    place_id: int | None,
    parent_id: int | None,
    refusal: Invalid,
    *,
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY,
) -> tuple[str, int]:
    session = current_session()
    place = find_place(session, place_id) if place_id is not None else None
    parent = place.parent if place else find_place(session, parent_id) if parent_id else None
    # Leads see only some of the fields; the others are shown as they are.
    entered = dict(_entered(fields_of(place))) if place is not None else {}
    entered |= {"party_member": ""} | request.form.to_dict()
    return _form(session, place, parent, entered, current_staff(), refusal), status


def _form(
    session: Session,
    place: ServicePoint | None,
    parent: ServicePoint | None,
    entered: Mapping[str, str],
    staff: Staff,
    refusal: Invalid | None = None,
) -> str:
    return render_template(
        "admin/place_form.html",
        place=place,
        parent=parent,
        entered=entered,
        refusal=refusal,
        seen=revision_of(place) if place else "",
        may_manage=may_manage_places(staff),
        kinds=list(ServicePointKind),
        teams=session.scalars(select(Team).where(Team.active).order_by(Team.id)).all(),
        categories=choosable(session),
        longest=LONGEST,
    )
