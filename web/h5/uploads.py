"""Photos that come from a phone before their form."""

from flask import Blueprint

from web.h5.frame import phone_blueprint
from web.upload_protocol import add_upload_routes

blueprint: Blueprint = phone_blueprint("h5_uploads", __name__)
add_upload_routes(blueprint)
