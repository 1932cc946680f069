"""Links with which somebody chooses their password: a new colleague, or one who forgot theirs."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from domain import audit, password_rules, staff_accounts
from domain.errors import Invalid, NotAllowed, NotFound
from models.staff import Staff
from models.staff_secrets import StaffInvitation

LIFETIME = timedelta(hours=72)
# 24 bytes: 192 bits, 32 characters that need no escaping in an address.
_SECRET_BYTES = 24
_AGAIN = "请联系系统管理员，重新发一个链接。"
_USED = "这个链接已经用过了，密码已设置好，请直接登录。忘了密码，请联系系统管理员。"


@dataclass(frozen=True)
class Invited:
    """A link that was made; the secret is shown now and kept nowhere."""

    staff: Staff
    secret: str
    expires_at: datetime


def issue(session: Session, account: Staff, *, staff: Staff, now: datetime) -> Invited:
    """Make a link for an account; earlier ones are worth nothing more.

    Args:
        account: whose password is chosen with it.
        staff: who hands the link on.
    """
    withdraw(session, account)
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    session.add(
        StaffInvitation(
            staff=account,
            secret_hash=_hash(secret),
            created_by=staff,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    session.flush()
    return Invited(account, secret, now + LIFETIME)


def withdraw(session: Session, account: Staff) -> None:
    """Let no link of this account work any more."""
    unused = delete(StaffInvitation).where(
        StaffInvitation.staff_id == account.id, StaffInvitation.used_at.is_(None)
    )
    session.execute(unused)


def open_until(session: Session, account: Staff, *, now: datetime) -> datetime | None:
    """Tell until when a link of this account can be used; None where there is none."""
    query = select(StaffInvitation.expires_at).where(
        StaffInvitation.staff_id == account.id,
        StaffInvitation.used_at.is_(None),
        StaffInvitation.expires_at > now,
    )
    return session.scalar(query.order_by(StaffInvitation.expires_at.desc()).limit(1))


def look_up(session: Session, secret: str, *, now: datetime) -> StaffInvitation:
    """Give the link with this secret without using it up; those who look at every link in a mail may look.

    Raises:
        NotFound: there is none.
        NotAllowed: it was used, its time is over, or the account is closed.
    """
    found = _known(session, secret)
    if found.used_at is not None:
        raise NotAllowed(_USED)
    _check_still_good(found, now)
    return found


def redeem(session: Session, secret: str, *, password: str, again: str, now: datetime) -> Staff:
    """Choose the password with a link; of two that come at once, one succeeds.

    Raises:
        NotFound, NotAllowed: see `look_up`.
        Invalid: the password cannot be used; the link still can.
    """
    invitation = _known(session, secret)
    unused = update(StaffInvitation).where(
        StaffInvitation.id == invitation.id, StaffInvitation.used_at.is_(None)
    )
    if session.scalar(unused.values(used_at=now).returning(StaffInvitation.id)) is None:
        raise NotAllowed(_USED)
    _check_still_good(invitation, now)
    account = invitation.staff
    password_rules.check(password, username=account.username, name=account.name)
    if password != again:
        raise Invalid("两次输入的密码不一样。", "password_again")
    staff_accounts.set_password(account, password)
    audit.record(
        session,
        account,
        action="account.password",
        subject_kind="account",
        subject=account.username,
        words="用一次性链接设置了密码",
        now=now,
    )
    return account


def _known(session: Session, secret: str) -> StaffInvitation:
    found = session.scalar(select(StaffInvitation).where(StaffInvitation.secret_hash == _hash(secret)))
    if found is None:
        raise NotFound(f"这个链接无效，可能没有复制完整，或者之后又发过新的链接。{_AGAIN}")
    return found


def _check_still_good(invitation: StaffInvitation, now: datetime) -> None:
    if invitation.expires_at <= now:
        raise NotAllowed(f"这个链接已过期（72 小时内有效）。{_AGAIN}")
    if not invitation.staff.active:
        raise NotAllowed("这个账号已停用。如有疑问，请联系系统管理员。")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
