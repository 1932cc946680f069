"""What is shown of a place (三亮：标准、身份、承诺), and which places and teams still lack something.

A place without a standard or a pledge of its own shows its team's: that of the place, or of the nearest place
above it that names one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.paging import page_within
from domain.queries import Page
from models.enums import Role, ServicePointKind, Word
from models.service_point import ServicePoint
from models.staff import Staff, StaffRole
from models.team import Team

PER_PAGE = 50


class Lack(Word):
    """What can be missing."""

    STANDARD = "standard", "标准"
    PERSON = "person", "负责人"
    PLEDGE = "pledge", "承诺"


@dataclass(frozen=True)
class Shown:
    """What stands on the page of a place; `*_of_team` tells that it is its team's."""

    standard: str
    pledge: str
    standard_of_team: bool
    pledge_of_team: bool


@dataclass(frozen=True)
class PlaceState:
    """A place in use with the team that answers for it, and what it lacks."""

    place: ServicePoint
    team: Team | None
    lacks: Sequence[Lack]


@dataclass(frozen=True)
class TeamState:
    """A team: whether it has its standard, its lead and its pledge, and how many of its places lack what."""

    team: Team
    lead: str
    places: int
    lacking: int

    @property
    def lacks(self) -> Sequence[Lack]:
        """What the team itself lacks."""
        has = {Lack.STANDARD: self.team.standard, Lack.PERSON: self.lead, Lack.PLEDGE: self.team.pledge}
        return [lack for lack, text in has.items() if not text]


def shown_at(place: ServicePoint, team: Team | None) -> Shown:
    """Give what is shown at a place that this team answers for."""
    of_team = (team.standard, team.pledge) if team is not None else ("", "")
    return Shown(
        place.standard or of_team[0],
        place.pledge or of_team[1],
        not place.standard and bool(of_team[0]),
        not place.pledge and bool(of_team[1]),
    )


def _states(session: Session) -> list[PlaceState]:
    """Tell of all places in use who answers for them and what they lack."""
    places = {place.id: place for place in session.scalars(select(ServicePoint))}
    teams = {team.id: team for team in session.scalars(select(Team))}

    def team_of(place: ServicePoint | None) -> Team | None:
        while place is not None and place.team_id is None:
            place = places.get(place.parent_id) if place.parent_id is not None else None
        return teams.get(place.team_id) if place is not None and place.team_id is not None else None

    found = []
    for place in places.values():
        if place.active:
            team = team_of(place)
            shown = shown_at(place, team)
            has = {Lack.STANDARD: shown.standard, Lack.PERSON: place.in_charge, Lack.PLEDGE: shown.pledge}
            found.append(PlaceState(place, team, [lack for lack, text in has.items() if not text]))
    return found


def places_lacking(
    session: Session,
    *,
    lack: Lack | None = None,
    team_id: int | None = None,
    kind: ServicePointKind | None = None,
    page: int = 1,
) -> Page[PlaceState]:
    """List places in use that lack something, team by team; those without a team last."""
    found = [
        state
        for state in _states(session)
        if (lack in state.lacks if lack is not None else state.lacks)
        and (team_id is None or (state.team is not None and state.team.id == team_id))
        and kind in (None, state.place.kind)
    ]
    found.sort(
        key=lambda state: (state.team is None, state.team.id if state.team else 0, state.place.full_name)
    )
    page = page_within(page, len(found), PER_PAGE)
    return Page(found[(page - 1) * PER_PAGE : page * PER_PAGE], len(found), page, PER_PAGE)


def teams_shown(session: Session, *, team_id: int | None = None) -> list[TeamState]:
    """List the teams in use: all, or one."""
    states = _states(session)
    places = Counter(state.team.id for state in states if state.team is not None)
    lacking = Counter(state.team.id for state in states if state.team is not None and state.lacks)
    leads = select(Staff.team_id, func.min(Staff.post)).join(StaffRole)
    leads = leads.where(StaffRole.role == Role.LEAD, Staff.active, Staff.team_id.is_not(None))
    posts = {row[0]: row[1] or "单位负责人" for row in session.execute(leads.group_by(Staff.team_id))}
    return [
        TeamState(team, posts.get(team.id, ""), places[team.id], lacking[team.id])
        for team in session.scalars(select(Team).where(Team.active).order_by(Team.id))
        if team_id in (None, team.id)
    ]
