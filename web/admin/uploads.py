"""Photos and documents that come from a desk before their form."""

from flask import Blueprint

from web.guards import staff_only
from web.upload_protocol import add_upload_routes

blueprint = Blueprint("admin_uploads", __name__, url_prefix="/admin")
blueprint.before_request(staff_only)
add_upload_routes(blueprint)
