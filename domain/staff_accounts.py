"""Accounts of staff: passwords, and what happens when somebody guesses."""

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain import audit
from domain.errors import Invalid
from models.enums import Role
from models.person import Person
from models.staff import Staff, StaffRole
from models.team import Team

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
FAILURES_BEFORE_LOCK = 5
FIRST_LOCK = timedelta(minutes=5)
LONGEST_LOCK = timedelta(hours=2)

# What people type when they are told "at least ten characters"; compared without case.
_COMMON = frozenset(Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split())

_hasher = PasswordHasher()
# Checking against this costs as much as checking a real one: time does not tell whether a name exists.
_NOBODYS_HASH = _hasher.hash("nobody has this password")


def create_staff(
    session: Session,
    *,
    username: str,
    name: str,
    post: str,
    password: str,
    roles: Collection[Role],
    team: Team | None = None,
    now: datetime,
) -> Staff:
    """Add a member of staff who may sign in.

    Raises:
        Invalid: the name is taken or empty, no role is given, a team is missing, or the password is too weak.
    """
    username = username.strip().lower()
    if not username:
        raise Invalid("请填写用户名。", "username")
    if session.scalar(select(Staff.id).where(Staff.username == username)) is not None:
        raise Invalid(f"用户名「{username}」已经有人使用。", "username")
    if not name.strip():
        raise Invalid("请填写姓名。", "name")
    if not roles:
        raise Invalid("请至少选择一个角色。", "roles")
    if team is None and not {Role.HANDLER, Role.LEAD}.isdisjoint(roles):
        raise Invalid("经办人和单位负责人要选择所在的责任单位。", "team")
    check_password_rules(password, username=username)
    staff = Staff(
        username=username,
        name=name.strip(),
        post=post.strip(),
        password_hash=_hasher.hash(password),
        team=team,
        created_at=now,
        role_rows=[StaffRole(role=role) for role in roles],
    )
    session.add(staff)
    session.flush()
    return staff


def check_password_rules(password: str, *, username: str) -> None:
    """Refuse passwords that are guessed first.

    Raises:
        Invalid: too short, too long, too common, or the user name.
    """
    plain = password.lower()
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(f"密码至少 {SHORTEST_PASSWORD} 个字符，几个词连起来又好记又安全。", "password")
    if len(password) > LONGEST_PASSWORD:
        raise Invalid(f"密码最多 {LONGEST_PASSWORD} 个字符。", "password")
    if plain in _COMMON or len(set(plain)) < 4:
        raise Invalid("这个密码太常见，容易被猜到，请换一个。", "password")
    if username and username.lower() in plain and len(password) < len(username) + 6:
        raise Invalid("密码不要用用户名加几个数字，请换一个。", "password")


def set_password(staff: Staff, password: str) -> None:
    """Give a new password and end all of this person's sessions.

    Raises:
        Invalid: see `check_password_rules`.
    """
    check_password_rules(password, username=staff.username)
    staff.password_hash = _hasher.hash(password)
    staff.session_version += 1
    staff.failed_logins = 0
    staff.locked_until = None


def account_named(session: Session, username: str) -> Staff | None:
    """Find the account of this user name, active or not."""
    return session.scalar(select(Staff).where(Staff.username == username.strip().lower()))


def password_matches(account: Staff | None, password: str) -> bool:
    """Compare a password; slow on purpose, and equally slow when there is no such account."""
    stored = account.password_hash if account is not None else _NOBODYS_HASH
    try:
        _hasher.verify(stored, password[: LONGEST_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False
    return account is not None


def sign_in_by_wechat(session: Session, openid: str, *, now: datetime) -> Staff | None:
    """Give the account that opens to whoever holds this WeChat; None where none does any more."""
    bound = select(Staff).join(Person, Staff.person_id == Person.id)
    staff = session.scalar(bound.where(Person.openid == openid, Staff.active))
    if staff is not None:
        staff.last_login_at = now
        note_sign_in(session, staff, "用微信登录", now=now)
    return staff


def note_sign_in(session: Session, staff: Staff, words: str, *, now: datetime) -> None:
    """Let the audit log know that an account was opened, and how."""
    audit.record(
        session,
        staff,
        action="account.sign_in",
        subject_kind="account",
        subject=staff.username,
        words=words,
        now=now,
    )


def record_attempt(session: Session, staff_id: int, *, matches: bool, now: datetime) -> Staff | None:
    """Keep count of an attempt to sign in, and give the person if they may come in.

    From the fifth wrong password in a row the account is locked: five minutes, then twice as long each time.
    While it is locked the right password is refused too, and nothing is counted.
    """
    staff = session.get(Staff, staff_id, with_for_update={"of": Staff}, populate_existing=True)
    if staff is None or not staff.active:
        return None
    if staff.locked_until is not None and now < staff.locked_until:
        return None
    if matches:
        staff.failed_logins = 0
        staff.locked_until = None
        staff.last_login_at = now
        note_sign_in(session, staff, "用密码登录", now=now)
        return staff
    # Counted by the database, so that many guesses at one moment are all counted.
    session.execute(update(Staff).where(Staff.id == staff_id).values(failed_logins=Staff.failed_logins + 1))
    session.refresh(staff)
    staff.locked_until = _locked_until(staff.failed_logins, now)
    if staff.locked_until is not None:
        audit.record(
            session,
            None,
            action="account.lock",
            subject_kind="account",
            subject=staff.username,
            words=f"账号 {staff.username} 连续 {staff.failed_logins} 次输错密码，暂时锁定",
            details={"until": staff.locked_until.isoformat()},
            now=now,
        )
    return None


def _locked_until(failures: int, now: datetime) -> datetime | None:
    if failures < FAILURES_BEFORE_LOCK:
        return None
    doublings = min(failures - FAILURES_BEFORE_LOCK, 10)
    return now + min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)
