"""Hiding a photo of a matter, and showing it again."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from domain import matter_photos, matter_queries
from domain.errors import Invalid, NotAllowed, NotFound
from domain.matter_permissions import may_see_matter
from domain.permissions import may_hide
from models.attachment import Attachment
from models.enums import AttachmentKind
from models.matter import Matter
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only

blueprint = Blueprint(
    "admin_matter_hiding", __name__, url_prefix="/admin/matters/photos/<int:photo_id>/hiding"
)
blueprint.before_request(staff_only)


@blueprint.before_request
def _who_hides() -> None:
    if not may_hide(current_user.staff):
        raise NotAllowed("隐藏内容由受理员或系统管理员操作。")


@blueprint.get("")
def form(photo_id: int) -> str:
    """Show the photo, and ask why it is to be hidden, or whether it is to be shown again."""
    return _form(photo_id, None)


@blueprint.post("")
def hide(photo_id: int) -> Response | tuple[str, int]:
    """Hide it."""
    session = current_session()
    photo, matter = _found(photo_id)
    reason = request.form.get("reason", "")
    try:
        matter_photos.hide_photo(session, matter, photo, reason=reason, staff=current_staff(), now=now())
    except Invalid as refusal:
        session.rollback()
        return _form(photo_id, refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    flash("照片已隐藏，公开的页面不再显示。", "success")
    return redirect(url_for("admin_matter.page", number=matter.number), 303)


@blueprint.post("/show")
def show(photo_id: int) -> Response:
    """Show it again."""
    photo, matter = _found(photo_id)
    matter_photos.show_photo(current_session(), matter, photo, staff=current_staff(), now=now())
    flash("照片已恢复显示。", "success")
    return redirect(url_for("admin_matter.page", number=matter.number), 303)


def _found(photo_id: int) -> tuple[Attachment, Matter]:
    found = matter_queries.file_of(current_session(), photo_id, for_public=False)
    if found is None or found[0].kind is not AttachmentKind.PHOTO:
        raise NotFound("没有找到这张照片。")
    if not may_see_matter(found[2], current_staff()):
        raise NotFound("没有找到这张照片。")
    return found[0], found[2]


def _form(photo_id: int, refusal: Invalid | None) -> str:
    photo, matter = _found(photo_id)
    return render_template("admin/matter_hiding.html", photo=photo, matter=matter, refusal=refusal)
