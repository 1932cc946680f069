"""What administrators do to colleagues' accounts: inviting, changing, closing, helping who cannot come in.

Whoever does it is an active administrator, and cannot take that from themselves. Together with `hold`, which
makes two of them wait for each other, this is why there always is one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain import office_changes, office_settings, second_factor, staff_accounts, staff_invitations
from domain.acts import cleaned
from domain.errors import Invalid, NotAllowed, NotFound
from domain.office_settings import SECOND_FACTOR_ROLES, WECHAT_IS_ENOUGH
from domain.permissions import may_manage_staff
from domain.staff_accounts import StaffEntry, labels_of
from domain.staff_invitations import Invited
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES, Role
from models.staff import Staff, StaffRole

LONGEST_REASON = 200


def find(session: Session, staff_id: int) -> Staff:
    """Give an account by its id, or raise NotFound."""
    account = session.get(Staff, staff_id)
    if account is None:
        raise NotFound("没有找到这位同事的账号，请回到人员列表。")
    return account


def hold(session: Session, staff_id: int, *, staff: Staff) -> Staff:
    """Give an account and hold it, and those of all administrators, until the transaction ends.

    Raises:
        NotFound: there is no such account.
        NotAllowed: `staff` is no administrator, or has just ceased to be one.
    """
    is_admin = Staff.role_rows.any(StaffRole.role == Role.ADMIN)
    wanted = select(Staff).where(or_(Staff.id.in_([staff_id, staff.id]), is_admin)).order_by(Staff.id)
    session.scalars(wanted.with_for_update(of=Staff).execution_options(populate_existing=True)).all()
    if not may_manage_staff(staff):
        raise NotAllowed("人员账号由系统管理员管理。")
    return find(session, staff_id)


def invite(session: Session, *, username: str, entry: StaffEntry, staff: Staff, now: datetime) -> Invited:
    """Add a colleague, who chooses a password with the link.

    Raises:
        Invalid: see `staff_accounts.add_account`.
    """
    account = staff_accounts.add_account(session, username=username, entry=entry, now=now)
    words = f"邀请 {_named(account)}，角色：{'、'.join(labels_of(account.roles))}"
    _note(session, account, "staff.invite", words, staff, now, after=_values(account))
    return staff_invitations.issue(session, account, staff=staff, now=now)


def change(session: Session, account: Staff, *, entry: StaffEntry, staff: Staff, now: datetime) -> None:
    """Change name, post, team and roles; account is from `hold`. With other roles its sessions end.

    Raises:
        Invalid: see `staff_accounts.checked_entry`, or it would take one's own administration away.
    """
    entry = staff_accounts.checked_entry(entry, team_before=account.team)
    if account.id == staff.id and Role.ADMIN not in entry.roles:
        raise Invalid("不能取消自己的系统管理员角色，请由另一位系统管理员来做。", "roles")
    before = _values(account)
    account.name, account.post, account.team = entry.name, entry.post, entry.team
    account.party_member = entry.party_member
    if account.roles != entry.roles:
        kept = {row.role: row for row in account.role_rows}
        account.role_rows = [
            kept.get(role) or StaffRole(role=role) for role in staff_accounts.in_order(entry.roles)
        ]
        staff_accounts.end_sessions(account)
    session.flush()
    after = _values(account)
    if before != after:
        words = f"修改 {_named(account)} 的资料"
        if before["roles"] != after["roles"]:
            words = f"把 {_named(account)} 的角色改为：{'、'.join(labels_of(account.roles))}"
        _note(session, account, "staff.change", words, staff, now, before=before, after=after)


def disable(session: Session, account: Staff, *, staff: Staff, now: datetime) -> None:
    """Close an account: sessions end, links and WeChat are let go; what they did stays on record.

    Raises:
        Invalid: it is one's own.
    """
    if account.id == staff.id:
        raise Invalid("不能停用自己的账号，请由另一位系统管理员来做。")
    if not account.active:
        return
    left = len(open_complaints(session, account))
    was_bound = account.person_id is not None
    account.active, account.person = False, None
    staff_accounts.end_sessions(account)
    staff_invitations.withdraw(session, account)
    words = f"停用 {_named(account)} 的账号" + (f"，名下还有 {left} 件在办诉求" if left else "")
    _note(session, account, "staff.disable", words, staff, now, before={"wechat_bound": was_bound})


def enable(session: Session, account: Staff, *, staff: Staff, now: datetime) -> None:
    """Open an account again, with its old password.

    Raises:
        Invalid: its team is out of use.
    """
    if account.active:
        return
    if account.team is not None and not account.team.active:
        raise Invalid(f"所在的「{account.team.name}」已停用。请先修改单位并保存，再启用账号。")
    account.active, account.failed_logins, account.locked_until = True, 0, None
    _note(session, account, "staff.enable", f"启用 {_named(account)} 的账号", staff, now)


def reset(session: Session, account: Staff, *, staff: Staff | None, now: datetime) -> Invited:
    """Take the password and all sessions, and give a link for choosing another one.

    Args:
        staff: who does it; None at the command line, where it may be anybody's.

    Raises:
        Invalid: the account is closed, or one's own.
    """
    if not account.active:
        raise Invalid("账号已停用，请先启用。")
    if staff is not None and account.id == staff.id:
        raise Invalid("自己的密码请到「修改密码」里修改。")
    had_one = account.has_password
    staff_accounts.take_password(account)
    if had_one:
        _note(session, account, "staff.reset", f"重设 {_named(account)} 的密码", staff, now)
    else:
        _note(session, account, "staff.invite_again", f"给 {_named(account)} 重新发邀请链接", staff, now)
    return staff_invitations.issue(session, account, staff=staff or account, now=now)


def unlock(session: Session, account: Staff, *, staff: Staff, now: datetime) -> None:
    """Let somebody try again who typed a wrong password too often."""
    account.failed_logins, account.locked_until = 0, None
    _note(session, account, "staff.unlock", f"解除 {_named(account)} 的登录锁定", staff, now)


def sign_out_everywhere(session: Session, account: Staff, *, staff: Staff, now: datetime) -> None:
    """End all of an account's sessions."""
    staff_accounts.end_sessions(account)
    _note(session, account, "staff.sign_out", f"让 {_named(account)} 在所有设备上退出登录", staff, now)


def demand_new_password(session: Session, account: Staff, *, staff: Staff, now: datetime) -> None:
    """Have somebody change their password before they do anything else."""
    account.must_change_password = True
    _note(session, account, "staff.demand_password", f"要求 {_named(account)} 修改密码", staff, now)


def unbind(session: Session, account: Staff, *, staff: Staff, now: datetime) -> None:
    """Take the WeChat off an account; sessions that it opened end too."""
    if account.person_id is None:
        return
    account.person = None
    staff_accounts.end_sessions(account)
    _note(session, account, "staff.unbind", f"解除 {_named(account)} 绑定的微信", staff, now)


def take_off_second_factor(
    session: Session, account: Staff, *, reason: str, staff: Staff | None, now: datetime
) -> None:
    """Remove the second factor of somebody who lost phone and recovery codes; their sessions end.

    Args:
        staff: who does it; None at the command line, where it may be anybody's.

    Raises:
        Invalid: no reason is given, it is too long, or the account is one's own.
    """
    reason = " ".join(cleaned(reason).split())
    if staff is not None and account.id == staff.id:
        raise Invalid("自己的二次验证请到「账号安全」里关闭。")
    if not reason:
        raise Invalid("请写明原因，例如当面核实了本人，手机已丢失。", "reason")
    if len(reason) > LONGEST_REASON:
        raise Invalid(f"原因最多 {LONGEST_REASON} 字。", "reason")
    if not account.has_second_factor:
        return
    second_factor.take_off(session, account)
    staff_accounts.end_sessions(account)
    words = f"取消 {_named(account)} 的二次验证，原因：{reason}"
    _note(session, account, "staff.second_factor_off", words, staff, now)


def set_sign_in_rules(
    session: Session, *, roles: frozenset[Role], wechat_is_enough: bool, staff: Staff, now: datetime
) -> None:
    """Set for which roles a second factor is required, and whether a bound WeChat counts as one."""
    required = office_settings.read(session, SECOND_FACTOR_ROLES)
    before = {
        "roles": labels_of(required),
        "wechat_is_enough": office_settings.read(session, WECHAT_IS_ENOUGH),
    }
    after = {"roles": labels_of(roles), "wechat_is_enough": wechat_is_enough}
    if before == after:
        return
    office_settings.write(session, SECOND_FACTOR_ROLES, roles, staff=staff, now=now)
    office_settings.write(session, WECHAT_IS_ENOUGH, wechat_is_enough, staff=staff, now=now)
    named = "、".join(labels_of(roles)) or "不要求"
    counts = "可以" if wechat_is_enough else "不能"
    office_changes.note(
        session,
        staff,
        action="staff.sign_in_rules",
        subject="登录安全",
        words=f"修改登录安全：必须二次验证的角色：{named}；绑定的微信{counts}代替验证码",
        before=before,
        after=after,
        now=now,
    )


def open_complaints(session: Session, account: Staff) -> Sequence[Complaint]:
    """Give what somebody is at work on, the oldest first: when they leave, somebody has to take it over."""
    query = select(Complaint).where(Complaint.handler_id == account.id, Complaint.status.in_(ACTIVE_STATUSES))
    return session.scalars(query.order_by(Complaint.id)).all()


def _named(account: Staff) -> str:
    return f"{account.name}（{account.username}）"


def _values(account: Staff) -> Mapping[str, object]:
    return {
        "name": account.name,
        "post": account.post,
        "team": account.team.name if account.team else "",
        "roles": labels_of(account.roles),
        "party_member": account.party_member,
    }


def _note(
    session: Session,
    account: Staff,
    action: str,
    words: str,
    staff: Staff | None,
    now: datetime,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    session.flush()
    office_changes.note(
        session,
        staff,
        action=action,
        subject=account.username,
        words=words,
        before=before,
        after=after,
        now=now,
    )
