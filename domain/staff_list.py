"""The list of colleagues: searched, narrowed, paged."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from domain.queries import Page
from models.enums import Role, Word
from models.staff import Staff, StaffRole

PER_PAGE = 50


class AccountState(Word):
    """How an account stands."""

    ACTIVE = "active", "在用"
    INVITED = "invited", "等待设置密码"
    LOCKED = "locked", "暂时锁定"
    DISABLED = "disabled", "已停用"


@dataclass(frozen=True, kw_only=True)
class StaffFilters:
    """Whom to look for; None and empty mean anybody.

    Attributes:
        words: in name, user name or post.
        second_factor: whether there is one.
    """

    words: str = ""
    team_id: int | None = None
    role: Role | None = None
    state: AccountState | None = None
    second_factor: bool | None = None


def find(session: Session, filters: StaffFilters, *, page: int = 1, now: datetime) -> Page[Staff]:
    """List accounts, those in use first, then by team."""
    conditions = _conditions(filters, now)
    total = session.scalar(select(func.count(Staff.id)).where(*conditions)) or 0
    last = max(1, -(-total // PER_PAGE))
    page = min(max(1, page), last)
    query = select(Staff).where(*conditions)
    query = query.order_by(Staff.active.desc(), Staff.team_id.is_not(None), Staff.team_id, Staff.id)
    found = session.scalars(query.offset((page - 1) * PER_PAGE).limit(PER_PAGE)).all()
    return Page(found, total, page, PER_PAGE)


def state_of(staff: Staff, *, now: datetime) -> AccountState:
    """Tell how an account stands."""
    if not staff.active:
        return AccountState.DISABLED
    if not staff.has_password:
        return AccountState.INVITED
    if staff.locked_until is not None and now < staff.locked_until:
        return AccountState.LOCKED
    return AccountState.ACTIVE


def holders(session: Session) -> dict[Role, tuple[int, int]]:
    """Count, for each role, who holds it, and how many of those have a second factor."""
    query = (
        select(StaffRole.role, func.count(), func.count(Staff.totp_confirmed_at))
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(Staff.active)
        .group_by(StaffRole.role)
    )
    return {role: (held, guarded) for role, held, guarded in session.execute(query)}


def _conditions(filters: StaffFilters, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.words:
        columns = (Staff.name, Staff.username, Staff.post)
        conditions.append(or_(*(column.icontains(filters.words, autoescape=True) for column in columns)))
    if filters.team_id is not None:
        conditions.append(Staff.team_id == filters.team_id)
    if filters.role is not None:
        conditions.append(Staff.role_rows.any(StaffRole.role == filters.role))
    if filters.state is not None:
        conditions.append(_in_state(filters.state, now))
    if filters.second_factor is not None:
        has_one = Staff.totp_confirmed_at.is_not(None)
        conditions.append(has_one if filters.second_factor else ~has_one)
    return conditions or [true()]


def _in_state(state: AccountState, now: datetime) -> ColumnElement[bool]:
    locked = and_(Staff.locked_until.is_not(None), Staff.locked_until > now)
    chosen = Staff.password_hash != ""
    conditions: dict[AccountState, ColumnElement[bool]] = {
        AccountState.ACTIVE: and_(Staff.active, chosen, ~locked),
        AccountState.INVITED: and_(Staff.active, ~chosen),
        AccountState.LOCKED: and_(Staff.active, chosen, locked),
        AccountState.DISABLED: Staff.active.is_(False),
    }
    return conditions[state]
