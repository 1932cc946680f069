"""Links for choosing a password: used once, looked at as often as one likes."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from domain import staff_changes, staff_invitations
from domain.errors import DomainError, Invalid, NotAllowed, NotFound
from domain.staff_accounts import StaffEntry, password_matches
from domain.staff_invitations import Invited
from models.audit import AuditEntry
from models.database import Database
from models.enums import Role
from models.staff import Staff
from models.staff_secrets import StaffInvitation
from tests.support.factories import Office

GOOD = "quiet-river-stone-42"


@pytest.fixture
def invited(database: Database, office: Office, now: datetime) -> Invited:
    """A new dispatcher who has not chosen a password yet."""
    with database.transaction() as session:
        admin = session.get_one(Staff, office.admin.id)
        entry = StaffEntry("刘洋", "受理岗", roles=frozenset({Role.DISPATCHER}))
        return staff_changes.invite(session, username="LiuYang", entry=entry, staff=admin, now=now)


def redeem(
    database: Database, secret: str, at: datetime, *, password: str = GOOD, again: str = GOOD
) -> Staff:
    with database.transaction() as session:
        return staff_invitations.redeem(session, secret, password=password, again=again, now=at)


def refusal(database: Database, secret: str, at: datetime) -> type[DomainError]:
    """Tell how both looking and using are refused."""
    kinds = set()
    with database.reading() as session, pytest.raises(DomainError) as looked:
        staff_invitations.look_up(session, secret, now=at)
    kinds.add(type(looked.value))
    with pytest.raises(DomainError) as used:
        redeem(database, secret, at)
    kinds.add(type(used.value))
    (kind,) = kinds
    return kind


def test_an_invited_colleague_chooses_the_password_once(
    database: Database, invited: Invited, now: datetime
) -> None:
    later = now + timedelta(hours=71, minutes=59)
    with database.reading() as session:
        for _ in range(3):
            account = staff_invitations.look_up(session, invited.secret, now=later).staff
        assert (account.username, account.has_password) == ("liuyang", False)
        assert not password_matches(account, "")
        assert staff_invitations.open_until(session, account, now=now) == now + timedelta(hours=72)
    for changes, field in (
        ({"password": "short", "again": "short"}, "password"),
        ({"again": "something-else-1"}, "password_again"),
    ):
        with pytest.raises(Invalid) as wrong:
            redeem(database, invited.secret, later, **changes)
        assert wrong.value.field == field

    staff = redeem(database, invited.secret, later)

    assert password_matches(staff, GOOD)
    assert refusal(database, invited.secret, later) is NotAllowed
    with database.reading() as session:
        assert staff_invitations.open_until(session, staff, now=later) is None
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.position)).all()
        assert [(entry.subject_kind, entry.action) for entry in entries] == [
            ("staff", "staff.invite"),
            ("account", "account.password"),
        ]
        kept = str([(entry.words, entry.details) for entry in entries])
        assert invited.secret not in kept
        assert GOOD not in kept
        assert invited.secret not in session.scalars(select(StaffInvitation.secret_hash)).one()


def test_links_end_by_time_by_a_newer_one_and_with_the_account(
    database: Database, invited: Invited, office: Office, now: datetime
) -> None:
    assert refusal(database, "nothing", now) is NotFound
    assert refusal(database, invited.secret, invited.expires_at) is NotAllowed
    with database.transaction() as session:
        admin = session.get_one(Staff, office.admin.id)
        account = session.get_one(Staff, invited.staff.id)
        newer = staff_changes.reset(session, account, staff=admin, now=now)
    assert refusal(database, invited.secret, now) is NotFound
    with database.transaction() as session:
        session.get_one(Staff, invited.staff.id).active = False
    assert refusal(database, newer.secret, now) is NotAllowed
