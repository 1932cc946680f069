"""The invented university."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from demo.plan import PASSWORD
from domain.staff_accounts import account_named, password_matches
from models.enums import Role, ServicePointKind
from models.person import Person
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team
from tests.demo.conftest import WECHAT_USERS


def test_there_are_three_canteens_twelve_dormitories_and_some_eighty_places(session: Session) -> None:
    places = list(session.scalars(select(ServicePoint)))
    assert sum(place.kind is ServicePointKind.CANTEEN for place in places) == 3
    assert sum(place.name.endswith("号楼") for place in places) == 12
    assert 75 <= len(places) <= 95


def test_every_place_shows_standard_pledge_and_who_is_in_charge(session: Session) -> None:
    places = list(session.scalars(select(ServicePoint)))
    assert [place.full_name for place in places if not (place.standard and place.pledge)] == []
    assert [place.full_name for place in places if not place.in_charge] == []


def test_codes_tell_nothing_and_are_all_different(session: Session) -> None:
    codes = list(session.scalars(select(ServicePoint.code)))
    assert len(set(codes)) == len(codes)
    assert all(code.isascii() and code.isalnum() and len(code) == 12 for code in codes)


def test_rooms_are_named_as_people_say_them(session: Session) -> None:
    names = set(session.scalars(select(ServicePoint.full_name).where(ServicePoint.name == "302")))
    assert names == {"3号楼302"}


def test_every_role_and_team_is_staffed(session: Session) -> None:
    staff = list(session.scalars(select(Staff)))
    assert len(staff) == 16
    assert {role for one in staff for role in one.roles} == set(Role)
    for team in session.scalars(select(Team)):
        roles = {role for one in staff if one.team_id == team.id for role in one.roles}
        assert roles >= {Role.HANDLER, Role.LEAD}, team.name


def test_everybody_signs_in_with_the_printed_password(session: Session) -> None:
    assert password_matches(account_named(session, "admin"), PASSWORD)
    hashes = session.scalar(select(func.count(Staff.password_hash.distinct())))
    assert hashes == 1


def test_the_man_of_the_repair_shop_is_a_user_of_the_simulator(session: Session) -> None:
    handler = account_named(session, "weixiu2")
    assert handler is not None
    assert handler.person is not None
    assert handler.person.openid == WECHAT_USERS["张伟"]


def test_sixty_people_and_the_users_of_the_simulator_follow_the_account(session: Session) -> None:
    people = list(session.scalars(select(Person)))
    assert len(people) == 60 + len(WECHAT_USERS)
    assert all(person.following for person in people)
