"""Where people land."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from web.guards import staff_only

blueprint = Blueprint("admin_home", __name__)
blueprint.before_request(staff_only)


@blueprint.get("/")
@blueprint.get("/admin/")
def home() -> Response:
    """Lead to the inbox."""
    return redirect(url_for("admin_inbox.inbox"))
