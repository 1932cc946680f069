"""A few places of a university, and the small office that answers for them."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain.service_points import full_name_of
from models.enums import ServicePointKind
from models.service_point import ServicePoint
from models.team import Team
from tests.support.factories import Factory, Office


@dataclass
class Campus:
    """东校区 with a canteen and its window, and a building with a floor and two rooms.

    The canteen is answered for by the office's team, the building by nobody.
    """

    office: Office
    campus: ServicePoint
    canteen: ServicePoint
    window: ServicePoint
    building: ServicePoint
    floor: ServicePoint
    room: ServicePoint
    other_room: ServicePoint

    @property
    def student_openid(self) -> str:
        """The openid of the student who raises things."""
        return self.office.student.openid or ""


def add_place(
    session: Session,
    kind: ServicePointKind,
    name: str,
    *,
    parent: ServicePoint | None = None,
    team: Team | None = None,
) -> ServicePoint:
    """Put a place into the tree; its code is `<kind>-<name>`."""
    place = ServicePoint(
        code=f"{kind}-{name}",
        kind=kind,
        name=name,
        full_name=full_name_of(parent, kind=kind, name=name),
        parent_id=parent.id if parent else None,
        team=team,
    )
    session.add(place)
    session.flush()
    return place


def build_campus(session: Session, factory: Factory) -> Campus:
    """Make all of it."""
    office, kind = factory.office(session), ServicePointKind
    campus = add_place(session, kind.CAMPUS, "东校区")
    canteen = add_place(session, kind.CANTEEN, "第二食堂", parent=campus, team=office.team)
    building = add_place(session, kind.BUILDING, "3号楼", parent=campus)
    floor = add_place(session, kind.FLOOR, "3层", parent=building)
    return Campus(
        office=office,
        campus=campus,
        canteen=canteen,
        window=add_place(session, kind.WINDOW, "3号窗口", parent=canteen),
        building=building,
        floor=floor,
        room=add_place(session, kind.ROOM, "302", parent=floor),
        other_room=add_place(session, kind.ROOM, "303", parent=floor),
    )
