"""The same act on the ticked rows of a list: assign, merge, export, make a matter; and each row's fate."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import bulk, ledger, matters
from domain.actors import Actor
from domain.acts import Act
from domain.bulk import Fate, Pick
from domain.errors import DomainError, Invalid, NotAllowed
from domain.filters import Filters
from domain.matter_permissions import may_list_matters
from domain.permissions import may_assign, may_export_ledger, may_triage, visible_to
from models.complaint import Complaint
from models.staff import Staff
from web.admin.act_input import ActInput
from web.auth import current_staff, signed_in_key
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.rate_limits import limiter

blueprint = Blueprint("admin_bulk", __name__, url_prefix="/admin/bulk")
blueprint.before_request(staff_only)


@dataclass(frozen=True)
class BulkOffer:
    """What this member of staff may do with ticked rows."""

    assign: bool
    merge: bool
    export: bool
    matter: bool

    @property
    def any(self) -> bool:
        """Whether rows can be ticked at all."""
        return self.assign or self.merge or self.export or self.matter


def offer_for(staff: Staff) -> BulkOffer:
    """Tell what the list offers for ticked rows; the same that the acts themselves allow."""
    return BulkOffer(may_assign(staff), may_triage(staff), may_export_ledger(staff), may_list_matters(staff))


@blueprint.post("", strict_slashes=False)
@limiter.limit("30 per minute", key_func=signed_in_key)
def act() -> Response | str | tuple[str, int]:
    """Do what the pressed button says to each ticked row, and tell each one's fate."""
    session, staff = current_session(), current_staff()
    picks, pressed = _picks(), request.form.get("do", "")
    try:
        if pressed == "export":
            return _export(session, staff, picks)
        if pressed == "matter":
            return _matter(staff, picks)
        words, fates = _done(session, staff, pressed, picks)
    except DomainError as refusal:
        session.rollback()
        return _page(refusal.message, []), 422
    return _page(words, fates)


def _done(session: Session, staff: Staff, pressed: str, picks: list[Pick]) -> tuple[str, list[Fate]]:
    by = Act(actor=Actor.of_staff(staff), now=now())
    # The acts read no complaint of their own here; each row is looked up by its number.
    entered = ActInput(session, Complaint(), staff, now(), request.form)
    if pressed == "assign":
        team, handler = entered.team(), entered.handler()
        fates = bulk.assign_each(session, picks, team=team, handler=handler, words=entered.words, act=by)
        return f"派给{team.name}", fates
    if pressed == "merge":
        if request.form.get("confirmed") != "1":
            raise Invalid("请先核对并勾选确认：并案不能撤销。")
        into = entered.other_complaint()
        return f"并入 {into.number}", bulk.merge_each(session, picks, into=into, words=entered.words, act=by)
    raise Invalid("请选择要做什么。")


def _export(session: Session, staff: Staff, picks: list[Pick]) -> Response:
    if not picks:
        raise Invalid("请先勾选诉求。")
    numbers = [pick.number for pick in picks]
    found = select(Complaint.id).where(visible_to(staff), Complaint.number.in_(numbers))
    # Asked for when nothing of it may be seen, an empty list would mean everything.
    filters = Filters(ids=list(session.scalars(found)) or [0])
    task = ledger.ask(session, staff, filters, title=f"导出所选 {len(filters.ids)} 件诉求", now=now())
    return redirect(url_for("admin_tasks.task", task_id=task.id), 303)


def _matter(staff: Staff, picks: list[Pick]) -> Response:
    """Go on to the form of a matter that begins with these complaints; nothing is written before that."""
    if not may_list_matters(staff):
        raise NotAllowed("事项由受理员、分管领导或系统管理员立项。")
    if not picks:
        raise Invalid("请先勾选诉求。")
    numbers = [pick.number for pick in picks[: matters.MOST_COMPLAINTS]]
    begun_with: dict[str, Any] = {"from": numbers}
    return redirect(url_for("admin_matter_form.new", **begun_with), 303)


def _picks() -> list[Pick]:
    """Read the ticks: number and the revision that was seen, in the order of their numbers, each once."""
    read: dict[str, Pick] = {}
    for value in request.form.getlist("pick")[: bulk.MOST + 1]:
        number, _, seen = value.partition(":")
        if number and seen.isdecimal():
            read[number[:20]] = Pick(number[:20], int(seen[:9]))
    return [read[number] for number in sorted(read)]


def _page(words: str, fates: list[Fate]) -> str:
    return render_template("admin/bulk_done.html", words=words, fates=fates)
