"""The invented university: its places, the staff of its logistics office, and the people who write to it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.plan import PASSWORD, Place, Plan, university_plan
from domain.service_point_fields import read_position
from domain.service_points import full_name_of
from domain.setup import seed_catalogue
from models.category import Category
from models.enums import Role
from models.person import Person
from models.service_point import ServicePoint
from models.staff import Staff, StaffRole
from models.team import Team

_PEOPLE = 60
_TEAM_PHONE = "0571-888861{:02d}"


@dataclass
class University:
    """The university in the database, each thing by the name the stories use."""

    teams: dict[str, Team] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    places: dict[str, ServicePoint] = field(default_factory=dict)
    groups: dict[str, list[ServicePoint]] = field(default_factory=dict)
    staff: dict[str, Staff] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)
    wechat_users: dict[str, Person] = field(default_factory=dict)

    def of_team(self, team: Team | None, role: Role) -> Staff:
        """Give the first of a team who has the role."""
        return next(one for one in self.staff.values() if one.team is team and role in one.roles)

    def with_role(self, role: Role) -> Sequence[Staff]:
        """Give all who have the role, in any team."""
        return [one for one in self.staff.values() if role in one.roles]


def build_university(
    session: Session, *, now: datetime, wechat_users: Mapping[str, str] | None = None
) -> University:
    """Put the university into an empty database.

    Args:
        now: everybody joined long before it.
        wechat_users: the simulator's users, openids by nickname; they are people of this university too.
    """
    plan, joined = university_plan(), now - timedelta(days=200)
    seed_catalogue(session, now=joined)
    university = University(
        teams={team.name: team for team in session.scalars(select(Team).order_by(Team.id))},
        categories={row.code: row for row in session.scalars(select(Category))},
    )
    for number, team in enumerate(university.teams.values(), start=1):
        team.phone = _TEAM_PHONE.format(number)
    _add_places(session, university, plan)
    _add_people(session, university, wechat_users or {}, joined)
    _add_staff(session, university, plan, joined)
    return university


def _add_places(session: Session, university: University, plan: Plan) -> None:
    for place in plan.places:
        _add_place(session, university, plan, place, None)


def _add_place(
    session: Session, university: University, plan: Plan, place: Place, above: ServicePoint | None
) -> None:
    group = plan.groups[place.group]
    full_name = full_name_of(above, kind=group.kind, name=place.name)
    position = read_position(place.at)
    point = ServicePoint(
        parent_id=above.id if above else None,
        code=code_of(full_name),
        kind=group.kind,
        name=place.name,
        full_name=full_name,
        position=len(university.places) + 1,
        team=university.teams.get(group.team),
        category=university.categories.get(group.category),
        in_charge=place.in_charge,
        party_member=place.party_member,
        standard=group.standard,
        pledge=group.pledge,
        latitude=position[0],
        longitude=position[1],
    )
    session.add(point)
    session.flush()
    university.places[full_name] = point
    university.groups.setdefault(place.group, []).append(point)
    for below in place.below:
        _add_place(session, university, plan, below, point)


def code_of(full_name: str) -> str:
    """Give the opaque scene of a place's QR code; the same at every start."""
    return "p" + hashlib.sha256(f"demo:{full_name}".encode()).hexdigest()[:11]


def _add_people(
    session: Session, university: University, wechat_users: Mapping[str, str], joined: datetime
) -> None:
    for number in range(_PEOPLE):
        letters = hashlib.sha256(f"demo:person:{number}".encode()).hexdigest()[:24]
        person = Person(openid=f"oDmo{letters}", created_at=joined, followed_at=joined)
        university.people.append(person)
    for nickname, openid in wechat_users.items():
        university.wechat_users[nickname] = Person(openid=openid, created_at=joined, followed_at=joined)
    session.add_all([*university.people, *university.wechat_users.values()])
    session.flush()


def _add_staff(session: Session, university: University, plan: Plan, joined: datetime) -> None:
    # One hash for all: making one takes long on purpose.
    password_hash = PasswordHasher().hash(PASSWORD)
    for one in plan.staff:
        university.staff[one.username] = Staff(
            username=one.username,
            name=one.name,
            post=one.post,
            password_hash=password_hash,
            team=university.teams[one.team] if one.team else None,
            person=university.wechat_users.get(one.wechat),
            created_at=joined,
            role_rows=[StaffRole(role=role) for role in one.roles],
        )
    session.add_all(university.staff.values())
    session.flush()
