"""Coming in: what is still owed, and what happens when somebody guesses."""

from datetime import datetime, timedelta

import pytest

from domain import office_settings
from domain.office_settings import WECHAT_IS_ENOUGH
from domain.sign_in import Way, arrive, record_attempt
from models.database import Database
from models.staff import Staff
from tests.support.factories import Office


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
    at = now + timedelta(minutes=5)
    came_in = _try(database, office.handler, matches=True, at=at)

    assert came_in is not None
    with database.transaction() as session:
        staff = session.get_one(Staff, came_in.id)
        assert arrive(session, staff, Way.PASSWORD, now=at).is_complete
        assert (staff.failed_logins, staff.locked_until, staff.last_login_at) == (0, None, at)


def test_a_closed_or_missing_account_never_comes_in(
    database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        session.get_one(Staff, office.handler.id).active = False

    assert _try(database, office.handler, matches=True, at=now) is None
    with database.transaction() as session:
        assert record_attempt(session, 999_999, matches=True, now=now) is None


@pytest.mark.parametrize(
    ("way", "wechat_is_enough", "is_complete"),
    [
        (Way.PASSWORD, True, False),
        (Way.INVITATION, True, False),
        (Way.SCAN, False, False),
        (Way.WECHAT, False, False),
        (Way.SCAN, True, True),
        (Way.WECHAT, True, True),
    ],
)
def test_a_second_factor_is_asked_for_unless_the_office_takes_a_wechat_for_one(
    database: Database, office: Office, now: datetime, way: Way, wechat_is_enough: bool, is_complete: bool
) -> None:
    with database.transaction() as session:
        office_settings.write(session, WECHAT_IS_ENOUGH, wechat_is_enough, staff=None, now=now)
        staff = session.get_one(Staff, office.handler.id)
        staff.totp_confirmed_at, staff.failed_logins = now, 4

        assert arrive(session, staff, way, now=now).is_complete == is_complete
        # A right password must not clear the count of wrong codes.
        assert (staff.failed_logins, staff.last_login_at) == ((0, now) if is_complete else (4, None))
