"""A database in which a machine of hypothesis plays, step by step, each in a transaction of its own."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from sqlalchemy.orm import Session

from domain.actors import CLOCK, Actor
from domain.errors import DomainError
from models.database import Database
from models.enums import Role
from models.migrate import upgrade
from models.person import Person
from models.staff import Staff
from tests.conftest import NOW
from tests.support.factories import Factory, Office
from tests.support.quick_process import put_files_into_memory
from tests.support.restoring import Restoring

# The same steps each time, so that nothing fails by chance; the drill looks for others.
SHORT = settings(
    max_examples=5,
    stateful_step_count=12,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
# For what fails on purpose nobody needs the smallest example.
AS_FOUND = settings(SHORT, max_examples=20, phases=[Phase.generate])
# From a minute to over a weekend, over the turn of the year, and beyond the time for rating.
LEAPS = [
    timedelta(minutes=1),
    timedelta(minutes=45),
    timedelta(hours=3),
    timedelta(hours=14),
    timedelta(days=1, hours=2),
    timedelta(days=3),
    timedelta(days=8),
    timedelta(days=16),
    timedelta(days=40),
]


@dataclass
class Playground:
    """The small office, and more people in it who make things hard.

    Attributes:
        staff: by name; `twofold` dispatches and leads all, `chief` handles and heads the team, `bound`
            handles and is a student too, `gone` has left, `stray` handles for a third team.
        people: ids of those who raise and follow; `bound`'s own is among them.
    """

    database: Database
    office: Office
    staff: dict[str, int]
    people: list[int]
    _kept: Restoring

    def begin_anew(self) -> None:
        """Put everything back as it was at first."""
        self._kept.restore()

    def do(self, work: Callable[[Session], Any]) -> tuple[Any, DomainError | None]:
        """Do something in a transaction of its own; give what came of it, or why it was refused."""
        try:
            with self.database.transaction() as session:
                return work(session), None
        except DomainError as refusal:
            return None, refusal

    def actor(self, session: Session, name: str) -> Actor:
        """Give who is called by this name: a member of staff, `person:<id>`, or the clock."""
        if name == "clock":
            return CLOCK
        if name.startswith("person:"):
            return Actor.of_person(session.get_one(Person, int(name.removeprefix("person:"))))
        return Actor.of_staff(session.get_one(Staff, self.staff[name]))

    def actors(self) -> list[str]:
        """Name everybody who can act."""
        return [*self.staff, *(f"person:{one}" for one in self.people), "clock"]


@contextmanager
def playground(database_file: Path | None = None) -> Iterator[Playground]:
    """Give one; in a copy of this migrated database, or in one made for it.

    Args:
        database_file: lies in a folder of its own, and is played in.
    """
    put_files_into_memory()
    with tempfile.TemporaryDirectory() as folder:
        path = database_file or Path(folder) / "test.db"
        database = Database(f"sqlite:///{path}")
        if database_file is None:
            upgrade(database)
        factory = Factory(NOW)
        with database.transaction() as session:
            office = factory.office(session)
            staff, people = _everybody(session, factory, office)
        kept = Restoring(path)
        yield Playground(database, office, staff, people, kept)
        kept.close()
        database.close()


def _everybody(session: Session, factory: Factory, office: Office) -> tuple[dict[str, int], list[int]]:
    third = factory.team(session, "水电能源中心")
    bound = factory.staff(session, Role.HANDLER, team=office.team, username="bound")
    bound.person = factory.person(session, "oTestBound0000000000000000001")
    more = {
        "twofold": factory.staff(session, Role.DISPATCHER, Role.LEADER, username="twofold"),
        "chief": factory.staff(session, Role.HANDLER, Role.LEAD, team=office.team, username="chief"),
        "bound": bound,
        "stray": factory.staff(session, Role.HANDLER, Role.LEAD, team=third, username="stray"),
        "gone": factory.staff(session, Role.HANDLER, Role.DISPATCHER, team=office.team, username="gone"),
    }
    more["gone"].active = False
    session.flush()
    named = {field.name: getattr(office, field.name) for field in fields(office)}
    found = {name: one for name, one in named.items() if isinstance(one, Staff)} | more
    people = [office.student, office.friend, factory.person(session), bound.person]
    session.flush()
    return {name: one.id for name, one in found.items()}, [one.id for one in people]
