"""Moving, ordering and retiring service points, giving them new codes, and showing photos of them."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import service_point_registry as registry
from domain import service_point_retiring as retiring
from domain.errors import Invalid
from domain.service_point_checks import find_place, only_managers
from domain.service_point_tree import ancestors
from models.service_point import ServicePoint
from web.admin.places import place_named
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts
from web.rate_limits import limiter
from web.uploads import read_photo

blueprint = Blueprint("admin_place_changes", __name__, url_prefix="/admin/places")
blueprint.before_request(staff_only)


@blueprint.get("/<int:place_id>/move")
def ask_move(place_id: int) -> str:
    """Ask where to."""
    session = current_session()
    only_managers(current_staff())
    return _move_form(session, find_place(session, place_id))


@blueprint.post("/<int:place_id>/move")
def move(place_id: int) -> Response | tuple[str, int]:
    """Put a place below another one."""
    session, staff = current_session(), current_staff()
    only_managers(staff)
    place = find_place(session, place_id)
    try:
        parent = None if request.form.get("top") else _place_meant(session, request.form.get("place", ""))
        registry.move(session, place, parent=parent, staff=staff, now=now())
    except Invalid as refusal:
        session.rollback()
        return _move_form(session, find_place(session, place_id), refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"现在是「{place.full_name}」。", "success")
    return redirect(url_for("admin_place.page", place_id=place.id), 303)


@blueprint.post("/<int:place_id>/order")
def order(place_id: int) -> Response:
    """Move a place among its neighbours."""
    session = current_session()
    place = find_place(session, place_id)
    registry.reorder(session, place, to=request.form.get("to", ""), staff=current_staff(), now=now())
    return redirect(url_for("admin_place_tree.page", open=place.id), 303)


@blueprint.get("/<int:place_id>/retire")
def ask_retire(place_id: int) -> str:
    """Say what retiring would do."""
    session = current_session()
    only_managers(current_staff())
    return _retire_form(session, find_place(session, place_id))


@blueprint.post("/<int:place_id>/retire")
def retire(place_id: int) -> Response | tuple[str, int]:
    """Take a place and all below it out of use."""
    session, staff = current_session(), current_staff()
    place = find_place(session, place_id)
    try:
        count = retiring.retire(
            session, place, staff=staff, now=now(), despite_open=bool(request.form.get("despite_open"))
        )
    except Invalid as refusal:
        session.rollback()
        return _retire_form(session, find_place(session, place_id), refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"已停用 {count} 个服务点。扫它们的二维码会看到「这个服务点已停用」。", "success")
    return redirect(url_for("admin_place.page", place_id=place.id), 303)


@blueprint.post("/<int:place_id>/back")
def bring_back(place_id: int) -> Response:
    """Put a place into use again."""
    session, staff = current_session(), current_staff()
    place = find_place(session, place_id)
    with_below = bool(request.form.get("with_below"))
    try:
        count = retiring.bring_back(session, place, staff=staff, now=now(), with_below=with_below)
    except Invalid as refusal:
        flash(refusal.message, "warning")
    else:
        flash(f"已恢复 {count} 个服务点，原来的二维码照常可用。", "success")
    return redirect(url_for("admin_place.page", place_id=place.id), 303)


@blueprint.post("/<int:place_id>/code")
def replace_code(place_id: int) -> Response:
    """Give a place a new QR code."""
    session = current_session()
    place = find_place(session, place_id)
    retiring.replace_code(session, place, staff=current_staff(), now=now())
    flash("已换新码，旧码作废。新的二维码几分钟内生成，请重新打印、张贴。", "success")
    return redirect(url_for("admin_place.page", place_id=place.id), 303)


@blueprint.post("/<int:place_id>/photo")
@limiter.limit("30 per minute")
def photo(place_id: int) -> Response:
    """Show another photo of a place, or none."""
    with parts().database.reading() as before:
        # No file is kept of somebody who may not change it.
        retiring.check_photo_by(find_place(before, place_id), current_user.staff)
    place_page = redirect(url_for("admin_place.page", place_id=place_id), 303)
    try:
        chosen = read_photo("photo")  # slow, so before the database is written to
    except Invalid as refusal:
        flash(refusal.message, "warning")
        return place_page
    remove = bool(request.form.get("remove"))
    if chosen is None and not remove:
        flash("请先选一张照片。", "warning")
        return place_page
    key = parts().file_store.save(chosen.data, "jpg") if chosen is not None else ""
    session = current_session()
    # What is no longer shown is taken away with all files that no row names.
    retiring.set_photo(session, find_place(session, place_id), key, staff=current_staff(), now=now())
    flash("照片已更新。" if key else "照片已删除。", "success")
    return place_page


def _place_meant(session: Session, words: str) -> ServicePoint:
    """Find a place by its number or its name.

    Raises:
        Invalid: none is called so, or several are.
    """
    words = words.strip()[:100]
    if not words:
        raise Invalid("请写明移到哪个服务点之下。", "place")
    by_number = select(ServicePoint).where(ServicePoint.label_number == words, ServicePoint.active)
    return session.scalar(by_number) or place_named(session, words)


def _move_form(session: Session, place: ServicePoint, refusal: Invalid | None = None) -> str:
    return render_template(
        "admin/place_move.html",
        place=place,
        above=ancestors(session, place),
        below=retiring.count_below(session, place, active=True),
        entered=request.form.get("place", ""),
        refusal=refusal,
    )


def _retire_form(session: Session, place: ServicePoint, refusal: Invalid | None = None) -> str:
    return render_template(
        "admin/place_retire.html",
        place=place,
        below=retiring.count_below(session, place, active=True),
        still_open=retiring.open_below(session, place),
        refusal=refusal,
    )
