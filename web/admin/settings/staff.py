"""工作人员: who has an account, inviting somebody, and what is known of them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import flash as tell
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain import staff_accounts, staff_changes, staff_invitations, staff_list, teams
from domain.errors import Invalid
from domain.staff_accounts import LONGEST_NAME, LONGEST_POST, LONGEST_USERNAME, StaffEntry
from domain.staff_list import AccountState, StaffFilters
from models.enums import Role
from models.staff import Staff
from web import auth
from web.admin.settings.entering import by, settings_blueprint, typed, typed_id
from web.admin.settings.staff_links import link_page
from web.clock import now
from web.database_session import current_session

blueprint = settings_blueprint("admin_staff", __name__, "/staff")

# So many of the complaints of somebody who leaves are listed; a link leads to all.
_SHOWN_COMPLAINTS = 20


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List colleagues, narrowed as the address says."""
    session, given = current_session(), _given(request.args)
    page_number = request.args.get("page", 1, type=int)
    return render_template(
        "admin/settings/staff.html",
        found=staff_list.find(session, _filters(given), page=page_number, now=now()),
        given=given,
        teams=[row.team for row in teams.overview(session)],
        roles=list(Role),
        states=list(AccountState),
        state_of=lambda staff: staff_list.state_of(staff, now=now()),
        labels_of=staff_accounts.labels_of,
    )


@blueprint.get("/new")
def form() -> str:
    """Show the form for inviting somebody."""
    return _form(None, {"team_id": typed_id_in(request.args.get("team", "")), "roles": set()})


@blueprint.post("/new")
def invite() -> str | tuple[str, int]:
    """Invite somebody, and show the link, this once."""
    session, entered = current_session(), _entered()
    try:
        invited = staff_changes.invite(session, username=entered["username"], entry=_entry(entered), **by())
    except Invalid as refusal:
        session.rollback()
        return _form(None, entered, refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    return link_page([invited], title=f"邀请 {invited.staff.name}")


@blueprint.get("/<int:staff_id>")
def one(staff_id: int) -> str:
    """Show one account and what can be done to it."""
    account = staff_changes.find(current_session(), staff_id)
    return _form(account, _as_entered(account))


@blueprint.post("/<int:staff_id>")
def change(staff_id: int) -> Response | tuple[str, int]:
    """Change name, post, team and roles."""
    session, entered = current_session(), _entered()
    who = by()
    account = staff_changes.hold(session, staff_id, staff=who["staff"])
    try:
        staff_changes.change(session, account, entry=_entry(entered), **who)
    except Invalid as refusal:
        session.rollback()
        account = staff_changes.find(session, staff_id)
        return _form(account, entered, refusal=refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    if account.id == who["staff"].id:
        auth.sign_in(account)  # with other roles the sessions have ended, this one too
    tell(f"{account.name} 的资料已保存。", "success")
    return redirect(url_for("admin_staff.one", staff_id=staff_id), 303)


def typed_id_in(text: str) -> int | None:
    """Read an id out of an address; None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def account_page(account: Staff, *, refusal: Invalid | None = None) -> str:
    """Show one account, with what was refused of what was to be done to it."""
    return _form(account, _as_entered(account), refusal=refusal)


def _form(account: Staff | None, entered: Mapping[str, Any], *, refusal: Invalid | None = None) -> str:
    session = current_session()
    choices = [row.team for row in teams.overview(session) if row.team.active]
    if account is None:
        return render_template(
            "admin/settings/staff_new.html", entered=entered, refusal=refusal, teams=choices, roles=list(Role)
        )
    at_work_on = staff_changes.open_complaints(session, account)
    return render_template(
        "admin/settings/staff_one.html",
        account=account,
        entered=entered,
        refusal=refusal,
        teams=choices,
        roles=list(Role),
        state=staff_list.state_of(account, now=now()),
        link_until=staff_invitations.open_until(session, account, now=now()),
        complaints=at_work_on[:_SHOWN_COMPLAINTS],
        complaint_count=len(at_work_on),
        labels_of=staff_accounts.labels_of,
    )


def _as_entered(account: Staff) -> dict[str, Any]:
    return {
        "name": account.name,
        "post": account.post,
        "team_id": account.team_id,
        "roles": {role.value for role in account.roles},
        "party_member": account.party_member,
    }


def _entered() -> dict[str, Any]:
    return {
        "username": typed("username", longest=LONGEST_USERNAME),
        "name": typed("name", longest=LONGEST_NAME),
        "post": typed("post", longest=LONGEST_POST),
        "team_id": typed_id("team_id"),
        "roles": set(request.form.getlist("roles")),
        "party_member": bool(request.form.get("party_member")),
    }


def _entry(entered: Mapping[str, Any]) -> StaffEntry:
    team_id = entered["team_id"]
    return StaffEntry(
        name=entered["name"],
        post=entered["post"],
        team=teams.find(current_session(), team_id) if team_id is not None else None,
        roles=frozenset(role for role in Role if role.value in entered["roles"]),
        party_member=entered["party_member"],
    )


def _given(arguments: Mapping[str, str]) -> dict[str, str]:
    names = ("words", "team", "role", "state", "factor")
    return {name: arguments[name].strip()[:40] for name in names if arguments.get(name, "").strip()}


def _filters(given: Mapping[str, str]) -> StaffFilters:
    """Read what is wanted; what makes no sense is left out rather than refused."""
    return StaffFilters(
        words=given.get("words", ""),
        team_id=typed_id_in(given.get("team", "")),
        role=next((role for role in Role if role.value == given.get("role")), None),
        state=next((state for state in AccountState if state.value == given.get("state")), None),
        second_factor={"yes": True, "no": False}.get(given.get("factor", "")),
    )
