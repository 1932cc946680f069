"""三亮: which places and teams still lack their standard, person or pledge, with the way to mend it."""

from flask import render_template, request
from sqlalchemy import select

from domain import three_shown
from domain.permissions import figures_of_team, may_describe_place, may_manage_settings
from domain.three_shown import Lack
from models.enums import ServicePointKind
from models.team import Team
from web.admin.appraisal_frame import appraisal_blueprint, asked_page
from web.auth import current_staff
from web.database_session import current_session

blueprint = appraisal_blueprint("admin_appraisal_shown", __name__, "/three-shown")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List them: all, or those of the reader's team."""
    session, staff = current_session(), current_staff()
    own_team = figures_of_team(staff)
    chosen = request.args.get("team", "")
    team_id = int(chosen) if chosen.isascii() and chosen.isdecimal() and len(chosen) < 10 else None
    lack = next((one for one in Lack if one.value == request.args.get("lack")), None)
    kind = next((one for one in ServicePointKind if one.value == request.args.get("kind")), None)
    team_id = own_team or team_id
    given = {"team": None if own_team else team_id, "lack": lack and lack.value, "kind": kind and kind.value}
    return render_template(
        "admin/three_shown.html",
        teams=three_shown.teams_shown(session, team_id=own_team),
        places=three_shown.places_lacking(session, lack=lack, team_id=team_id, kind=kind, page=asked_page()),
        choices=session.scalars(select(Team).where(Team.active).order_by(Team.id)).all(),
        own_team=own_team,
        given={name: value for name, value in given.items() if value},
        lacks=list(Lack),
        kinds=list(ServicePointKind),
        may_describe=lambda place: may_describe_place(place, staff),
        edits_teams=may_manage_settings(staff),
    )
