"""The page of a push that tells of many things at once, such as the weekly digest; everybody may read it."""

from flask import Blueprint, Response, render_template

from domain import push_queries
from models.push import PushRun
from models.push_words import PushState
from web.database_session import current_session
from web.guards import open_to_all
from web.h5.board_cache import kept_answer
from web.h5.refusals import answer_refusals
from web.rate_limits import OPEN_PAGE

blueprint = Blueprint("h5_pushes", __name__, url_prefix="/h5/pushes")
blueprint.before_request(open_to_all)
answer_refusals(blueprint)


class _Proposed(Exception):
    """It waits to be approved, and may look otherwise in a moment."""

    def __init__(self, run: PushRun) -> None:
        super().__init__()
        self.run = run


@blueprint.get("/<code>")
@OPEN_PAGE
def page(code: str) -> str | Response:
    """Show what a push tells of, as it was when it was approved; thousands open it within a minute."""
    try:
        return kept_answer(f"push {code[:20]}", lambda: _draw(code))
    except _Proposed as proposed:
        return render_template("h5/push.html", run=proposed.run, is_proposed=True)


def _draw(code: str) -> str:
    run = push_queries.by_code(current_session(), code[:20])
    if run.state is PushState.WAITING:
        raise _Proposed(run)
    return render_template("h5/push.html", run=run, is_proposed=False)
