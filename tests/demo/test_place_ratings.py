"""Places of the demo: judged by people, and found from where one stands."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.place_ratings import seed_place_ratings
from domain import place_ratings, places_to_choose
from models.enums import ServicePointKind
from models.service_point import ServicePoint
from tests.demo.conftest import NOW


def test_places_are_judged_and_found_from_where_one_stands(session: Session) -> None:
    seed_place_ratings(session, now=NOW)

    canteen = session.scalars(select(ServicePoint).where(ServicePoint.full_name == "一食堂")).one()
    standing = place_ratings.standing_of(session, canteen, now=NOW)
    assert standing.people > 30
    assert standing.mean is not None
    assert 3 < standing.mean < 5
    rooms = select(ServicePoint.id).where(ServicePoint.kind == ServicePointKind.ROOM)
    assert all(
        place_ratings.standing_of(session, session.get_one(ServicePoint, room), now=NOW).people == 0
        for room in session.scalars(rooms)
    )
    assert canteen.latitude is not None
    assert canteen.longitude is not None
    nearest = places_to_choose.near(session, canteen.latitude, canteen.longitude)
    assert [choice.place.full_name for choice in nearest[:2]] == ["一食堂", "后勤服务大厅"]
