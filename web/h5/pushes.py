"""The page of a push that tells of many things at once, such as the weekly digest; everybody may read it."""

from flask import Blueprint, render_template

from domain import push_queries
from models.push_words import PushState
from web.database_session import current_session
from web.guards import open_to_all
from web.h5.refusals import answer_refusals
from web.rate_limits import OPEN_PAGE

blueprint = Blueprint("h5_pushes", __name__, url_prefix="/h5/pushes")
blueprint.before_request(open_to_all)
answer_refusals(blueprint)


@blueprint.get("/<code>")
@OPEN_PAGE
def page(code: str) -> str:
    """Show what a push tells of, as it was when it was approved."""
    run = push_queries.by_code(current_session(), code[:20])
    return render_template("h5/push.html", run=run, is_proposed=run.state is PushState.WAITING)
