"""Accounts of staff and their passwords."""

import inspect
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from argon2 import PasswordHasher
from argon2.profiles import RFC_9106_LOW_MEMORY

from domain import staff_accounts
from domain.errors import Invalid
from domain.staff_accounts import (
    account_named,
    create_staff,
    password_matches,
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


def test_a_password_costs_a_guesser_as_much_as_is_advised() -> None:
    given = inspect.getsource(staff_accounts)
    assert "PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)" in given

    hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
    recommended = RFC_9106_LOW_MEMORY
    assert (hasher.time_cost, hasher.memory_cost) == (recommended.time_cost, recommended.memory_cost)


def test_only_some_passwords_are_compared_at_one_time(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, most = 0, 0
    lock = threading.Lock()

    class Watched:
        def verify(self, *_stored_and_typed: str) -> None:
            nonlocal at_once, most
            with lock:
                at_once += 1
                most = max(most, at_once)
            time.sleep(0.02)
            with lock:
                at_once -= 1

    monkeypatch.setattr(staff_accounts, "_hasher", Watched())
    with ThreadPoolExecutor(12) as threads:
        assert all(threads.map(lambda _: password_matches(office.handler, PASSWORD), range(12)))

    assert most == 4
