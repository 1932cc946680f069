"""The tree of places, and finding the one a person means."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from domain import complaints
from domain.service_points import (
    by_code,
    children,
    full_name_of,
    open_lately,
    refresh_full_names,
    search,
    suggest_places,
    tree_ids,
)
from models.database import Database
from models.enums import Channel, ComplaintStatus, ServicePointKind
from models.service_point import ServicePoint
from tests.support.campus import Campus, add_place, build_campus
from tests.support.factories import Factory


@pytest.fixture
def campus(database: Database, factory: Factory) -> Campus:
    with database.transaction() as session:
        return build_campus(session, factory)


def names(places: list[ServicePoint]) -> list[str]:
    return [place.full_name for place in places]


def file_at(database: Database, campus: Campus, place: ServicePoint, *, now: datetime) -> None:
    with database.transaction() as session:
        submission = complaints.Submission(
            text="灯坏了",
            channel=Channel.WECHAT,
            reporter=session.merge(campus.office.student),
            service_point=session.merge(place),
        )
        complaints.submit(session, submission, now=now)


def test_code_leads_to_its_place(database: Database, campus: Campus) -> None:
    with database.reading() as session:
        found = by_code(session, campus.window.code)
        assert found is not None
        assert found.id == campus.window.id
        assert by_code(session, "nobody's") is None


def test_retired_code_leads_nowhere(database: Database, campus: Campus) -> None:
    with database.transaction() as session:
        session.merge(campus.window).active = False
    with database.reading() as session:
        assert by_code(session, campus.window.code) is None


def test_full_name_is_as_people_say_it(campus: Campus) -> None:
    assert names([campus.campus, campus.window, campus.floor, campus.room]) == [
        "东校区",
        "东校区第二食堂3号窗口",
        "东校区3号楼3层",
        "东校区3号楼302",
    ]


def test_room_right_below_its_building_keeps_the_buildings_name(campus: Campus) -> None:
    name = full_name_of(campus.building, kind=ServicePointKind.ROOM, name="值班室")
    assert name == "东校区3号楼值班室"


def test_children_come_in_their_order_and_only_those_in_use(database: Database, campus: Campus) -> None:
    with database.transaction() as session:
        session.merge(campus.canteen).position = 9
        add_place(
            session, ServicePointKind.FACILITY, "旧澡堂", parent=session.merge(campus.campus)
        ).active = False
    with database.reading() as session:
        top = session.get_one(ServicePoint, campus.campus.id)
        assert names(list(children(session, top))) == ["东校区3号楼", "东校区第二食堂"]
        assert "东校区" in names(list(children(session, None)))


def test_tree_holds_a_place_and_all_below(database: Database, campus: Campus) -> None:
    with database.reading() as session:
        ids = tree_ids(session, session.get_one(ServicePoint, campus.building.id))
    assert set(ids) == {campus.building.id, campus.floor.id, campus.room.id, campus.other_room.id}


def test_renaming_reaches_all_below(database: Database, campus: Campus) -> None:
    with database.transaction() as session:
        building = session.merge(campus.building)
        building.name = "明德楼"
        refresh_full_names(session, building)
    with database.reading() as session:
        everything = names(list(session.scalars(select(ServicePoint).order_by(ServicePoint.id))))
    assert [name for name in everything if "明德楼" in name] == [
        "东校区明德楼",
        "东校区明德楼3层",
        "东校区明德楼302",
        "东校区明德楼303",
    ]
    assert "东校区第二食堂3号窗口" in everything


def test_renaming_the_top_reaches_everything(database: Database, campus: Campus) -> None:
    with database.transaction() as session:
        top = session.merge(campus.campus)
        top.name = "西校区"
        refresh_full_names(session, top)
    with database.reading() as session:
        assert session.get_one(ServicePoint, campus.room.id).full_name == "西校区3号楼302"


def test_only_open_and_recent_complaints_of_the_very_place_count(
    database: Database, campus: Campus, factory: Factory, now: datetime
) -> None:
    file_at(database, campus, campus.canteen, now=now)
    file_at(database, campus, campus.window, now=now - timedelta(days=31))
    file_at(database, campus, campus.window, now=now - timedelta(days=29))
    with database.transaction() as session:
        window = session.merge(campus.window)
        factory.complaint(session, campus.office, ComplaintStatus.WITHDRAWN, service_point=window)
        assert open_lately(session, window, now=now) == 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("第二食堂", ["东校区第二食堂"]),
        ("东校区二食堂", ["东校区第二食堂"]),
        ("3号楼302", ["东校区3号楼302"]),
        ("三栋302室", ["东校区3号楼302"]),
        ("302", ["东校区3号楼302"]),
        ("二食堂三号窗口门口", ["东校区第二食堂3号窗口"]),
        ("食堂", ["东校区第二食堂", "一食堂 3 号窗口", "东校区第二食堂3号窗口"]),
        ("3号楼后面", ["东校区3号楼"]),
        ("体育馆", []),
        ("", []),
        ("、", []),
    ],
)
@pytest.mark.usefixtures("campus")
def test_search_finds_what_is_meant(database: Database, words: str, expected: list[str]) -> None:
    with database.reading() as session:
        assert names(search(session, words, 4)) == expected


@pytest.mark.usefixtures("campus")
def test_search_gives_no_more_than_asked_for(database: Database) -> None:
    with database.reading() as session:
        assert len(search(session, "3号楼", 2)) == 1
        assert len(search(session, "东校区", 2)) == 1
        assert len(search(session, "食堂", 1)) == 1


def test_search_puts_a_place_of_that_very_name_before_those_that_hold_it(
    database: Database, campus: Campus
) -> None:
    with database.transaction() as session:
        for parent in (campus.canteen, campus.building):
            place = add_place(session, ServicePointKind.FACILITY, "水房", parent=session.merge(parent))
            place.code = f"water-{parent.id}"
    with database.reading() as session:
        assert names(search(session, "水房", 4)) == ["东校区3号楼水房", "东校区第二食堂水房"]


def test_retired_places_are_neither_found_nor_offered(database: Database, campus: Campus) -> None:
    with database.transaction() as session:
        session.merge(campus.room).active = False
    with database.reading() as session:
        assert names(search(session, "3号楼302", 4)) == ["东校区3号楼"]
        student = campus.office.student
        assert "东校区3号楼302" not in names(suggest_places(session, student, "3号楼302", 4))


def test_named_places_are_offered_first_then_lately_used_then_well_known(
    database: Database, campus: Campus, now: datetime
) -> None:
    file_at(database, campus, campus.other_room, now=now)
    with database.reading() as session:
        offered = names(suggest_places(session, campus.office.student, "二食堂3号窗口有虫子", 5))
        others = names(suggest_places(session, campus.office.friend, "太热了", 5))
    assert offered == [
        "东校区第二食堂3号窗口",
        "东校区第二食堂",
        "东校区3号楼303",
        "东校区3号楼",
    ]
    assert others == ["东校区第二食堂", "东校区3号楼"]


def test_well_known_is_where_most_was_raised(database: Database, campus: Campus, now: datetime) -> None:
    file_at(database, campus, campus.building, now=now)
    with database.reading() as session:
        assert names(suggest_places(session, campus.office.friend, "", 1)) == ["东校区3号楼"]


def test_name_that_many_places_share_is_not_guessed_at(database: Database, campus: Campus) -> None:
    with database.reading() as session:
        offered = names(suggest_places(session, campus.office.friend, "302和303都停水", 1))
    assert offered == ["东校区第二食堂"]
