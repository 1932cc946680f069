"""Doing something to a complaint: one form and one address for each act."""

from collections.abc import Sequence
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from domain import act_drafts, lifecycle, mentions
from domain.actors import Actor
from domain.errors import DomainError, Invalid, NotAllowed, TooLate
from domain.pending_uploads import already_on
from domain.step_conditions import open_request
from domain.working_time import local_time
from models.complaint import Complaint
from models.enums import Outcome, RequestKind, StepName
from models.pending_upload import PendingUpload
from models.staff import Staff
from web.admin.act_choices import choices_for, count_templates_taken
from web.admin.act_input import ActInput
from web.admin.act_table import ACT_FORMS, ActForm
from web.admin.answers import wants_fragment
from web.admin.complaint_page import find_visible, gather, open_forms
from web.admin.done_words import done_words
from web.auth import current_staff, signed_in_key
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.rate_limits import limiter
from web.uploads import has_files, named_uploads, read_photos, still_there

blueprint = Blueprint("admin_acts", __name__, url_prefix="/admin/complaints/<number>/acts")
blueprint.before_request(staff_only)

_STATUS = {Invalid: 422, TooLate: 409, NotAllowed: 403}
# These only add, so that no revision tells a second sending from a second act.
_ADDING = frozenset({StepName.PROGRESS, StepName.REPLY, StepName.NOTE})
_NOT_KEPT = frozenset({"csrf_token", "seen", "opened", "confirmed", "attachments", "uploads", "template"})


@blueprint.get("/<step>")
def form(number: str, step: str) -> Response | str | tuple[str, int]:
    """Show the form of one act: inside the complaint's page, or as a page of its own."""
    session, staff, act = current_session(), current_staff(), _form_of(step)
    complaint = find_visible(session, number, staff)
    if act not in open_forms(session, complaint, staff, now=now()):
        refusal = NotAllowed(f"现在的状态是「{complaint.status.label}」，您不能「{act.step.label}」。")
        return _page(session, complaint, staff, act, MultiDict(), refusal), 403
    if act.page:
        return _elsewhere(url_for(act.page, number=complaint.number))
    entered = _prefilled(complaint, act)
    draft = act_drafts.find(session, staff, complaint, act.step)
    if draft is not None:
        for name, value in draft.fields.items():
            if name not in request.args:
                entered[name] = value
    return _page(session, complaint, staff, act, entered, None, draft=draft)


def _elsewhere(address: str) -> Response:
    """Lead to a page of its own, out of the sheet beside the complaint too."""
    if wants_fragment():
        return Response(status=204, headers={"HX-Redirect": address})
    return redirect(address)


@blueprint.post("/<step>")
@limiter.limit("120 per minute", key_func=signed_in_key)
def perform(number: str, step: str) -> Response | tuple[str, int]:
    """Do the act; when it is refused, show the form again with everything that was typed."""
    act = _form_of(step)
    try:
        # Photos first: cleaning takes a while, and nobody else should wait for it.
        uploads = read_photos()
        _check_confirmed(act)
        session, staff = current_session(), current_staff()
        complaint = find_visible(session, number, staff)
        if act.perform is None:
            return _elsewhere(url_for(act.page, number=complaint.number))
        entered = ActInput(session, complaint, staff, now(), request.form, uploads)
        if not _came_before(entered, act):
            act.perform(entered)
    except (Invalid, TooLate, NotAllowed) as refusal:
        return _refused(number, act, refusal)
    act_drafts.drop(session, staff, complaint, act.step)
    count_templates_taken(session)
    return _done(session, complaint, staff, act)


@blueprint.post("/<step>/draft")
@limiter.limit("240 per minute", key_func=signed_in_key)
def keep_draft(number: str, step: str) -> Response:
    """Keep what is in the form; the page sends it whenever its writer pauses."""
    act, session, staff = _form_of(step), current_session(), current_staff()
    complaint = find_visible(session, number, staff)
    fields = {name: value for name, value in request.form.items() if name not in _NOT_KEPT}
    kept = act_drafts.keep(
        session, staff, complaint, act.step, fields=fields, opened_at=_opened_at(), now=now()
    )
    said = f"草稿已保存 {local_time(now()):%H:%M}" if kept else ""
    return Response(said, mimetype="text/plain")


@blueprint.post("/<step>/draft/drop")
def drop_draft(number: str, step: str) -> Response | str:
    """Throw the draft away and give the form as it was."""
    act, session, staff = _form_of(step), current_session(), current_staff()
    complaint = find_visible(session, number, staff)
    act_drafts.drop(session, staff, complaint, act.step)
    if not wants_fragment():
        return redirect(url_for("admin_acts.form", number=number, step=step), 303)
    return _page(session, complaint, staff, act, _prefilled(complaint, act), None)


def _came_before(entered: ActInput, act: ActForm) -> bool:
    """Tell whether this very form came before, and is sent again because its answer was lost."""
    if act.step not in _ADDING or has_files():
        return False
    complaint, staff, since = entered.complaint, entered.staff, _opened_at()
    lifecycle.hold(entered.session, complaint)  # the first may be at work yet
    uploads = named_uploads()
    actor = Actor.of_staff(staff)
    if uploads and not already_on(entered.session, actor, uploads, complaint_id=complaint.id):
        return False
    return any(
        event.step is act.step
        and event.staff_id == staff.id
        and event.words == entered.words
        and event.at >= since
        for event in complaint.events
    )


def _opened_at() -> datetime:
    try:
        opened = datetime.fromisoformat(request.form.get("opened", ""))
    except ValueError:
        return now()
    return opened if opened.tzinfo is not None else now()


def _done(session: Session, complaint: Complaint, staff: Staff, act: ActForm) -> Response:
    """Say what was done and what comes next; within its page, draw anew what has changed."""
    session.flush()
    session.expire(complaint)
    page = gather(session, complaint, staff, now=now())
    flash(done_words(act, page), "success")
    if act.step is StepName.NOTE:
        missed = mentions.not_reached(session, complaint, request.form.get("words", ""))
        if missed:
            flash(f"{'、'.join(missed)}看不到这件诉求，没有通知到。请找受理员转告。", "warning")
    if not wants_fragment():
        return redirect(url_for("admin_complaints.complaint", number=complaint.number), 303)
    drawn = render_template("admin/act_done.html", page=page)
    return Response(drawn, headers={"HX-Trigger-After-Settle": "act-done"})


def _check_confirmed(act: ActForm) -> None:
    if act.confirm and request.form.get("confirmed") != "1":
        raise Invalid("请先核对并勾选确认。", "confirmed")


def _refused(number: str, act: ActForm, refusal: DomainError) -> tuple[str, int]:
    """Draw the form anew from what is stored now, not from what the refused act had begun to change."""
    session = current_session()
    session.rollback()
    kept, staff = still_there(), current_staff()
    complaint = find_visible(session, number, staff)
    status = next(code for kind, code in _STATUS.items() if isinstance(refusal, kind))
    return _page(session, complaint, staff, act, request.form, refusal, kept=kept), status


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
    *,
    draft: act_drafts.Draft | None = None,
    kept: Sequence[PendingUpload] = (),
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
        choices=choices_for(session, complaint, staff, act),
        draft=draft,
        kept=kept,
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
    if act.step is StepName.RESOLVE:
        entered["outcome"] = Outcome.SOLVED.value
    return entered
