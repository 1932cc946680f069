"""服务点: the registry as a tree that opens branch by branch, or as a list of what was searched for."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from domain import audit, background_tasks
from domain.errors import NotAllowed
from domain.permissions import may_manage_places
from domain.service_point_checks import SUBJECT, find_place
from domain.service_point_tree import PlaceFilters, ancestors, find_places, level
from models.enums import ServicePointKind
from models.service_point import ServicePoint
from models.team import Team
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only

blueprint = Blueprint("admin_place_tree", __name__, url_prefix="/admin/places")
blueprint.before_request(staff_only)

PER_PAGE = 50
_LACKING = {"team": "没有责任单位", "in_charge": "没有负责人"}


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """Show the tree or, with anything to search for, the places that fit."""
    session, staff = current_session(), current_staff()
    filters = read_filters(request.args)
    shown: dict[str, Any] = {
        "filters": filters,
        "given": {name: value for name, value in request.args.items() if value and name != "page"},
        "may_manage": may_manage_places(staff),
        "totals": _totals(session),
        "lacking": _LACKING,
        "kinds": list(ServicePointKind),
        "teams": session.scalars(select(Team).where(Team.active).order_by(Team.id)).all(),
    }
    if filters:
        wanted = request.args.get("page", 1, type=int)
        found = find_places(session, filters, page=wanted, per_page=PER_PAGE)
        return render_template("admin/place_list.html", found=found, **shown)
    opened = _opened(session)
    branches, left = level(session, None, opened=opened)
    return render_template("admin/place_tree.html", branches=branches, left=left, chosen=opened[-1:], **shown)


@blueprint.get("/<int:place_id>/below")
def below(place_id: int) -> str:
    """Give the branches right below a place, from a certain one on, as a part of the page."""
    place = find_place(current_session(), place_id)
    return _branches(place)


@blueprint.get("/top")
def top() -> str:
    """Give more of the branches at the top."""
    return _branches(None)


@blueprint.post("/export")
def export() -> Response:
    """Have the places that fit written into a workbook."""
    session, staff = current_session(), current_staff()
    if not may_manage_places(staff):
        raise NotAllowed("服务点由受理员或系统管理员导出。")
    filters = read_filters(request.form)
    moment = now()
    task = background_tasks.ask(
        session,
        staff,
        kind="service_point_export",
        title="导出服务点" + ("（筛选结果）" if filters else ""),
        parameters=filters.as_json(),
        now=moment,
    )
    audit.record(
        session,
        staff,
        action=f"{SUBJECT}.export",
        subject_kind="task",
        subject=str(task.id),
        words=task.title,
        details=filters.as_json(),
        now=moment,
    )
    flash("正在导出，完成后在这里下载。")
    return redirect(url_for("admin_tasks.task", task_id=task.id), 303)


def read_filters(given: MultiDict[str, str]) -> PlaceFilters:
    """Read what narrows the list from an address or a form; what makes no sense narrows nothing."""
    kinds = {kind.value: kind for kind in ServicePointKind}
    lacking = given.get("lacking", "")
    return PlaceFilters(
        words=" ".join(given.get("q", "").split())[:100],
        team_id=_number(given, "team"),
        kind=kinds.get(given.get("kind", "")),
        lacking=lacking if lacking in _LACKING else "",
        retired=given.get("retired") == "1",
        below_id=_number(given, "below"),
    )


def _number(given: MultiDict[str, str], name: str) -> int | None:
    number = given.get(name, type=int)
    return number if number is not None and 0 < number < 2**31 else None


def _opened(session: Session) -> Sequence[int]:
    """Give the ids from the top down to the place that the address wants to be seen."""
    wanted = _number(request.args, "open")
    place = session.get(ServicePoint, wanted) if wanted is not None else None
    return [one.id for one in [*ancestors(session, place), place]] if place is not None else []


def _branches(parent: ServicePoint | None) -> str:
    start = max(0, request.args.get("start", 0, type=int))
    branches, left = level(current_session(), parent, start=start)
    return render_template(
        "admin/place_branches.html", branches=branches, left=left, parent=parent, start=start
    )


def _totals(session: Session) -> dict[str, int]:
    in_use = select(func.count(ServicePoint.id)).where(ServicePoint.active)
    return {
        "all": session.scalar(in_use) or 0,
        "team": session.scalar(in_use.where(ServicePoint.team_id.is_(None))) or 0,
        "in_charge": session.scalar(in_use.where(ServicePoint.in_charge == "")) or 0,
        "retired": session.scalar(select(func.count(ServicePoint.id)).where(ServicePoint.active.is_(False)))
        or 0,
    }
