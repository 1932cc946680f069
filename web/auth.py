"""Who is signed in to the admin pages."""

from datetime import timedelta

from flask import Flask, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import select

from domain import staff_accounts
from models.staff import Staff
from web.clock import now
from web.database_session import current_session
from web.parts import parts

# Longer than any working day, shorter than until tomorrow's.
SIGNED_IN_FOR = timedelta(hours=14)
_SINCE = "signed_in_at"


class SignedIn(UserMixin):  # type: ignore[misc]
    """A member of staff as Flask-Login wants it; the id falls out of use when all sessions are ended."""

    def __init__(self, staff: Staff) -> None:
        self.staff = staff

    def get_id(self) -> str:
        """Name the person and the version of their sessions."""
        return f"{self.staff.id}:{self.staff.session_version}"


def current_staff() -> Staff:
    """Give the member of staff behind this request, in its session; only behind the guard `staff_only`.

    For anything but GET this begins the writing transaction: read and check the input first.
    """
    return current_session().get_one(Staff, current_user.staff.id)


def signed_in_key() -> str:
    """Name whose counter a rate limit uses: an office shares one address, so it counts each person."""
    return f"staff:{current_user.get_id()}"


def attempt_sign_in(username: str, password: str) -> Staff | None:
    """Check name and password and keep count; None when refused, whatever the reason.

    The slow part, the password, runs with no transaction open; the count is kept even though the answer is
    an error, so neither uses the request's own session.
    """
    database = parts().database
    with database.reading() as reading:
        account = staff_accounts.account_named(reading, username)
    matches = staff_accounts.password_matches(account, password)
    if account is None:
        return None
    with database.transaction() as writing:
        return staff_accounts.record_attempt(writing, account.id, matches=matches, now=now())


def sign_in(staff: Staff) -> None:
    """Begin a session of its own, so that one planted before signing in is worth nothing."""
    session.clear()
    session[_SINCE] = now().timestamp()
    login_user(SignedIn(staff))


def sign_out() -> None:
    """End this session."""
    logout_user()
    session.clear()


def _load(user_id: str) -> SignedIn | None:
    staff_id, _, version = user_id.partition(":")
    if now().timestamp() - session.get(_SINCE, 0) > SIGNED_IN_FOR.total_seconds():
        return None
    if not (staff_id.isdigit() and version.isdigit()):
        return None
    staff = _find_active(int(staff_id))
    if staff is None or staff.session_version != int(version):
        return None
    return SignedIn(staff)


def _find_active(staff_id: int) -> Staff | None:
    wanted = select(Staff).where(Staff.id == staff_id, Staff.active)
    if request.method in {"GET", "HEAD"}:
        return current_session().scalar(wanted)
    # A writing transaction would keep others out while this request still reads and checks its photos.
    with parts().database.reading() as session_before:
        return session_before.scalar(wanted)


def init_app(app: Flask) -> None:
    """Let Flask-Login know how to find people."""
    manager = LoginManager()
    manager.session_protection = None  # addresses change within a campus; the cookie is bound by other means
    manager.user_loader(_load)
    manager.init_app(app)
