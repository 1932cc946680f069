"""Coming in: the ways there are, what each still needs, and what happens when somebody guesses.

A right password, a scan or one's own WeChat is an arrival. It is complete at once, or waits for a code of the
second factor (domain/second_factor.py). Wrong passwords and wrong codes are counted together, and in the
database, so that it makes no difference which process answers.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from domain import audit, office_settings
from domain.office_settings import WECHAT_IS_ENOUGH
from models.audit import AuditEntry
from models.enums import Word
from models.person import Person
from models.staff import Staff

FAILURES_BEFORE_LOCK = 5
FIRST_LOCK = timedelta(minutes=5)
LONGEST_LOCK = timedelta(hours=2)


class Way(Word):
    """How somebody showed who they are."""

    PASSWORD = "password", "密码"
    INVITATION = "invitation", "邀请链接"
    SCAN = "scan", "微信扫码"
    WECHAT = "wechat", "微信"


_BY_WECHAT = frozenset({Way.SCAN, Way.WECHAT})


@dataclass(frozen=True)
class Arrival:
    """Somebody who showed who they are.

    Attributes:
        is_complete: whether they are in; otherwise a code of the second factor is still to come.
    """

    staff: Staff
    way: Way
    is_complete: bool


def arrive(session: Session, staff: Staff, way: Way, *, now: datetime) -> Arrival:
    """Let somebody in who showed who they are, unless a code is to be asked for."""
    needs_code = staff.has_second_factor
    if needs_code and way in _BY_WECHAT:
        needs_code = not office_settings.read(session, WECHAT_IS_ENOUGH)
    if not needs_code:
        complete(session, staff, f"用{way.label}登录", now=now)
    return Arrival(staff, way, is_complete=not needs_code)


def complete(session: Session, staff: Staff, words: str, *, now: datetime) -> None:
    """Write down that an account was opened, and how; wrong guesses before are forgotten.

    Not earlier than this: a right password must not clear the count of wrong codes.
    """
    staff.failed_logins = 0
    staff.locked_until = None
    staff.last_login_at = now
    audit.record(
        session,
        staff,
        action="account.sign_in",
        subject_kind="account",
        subject=staff.username,
        words=words,
        now=now,
    )


def account_of_wechat(session: Session, openid: str) -> Staff | None:
    """Give the account that opens to whoever holds this WeChat; None where none does any more."""
    bound = select(Staff).join(Person, Staff.person_id == Person.id)
    return session.scalar(bound.where(Person.openid == openid, Staff.active))


def account_of_session(session: Session, staff_id: int, *, version: int, key: str) -> Staff | None:
    """Give the account that a session of the admin pages is of; None once the session was ended.

    Args:
        version: of all sessions of the account, when this one began.
        key: names this session; see `sign_out`.
    """
    signed_out = exists().where(
        AuditEntry.subject_kind == "account", AuditEntry.subject == Staff.username + _after_the_name(key)
    )
    return session.scalar(
        select(Staff).where(Staff.id == staff_id, Staff.active, Staff.session_version == version, ~signed_out)
    )


def sign_out(session: Session, staff: Staff, *, key: str, now: datetime) -> None:
    """End one session for good: a copy of its cookie opens nothing any more.

    The entry in the audit log is what ends it. Others of the same account go on.
    """
    audit.record(
        session,
        staff,
        action="account.sign_out",
        subject_kind="account",
        subject=staff.username + _after_the_name(key),
        words="退出登录",
        now=now,
    )


def _after_the_name(key: str) -> str:
    return f" #{key}"


def record_attempt(
    session: Session, staff_id: int, *, matches: bool, despite_lock: bool = False, now: datetime
) -> Staff | None:
    """Keep count of a password that was tried, and give the person if it was right.

    From the fifth wrong password in a row the account is locked: five minutes, then twice as long each time.
    While it is locked the right password is refused too, and nothing is counted.

    Args:
        despite_lock: see `hold_open`.
    """
    staff = hold_open(session, staff_id, despite_lock=despite_lock, now=now)
    if staff is not None and not matches:
        count_failure(session, staff, now=now)
        return None
    return staff


def hold_open(session: Session, staff_id: int, *, despite_lock: bool = False, now: datetime) -> Staff | None:
    """Give an account and hold it until the transaction ends; None when it is closed or locked.

    Args:
        despite_lock: the browser is one in which this account was opened before. Else anybody who knows a
            user name could keep a colleague out for good, with a wrong password every other hour.
    """
    staff = session.get(Staff, staff_id, with_for_update={"of": Staff}, populate_existing=True)
    if staff is None or not staff.active or (is_locked(staff, now=now) and not despite_lock):
        return None
    return staff


def is_locked(staff: Staff, *, now: datetime) -> bool:
    """Tell whether an account is closed for a while because somebody guessed."""
    return staff.locked_until is not None and now < staff.locked_until


def words_of_lock(staff: Staff, *, now: datetime) -> str:
    """Say to who is signed in how long they have to wait; empty where they need not."""
    if staff.locked_until is None or now >= staff.locked_until:
        return ""
    minutes = -((now - staff.locked_until) // timedelta(minutes=1))
    return f"连续输错太多次，请等 {minutes} 分钟再试。"


def count_failure(session: Session, staff: Staff, *, now: datetime) -> None:
    """Count a wrong password or a wrong code, and lock the account when there were too many."""
    # Counted by the database, so that many guesses at one moment are all counted.
    session.execute(update(Staff).where(Staff.id == staff.id).values(failed_logins=Staff.failed_logins + 1))
    session.refresh(staff)
    staff.locked_until = _locked_until(staff.failed_logins, now)
    if staff.locked_until is None:
        return
    audit.record(
        session,
        None,
        action="account.lock",
        subject_kind="account",
        subject=staff.username,
        words=f"账号 {staff.username} 连续 {staff.failed_logins} 次输错密码或验证码，暂时锁定",
        details={"until": staff.locked_until.isoformat()},
        now=now,
    )


def _locked_until(failures: int, now: datetime) -> datetime | None:
    if failures < FAILURES_BEFORE_LOCK:
        return None
    doublings = min(failures - FAILURES_BEFORE_LOCK, 10)
    return now + min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)
