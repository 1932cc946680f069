"""Accounts of staff and their passwords; coming in with them is in domain/sign_in.py."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import password_rules
from domain.acts import cleaned
from domain.errors import Invalid
from models.enums import Role
from models.staff import Staff, StaffRole
from models.team import Team

LONGEST_USERNAME = LONGEST_NAME = 40
LONGEST_POST = 60
_USERNAME = re.compile(r"[\w.@-]+")
_OF_TEAM = frozenset({Role.HANDLER, Role.LEAD})

# RFC 9106, 4: the second of its two recommendations, for servers that cannot spare 2 GiB for a password.
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
# Each takes those 64 MiB while it is compared; whoever sends many at once has to wait.
_AT_ONCE = BoundedSemaphore(4)
# Checking against this costs as much as checking a real one: time does not tell whether a name exists. It is
# written down, since making it takes each process at its start what a password costs, 64 MiB included.
_NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$7TI9uuVjYT1mGFHlr4SElw$b2Yt9jIoyqvgnG3i/NZwjHEWrTfWcqRvy19nYKLTREA"
)


@dataclass(frozen=True)
class StaffEntry:
    """What is entered about a member of staff."""

    name: str
    post: str = ""
    team: Team | None = None
    roles: frozenset[Role] = field(default_factory=frozenset)
    party_member: bool = False


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
        Invalid: see `add_account` and `password_rules.check`.
    """
    entry = StaffEntry(name, post, team, frozenset(roles))
    username, entry = check_username(session, username), checked_entry(entry)
    password_rules.check(password, username=username, name=entry.name)
    staff = add_account(session, username=username, entry=entry, now=now)
    staff.password_hash = _hashed(password)
    session.flush()
    return staff


def add_account(session: Session, *, username: str, entry: StaffEntry, now: datetime) -> Staff:
    """Add an account that has no password yet, so that nobody can sign in to it.

    Raises:
        Invalid: the name is taken or empty, no role is given, or a team is missing.
    """
    username, entry = check_username(session, username), checked_entry(entry)
    staff = Staff(
        username=username,
        name=entry.name,
        post=entry.post,
        password_hash="",
        team=entry.team,
        party_member=entry.party_member,
        created_at=now,
        role_rows=[StaffRole(role=role) for role in in_order(entry.roles)],
    )
    session.add(staff)
    session.flush()
    return staff


def check_username(session: Session, username: str) -> str:
    """Give a user name as it is stored.

    Raises:
        Invalid: it is empty, too long, has characters nobody can type twice alike, or is taken.
    """
    username = cleaned(username).lower()
    if not username:
        raise Invalid("请填写用户名。", "username")
    if len(username) > LONGEST_USERNAME or not _USERNAME.fullmatch(username):
        raise Invalid("用户名用字母、数字、点、短横线，中间不留空格，最多 40 字。建议用工号。", "username")
    taken = account_named(session, username)
    if taken is not None:
        state = "" if taken.active else "（已停用，可以在人员列表里重新启用）"
        raise Invalid(f"用户名「{username}」已经有人使用{state}。", "username")
    return username


def checked_entry(entry: StaffEntry, *, team_before: Team | None = None) -> StaffEntry:
    """Give what was entered as it is stored.

    Args:
        team_before: may stay although it is out of use.

    Raises:
        Invalid: the name is empty or too long, no role is given, or a team is missing or out of use.
    """
    name, post = " ".join(cleaned(entry.name).split()), " ".join(cleaned(entry.post).split())
    if not name:
        raise Invalid("请填写姓名。", "name")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"姓名最多 {LONGEST_NAME} 字。", "name")
    if len(post) > LONGEST_POST:
        raise Invalid(f"岗位最多 {LONGEST_POST} 字。", "post")
    if not entry.roles:
        raise Invalid("请至少选择一个角色。", "roles")
    if entry.team is None and not _OF_TEAM.isdisjoint(entry.roles):
        raise Invalid("经办人和单位负责人要选择所在的责任单位。", "team")
    if entry.team is not None and not entry.team.active and entry.team is not team_before:
        raise Invalid(f"「{entry.team.name}」已停用，请选择别的单位。", "team")
    return StaffEntry(name, post, entry.team, entry.roles, entry.party_member)


def in_order(roles: Iterable[Role]) -> list[Role]:
    """Give roles in the order in which they are always shown."""
    held = set(roles)
    return [role for role in Role if role in held]


def labels_of(roles: Iterable[Role]) -> list[str]:
    """Name roles, in the order in which they are always shown."""
    return [role.label for role in in_order(roles)]


def set_password(staff: Staff, password: str) -> None:
    """Give a new password and end all of this person's sessions.

    Raises:
        Invalid: see `password_rules.check`.
    """
    password_rules.check(password, username=staff.username, name=staff.name)
    staff.password_hash = _hashed(password)
    staff.must_change_password = False
    end_sessions(staff)
    staff.failed_logins = 0
    staff.locked_until = None


def take_password(staff: Staff) -> None:
    """Leave an account without a password and end all of its sessions, until one is chosen by a link."""
    staff.password_hash = ""
    staff.must_change_password = False
    end_sessions(staff)
    staff.failed_logins = 0
    staff.locked_until = None


def end_sessions(staff: Staff) -> None:
    """End all sessions of an account, on every device."""
    staff.session_version += 1


def account_named(session: Session, username: str) -> Staff | None:
    """Find the account of this user name, active or not."""
    return session.scalar(select(Staff).where(Staff.username == username.strip().lower()))


def password_matches(account: Staff | None, password: str) -> bool:
    """Compare a password; slow on purpose, and equally slow when there is no such account."""
    stored = account.password_hash if account is not None and account.has_password else _NOBODYS_HASH
    try:
        with _AT_ONCE:
            _hasher.verify(stored, password[: password_rules.LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return account is not None and account.has_password


def renewed_hash(account: Staff, password: str) -> str | None:
    """Compute a hash at today's cost for a password that was right; None where the one kept is as costly."""
    return _hashed(password) if _hasher.check_needs_rehash(account.password_hash) else None


def _hashed(password: str) -> str:
    with _AT_ONCE:
        return _hasher.hash(password)
