"""Who acts: a member of staff, a person, a connected system on behalf of one, or the clock."""

from dataclasses import dataclass
from typing import Self

from models.connected_system import ConnectedSystem
from models.enums import Role
from models.person import Person
from models.staff import Staff


@dataclass(frozen=True)
class Actor:
    """The one who does a step; one of `staff`, `person` and `system` is set, or none for the clock."""

    staff: Staff | None = None
    person: Person | None = None
    system: ConnectedSystem | None = None

    @classmethod
    def of_staff(cls, staff: Staff) -> Self:
        """Act as a member of staff."""
        return cls(staff=staff)

    @classmethod
    def of_person(cls, person: Person) -> Self:
        """Act as a student or another person of the university."""
        return cls(person=person)

    @classmethod
    def of_system(cls, system: ConnectedSystem) -> Self:
        """Act as a connected system, for somebody whom only that one knows."""
        return cls(system=system)

    @property
    def is_clock(self) -> bool:
        """Whether nobody acts: a rule or a due time does."""
        return self.staff is None and self.person is None and self.system is None


CLOCK = Actor()


def post_of(staff: Staff) -> str:
    """Name a member of staff as the public reads it: by team and post, never by name."""
    post = staff.post or next((role.label for role in Role if role in staff.roles), "工作人员")
    return f"{staff.team.name} {post}" if staff.team else post
