"""通报 on the phone: the list of what is published, and one bulletin, for everybody, without signing in.

Drawn once for all readers like the public board; see board_cache.py.
"""

from flask import Blueprint, Response, render_template, request, url_for

from domain import bulletins as rules
from domain.bulletin_contents import contents_of
from domain.errors import NotFound
from models.bulletin import Bulletin
from models.bulletin_words import BulletinState, ChartName
from web.database_session import current_session
from web.guards import open_to_all
from web.h5.board_cache import SHARED_SECONDS, kept_answer
from web.h5.board_view import page_tabs
from web.h5.refusals import answer_refusals
from web.parts import parts

PER_PAGE = 10
_DEEPEST_PAGE = 1_000

blueprint = Blueprint("h5_bulletins", __name__, url_prefix="/h5/bulletins")
blueprint.before_request(open_to_all)
answer_refusals(blueprint)


@blueprint.get("", strict_slashes=False)
def bulletins() -> Response:
    """List the bulletins that are out."""
    page = min(max(request.args.get("page", 1, type=int), 1), _DEEPEST_PAGE)
    return kept_answer(f"bulletins {page}", lambda: _draw_list(page))


def _draw_list(page: int) -> str:
    found = rules.published(current_session(), page=page, per_page=PER_PAGE)
    rows = [(bulletin, rules.card_of(bulletin)) for bulletin in found.items]
    tabs = page_tabs("h5_bulletins.bulletins")
    return render_template("h5/bulletins.html", tabs=tabs, found=found, rows=rows)


@blueprint.get("/<code>")
def bulletin(code: str) -> Response:
    """Show one; of one that was withdrawn, that it was, and why."""
    return kept_answer(f"bulletin {code[:12]}", lambda: _draw_one(code))


def _draw_one(code: str) -> str:
    session = current_session()
    found = rules.by_code(session, code)
    if found.state is BulletinState.WITHDRAWN:
        return render_template("h5/bulletin_withdrawn.html", bulletin=found)

    def address(chart: ChartName, look: str) -> str:
        return url_for("h5_bulletins.chart", code=found.code, look=look, chart=chart.value)

    return render_template(
        "h5/bulletin.html", contents=contents_of(session, found), chart_address=address, linked=True
    )


@blueprint.get("/<code>/<any(light, dark):look>/<chart>.png")
def chart(code: str, look: str, chart: str) -> Response:
    """Send a picture of a bulletin that is out."""
    found = rules.by_code(current_session(), code)
    if found.state is BulletinState.WITHDRAWN:
        raise NotFound("这期通报已撤回。")
    answer = chart_answer(found, chart, look)
    # Withdrawn, it must be gone as soon as the page is.
    answer.headers["Cache-Control"] = f"public, max-age=0, s-maxage={SHARED_SECONDS}"
    return answer


def chart_answer(bulletin: Bulletin, name: str, look: str) -> Response:
    """Send a picture of any bulletin.

    Raises:
        NotFound: it has no such picture.
    """
    picture = next((one for one in bulletin.charts if one.name.value == name), None)
    if picture is None:
        raise NotFound("没有找到这张图。")
    key = picture.dark_file_key if look == "dark" else picture.file_key
    answer = Response(parts().file_store.read(key), mimetype="image/png")
    # Each drawing has a file of its own: the key tells one from the next.
    answer.set_etag(key.replace("/", ""))
    answer.make_conditional(request)
    return answer
