"""The OpenAPI document, and the page on which people read it; both open to all, and told by no other host."""

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from web.api.conventions import SUMMARY, TITLE, VERSION, chapters
from web.api.etags import tagged_json
from web.api.openapi import document
from web.api.reference import problem_rows, sections, shapes
from web.guards import open_to_all

blueprint = Blueprint("api_documentation", __name__, url_prefix="/api")
blueprint.before_request(open_to_all)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Send the document."""
    return tagged_json(document())


@blueprint.get("/docs")
def docs() -> Response:
    """Show the document as a page."""
    page = render_template(
        "api/docs.html",
        title=TITLE,
        version=VERSION,
        summary=SUMMARY,
        chapters=chapters(),
        sections=sections(),
        shapes=shapes(),
        problems=problem_rows(),
    )
    answer = Response(page, mimetype="text/html")
    answer.headers["Cache-Control"] = "public, max-age=300"
    answer.add_etag()
    answer.make_conditional(request)
    return answer
