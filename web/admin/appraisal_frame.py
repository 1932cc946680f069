"""What all pages of the appraisal (考核) share: who may come in, and the tabs between them."""

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, request
from flask_login import current_user

from domain import peer_review
from domain.errors import Invalid, NotAllowed
from domain.permissions import may_manage_appraisal, may_see_appraisal, may_see_scoreboard
from web.admin.navigation import what_waits
from web.admin.settings.entering import no_such_number
from web.database_session import current_session
from web.guards import staff_only


@dataclass(frozen=True)
class AppraisalTab:
    """One of the pages of the appraisal; `count` is what waits for the reader there."""

    blueprints: tuple[str, ...]
    endpoint: str
    name: str
    count: int = 0


def appraisal_tabs() -> list[AppraisalTab]:
    """Give the tabs that the reader may open; none to who has nothing to do with the appraisal."""
    staff, waits = current_user.staff, what_waits()
    tabs = []
    if may_see_appraisal(staff):
        of_terms = ("admin_appraisals", "admin_appraisal_sheets", "admin_appraisal_inspections")
        tabs.append(AppraisalTab(of_terms, "admin_appraisals.page", "考核评分"))
    if may_see_scoreboard(staff):
        tabs.append(AppraisalTab(("admin_appraisal_scoreboard",), "admin_appraisal_scoreboard.page", "三比"))
    if may_see_appraisal(staff):
        tabs.append(AppraisalTab(("admin_appraisal_shown",), "admin_appraisal_shown.page", "三亮"))
        posts = ("admin_appraisal_posts",)
        tabs.append(AppraisalTab(posts, "admin_appraisal_posts.page", "党员先锋岗", waits.posts))
    if waits.peers or may_manage_appraisal(staff) or peer_review.listed(current_session(), rater=staff):
        peers = ("admin_appraisal_peers",)
        tabs.append(AppraisalTab(peers, "admin_appraisal_peers.page", "党员互评", waits.peers))
    return tabs


def appraisal_blueprint(name: str, import_name: str, path: str) -> Blueprint:
    """Make a blueprint for who may see the appraisal at all."""
    blueprint = Blueprint(name, import_name, url_prefix=f"/admin{path}")
    blueprint.before_request(staff_only)
    blueprint.before_request(_readers_only)
    blueprint.before_request(no_such_number)
    return blueprint


def _readers_only() -> None:
    if not may_see_appraisal(current_user.staff):
        raise NotAllowed("您还没有责任单位，看不到考核。请联系系统管理员。")


def typed_day(name: str, label: str) -> date:
    """Read a day from a form.

    Raises:
        Invalid: there is none, or it makes no sense.
    """
    given = request.form.get(name, "").strip()
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise Invalid(f"请填写{label}，如 2026-12-01。", name) from None
    if not 2000 < day.year < 2100:
        raise Invalid(f"{label}的年份不对。", name)
    return day


def asked_page() -> int:
    """Give the page of a list that the address asks for."""
    return request.args.get("page", 1, type=int)
