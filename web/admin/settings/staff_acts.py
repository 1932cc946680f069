"""What is done to one colleague's account: closing it, helping who cannot come in."""

from collections.abc import Callable
from http import HTTPStatus

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from domain import staff_changes
from domain.errors import Invalid
from models.staff import Staff
from web.admin.settings.entering import By, by, settings_blueprint, typed
from web.admin.settings.staff import account_page
from web.admin.settings.staff_links import link_page
from web.database_session import current_session

blueprint = settings_blueprint("admin_staff_acts", __name__, "/staff/<int:staff_id>")

Answer = str | tuple[str, int] | Response


@blueprint.post("/disable")
def disable(staff_id: int) -> Answer:
    """Close an account, and show what its holder was at work on."""

    def act(account: Staff, who: By) -> str:
        staff_changes.disable(current_session(), account, **who)
        return f"{account.name} 的账号已停用，所有设备上的登录已退出，微信已解除绑定。"

    return _done(staff_id, act)


@blueprint.post("/enable")
def enable(staff_id: int) -> Answer:
    """Open an account again."""

    def act(account: Staff, who: By) -> str:
        staff_changes.enable(current_session(), account, **who)
        return f"{account.name} 的账号已启用，原来的密码仍然有效。忘了密码，请重设。"

    return _done(staff_id, act)


@blueprint.post("/reset")
def reset(staff_id: int) -> Answer:
    """Take the password, and show the link for another one, this once."""
    session, who = current_session(), by()
    account = staff_changes.hold(session, staff_id, staff=who["staff"])
    title = f"{'重设' if account.has_password else '重新邀请'} {account.name}"
    try:
        invited = staff_changes.reset(session, account, **who)
    except Invalid as refusal:
        return _refused(staff_id, refusal)
    return link_page([invited], title=title)


@blueprint.post("/unlock")
def unlock(staff_id: int) -> Answer:
    """Let somebody try again who typed a wrong password too often."""

    def act(account: Staff, who: By) -> str:
        staff_changes.unlock(current_session(), account, **who)
        return f"{account.name} 现在可以登录了。"

    return _done(staff_id, act)


@blueprint.post("/sign-out")
def sign_out_everywhere(staff_id: int) -> Answer:
    """End all of an account's sessions."""

    def act(account: Staff, who: By) -> str:
        staff_changes.sign_out_everywhere(current_session(), account, **who)
        return f"{account.name} 在所有设备上的登录已退出。"

    return _done(staff_id, act)


@blueprint.post("/demand-password")
def demand_new_password(staff_id: int) -> Answer:
    """Have somebody change their password before they do anything else."""

    def act(account: Staff, who: By) -> str:
        staff_changes.demand_new_password(current_session(), account, **who)
        return f"{account.name} 下一步操作前要先修改密码。"

    return _done(staff_id, act)


@blueprint.post("/unbind")
def unbind(staff_id: int) -> Answer:
    """Take the WeChat off an account."""

    def act(account: Staff, who: By) -> str:
        staff_changes.unbind(current_session(), account, **who)
        return f"{account.name} 的微信已解除绑定，登录已退出。本人可以用密码登录后重新绑定。"

    return _done(staff_id, act)


@blueprint.post("/second-factor-off")
def take_off_second_factor(staff_id: int) -> Answer:
    """Remove the second factor of somebody who lost phone and recovery codes."""

    def act(account: Staff, who: By) -> str:
        staff_changes.take_off_second_factor(
            current_session(), account, reason=typed("reason", longest=staff_changes.LONGEST_REASON), **who
        )
        return f"{account.name} 的二次验证已取消，登录已退出。请提醒本人登录后重新设置。"

    return _done(staff_id, act)


def _done(staff_id: int, act: Callable[[Staff, By], str]) -> Answer:
    """Do it, say so, and lead back to the account; or say there why not."""
    who = by()
    account = staff_changes.hold(current_session(), staff_id, staff=who["staff"])
    try:
        words = act(account, who)
    except Invalid as refusal:
        return _refused(staff_id, refusal)
    flash(words, "success")
    return redirect(url_for("admin_staff.one", staff_id=staff_id), 303)


def _refused(staff_id: int, refusal: Invalid) -> tuple[str, int]:
    current_session().rollback()
    account = staff_changes.find(current_session(), staff_id)
    return account_page(account, refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
