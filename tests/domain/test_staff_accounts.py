"""Passwords, and what happens when somebody guesses."""

from datetime import datetime, timedelta

import pytest

from domain.errors import Invalid
from domain.staff_accounts import (
    account_named,
    check_password_rules,
    create_staff,
    password_matches,
    record_attempt,
    set_password,
)
from models.database import Database
from models.enums import Role
from models.staff import Staff
from tests.support.factories import PASSWORD, Factory, Office

GOOD = "quiet-river-stone-42"


def test_create_staff_makes_an_account_that_can_sign_in(
    database: Database, factory: Factory, now: datetime
) -> None:
    with database.transaction() as session:
        team = factory.team(session)
        create_staff(
            session,
            username=" Li.Wei ",
            name=" 李伟 ",
            post="班长",
            password=GOOD,
            roles=[Role.HANDLER, Role.LEAD],
            team=team,
            now=now,
        )
    with database.reading() as session:
        found = account_named(session, "LI.WEI")

        assert found is not None
        assert (found.username, found.name, found.roles) == ("li.wei", "李伟", {Role.HANDLER, Role.LEAD})
        assert password_matches(found, GOOD)
        assert not password_matches(found, PASSWORD)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "  "}, "username"),
        ({"username": "handler"}, "username"),
        ({"name": " "}, "name"),
        ({"roles": []}, "roles"),
        ({"roles": [Role.HANDLER]}, "team"),
        ({"password": "short"}, "password"),
    ],
)
def test_create_staff_names_the_field_at_fault(
    database: Database, office: Office, now: datetime, changes: dict[str, object], field: str
) -> None:
    del office
    values: dict[str, object] = {
        "username": "new",
        "name": "新人",
        "post": "",
        "password": GOOD,
        "roles": [Role.DISPATCHER],
    }
    with database.transaction() as session, pytest.raises(Invalid) as refused:
        create_staff(session, now=now, **(values | changes))  # type: ignore[arg-type]

    assert refused.value.field == field


@pytest.mark.parametrize(
    "password", ["a" * 9, "x" * 201, "Password123", "aaaaaaaaaaaa", "ababababab", "zhangwei12", "1234567890"]
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_password_rules(password, username="zhangwei")

    assert refused.value.field == "password"


def test_a_long_phrase_may_hold_the_user_name() -> None:
    check_password_rules("zhangwei likes noodles", username="zhangwei")


def test_a_missing_account_and_a_broken_hash_match_nothing(office: Office) -> None:
    broken = Staff(password_hash="not a hash")

    assert not password_matches(None, "nobody has this password")
    assert not password_matches(broken, PASSWORD)
    assert password_matches(office.handler, PASSWORD)


def test_set_password_ends_all_sessions_and_the_lock(office: Office, now: datetime) -> None:
    staff = office.handler
    staff.failed_logins, staff.locked_until = 7, now

    set_password(staff, GOOD)

    assert (staff.session_version, staff.failed_logins, staff.locked_until) == (2, 0, None)
    assert password_matches(staff, GOOD)


def _try(database: Database, staff: Staff, *, matches: bool, at: datetime) -> Staff | None:
    with database.transaction() as session:
        return record_attempt(session, staff.id, matches=matches, now=at)


def test_the_lock_comes_with_the_fifth_failure_and_grows(
    database: Database, office: Office, now: datetime
) -> None:
    locks = []
    at = now
    for _ in range(12):
        assert _try(database, office.handler, matches=False, at=at) is None
        with database.reading() as session:
            until = session.get_one(Staff, office.handler.id).locked_until
        locks.append((until - at) // timedelta(minutes=1) if until else 0)
        at = until or at

    assert locks == [0, 0, 0, 0, 5, 10, 20, 40, 80, 120, 120, 120]


def test_while_locked_nothing_is_counted_and_nobody_comes_in(
    database: Database, office: Office, now: datetime
) -> None:
    for _ in range(5):
        _try(database, office.handler, matches=False, at=now)

    assert _try(database, office.handler, matches=True, at=now + timedelta(minutes=4, seconds=59)) is None
    assert _try(database, office.handler, matches=False, at=now + timedelta(minutes=1)) is None
    came_in = _try(database, office.handler, matches=True, at=now + timedelta(minutes=5))

    assert came_in is not None
    assert (came_in.failed_logins, came_in.locked_until) == (0, None)
    assert came_in.last_login_at == now + timedelta(minutes=5)


def test_a_closed_or_missing_account_never_comes_in(
    database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        session.get_one(Staff, office.handler.id).active = False

    assert _try(database, office.handler, matches=True, at=now) is None
    with database.transaction() as session:
        assert record_attempt(session, 999_999, matches=True, now=now) is None
