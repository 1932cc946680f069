"""Triage (受理台): new complaints one after the other on one screen, with what is suggested for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import complaints, queries, triage
from domain.clocks import Deadline
from domain.deadlines import Clock
from domain.errors import DomainError, Invalid, NotAllowed, NotFound, TooLate
from domain.permissions import may_triage
from domain.similar import Similar, similar_to
from domain.suggestions import Suggestions, suggest
from models.complaint import Complaint, ComplaintEvent
from models.enums import ComplaintStatus, StepName
from models.staff import Staff
from web.admin.act_choices import Choices, choices_for
from web.admin.act_input import ActInput
from web.admin.act_table import ACT_FORMS, ActForm
from web.admin.answers import wants_fragment
from web.admin.complaint_page import ComplaintPage, find_visible, gather, note_name
from web.auth import current_staff, signed_in_key
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.rate_limits import limiter

blueprint = Blueprint("admin_triage", __name__, url_prefix="/admin/triage")
blueprint.before_request(staff_only)

_STATUS = {Invalid: 422, TooLate: 409, NotAllowed: 403}
# What can be done here besides giving it to a team; each opens its form beside the page.
_BESIDES = (
    StepName.ASK,
    StepName.REPLY,
    StepName.NOTE,
    StepName.REQUEST_REJECTION,
    StepName.CONFIRM_REJECTION,
    StepName.REFUSE_REJECTION,
)


@dataclass(frozen=True, kw_only=True)
class TriageView:
    """One complaint as it stands before the dispatcher.

    Attributes:
        page: all that its own page would show.
        entered: what stands in the form.
        before: the one before it in the queue, if there is one.
    """

    page: ComplaintPage
    suggestions: Suggestions
    similar: Sequence[Similar]
    choices: Choices
    besides: Sequence[ActForm]
    deadlines: Mapping[Clock, Deadline]
    entered: Mapping[str, str]
    before: Complaint | None
    may_merge: bool


@blueprint.get("", strict_slashes=False)
def page() -> Response:
    """Show the first of the queue, the one `at` names, or the next or the one before it."""
    session, staff = current_session(), current_staff()
    check_may_triage(staff)
    shown = _wanted(session, staff)
    last = _last(session, staff)
    # What was done to the one that is still here needs no way back to it.
    return _drawn(session, staff, shown, last=last if last and last.complaint is not shown else None)


@blueprint.get("/<number>/due")
def due(number: str) -> str:
    """Tell when it would be due with the category, urgency and complexity that are chosen now."""
    session, staff = current_session(), current_staff()
    check_may_triage(staff)
    complaint = find_visible(session, number, staff)
    return render_template(
        "admin/triage_due.html",
        deadlines=triage.deadlines_if(session, complaint, _classification(complaint), now=now()),
        now=now(),
    )


@blueprint.post("/<number>/assign")
@limiter.limit("120 per minute", key_func=signed_in_key)
def assign(number: str) -> Response | tuple[Response, int]:
    """Put it right and give it to a team, then go on to the next."""
    session, staff = current_session(), current_staff()
    check_may_triage(staff)
    complaint = find_visible(session, number, staff)
    act = ActInput(session, complaint, staff, now(), request.form)
    try:
        team, handler = act.team(), act.handler()
        triage.hand_over(
            session,
            complaint,
            team=team,
            handler=handler,
            classification=_classification(complaint),
            words=act.words,
            **act.act,
        )
    except (Invalid, TooLate, NotAllowed) as refusal:
        return _refused(number, refusal)
    return _onward(number)


@blueprint.get("/<number>/merge/<into>")
def merge_form(number: str, into: str) -> str:
    """Lay the two side by side, to be looked at once more before they become one."""
    session, staff = current_session(), current_staff()
    check_may_triage(staff)
    both = find_visible(session, number, staff), find_visible(session, into, staff)
    return render_template(
        "admin/triage_merge.html" if wants_fragment() else "admin/triage_merge_page.html",
        complaint=both[0],
        main=both[1],
    )


@blueprint.post("/<number>/merge/<into>")
@limiter.limit("120 per minute", key_func=signed_in_key)
def merge(number: str, into: str) -> Response | tuple[Response, int]:
    """Merge it into another, then go on to the next."""
    session, staff = current_session(), current_staff()
    check_may_triage(staff)
    complaint = find_visible(session, number, staff)
    act = ActInput(session, complaint, staff, now(), request.form)
    try:
        main = find_visible(session, into, staff)
        complaints.merge(session, complaint, into=main, words=act.words, **act.act)
    except (Invalid, TooLate, NotAllowed) as refusal:
        return _refused(number, refusal)
    return _onward(number)


def check_may_triage(staff: Staff) -> None:
    """Refuse whoever is no dispatcher.

    Raises:
        NotAllowed: they are not.
    """
    if not may_triage(staff):
        raise NotAllowed("受理台由受理员使用。")


def _classification(complaint: Complaint) -> triage.Classification:
    act = ActInput(current_session(), complaint, current_staff(), now(), request.values)
    return triage.Classification(
        category=act.category(), complexity=act.complexity(), urgent=act.urgent(), kind=act.kind()
    )


def _wanted(session: Session, staff: Staff) -> Complaint | None:
    named = {name: _named(session, staff, request.args.get(name, "")) for name in ("at", "after", "before")}
    at, after, before = named["at"], named["after"], named["before"]
    if before is not None:
        return triage.before(session, staff, before) or before
    if at is not None:
        # Somebody else may have taken it meanwhile: then the one that comes after it.
        after = at
        if triage.is_waiting(session, staff, at):
            return at
    found = triage.next_after(session, staff, after) if after is not None else None
    return found or triage.next_after(session, staff, None)


def _named(session: Session, staff: Staff, number: str) -> Complaint | None:
    try:
        return find_visible(session, number.strip()[:20], staff) if number else None
    except NotFound:
        return None


def _last(session: Session, staff: Staff) -> ComplaintEvent | None:
    """Give what was done to the complaint that was here before, so that the page can say it."""
    last = _named(session, staff, request.args.get("last", ""))
    events = [event for event in last.events if event.staff_id is not None] if last is not None else []
    return events[-1] if events else None


def _view(
    session: Session, staff: Staff, complaint: Complaint, entered: Mapping[str, str] | None
) -> TriageView:
    gathered = gather(session, complaint, staff, now=now())
    note_name(gathered)
    suggestions = suggest(session, complaint, staff=staff, now=now())
    by_step = {form.step: form for form in (*gathered.at_hand, *gathered.more)}
    by_step |= {form.step: form for each in gathered.requests for form in (each.grant, each.refuse) if form}
    return TriageView(
        page=gathered,
        suggestions=suggestions,
        similar=similar_to(session, complaint, staff=staff, now=now()),
        choices=choices_for(session, complaint, staff, ACT_FORMS[StepName.ASSIGN]),
        besides=[by_step[step] for step in _BESIDES if step in by_step],
        deadlines=triage.deadlines_if(session, complaint, triage.Classification(), now=now()),
        entered=entered or _likely(complaint, suggestions),
        before=triage.before(session, staff, complaint),
        may_merge=gathered.may_merge,
    )


def _likely(complaint: Complaint, suggestions: Suggestions) -> dict[str, str]:
    """Fill in what the complaint says, and the likeliest team."""
    return {
        "team": str(suggestions.teams[0].team.id) if suggestions.teams else "",
        "category": str(complaint.category_id),
        "complexity": complaint.complexity.value,
        "urgent": "1" if complaint.urgent else "0",
        "kind": complaint.kind.value,
    }


def _drawn(
    session: Session,
    staff: Staff,
    shown: Complaint | None,
    *,
    last: ComplaintEvent | None = None,
    refusal: DomainError | None = None,
    entered: Mapping[str, str] | None = None,
) -> Response:
    values: dict[str, Any] = {
        "view": _view(session, staff, shown, entered) if shown is not None else None,
        "left": triage.left(session, staff),
        "last": last,
        "refusal": refusal,
        "field": getattr(refusal, "field", None),
        "now": now(),
    }
    template = "admin/triage_one.html" if wants_fragment() else "admin/triage.html"
    answer = make_response(render_template(template, **values))
    answer.headers["Vary"] = "HX-Request"
    if wants_fragment():
        # So that loading the page anew shows the same one.
        at = shown.number if shown is not None else None
        answer.headers["HX-Replace-Url"] = url_for("admin_triage.page", at=at)
    return answer


def _onward(number: str) -> Response:
    return redirect(url_for("admin_triage.page", after=number, last=number), 303)


def _refused(number: str, refusal: DomainError) -> tuple[Response, int]:
    """Draw it anew as it is stored now; what a colleague has just taken makes room for the next."""
    session = current_session()
    session.rollback()
    staff = current_staff()
    complaint = queries.by_number(session, number)
    status = next(code for kind, code in _STATUS.items() if isinstance(refusal, kind))
    waits = complaint.status is ComplaintStatus.SUBMITTED and triage.is_waiting(session, staff, complaint)
    shown = complaint if waits else triage.next_after(session, staff, complaint)
    entered = request.form.to_dict() if waits and "team" in request.form else None
    shown = shown or triage.next_after(session, staff, None)
    return _drawn(session, staff, shown, refusal=refusal, entered=entered), status
