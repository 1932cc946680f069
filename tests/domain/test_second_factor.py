"""Codes of the second factor: which are good, how often, and what guessing costs."""

from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select

from domain import office_settings, second_factor
from domain.errors import Invalid
from domain.office_settings import SECOND_FACTOR_ROLES
from domain.second_factor import Proof
from domain.secret_box import SecretBox
from models.audit import AuditEntry
from models.database import Database
from models.enums import Role
from models.staff import Staff
from models.staff_secrets import RecoveryCode
from tests.support.factories import Office

BOX = SecretBox("the-key-of-this-test-is-long-enough")
STEP = timedelta(seconds=30)


class Phone:
    """The handler's phone with an authenticator, and the account it guards."""

    def __init__(self, database: Database, office: Office, now: datetime) -> None:
        self.database, self.id, self.secret = database, office.handler.id, second_factor.new_secret()
        self.recovery_codes = self.confirm(now)

    def code(self, at: datetime) -> str:
        return pyotp.TOTP(self.secret).at(at)

    def confirm(self, at: datetime) -> list[str]:
        with self.database.transaction() as session:
            staff = session.get_one(Staff, self.id)
            code = self.code(at)
            return second_factor.confirm(session, staff, secret=self.secret, code=code, box=BOX, now=at)

    def prove(self, code: str, at: datetime, box: SecretBox = BOX) -> Proof | None:
        with self.database.transaction() as session:
            return second_factor.prove(session, self.id, code=code, box=box, now=at)

    def staff(self) -> Staff:
        with self.database.reading() as session:
            return session.get_one(Staff, self.id)


@pytest.fixture
def phone(database: Database, office: Office, now: datetime) -> Phone:
    return Phone(database, office, now)


def test_a_secret_counts_once_its_first_code_was_typed(
    database: Database, office: Office, now: datetime
) -> None:
    secret = second_factor.new_secret()
    with database.transaction() as session:
        staff = session.get_one(Staff, office.handler.id)
        with pytest.raises(Invalid) as refused:
            second_factor.confirm(session, staff, secret=secret, code="000 000", box=BOX, now=now)
    assert refused.value.field == "code"
    with database.reading() as session:
        assert not session.get_one(Staff, office.handler.id).has_second_factor

    phone = Phone(database, office, now)
    staff = phone.staff()
    assert (staff.has_second_factor, staff.session_version) == (True, 2)
    assert second_factor.is_readable(staff, box=BOX)
    assert phone.secret not in staff.totp_secret
    assert len(set(phone.recovery_codes)) == 10
    assert {len(code) for code in phone.recovery_codes} == {11}
    address = second_factor.address_of(phone.secret, staff=staff, issuer="办实事")
    parsed = pyotp.parse_uri(address)
    assert (parsed.secret, parsed.name, parsed.issuer) == (phone.secret, "handler", "办实事")


def test_a_code_is_good_one_step_around_and_never_twice(phone: Phone, now: datetime) -> None:
    code = phone.code(now)
    assert phone.prove(code, now) is None  # used up by the set-up
    assert phone.prove(phone.code(now + 2 * STEP), now) is None
    assert phone.prove(phone.code(now + STEP), now) is not None  # a phone whose clock is ahead
    assert phone.prove(phone.code(now), now + STEP) is None  # earlier than the last
    late = now + 4 * STEP
    assert phone.prove(phone.code(late - STEP), late) is not None
    assert phone.prove(phone.code(late - STEP), late) is None
    typed = phone.code(late)
    proof = phone.prove(
        f" {typed[:3]} {typed[3:]}".translate(str.maketrans("0123456789", "０１２３４５６７８９")), late
    )
    assert proof is not None
    assert proof.recovery_left is None


def test_wrong_codes_lock_as_wrong_passwords_do(phone: Phone, now: datetime) -> None:
    later = now + 2 * STEP
    for _ in range(5):
        assert phone.prove("not-a-code", later) is None
    assert phone.staff().locked_until == later + timedelta(minutes=5)
    assert phone.prove(phone.code(later), later) is None
    assert phone.prove(phone.recovery_codes[0], later) is None

    after = later + timedelta(minutes=5)
    assert phone.prove(phone.code(after), after) is not None


def test_a_recovery_code_works_once_and_new_ones_replace_the_old(
    database: Database, phone: Phone, now: datetime
) -> None:
    first, second = phone.recovery_codes[:2]
    proof = phone.prove(f" {first.lower()} ", now)
    assert proof is not None
    assert proof.recovery_left == 9
    assert phone.prove(first, now) is None
    with database.transaction() as session:
        staff = session.get_one(Staff, phone.id)
        assert second_factor.recovery_codes_left(session, staff) == 9
        new = second_factor.renew_recovery_codes(session, staff, box=BOX, now=now)
    assert phone.prove(second, now) is None
    proof = phone.prove(new[0].replace("-", ""), now)
    assert proof is not None
    assert proof.recovery_left == 9
    with database.reading() as session:
        hashes = session.scalars(select(RecoveryCode.code_hash)).all()
        assert not any(code.replace("-", "") in digest.upper() for code in new for digest in hashes)


def test_a_new_phone_takes_the_place_of_the_old(phone: Phone, now: datetime) -> None:
    old, old_codes = phone.secret, phone.recovery_codes
    phone.secret = second_factor.new_secret()
    later = now + 5 * STEP
    phone.confirm(later)

    after = later + 2 * STEP
    assert phone.prove(pyotp.TOTP(old).at(after), after) is None
    assert phone.prove(old_codes[0], after) is None
    assert phone.prove(phone.code(after), after) is not None


def test_after_the_servers_key_changed_no_code_is_good(phone: Phone, now: datetime) -> None:
    other, later = SecretBox("another-key-after-the-server-moved"), now + 2 * STEP

    assert not second_factor.is_readable(phone.staff(), box=other)
    assert phone.prove(phone.code(later), later, other) is None
    assert phone.prove(phone.recovery_codes[0], later, other) is None


def test_a_secret_that_is_being_set_up_belongs_to_one_account(office: Office) -> None:
    sealed = second_factor.seal_new("SECRET", staff=office.handler, box=BOX)

    assert second_factor.open_new(sealed, staff=office.handler, box=BOX) == "SECRET"
    assert second_factor.open_new(sealed, staff=office.lead, box=BOX) is None


def test_the_office_may_require_it_and_its_holder_may_turn_it_off(
    database: Database, phone: Phone, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        office_settings.write(session, SECOND_FACTOR_ROLES, frozenset({Role.HANDLER}), staff=None, now=now)
        staff, lead = session.get_one(Staff, phone.id), session.get_one(Staff, office.lead.id)
        assert second_factor.is_required(session, staff)
        assert not second_factor.must_set_up(session, staff)
        assert not second_factor.must_set_up(session, lead)
        second_factor.turn_off(session, staff, now=now)
        assert second_factor.must_set_up(session, staff)
        assert second_factor.recovery_codes_left(session, staff) == 0
    assert phone.prove(phone.code(now + 2 * STEP), now + 2 * STEP) is None
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.position)).all()
        assert [entry.words for entry in entries] == ["开启了二次验证", "关闭了二次验证"]
        assert not any(phone.secret in str(entry.details) for entry in entries)
