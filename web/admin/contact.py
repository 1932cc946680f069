"""The telephone number of a complaint: masked until somebody asks for it, which is noted."""

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from domain import personal_data_access
from domain.errors import NotAllowed
from web.admin.answers import wants_fragment
from web.admin.complaint_page import find_visible
from web.auth import current_staff, signed_in_key
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.rate_limits import limiter

blueprint = Blueprint("admin_contact", __name__, url_prefix="/admin/complaints/<number>/phone")
blueprint.before_request(staff_only)


@blueprint.post("", strict_slashes=False)
@limiter.limit("120 per minute", key_func=signed_in_key)
def show(number: str) -> Response:
    """Show the whole number, and note who had it.

    Raises:
        NotAllowed: it is not for this member of staff, or there is none any more.
    """
    session, staff = current_session(), current_staff()
    complaint = find_visible(session, number, staff)
    phone = personal_data_access.open_phone(session, complaint, staff, now=now())
    if not phone:
        raise NotAllowed("电话只给受理员和办理单位看，或者已经不在了。")
    template = "admin/phone_link.html" if wants_fragment() else "admin/phone.html"
    answer = Response(render_template(template, complaint=complaint, phone=phone), mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    return answer
