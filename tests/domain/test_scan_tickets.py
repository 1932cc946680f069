"""Codes that staff scan: once, in time, with the number told to the phone, for an account in use."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from domain import scan_tickets
from domain.scan_tickets import Confirmation, ScanOutcome
from models.database import Database
from models.enums import ScanKind, ScanState
from models.person import Person
from models.scan_ticket import ScanTicket
from models.staff import Staff
from tests.support.factories import Office
from tests.support.retention import drop

Show = Callable[..., int]
SECRET = "s3cret"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def show(database: Database, office: Office, now: datetime) -> Show:
    """Show a code: for binding the handler's account, or for signing in."""

    def make(kind: ScanKind, secret: str = SECRET, at: datetime = now) -> int:
        with database.transaction() as session:
            staff = session.get_one(Staff, office.handler.id) if kind is ScanKind.BIND else None
            return scan_tickets.open_ticket(session, kind, secret=secret, url="u", staff=staff, now=at).id

    return make


@pytest.fixture
def scanned(database: Database, now: datetime) -> Callable[..., ScanOutcome]:
    def scan(kind: ScanKind, person: Person, secret: str = SECRET, at: datetime = now) -> ScanOutcome:
        with database.transaction() as session:
            who = session.get_one(Person, person.id)
            return scan_tickets.scan(session, kind, secret, person=who, now=at).outcome

    return scan


@pytest.fixture
def confirmed(database: Database, now: datetime) -> Callable[..., tuple[Confirmation, int | None]]:
    def confirm(
        ticket_id: int, number: str | None = None, at: datetime = now
    ) -> tuple[Confirmation, int | None]:
        with database.transaction() as session:
            right = session.get_one(ScanTicket, ticket_id).number
            typed = right if number is None else number
            outcome, staff = scan_tickets.confirm(session, ticket_id, number=typed, now=at)
            return outcome, staff.id if staff else None

    return confirm


def bound(database: Database, staff: Staff) -> int | None:
    with database.reading() as session:
        return session.get_one(Staff, staff.id).person_id


def bind(database: Database, staff: Staff, person: Person | None, **changes: object) -> None:
    with database.transaction() as session:
        row = session.get_one(Staff, staff.id)
        row.person_id = person.id if person else None
        for name, value in changes.items():
            setattr(row, name, value)


def other_than(number: str) -> str:
    return f"{(int(number) + 1) % 10_000:04d}"


def number_of(database: Database, ticket_id: int) -> str:
    with database.reading() as session:
        return session.get_one(ScanTicket, ticket_id).number


def state(database: Database, ticket_id: int, now: datetime) -> ScanState:
    with database.reading() as session:
        return scan_tickets.state_of(session.get_one(ScanTicket, ticket_id), now=now)


def test_scan_and_number_bind_the_wechat_once(
    database: Database, office: Office, show: Show, scanned: Callable[..., ScanOutcome], confirmed: Callable
) -> None:
    ticket = show(ScanKind.BIND)
    assert confirmed(ticket) == (Confirmation.DEAD, None)  # nobody has scanned it yet
    assert scanned(ScanKind.BIND, office.friend) is ScanOutcome.SCANNED
    assert bound(database, office.handler) is None
    assert confirmed(ticket) == (Confirmation.DONE, office.handler.id)
    assert bound(database, office.handler) == office.friend.id
    assert confirmed(ticket) == (Confirmation.DEAD, None)
    assert scanned(ScanKind.BIND, office.friend) is ScanOutcome.DEAD


def test_bound_wechat_signs_in_its_own_account(
    database: Database,
    office: Office,
    show: Show,
    scanned: Callable[..., ScanOutcome],
    confirmed: Callable,
) -> None:
    bind(database, office.lead, office.friend)
    ticket = show(ScanKind.LOGIN)

    assert scanned(ScanKind.LOGIN, office.friend) is ScanOutcome.SCANNED
    assert confirmed(ticket) == (Confirmation.DONE, office.lead.id)


@pytest.mark.parametrize("changes", [{}, {"active": False}])
def test_wechat_of_nobody_in_office_signs_nobody_in(
    database: Database,
    office: Office,
    show: Show,
    scanned: Callable[..., ScanOutcome],
    confirmed: Callable,
    changes: dict[str, object],
) -> None:
    bind(database, office.lead, office.friend if changes else None, **changes)
    ticket = show(ScanKind.LOGIN)

    assert scanned(ScanKind.LOGIN, office.friend) is ScanOutcome.NOT_BOUND
    assert confirmed(ticket) == (Confirmation.DEAD, None)


@pytest.mark.parametrize("later", ["unbound", "left"])
def test_account_that_changed_since_the_scan_is_not_signed_in(
    database: Database,
    office: Office,
    show: Show,
    scanned: Callable[..., ScanOutcome],
    confirmed: Callable,
    later: str,
) -> None:
    bind(database, office.lead, office.friend)
    ticket = show(ScanKind.LOGIN)
    scanned(ScanKind.LOGIN, office.friend)
    bind(database, office.lead, None if later == "unbound" else office.friend, active=later != "left")

    assert confirmed(ticket) == (Confirmation.DEAD, None)


def test_code_scanned_by_one_is_of_no_use_to_another(
    office: Office, show: Show, scanned: Callable[..., ScanOutcome]
) -> None:
    show(ScanKind.BIND)

    assert scanned(ScanKind.BIND, office.friend) is ScanOutcome.SCANNED
    assert scanned(ScanKind.BIND, office.student) is ScanOutcome.TAKEN
    assert scanned(ScanKind.BIND, office.friend) is ScanOutcome.SCANNED


def test_wechat_of_another_account_cannot_be_bound(
    database: Database, office: Office, show: Show, scanned: Callable[..., ScanOutcome]
) -> None:
    bind(database, office.lead, office.friend)
    show(ScanKind.BIND)

    assert scanned(ScanKind.BIND, office.friend) is ScanOutcome.BOUND_ELSEWHERE


def test_wechat_of_somebody_who_left_can_be_bound_anew(
    database: Database, office: Office, show: Show, scanned: Callable[..., ScanOutcome], confirmed: Callable
) -> None:
    bind(database, office.lead, office.friend, active=False)
    ticket = show(ScanKind.BIND)
    scanned(ScanKind.BIND, office.friend)

    assert confirmed(ticket) == (Confirmation.DONE, office.handler.id)
    assert (bound(database, office.lead), bound(database, office.handler)) == (None, office.friend.id)


def test_five_wrong_numbers_end_a_code(
    database: Database, office: Office, show: Show, scanned: Callable[..., ScanOutcome], confirmed: Callable
) -> None:
    ticket = show(ScanKind.BIND)
    scanned(ScanKind.BIND, office.friend)
    wrong = other_than(number_of(database, ticket))

    assert [confirmed(ticket, wrong)[0] for _ in range(5)] == [Confirmation.WRONG] * 4 + [Confirmation.DEAD]
    assert confirmed(ticket) == (Confirmation.DEAD, None)
    assert bound(database, office.handler) is None


def test_code_works_for_ten_minutes(
    database: Database,
    office: Office,
    show: Show,
    scanned: Callable[..., ScanOutcome],
    confirmed: Callable,
    now: datetime,
) -> None:
    first, second = show(ScanKind.LOGIN, "one"), show(ScanKind.LOGIN, "two")
    bind(database, office.lead, office.friend)

    assert scanned(ScanKind.LOGIN, office.friend, "one", now + 10 * MINUTE) is ScanOutcome.DEAD
    assert scanned(ScanKind.LOGIN, office.friend, "two", now + 9 * MINUTE) is ScanOutcome.SCANNED
    assert confirmed(second, at=now + 10 * MINUTE) == (Confirmation.DEAD, None)
    assert state(database, first, now + 10 * MINUTE) is ScanState.EXPIRED


def test_new_code_for_binding_ends_the_one_before(
    database: Database, office: Office, show: Show, scanned: Callable[..., ScanOutcome], now: datetime
) -> None:
    first = show(ScanKind.BIND, "one")
    show(ScanKind.BIND, "two")

    assert state(database, first, now) is ScanState.EXPIRED
    assert scanned(ScanKind.BIND, office.friend, "one") is ScanOutcome.DEAD


@pytest.mark.parametrize(
    ("kind", "secret"), [(ScanKind.LOGIN, SECRET), (ScanKind.BIND, "guess"), (ScanKind.BIND, "")]
)
def test_scene_with_another_kind_or_secret_is_dead(
    office: Office, show: Show, scanned: Callable[..., ScanOutcome], kind: ScanKind, secret: str
) -> None:
    show(ScanKind.BIND)

    assert scanned(kind, office.friend, secret) is ScanOutcome.DEAD


def test_secret_is_long_and_fits_into_a_scene() -> None:
    secrets = {scan_tickets.new_secret() for _ in range(50)}
    scene = scan_tickets.scene_of(ScanKind.LOGIN, secrets.pop())

    assert len(secrets) == 49
    assert len(scene) == len("login:") + 32
    assert scan_tickets.read_scene(scene) == (ScanKind.LOGIN, scene[6:])


@pytest.mark.parametrize("scene", ["place-1", "bind", "other:x", ""])
def test_scene_of_a_place_is_not_for_staff(scene: str) -> None:
    assert scan_tickets.read_scene(scene) is None


def test_unbinding_takes_the_wechat_off(database: Database, office: Office) -> None:
    bind(database, office.lead, office.friend)
    with database.transaction() as session:
        scan_tickets.unbind(session.get_one(Staff, office.lead.id))

    assert bound(database, office.lead) is None


def test_old_codes_are_forgotten(database: Database, show: Show, now: datetime) -> None:
    show(ScanKind.LOGIN, "old", now - timedelta(days=2))
    young = show(ScanKind.LOGIN, "young", now - timedelta(hours=2))

    with database.transaction() as session:
        assert drop(session, "scans", now=now) == 1
    with database.reading() as session:
        assert [ticket.id for ticket in session.query(ScanTicket)] == [young]
