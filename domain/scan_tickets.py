"""Codes that people scan with their own WeChat: staff to bind it to their account or to sign in at a
computer, students to link the mini program with the official account.

The scan alone decides nothing: somebody may photograph the code on a screen, or send their own to a colleague
as something else. It makes the chat tell a number to whoever scanned, and only the browser that shows the
code, or the person in the mini program who had it made, can use that number.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from domain import audit, mini_people
from models.enums import ScanKind, ScanState
from models.person import Person
from models.scan_ticket import ScanTicket
from models.staff import Staff

LIFETIME = timedelta(minutes=10)
MOST_WRONG_NUMBERS = 5
# 192 bits, 32 characters.
_SECRET_BYTES = 24


class ScanOutcome(Enum):
    """What a scan led to."""

    SCANNED = auto()
    DEAD = auto()
    TAKEN = auto()
    NOT_BOUND = auto()
    BOUND_ELSEWHERE = auto()


@dataclass(frozen=True)
class Scan:
    """What came of a scan.

    Attributes:
        ticket: the code's row, None for a code that is no longer known.
    """

    outcome: ScanOutcome
    ticket: ScanTicket | None = None


class Confirmation(Enum):
    """What became of a number typed at the computer."""

    DONE = auto()
    WRONG = auto()
    DEAD = auto()


def new_secret() -> str:
    """Make the secret of a code; it is drawn and kept nowhere."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def scene_of(kind: ScanKind, secret: str) -> str:
    """Give the scene for the code, such as `bind:…`."""
    return f"{kind.value}:{secret}"


def read_scene(scene: str) -> tuple[ScanKind, str] | None:
    """Take a scene apart; None when it is not of a code for staff."""
    prefix, separator, secret = scene.partition(":")
    kind = next((kind for kind in ScanKind if kind.value == prefix), None)
    return (kind, secret) if separator and kind is not None else None


def open_ticket(
    session: Session,
    kind: ScanKind,
    *,
    secret: str,
    url: str,
    staff: Staff | None = None,
    for_person: Person | None = None,
    now: datetime,
) -> ScanTicket:
    """Keep a code that is about to be shown; an earlier one for the same account is worth nothing more.

    Args:
        url: what WeChat gave to draw for the scene.
        staff: whose account is bound; None for signing in.
        for_person: who wants to link their mini program.
    """
    if staff is not None or for_person is not None:
        earlier = update(ScanTicket).where(
            ScanTicket.staff_id == staff.id if staff is not None else true(),
            ScanTicket.for_person_id == for_person.id if for_person is not None else true(),
            ScanTicket.kind == kind,
            ScanTicket.state.in_([ScanState.WAITING, ScanState.SCANNED]),
        )
        session.execute(earlier.values(state=ScanState.EXPIRED))
    ticket = ScanTicket(
        kind=kind,
        secret_hash=_hash(secret),
        url=url,
        number=f"{secrets.randbelow(10_000):04d}",
        staff=staff,
        for_person=for_person,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(ticket)
    session.flush()
    return ticket


def state_of(ticket: ScanTicket, *, now: datetime) -> ScanState:
    """Tell how far a code has come; one whose time is over has expired, whatever its row says."""
    is_over = now >= ticket.expires_at and ticket.state is not ScanState.USED
    return ScanState.EXPIRED if is_over else ticket.state


def scan(session: Session, kind: ScanKind, secret: str, *, person: Person, now: datetime) -> Scan:
    """Note that somebody scanned a code; scanning it again tells the same person the same."""
    query = select(ScanTicket).where(ScanTicket.secret_hash == _hash(secret), ScanTicket.kind == kind)
    ticket = session.scalar(query.with_for_update(of=ScanTicket))
    if ticket is None or state_of(ticket, now=now) in {ScanState.EXPIRED, ScanState.USED}:
        return Scan(ScanOutcome.DEAD)
    if ticket.person_id is not None and ticket.person_id != person.id:
        return Scan(ScanOutcome.TAKEN, ticket)
    refusal = _refusal_of(session, ticket, person)
    if refusal is not None:
        return Scan(refusal, ticket)
    ticket.person = person
    ticket.state = ScanState.SCANNED
    ticket.scanned_at = ticket.scanned_at or now
    session.flush()
    return Scan(ScanOutcome.SCANNED, ticket)


def _refusal_of(session: Session, ticket: ScanTicket, person: Person) -> ScanOutcome | None:
    """Tell why this person cannot use the code; a code for signing in learns whose account it opens."""
    if ticket.kind is ScanKind.LINK:
        return None if _may_be_one(session, ticket, person) else ScanOutcome.BOUND_ELSEWHERE
    bound_to = _account_of(session, person)
    if ticket.kind is ScanKind.LOGIN:
        ticket.staff = bound_to
        return ScanOutcome.NOT_BOUND if bound_to is None else None
    is_others = bound_to is not None and bound_to.id != ticket.staff_id
    return ScanOutcome.BOUND_ELSEWHERE if is_others else None


def _may_be_one(session: Session, ticket: ScanTicket, person: Person) -> bool:
    waiting = ticket.for_person
    return waiting is not None and mini_people.may_link(session, waiting, to=person)


def confirm(
    session: Session, ticket_id: int, *, number: str, now: datetime
) -> tuple[Confirmation, Staff | None]:
    """Use a scanned code with the number the phone was told, and give the account it was for.

    A code works once; after five wrong numbers it does not work any more. The count must last: commit
    whatever comes of it.
    """
    ticket = session.get(ScanTicket, ticket_id, with_for_update={"of": ScanTicket}, populate_existing=True)
    outcome = _hold_against(ticket, number, now=now)
    if ticket is None or outcome is not Confirmation.DONE:
        return outcome, None
    staff, person = ticket.staff, ticket.person
    if staff is None or person is None or not _still_fits(session, ticket, staff, person):
        ticket.state = ScanState.EXPIRED
        return Confirmation.DEAD, None
    ticket.state, ticket.used_at = ScanState.USED, now
    if ticket.kind is ScanKind.BIND:
        _bind(session, staff, person)
        audit.record(
            session,
            staff,
            action="account.bind",
            subject_kind="account",
            subject=staff.username,
            words="绑定了自己的微信",
            now=now,
        )
    return Confirmation.DONE, staff


def _hold_against(ticket: ScanTicket | None, number: str, *, now: datetime) -> Confirmation:
    """Compare a number with the one the phone was told, and count it when it is wrong."""
    if ticket is None or state_of(ticket, now=now) is not ScanState.SCANNED:
        return Confirmation.DEAD
    if secrets.compare_digest(ticket.number.encode(), number.strip().encode()):
        return Confirmation.DONE
    ticket.wrong_numbers += 1
    if ticket.wrong_numbers < MOST_WRONG_NUMBERS:
        return Confirmation.WRONG
    ticket.state = ScanState.EXPIRED
    return Confirmation.DEAD


def ticket_of(session: Session, waiting: Person) -> ScanTicket | None:
    """Give the newest code that somebody in the mini program had made to link it."""
    query = select(ScanTicket).where(ScanTicket.for_person_id == waiting.id, ScanTicket.kind == ScanKind.LINK)
    return session.scalar(query.order_by(ScanTicket.id.desc()).limit(1))


def confirm_link(session: Session, waiting: Person, *, number: str, now: datetime) -> Confirmation:
    """Use the number the phone was told to make one of who waits and who scanned; see `confirm`."""
    found = ticket_of(session, waiting)
    ticket = (
        session.get(ScanTicket, found.id, with_for_update={"of": ScanTicket}, populate_existing=True)
        if found is not None
        else None
    )
    outcome = _hold_against(ticket, number, now=now)
    if ticket is None or outcome is not Confirmation.DONE:
        return outcome
    if ticket.person is None or not _may_be_one(session, ticket, ticket.person):
        ticket.state = ScanState.EXPIRED
        return Confirmation.DEAD
    ticket.state, ticket.used_at = ScanState.USED, now
    mini_people.link(session, waiting, to=ticket.person)
    return Confirmation.DONE


def unbind(staff: Staff) -> None:
    """Take the WeChat off an account: no more notices there, no more signing in by scan."""
    staff.person = None


def _still_fits(session: Session, ticket: ScanTicket, staff: Staff, person: Person) -> bool:
    """Look again at what was so at the scan, some minutes ago."""
    if not staff.active:
        return False
    bound_to = _account_of(session, person)
    if ticket.kind is ScanKind.LOGIN:
        return bound_to is not None and bound_to.id == staff.id
    return bound_to is None or bound_to.id == staff.id


def _bind(session: Session, staff: Staff, person: Person) -> None:
    # The account of somebody who has left lets go of their WeChat.
    former = update(Staff).where(Staff.person_id == person.id, Staff.id != staff.id)
    session.execute(former.values(person_id=None))
    staff.person = person


def _account_of(session: Session, person: Person) -> Staff | None:
    return session.scalar(select(Staff).where(Staff.person_id == person.id, Staff.active))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
