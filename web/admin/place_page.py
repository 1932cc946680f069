"""One service point: what is written about it, its code and photo, what is below it, its history."""

from io import BytesIO

from flask import Blueprint, Response, render_template, request, send_file
from sqlalchemy import func, select

from domain import mini_codes, pioneer_posts, place_ratings, three_shown
from domain.errors import NotFound
from domain.permissions import may_apply_for_post, may_describe_place, may_manage_places
from domain.qr_codes import link_for
from domain.qr_drawings import svg
from domain.service_point_checks import find_place
from domain.service_point_retiring import open_below
from domain.service_point_tree import ancestors, history, level
from domain.service_points import places_below
from domain.submissions import team_by_rule
from models.complaint import Complaint
from models.qr_code import QrCode
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts
from wechat.mini_codes import wanted_codes

blueprint = Blueprint("admin_place", __name__, url_prefix="/admin/places")
blueprint.before_request(staff_only)

_DEEDS = 30
_RATINGS = 10


@blueprint.get("/<int:place_id>")
def page(place_id: int) -> str:
    """Show it."""
    session, staff = current_session(), current_staff()
    place = find_place(session, place_id)
    branches, left = level(session, place)
    complaints = select(func.count(Complaint.id)).where(Complaint.service_point_id.in_(places_below(place)))
    may_describe = may_describe_place(place, staff)
    made = session.get(QrCode, (parts().settings.wechat_app_id, place.code))
    return render_template(
        "admin/place.html",
        place=place,
        above=ancestors(session, place),
        branches=branches,
        left=left,
        complaints=session.scalar(complaints) or 0,
        still_open=open_below(session, place),
        has_wechat_code=made is not None,
        has_mini_program=parts().settings.has_mini_program,
        mini_code=mini_codes.code_of(session, place, wanted_codes(parts().settings)),
        mini_scene=mini_codes.scene_of(place),
        may_manage=may_manage_places(staff),
        may_describe=may_describe,
        may_apply=may_apply_for_post(place, staff),
        post=pioneer_posts.current(session, place, now=now()),
        shown=three_shown.shown_at(place, team_by_rule(session, place)),
        standing=place_ratings.standing_of(session, place, now=now()),
        ratings=place_ratings.given_at(
            session, place, page=request.args.get("ratings", 1, type=int), per_page=_RATINGS
        ),
        deeds=history(session, place, limit=_DEEDS) if may_describe else [],
    )


@blueprint.get("/<int:place_id>/code.svg")
def code(place_id: int) -> Response:
    """Draw its QR code as it is printed."""
    session, settings = current_session(), parts().settings
    place = find_place(session, place_id)
    link = link_for(session, place, app_id=settings.wechat_app_id, base_url=settings.base_url)
    answer = Response(svg(link), content_type="image/svg+xml; charset=utf-8")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@blueprint.get("/<int:place_id>/mini-code")
def mini_code(place_id: int) -> Response:
    """Show its mini-program code, or give it to be kept."""
    session = current_session()
    place = find_place(session, place_id)
    found = mini_codes.code_of(session, place, wanted_codes(parts().settings))
    if found is None:
        raise NotFound("这个服务点还没有小程序码。")
    picture = parts().file_store.read(found.file_key)
    ending = found.file_key.rpartition(".")[2]
    answer = send_file(
        BytesIO(picture),
        mimetype="image/jpeg" if ending == "jpg" else "image/png",
        as_attachment="download" in request.args,
        download_name=f"小程序码 {place.full_name}.{ending}",
    )
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, max-age=600"
    return answer


@blueprint.get("/<int:place_id>/photo")
def photo(place_id: int) -> Response:
    """Send its photo, also when the place is out of use."""
    place = find_place(current_session(), place_id)
    if not place.photo_file_key:
        raise NotFound("这个服务点还没有照片。")
    answer = send_file(BytesIO(parts().file_store.read(place.photo_file_key)), mimetype="image/jpeg")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    # A new photo has a new key, and so a new address.
    answer.headers["Cache-Control"] = "private, max-age=86400"
    return answer
