"""Notices to the member of staff."""

from flask import Blueprint

from web.guards import staff_only

blueprint = Blueprint("admin_notices", __name__, url_prefix="/admin")
blueprint.before_request(staff_only)


@blueprint.get("/notices")
def notices() -> str:
    """List them."""
    return ""
