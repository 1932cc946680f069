"""Doing something to a matter: one form and one address for each act."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from domain import act_drafts, matter_templates
from domain.actors import Actor
from domain.errors import DomainError, Invalid, NotAllowed, NotFound, TooLate
from domain.matter_conditions import open_matter_requests
from domain.matter_lifecycle import open_matter_steps
from domain.matter_queries import is_overdue
from domain.working_time import local_time
from models.matter import Matter, MatterMilestone
from models.matter_words import MatterRequestKind, MatterStepName
from models.pending_upload import PendingUpload
from models.staff import Staff
from web.admin.act_choices import OfferedText, count_templates_taken
from web.admin.matter_acts_table import MATTER_FORMS, MatterActForm, MatterInput
from web.admin.matter_finding import find_matter
from web.auth import current_staff, signed_in_key
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.rate_limits import limiter
from web.uploads import keep_photos, read_photos, still_there

blueprint = Blueprint("admin_matter_acts", __name__, url_prefix="/admin/matters/<number>/acts/<step>")
blueprint.before_request(staff_only)

_STATUS = {Invalid: HTTPStatus.UNPROCESSABLE_ENTITY, TooLate: HTTPStatus.CONFLICT}
_NOT_KEPT = frozenset({"csrf_token", "seen", "opened", "attachments", "uploads", "template"})
_DECIDING = frozenset({MatterStepName.ACCEPT_MILESTONE, MatterStepName.REFUSE_MILESTONE})


def open_matter_forms(matter: Matter, staff: Staff) -> dict[MatterStepName, MatterActForm]:
    """Give the forms of exactly the steps that are open to this member of staff now."""
    steps = open_matter_steps(matter, Actor.of_staff(staff), now=now())
    names = {step.name for step in steps}
    return {name: form for name, form in MATTER_FORMS.items() if name in names}


@blueprint.get("")
def form(number: str, step: str) -> str:
    """Show the form of an act, with what was typed and not sent."""
    session, staff = current_session(), current_staff()
    matter = find_matter(session, number, staff)
    act = _form_of(step)
    if act.step not in open_matter_forms(matter, staff):
        raise NotAllowed(f"现在不能「{act.step.label}」，请看事项的最新情况。")
    entered = MultiDict(request.args)
    draft = act_drafts.find(session, staff, matter, act.step)
    for name, value in draft.fields.items() if draft is not None else ():
        entered.setdefault(name, value)
    return _form(matter, act, entered, None, draft=draft)


@blueprint.post("")
@limiter.limit("120 per minute", key_func=signed_in_key)
def perform(number: str, step: str) -> Answer | tuple[str, int]:
    """Do the act; when it is refused, show the form again with everything that was typed."""
    act = _form_of(step)
    try:
        # Photos first: cleaning takes a while, and nobody else should wait for it.
        uploads = read_photos() if "photos" in act.asks else []
        session, staff = current_session(), current_staff()
        matter = find_matter(session, number, staff)
        if act.step not in open_matter_forms(matter, staff):
            raise NotAllowed(f"现在不能「{act.step.label}」，请看事项的最新情况。")
        kept = keep_photos(uploads, now=now())
        act.perform(MatterInput(session, matter, staff, now(), request.form, kept))
    except NotFound:
        if "complaint" not in request.form:
            raise
        return _refused(
            number, act, Invalid("没有找到这件诉求，或者它不归您的单位办理，请核对编号。", "complaint")
        )
    except DomainError as refusal:
        return _refused(number, act, refusal)
    act_drafts.drop(session, staff, matter, act.step)
    count_templates_taken(session)
    done = "验收通过，已销号。" if act.step is MatterStepName.ACCEPT else f"已{act.step.label}。"
    flash(done, "success")
    return redirect(url_for("admin_matter.page", number=number), 303)


@blueprint.post("/draft")
@limiter.limit("240 per minute", key_func=signed_in_key)
def keep_draft(number: str, step: str) -> Response:
    """Keep what is in the form; the page sends it whenever its writer pauses."""
    act, session, staff = _form_of(step), current_session(), current_staff()
    matter = find_matter(session, number, staff)
    fields = {name: value for name, value in request.form.items() if name not in _NOT_KEPT}
    kept = act_drafts.keep(session, staff, matter, act.step, fields=fields, opened_at=_opened(), now=now())
    said = f"草稿已保存 {local_time(now()):%H:%M}" if kept else ""
    return Response(said, mimetype="text/plain")


@blueprint.post("/draft/drop")
def drop_draft(number: str, step: str) -> Answer:
    """Throw the draft away."""
    act, session, staff = _form_of(step), current_session(), current_staff()
    act_drafts.drop(session, staff, find_matter(session, number, staff), act.step)
    return redirect(url_for("admin_matter_acts.form", number=number, step=step), 303)


def _opened() -> datetime:
    try:
        return datetime.fromisoformat(request.form.get("opened", ""))
    except ValueError:
        return now()


def _refused(number: str, act: MatterActForm, refusal: DomainError) -> tuple[str, int]:
    """Draw the form anew from what is stored now, not from what the refused act had begun to change."""
    session = current_session()
    session.rollback()
    kept = still_there() if "photos" in act.asks else []
    matter = find_matter(session, number, current_staff())
    status = _STATUS.get(type(refusal), HTTPStatus.FORBIDDEN)
    return _form(matter, act, request.form, refusal, kept=kept), status


def _form_of(step: str) -> MatterActForm:
    for act in MATTER_FORMS.values():
        if act.step.value == step:
            return act
    raise NotFound("没有这个办理动作。")


def _form(
    matter: Matter,
    act: MatterActForm,
    entered: MultiDict[str, str],
    refusal: DomainError | None,
    *,
    draft: act_drafts.Draft | None = None,
    kept: Sequence[PendingUpload] = (),
) -> str:
    return render_template(
        "admin/matter_act.html",
        matter=matter,
        act=act,
        entered=entered,
        refusal=refusal,
        field=getattr(refusal, "field", None),
        overdue=is_overdue(matter, now=now()),
        milestones=_choosable(matter, act.step),
        templates=_templates(matter, act) if act.words else (),
        draft=draft,
        kept=kept,
    )


def _choosable(matter: Matter, step: MatterStepName) -> list[MatterMilestone]:
    waiting = {one.milestone_id for one in open_matter_requests(matter, MatterRequestKind.MILESTONE)}
    decides = step in _DECIDING
    return [one for one in matter.milestones if one.accepted_at is None and (one.id in waiting) is decides]


def _templates(matter: Matter, act: MatterActForm) -> list[OfferedText]:
    offered = matter_templates.offered(current_session(), current_staff(), matter=matter, step=act.step)
    return [OfferedText(each.id, each.title, matter_templates.fill(each, matter)) for each in offered]
