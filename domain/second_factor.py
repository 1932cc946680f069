"""The second factor: a code from an app on one's phone (TOTP, RFC 6238), or a recovery code that works once.

Its secret is drawn once, sealed by a `SecretBox`, and counts from the first right code on.
"""

import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from domain import audit, office_settings, sign_in
from domain.errors import Invalid
from domain.office_settings import SECOND_FACTOR_ROLES
from domain.secret_box import SecretBox, Unreadable
from models.staff import Staff
from models.staff_secrets import RecoveryCode

STEP_SECONDS = 30
DIGITS = 6
# Clocks of phones differ, and typing takes time: one step before and one after are good too.
_STEPS_APART = (0, -1, 1)
RECOVERY_CODES = 10
FEW_RECOVERY_CODES = 3
# 31 characters that nobody takes for another; ten of them are 49 bits, and five tries lock the account.
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_HALF = 5

WRONG_CODE = "验证码不对，或者已经用过。请看验证器里最新的六位数字；一直不对，请检查手机的时间是否准确。"


@dataclass(frozen=True)
class Proof:
    """A code that was right.

    Attributes:
        recovery_left: recovery codes left after this one was used; None where it came from the phone.
    """

    staff: Staff
    recovery_left: int | None = None


def new_secret() -> str:
    """Make a secret: 160 bits, 32 letters and digits (base32)."""
    return pyotp.random_base32()


def address_of(secret: str, *, staff: Staff, issuer: str) -> str:
    """Give what an authenticator reads from a QR code (otpauth://…)."""
    return pyotp.TOTP(secret).provisioning_uri(name=staff.username, issuer_name=issuer)


def seal_new(secret: str, *, staff: Staff, box: SecretBox) -> str:
    """Seal a secret for this account, to be kept by the browser until it is confirmed."""
    return box.seal(secret, owner=_owner(staff))


def open_new(sealed: str, *, staff: Staff, box: SecretBox) -> str | None:
    """Give back what `seal_new` sealed; None when it is of another account, or of another key."""
    try:
        return box.open(sealed, owner=_owner(staff))
    except Unreadable:
        return None


def confirm(
    session: Session, staff: Staff, *, secret: str, code: str, box: SecretBox, now: datetime
) -> list[str]:
    """Let a secret count once its first code was typed, in place of an earlier one; other sessions end.

    Returns:
        New recovery codes, which are kept nowhere; earlier ones are worth nothing more.

    Raises:
        Invalid: the code does not belong to the secret.
    """
    step = _step_of(secret, _plain(code), last=None, now=now)
    if step is None:
        raise Invalid(WRONG_CODE, "code")
    replaces = staff.has_second_factor
    staff.totp_secret = box.seal(secret, owner=_owner(staff))
    staff.totp_confirmed_at, staff.totp_last_step = now, step
    staff.session_version += 1
    words = "换了手机上的二次验证" if replaces else "开启了二次验证"
    _note(session, staff, "account.second_factor", words, now)
    return _new_recovery_codes(session, staff, box)


def prove(
    session: Session, staff_id: int, *, code: str, box: SecretBox, despite_lock: bool = False, now: datetime
) -> Proof | None:
    """Check a code of either kind and use it up; a wrong one is counted as a wrong password is.

    The count must last: commit whatever comes of it. None while the account is locked or closed, and when
    it has no second factor.

    Args:
        despite_lock: see `sign_in.hold_open`.
    """
    staff = sign_in.hold_open(session, staff_id, despite_lock=despite_lock, now=now)
    if staff is None or not staff.has_second_factor:
        return None
    plain = _plain(code)
    if len(plain) == DIGITS and plain.isdecimal():
        if _use_step(staff, plain, box=box, now=now):
            return Proof(staff)
    elif _use_recovery_code(session, staff, plain, box=box, now=now):
        left = recovery_codes_left(session, staff)
        _note(session, staff, "account.recovery_code", f"用掉一个恢复码，还剩 {left} 个", now)
        return Proof(staff, left)
    sign_in.count_failure(session, staff, now=now)
    return None


def is_readable(staff: Staff, *, box: SecretBox) -> bool:
    """Tell whether codes can be checked: not after the setting SECRET_KEY was changed."""
    return open_new(staff.totp_secret, staff=staff, box=box) is not None


def renew_recovery_codes(session: Session, staff: Staff, *, box: SecretBox, now: datetime) -> list[str]:
    """Give new recovery codes; those before are worth nothing more."""
    _note(session, staff, "account.recovery_codes", "重新生成了恢复码", now)
    return _new_recovery_codes(session, staff, box)


def recovery_codes_left(session: Session, staff: Staff) -> int:
    """Count the recovery codes that can still be used."""
    unused = select(func.count(RecoveryCode.id)).where(
        RecoveryCode.staff_id == staff.id, RecoveryCode.used_at.is_(None)
    )
    return session.scalar(unused) or 0


def take_off(session: Session, staff: Staff) -> None:
    """Remove the second factor and its recovery codes; whoever calls writes down why."""
    staff.totp_secret, staff.totp_confirmed_at, staff.totp_last_step = "", None, None
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
    session.flush()


def turn_off(session: Session, staff: Staff, *, now: datetime) -> None:
    """Remove one's own second factor."""
    take_off(session, staff)
    _note(session, staff, "account.second_factor_off", "关闭了二次验证", now)


def must_set_up(session: Session, staff: Staff) -> bool:
    """Tell whether the office wants a second factor for one of this person's roles, and there is none."""
    return not staff.has_second_factor and is_required(session, staff)


def is_required(session: Session, staff: Staff) -> bool:
    """Tell whether the office wants a second factor for one of this person's roles."""
    roles = office_settings.read(session, SECOND_FACTOR_ROLES)
    return bool(staff.roles & roles)


def _owner(staff: Staff) -> str:
    return f"second factor of staff {staff.id}"


def _plain(code: str) -> str:
    """Read a code as people type it: in any case, with blanks and dashes, from a Chinese keyboard too."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", code[:40]))).upper()


def _use_step(staff: Staff, code: str, *, box: SecretBox, now: datetime) -> bool:
    secret = open_new(staff.totp_secret, staff=staff, box=box)
    if secret is None:
        return False
    step = _step_of(secret, code, last=staff.totp_last_step, now=now)
    if step is None:
        return False
    staff.totp_last_step = step
    return True


def _step_of(secret: str, code: str, *, last: int | None, now: datetime) -> int | None:
    """Find the step whose code this is, among those not used yet."""
    present = int(now.timestamp()) // STEP_SECONDS
    password = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    for step in (present + apart for apart in _STEPS_APART):
        is_fresh = last is None or step > last
        if is_fresh and hmac.compare_digest(password.generate_otp(step).encode(), code.encode()):
            return step
    return None


def _use_recovery_code(session: Session, staff: Staff, code: str, *, box: SecretBox, now: datetime) -> bool:
    digest = box.digest(code, owner=_owner(staff))
    unused = update(RecoveryCode).where(
        RecoveryCode.staff_id == staff.id, RecoveryCode.code_hash == digest, RecoveryCode.used_at.is_(None)
    )
    return session.scalar(unused.values(used_at=now).returning(RecoveryCode.id)) is not None


def _new_recovery_codes(session: Session, staff: Staff, box: SecretBox) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff.id))
    codes: set[str] = set()
    while len(codes) < RECOVERY_CODES:
        codes.add("".join(secrets.choice(_ALPHABET) for _ in range(2 * _HALF)))
    owner = _owner(staff)
    session.add_all(
        RecoveryCode(staff_id=staff.id, code_hash=box.digest(code, owner=owner)) for code in codes
    )
    session.flush()
    return [f"{code[:_HALF]}-{code[_HALF:]}" for code in sorted(codes)]


def _note(session: Session, staff: Staff, action: str, words: str, now: datetime) -> None:
    audit.record(
        session, staff, action=action, subject_kind="account", subject=staff.username, words=words, now=now
    )
