"""Doing something to a complaint: one form and one address for each act."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from config.catalogue import catalogue
from domain.errors import DomainError, Invalid, NotAllowed, TooLate
from domain.step_conditions import open_request
from models.category import Category
from models.complaint import Complaint
from models.enums import ComplaintKind, Complexity, Outcome, RequestKind, Role, StepName
from models.staff import Staff, StaffRole
from models.team import Team
from web.admin.act_input import ActInput
from web.admin.act_table import ACT_FORMS, ActForm
from web.admin.answers import done, wants_fragment
from web.admin.complaint_page import find_visible, gather, open_forms
from web.auth import current_staff, signed_in_key
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.rate_limits import limiter
from web.uploads import read_photos

blueprint = Blueprint("admin_acts", __name__, url_prefix="/admin/complaints/<number>/acts")
blueprint.before_request(staff_only)

_STATUS = {Invalid: 422, TooLate: 409, NotAllowed: 403}


@dataclass(frozen=True)
class Choices:
    """What the selects of the forms offer."""

    teams: list[Team]
    handlers: list[Staff]
    categories: list[Category]
    kinds: list[ComplaintKind]
    complexities: list[Complexity]
    outcomes: list[Outcome]
    rejection_reasons: tuple[str, ...]


@blueprint.get("/<step>")
def form(number: str, step: str) -> str | tuple[str, int]:
    """Show the form of one act: inside the complaint's page, or as a page of its own."""
    session, staff, act = current_session(), current_staff(), _form_of(step)
    complaint = find_visible(session, number, staff)
    if act not in open_forms(session, complaint, staff, now=now()):
        refusal = NotAllowed(f"现在的状态是「{complaint.status.label}」，您不能「{act.step.label}」。")
        return _page(session, complaint, staff, act, MultiDict(), refusal), 403
    return _page(session, complaint, staff, act, _prefilled(complaint, act), None)


@blueprint.post("/<step>")
@limiter.limit("120 per minute", key_func=signed_in_key)
def perform(number: str, step: str) -> Response | tuple[str, int]:
    """Do the act; when it is refused, show the form again with everything that was typed."""
    act = _form_of(step)
    try:
        # Photos first: cleaning takes a while, and nobody else should wait for it.
        uploads = read_photos() if "attachments" in request.files else []
        _check_confirmed(act)
        session, staff = current_session(), current_staff()
        complaint = find_visible(session, number, staff)
        act.perform(ActInput(session, complaint, staff, now(), request.form, uploads))
    except (Invalid, TooLate, NotAllowed) as refusal:
        return _refused(number, act, refusal)
    flash(f"已{act.step.label}。" if len(act.step.label) <= 4 else f"「{act.step.label}」已完成。", "success")
    return done(url_for("admin_complaints.complaint", number=number))


def _check_confirmed(act: ActForm) -> None:
    if act.confirm and request.form.get("confirmed") != "1":
        raise Invalid("请先核对并勾选确认。", "confirmed")


def _refused(number: str, act: ActForm, refusal: DomainError) -> tuple[str, int]:
    """Draw the form anew from what is stored now, not from what the refused act had begun to change."""
    session = current_session()
    session.rollback()
    staff = current_staff()
    complaint = find_visible(session, number, staff)
    status = next(code for kind, code in _STATUS.items() if isinstance(refusal, kind))
    return _page(session, complaint, staff, act, request.form, refusal), status


def _form_of(step: str) -> ActForm:
    found = next((form for name, form in ACT_FORMS.items() if name.value == step), None)
    if found is None:
        abort(404)
    return found


def _page(
    session: Session,
    complaint: Complaint,
    staff: Staff,
    act: ActForm,
    entered: MultiDict[str, str],
    refusal: DomainError | None,
) -> str:
    still_open = act in open_forms(session, complaint, staff, now=now())
    in_sheet = wants_fragment()
    fresh = (
        gather(session, complaint, staff, now=now()) if isinstance(refusal, TooLate | NotAllowed) else None
    )
    return render_template(
        "admin/act_fragment.html" if in_sheet else "admin/act.html",
        in_sheet=in_sheet,
        act=act,
        complaint=complaint,
        entered=entered,
        refusal=refusal,
        field=getattr(refusal, "field", None),
        still_open=still_open,
        choices=_choices(session),
        fresh=fresh,
        now=now(),
    )


def _prefilled(complaint: Complaint, act: ActForm) -> MultiDict[str, str]:
    """Fill in what is most likely meant."""
    entered = MultiDict({name: value[:100] for name, value in request.args.items()})
    if act.step is StepName.ASSIGN and "team" not in entered:
        asked = open_request(complaint, RequestKind.TRANSFER)
        likely = (asked.to_team_id if asked else None) or complaint.team_id or complaint.category.team_id
        if likely is not None:
            entered["team"] = str(likely)
        if complaint.handler_id is not None and likely == complaint.team_id:
            entered["handler"] = str(complaint.handler_id)
    if act.step is StepName.PUBLISH:
        entered["public_text"] = complaint.public_text or complaint.text
    if act.step is StepName.RESOLVE:
        entered["outcome"] = Outcome.SOLVED.value
    return entered


def _choices(session: Session) -> Choices:
    handlers = (
        select(Staff)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .where(StaffRole.role == Role.HANDLER, Staff.active, Staff.team_id.is_not(None))
        .order_by(Staff.team_id, Staff.id)
    )
    return Choices(
        teams=list(session.scalars(select(Team).where(Team.active).order_by(Team.id))),
        handlers=list(session.scalars(handlers).unique()),
        categories=list(
            session.scalars(select(Category).where(Category.active).order_by(Category.position, Category.id))
        ),
        kinds=list(ComplaintKind),
        complexities=list(Complexity),
        outcomes=[outcome for outcome in Outcome if outcome is not Outcome.DUPLICATE],
        rejection_reasons=catalogue().rejection.reasons,
    )
