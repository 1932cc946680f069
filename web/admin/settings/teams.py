"""责任单位: their names and telephones, what hangs on them, taking them out of use."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from domain import teams
from domain.errors import Invalid
from web.admin.settings.entering import by, settings_blueprint, typed
from web.database_session import current_session

blueprint = settings_blueprint("admin_settings_teams", __name__, "/teams")


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List all teams."""
    return _page()


@blueprint.post("")
def add() -> Response | tuple[str, int]:
    """Add a team."""
    entered = _entered()
    try:
        team = teams.add(current_session(), **entered, **by())
    except Invalid as refusal:
        return _refused(refusal, 0, entered)
    flash(f"已新增「{team.name}」。", "success")
    return _back()


@blueprint.post("/<int:team_id>")
def change(team_id: int) -> Response | tuple[str, int]:
    """Change what is written of a team."""
    entered = _entered()
    session = current_session()
    try:
        team = teams.find(session, team_id, for_change=True)
        teams.change(session, team, **entered, **by())
    except Invalid as refusal:
        return _refused(refusal, team_id, entered)
    flash(f"「{team.name}」已保存。", "success")
    return _back()


@blueprint.post("/<int:team_id>/disable")
def disable(team_id: int) -> Response | tuple[str, int]:
    """Take a team out of use, unless something depends on it."""
    session = current_session()
    team = teams.find(session, team_id, for_change=True)
    try:
        teams.disable(session, team, **by())
    except Invalid as refusal:
        session.rollback()
        numbers = teams.numbers_of(session, teams.find(session, team_id))
        return _page(refusal=refusal, needed=numbers), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"「{team.name}」已停用，不再出现在派单的列表里。")
    return _back()


@blueprint.post("/<int:team_id>/enable")
def enable(team_id: int) -> Response:
    """Take a team into use again."""
    session = current_session()
    team = teams.find(session, team_id, for_change=True)
    teams.enable(session, team, **by())
    flash(f"「{team.name}」已启用。", "success")
    return _back()


def _entered() -> dict[str, str]:
    return {
        "name": typed("name", longest=teams.LONGEST_NAME),
        "phone": typed("phone", longest=teams.LONGEST_PHONE),
        "standard": typed("standard", longest=teams.LONGEST_WORDS),
        "pledge": typed("pledge", longest=teams.LONGEST_WORDS),
    }


def _back() -> Response:
    return redirect(url_for("admin_settings_teams.page"), 303)


def _refused(refusal: Invalid, at: int, entered: dict[str, str]) -> tuple[str, int]:
    current_session().rollback()
    return _page(refusal=refusal, at=at, entered=entered), HTTPStatus.UNPROCESSABLE_ENTITY


def _page(
    *,
    refusal: Invalid | None = None,
    at: int | None = None,
    entered: dict[str, str] | None = None,
    needed: teams.TeamNumbers | None = None,
) -> str:
    """Show the list; `at` is the team whose form was refused, 0 the new one."""
    return render_template(
        "admin/settings/teams.html",
        rows=teams.overview(current_session()),
        refusal=refusal,
        at=at,
        entered=entered or {},
        needed=needed,
    )
