"""The inbox."""

from flask import Blueprint, render_template

from web.guards import staff_only

blueprint = Blueprint("admin_inbox", __name__, url_prefix="/admin")
blueprint.before_request(staff_only)


@blueprint.get("/inbox")
def inbox() -> str:
    """Show the inbox."""
    return render_template("admin/inbox.html")
