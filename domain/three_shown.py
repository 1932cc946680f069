"""What is shown of a place (三亮：标准、身份、承诺), and which places and teams still lack something.

A place without a standard or a pledge of its own shows its team's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

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


def _lacking(lack: Lack) -> ColumnElement[bool]:
    """Give the condition on ServicePoint, joined to its Team, if any."""
    if lack is Lack.PERSON:
        return ServicePoint.in_charge == ""
    own, of_team = (
        (ServicePoint.standard, Team.standard)
        if lack is Lack.STANDARD
        else (ServicePoint.pledge, Team.pledge)
    )
    return and_(own == "", func.coalesce(of_team, "") == "")


def lacks_of(place: ServicePoint) -> Sequence[Lack]:
    """Tell what a place lacks."""
    shown = shown_at(place, place.team)
    has = {Lack.STANDARD: shown.standard, Lack.PERSON: place.in_charge, Lack.PLEDGE: shown.pledge}
    return [lack for lack, text in has.items() if not text]


def places_lacking(
    session: Session,
    *,
    lack: Lack | None = None,
    team_id: int | None = None,
    kind: ServicePointKind | None = None,
    page: int = 1,
) -> Page[ServicePoint]:
    """List places in use that lack something, team by team."""
    conditions = [ServicePoint.active, _lacking(lack) if lack else or_(*map(_lacking, Lack))]
    if team_id is not None:
        conditions.append(ServicePoint.team_id == team_id)
    if kind is not None:
        conditions.append(ServicePoint.kind == kind)
    query = select(ServicePoint).outerjoin(Team, Team.id == ServicePoint.team_id).where(*conditions)
    total = session.scalar(query.with_only_columns(func.count(ServicePoint.id))) or 0
    page = max(1, min(page, -(-total // PER_PAGE) or 1))
    query = query.order_by(ServicePoint.team_id, ServicePoint.full_name).options(
        joinedload(ServicePoint.team)
    )
    return Page(
        session.scalars(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all(), total, page, PER_PAGE
    )


def teams_shown(session: Session, *, team_id: int | None = None) -> list[TeamState]:
    """List the teams in use: all, or one."""
    places = _places_by_team(session)
    lacking = _places_by_team(session, or_(*map(_lacking, Lack)))
    leads = select(Staff.team_id, func.min(Staff.post)).join(StaffRole)
    leads = leads.where(StaffRole.role == Role.LEAD, Staff.active, Staff.team_id.is_not(None))
    posts = {row[0]: row[1] or "单位负责人" for row in session.execute(leads.group_by(Staff.team_id))}
    teams = session.scalars(select(Team).where(Team.active).order_by(Team.id))
    return [
        TeamState(team, posts.get(team.id, ""), places.get(team.id, 0), lacking.get(team.id, 0))
        for team in teams
        if team_id in (None, team.id)
    ]


def _places_by_team(session: Session, *conditions: ColumnElement[bool]) -> dict[int | None, int]:
    query = select(ServicePoint.team_id, func.count()).outerjoin(Team, Team.id == ServicePoint.team_id)
    query = query.where(ServicePoint.active, *conditions).group_by(ServicePoint.team_id)
    return {row[0]: row[1] for row in session.execute(query)}
