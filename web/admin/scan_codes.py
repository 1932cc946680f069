"""Codes for staff on a computer's screen: shown to one browser, and used by that browser only.

Which code a browser shows stands in its signed session, so nobody else can ask how far it has come or type
its number.
"""

from dataclasses import dataclass
from datetime import timedelta

from flask import session as browser
from markupsafe import Markup

from domain import qr_drawings, scan_tickets
from domain.scan_tickets import LIFETIME, Confirmation
from domain.sign_in import Arrival, Way, arrive
from models.enums import ScanKind, ScanState
from models.scan_ticket import ScanTicket
from models.staff import Staff
from web.clock import now
from web.parts import parts

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class ShownCode:
    """A code as a page shows it.

    Attributes:
        state: how far it has come.
        drawing: the code as SVG.
        minutes_left: for how long it can be scanned, rounded up.
    """

    state: ScanState
    drawing: Markup
    minutes_left: int


def make_code(kind: ScanKind, *, staff_id: int | None = None) -> None:
    """Have WeChat make a code, and let this browser show it. No transaction may be open.

    Raises:
        WeChatFailure: WeChat did not make one.
    """
    secret = scan_tickets.new_secret()
    scene = scan_tickets.scene_of(kind, secret)
    url = parts().client.create_qrcode(scene, seconds=int(LIFETIME.total_seconds()))
    with parts().database.transaction() as writing:
        staff = writing.get_one(Staff, staff_id) if staff_id is not None else None
        ticket = scan_tickets.open_ticket(writing, kind, secret=secret, url=url, staff=staff, now=now())
    browser[_key(kind)] = ticket.id


def shown_code(kind: ScanKind) -> ShownCode | None:
    """Give the code this browser shows, if it shows one."""
    with parts().database.reading() as reading:
        ticket = reading.get(ScanTicket, browser.get(_key(kind), 0))
    if ticket is None:
        return None
    left = max(ticket.expires_at - now(), timedelta())
    # We drew it ourselves, from WeChat's address.
    drawing = Markup(qr_drawings.svg(ticket.url))  # noqa: S704
    return ShownCode(scan_tickets.state_of(ticket, now=now()), drawing, -(-left // _MINUTE))


def use_number(kind: ScanKind, number: str) -> tuple[Confirmation, Arrival | None]:
    """Use the shown code with the number from the phone; a wrong one is counted whatever the answer.

    Returns:
        What became of it, and who has arrived, where the code was for signing in.
    """
    arrival = None
    with parts().database.transaction() as writing:
        outcome, staff = scan_tickets.confirm(writing, browser.get(_key(kind), 0), number=number, now=now())
        if outcome is Confirmation.DONE and staff is not None and kind is ScanKind.LOGIN:
            arrival = arrive(writing, staff, Way.SCAN, now=now())
    if outcome is not Confirmation.WRONG:
        browser.pop(_key(kind), None)
    return outcome, arrival


def _key(kind: ScanKind) -> str:
    return f"scan_{kind.value}"
