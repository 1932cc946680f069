"""Who is signed in to the admin pages."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

import structlog
from flask import Flask, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy.orm import Session

from domain import second_factor, staff_accounts
from domain import sign_in as sign_in_rules
from domain.errors import Invalid
from domain.second_factor import Proof
from domain.sign_in import Arrival, Way
from models.staff import Staff
from web import known_browsers
from web.clock import now
from web.database_session import current_session
from web.parts import parts

# Longer than any working day, shorter than until tomorrow's.
SIGNED_IN_FOR = timedelta(hours=14)
# Longer than a lunch and a meeting. What an open page asks for by itself is no sign of anybody.
IDLE_FOR = timedelta(hours=4)
_SEEN_EVERY = timedelta(minutes=5)
# Enough to find one's phone, or the paper with the recovery codes.
HALFWAY_FOR = timedelta(minutes=5)
_SINCE, _SEEN, _KEY = "signed_in_at", "seen_at", "session_key"
_HALFWAY = "halfway_in"
# What of the cookie makes somebody signed in to the admin pages.
SIGNED_IN_BY = ("_user_id", "_fresh", "_id", _SINCE, _SEEN, _KEY)


class Owed(Enum):
    """What somebody has to do before they can open anything else."""

    PASSWORD = auto()
    SECOND_FACTOR = auto()


class SignedIn(UserMixin):  # type: ignore[misc]
    """A member of staff as Flask-Login wants it; the id falls out of use when all sessions are ended."""

    def __init__(self, staff: Staff, owed: Owed | None = None) -> None:
        self.staff = staff
        self.owed = owed

    def get_id(self) -> str:
        """Name the person and the version of their sessions."""
        return f"{self.staff.id}:{self.staff.session_version}"


@dataclass(frozen=True)
class Halfway:
    """Somebody who showed who they are and still owes a code of the second factor."""

    staff: Staff
    way: Way


def current_staff() -> Staff:
    """Give the member of staff behind this request, in its session; only behind the guard `staff_only`.

    For anything but GET this begins the writing transaction: read and check the input first.
    """
    return current_session().get_one(Staff, current_user.staff.id)


def signed_in_key() -> str:
    """Name whose counter a rate limit uses: an office shares one address, so it counts each person."""
    return f"staff:{current_user.get_id()}"


def attempt_sign_in(username: str, password: str) -> Arrival | None:
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
    renewed = staff_accounts.renewed_hash(account, password) if matches else None
    with database.transaction() as writing:
        staff = _record_attempt(writing, account, matches=matches)
        if staff is None:
            return None
        if renewed is not None:
            staff.password_hash = renewed
        return sign_in_rules.arrive(writing, staff, Way.PASSWORD, now=now())


def insist_on_password(password: str, *, field: str, wrong: str) -> None:
    """Have whoever is signed in show that they know the password; counted as when signing in.

    Call it before anything else is asked of the database.

    Raises:
        Invalid: the password is wrong, or too many were.
    """
    account = current_user.staff
    matches = staff_accounts.password_matches(account, password)
    with parts().database.transaction() as writing:
        staff = _record_attempt(writing, account, matches=matches)
    if staff is None:
        raise Invalid(_words_of_lock(account) or wrong, field)


def insist_on_code(code: str, *, field: str) -> None:
    """Have whoever is signed in show a code of their second factor, and use it up; counted likewise.

    Raises:
        Invalid: the code is wrong, or too many were.
    """
    account = current_user.staff
    with parts().database.transaction() as writing:
        proof = _prove(writing, account, code)
    if proof is None:
        raise Invalid(_words_of_lock(account) or second_factor.WRONG_CODE, field)


def _record_attempt(writing: Session, account: Staff, *, matches: bool) -> Staff | None:
    despite_lock = known_browsers.knows(account)
    staff = sign_in_rules.record_attempt(
        writing, account.id, matches=matches, despite_lock=despite_lock, now=now()
    )
    # The password may have been changed while the one that was typed was compared with the one before.
    is_of_today = staff is not None and staff.password_hash == account.password_hash
    return staff if is_of_today else None


def _prove(writing: Session, account: Staff, code: str) -> Proof | None:
    despite_lock = known_browsers.knows(account)
    return second_factor.prove(
        writing, account.id, code=code, box=parts().secret_box, despite_lock=despite_lock, now=now()
    )


def _words_of_lock(account: Staff) -> str:
    """Say how long one has to wait; empty where one need not."""
    if known_browsers.knows(account):
        return ""
    with parts().database.reading() as reading:
        return sign_in_rules.words_of_lock(reading.get_one(Staff, account.id), now=now())


def sign_in(staff: Staff) -> None:
    """Begin a session of its own, so that one planted before signing in is worth nothing."""
    session.clear()
    session[_SINCE] = session[_SEEN] = now().timestamp()
    session[_KEY] = secrets.token_hex(8)
    login_user(SignedIn(staff))
    known_browsers.remember(staff)


def sign_in_halfway(arrival: Arrival) -> None:
    """Keep in mind who still owes a code. It opens nothing: no guard looks at it, only the code's page."""
    session.clear()
    session[_HALFWAY] = {
        "account": SignedIn(arrival.staff).get_id(),
        "way": arrival.way.value,
        "at": now().timestamp(),
    }


def halfway() -> Halfway | None:
    """Tell who still owes a code in this browser; None after five minutes, or when sessions were ended."""
    kept = session.get(_HALFWAY)
    if kept is None or now().timestamp() - kept["at"] > HALFWAY_FOR.total_seconds():
        return None
    with parts().database.reading() as reading:
        signed_in = _account(reading, kept["account"], key="")
    return Halfway(signed_in.staff, Way(kept["way"])) if signed_in is not None else None


def finish_sign_in(arrived: Halfway, code: str) -> Proof | None:
    """Let in who owed a code, if it is right; a wrong one is counted."""
    with parts().database.transaction() as writing:
        proof = _prove(writing, arrived.staff, code)
        if proof is None:
            return None
        by = "验证码" if proof.recovery_left is None else "恢复码"
        sign_in_rules.complete(writing, proof.staff, f"用{arrived.way.label}和{by}登录", now=now())
    sign_in(proof.staff)
    return proof


def sign_out() -> None:
    """End this session, here and wherever a copy of its cookie may be."""
    sign_in_rules.sign_out(current_session(), current_staff(), key=session[_KEY], now=now())
    logout_user()
    session.clear()


def _load(user_id: str) -> SignedIn | None:
    at, key = now().timestamp(), session.get(_KEY, "")
    is_old = at - session.get(_SINCE, 0) > SIGNED_IN_FOR.total_seconds()
    if not key or is_old or at - session.get(_SEEN, 0) > IDLE_FOR.total_seconds():
        return None
    if request.method in {"GET", "HEAD"}:
        found = _account(current_session(), user_id, key=key)
    else:
        # A writing transaction would keep others out while this request still reads and checks its photos.
        with parts().database.reading() as session_before:
            found = _account(session_before, user_id, key=key)
    if found is not None and _is_by_hand() and at - session[_SEEN] > _SEEN_EVERY.total_seconds():
        session[_SEEN] = at
    return found


def _is_by_hand() -> bool:
    """Tell whether somebody sits there, and not only a page that was left open and asks for news."""
    if not request.path.startswith("/admin/"):
        return False
    return request.method == "POST" or "HX-Request" not in request.headers


def _account(reading: Session, user_id: str, *, key: str) -> SignedIn | None:
    """Find the account of an id of `SignedIn`, unless this session, or all of them, were ended since."""
    staff_id, _, version = user_id.partition(":")
    if not (staff_id.isdigit() and version.isdigit()):
        return None
    staff = sign_in_rules.account_of_session(reading, int(staff_id), version=int(version), key=key)
    if staff is None:
        return None
    structlog.contextvars.bind_contextvars(staff=staff.id)
    if staff.must_change_password:
        return SignedIn(staff, Owed.PASSWORD)
    owes_factor = second_factor.must_set_up(reading, staff)
    return SignedIn(staff, Owed.SECOND_FACTOR if owes_factor else None)


def init_app(app: Flask) -> None:
    """Let Flask-Login know how to find people."""
    manager = LoginManager()
    manager.session_protection = None  # addresses change within a campus; the cookie is bound by other means
    manager.user_loader(_load)
    manager.init_app(app, add_context_processor=False)
    # Flask-Login's own asks the database for every page, also for the one that says that there is none.
    app.context_processor(lambda: {"current_user": current_user})
