"""难点堵点: what does not go on by itself, matters and complaints in one list."""

from collections import Counter
from collections.abc import Mapping

from flask import Blueprint, render_template, request, url_for

from domain.difficult_points import DifficultFilters, difficult_points
from domain.difficulties import DifficultPoint, Difficulty
from domain.queries import Page
from web.admin.matters import ledger_frame, read_ledger_query
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only

blueprint = Blueprint("admin_matter_difficult", __name__, url_prefix="/admin/matters/difficult")
blueprint.before_request(staff_only)

PER_PAGE = 30
_ABOUT = {"matters": True, "complaints": False}


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List the difficult points, the oldest first, and count them by reason."""
    session, staff = current_session(), current_staff()
    given = {name: request.args.get(name, "")[:20] for name in ("why", "team", "about", "silent")}
    team = given["team"]
    filters = DifficultFilters(
        team_id=int(team) if team.isdecimal() and len(team) < 10 else None,
        matters=_ABOUT.get(given["about"]),
        unexplained=given["silent"] == "1",
    )
    every = difficult_points(session, staff, filters, now=now())
    why = next((one for one in Difficulty if one.value == given["why"]), None)
    shown = [one for one in every if why in {None, one.why}]
    found = _page_of(shown, request.args.get("page", 1, type=int))
    return render_template(
        "admin/difficult.html",
        found=found,
        counts=Counter(one.why for one in every),
        every=len(every),
        why=why,
        reasons=list(Difficulty),
        given=given,
        narrowed=any(given[name] for name in ("team", "about", "silent")),
        address=lambda **changes: _address(given, **changes),
        **ledger_frame(session, staff, read_ledger_query({})),
    )


def _page_of(rows: list[DifficultPoint], page: int) -> Page[DifficultPoint]:
    pages = -(-len(rows) // PER_PAGE) or 1
    page = max(1, min(page, pages))
    return Page(rows[(page - 1) * PER_PAGE : page * PER_PAGE], len(rows), page, PER_PAGE)


def _address(given: Mapping[str, str], **changes: object) -> str:
    kept = {name: value for name, value in {**given, **changes}.items() if value not in (None, "")}
    return url_for("admin_matter_difficult.page", **kept)  # type: ignore[arg-type]
