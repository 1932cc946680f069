"""Filing a complaint for somebody else (代录): by telephone, letter box, visit or meeting."""

from flask import Blueprint

from web.guards import staff_only

blueprint = Blueprint("admin_record", __name__, url_prefix="/admin")
blueprint.before_request(staff_only)


@blueprint.get("/complaints/new")
def form() -> str:
    """Show the form."""
    return ""
