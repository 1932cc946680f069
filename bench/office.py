"""The office that made-up complaints belong to."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.sentences import BUILDINGS, CAMPUSES
from domain.setup import seed_catalogue
from domain.staff_accounts import set_password
from models.category import Category
from models.enums import Role, ServicePointKind
from models.person import Person
from models.service_point import ServicePoint
from models.staff import Staff, StaffRole
from models.team import Team

PASSWORD = "bench-only-8-staple"  # noqa: S105 (of databases made for measuring)
PEOPLE = 3_000
_HANDLERS_OF_A_TEAM = 6


@dataclass(frozen=True)
class Place:
    """A service point."""

    id: int
    name: str
    full_name: str


@dataclass(frozen=True)
class Office:
    """Ids of what complaints point at.

    Attributes:
        places: each with its team.
        handlers: of each team.
    """

    places: list[tuple[Place, int]]
    handlers: dict[int, list[int]]
    team_names: dict[int, str]
    category_ids: list[int]
    person_ids: list[int]

    def some_place(self, random: Random) -> tuple[Place, int, int]:
        """Give a place, its team and one of the team's handlers."""
        place, team_id = random.choice(self.places)
        return place, team_id, random.choice(self.handlers[team_id])


def open_office(session: Session, *, now: datetime, people: int = PEOPLE) -> Office:
    """Make teams, categories, places, people, and staff `desk`, `handler` and `inspector` with PASSWORD."""
    seed_catalogue(session, now=now)
    teams = session.scalars(select(Team).order_by(Team.id)).all()
    raising = [Person(openid=f"bench{number:08d}", created_at=now) for number in range(people)]
    session.add_all(raising)
    _staff(session, "desk", Role.DISPATCHER, now=now)
    _staff(session, "inspector", Role.INSPECTOR, now=now)
    handlers = {
        team.id: [
            _staff(session, f"handler{team.id}-{number}", Role.HANDLER, team=team, now=now).id
            for number in range(_HANDLERS_OF_A_TEAM)
        ]
        for team in teams
    }
    named = session.get_one(Staff, handlers[teams[0].id][0])
    named.username = "handler"
    set_password(named, PASSWORD)  # of nobody else: each costs as much as it would cost a thief
    places = _places(session, [team.id for team in teams])
    return Office(
        places=places,
        handlers=handlers,
        team_names={team.id: team.name for team in teams},
        category_ids=list(session.scalars(select(Category.id))),
        person_ids=[person.id for person in raising],
    )


def _staff(session: Session, username: str, role: Role, *, now: datetime, team: Team | None = None) -> Staff:
    staff = Staff(
        username=username,
        name=username,
        post=role.label,
        password_hash="",
        team=team,
        created_at=now,
        session_version=1,
        role_rows=[StaffRole(role=role)],
    )
    if username in {"desk", "inspector"}:
        set_password(staff, PASSWORD)
    session.add(staff)
    session.flush()
    return staff


def _places(session: Session, team_ids: list[int]) -> list[tuple[Place, int]]:
    made: list[tuple[Place, int]] = []

    def make(parent: ServicePoint | None, kind: ServicePointKind, name: str, team_id: int) -> ServicePoint:
        full_name = f"{parent.full_name if parent else ''}{name}"
        point = ServicePoint(
            code=f"bench-{len(made)}",
            kind=kind,
            name=name,
            full_name=full_name,
            parent_id=parent.id if parent else None,
            team_id=team_id,
        )
        session.add(point)
        session.flush()
        made.append((Place(point.id, name, full_name), team_id))
        return point

    for campus in CAMPUSES:
        top = make(None, ServicePointKind.CAMPUS, campus, team_ids[0])
        for number, (building, rooms) in enumerate(BUILDINGS.items()):
            team_id = team_ids[number % len(team_ids)]
            house = make(top, ServicePointKind.BUILDING, building, team_id)
            for room in rooms:
                make(house, ServicePointKind.ROOM, room, team_id)
    return made
