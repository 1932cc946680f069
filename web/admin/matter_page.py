"""The page of one matter, and what may be done to it there."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from domain import matter_clock, matter_queries, matters
from domain.actors import Actor
from domain.errors import DomainError, NotAllowed, NotFound
from domain.matter_conditions import open_matter_requests
from domain.matter_lifecycle import open_matter_steps
from domain.matter_notices import deadline_text
from domain.matter_permissions import may_see_matter
from domain.matter_queries import is_overdue
from domain.permissions import may_see
from models.attachment import Attachment
from models.enums import RequestState
from models.matter import Matter, MatterFollower, MatterMilestone
from models.matter_words import MatterRequestKind, MatterStatus, MatterStepName
from models.staff import Staff
from web.admin.matter_acts_table import MATTER_FORMS, MatterActForm, MatterInput
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.file_answers import file_answer, has_file, small_answer
from web.guards import staff_only
from web.uploads import keep_photos, read_photos

blueprint = Blueprint("admin_matter", __name__, url_prefix="/admin/matters")
blueprint.before_request(staff_only)

_AT_HAND = frozenset(
    {
        MatterStepName.START,
        MatterStepName.PROGRESS,
        MatterStepName.SUBMIT,
        MatterStepName.SUBMIT_MILESTONE,
        MatterStepName.ACCEPT,
        MatterStepName.REFUSE,
        MatterStepName.RESUME,
        MatterStepName.SUPERVISE,
        MatterStepName.NOTE,
        MatterStepName.REOPEN,
    }
)
_DECIDING = frozenset(
    {
        MatterStepName.ACCEPT_MILESTONE,
        MatterStepName.REFUSE_MILESTONE,
        MatterStepName.APPROVE_DEFERRAL,
        MatterStepName.REFUSE_DEFERRAL,
    }
)


def find_matter(session: Session, number: str, staff: Staff) -> Matter:
    """Give the matter of this number if this member of staff may see it.

    Raises:
        NotFound: there is none, or it is not theirs to see; both sound the same.
    """
    matter = matters.by_number(session, number)
    if not may_see_matter(matter, staff):
        raise NotFound(f"没有找到编号为 {number[:20]} 的事项。")
    return matter


@blueprint.get("/<number>")
def page(number: str) -> str:
    """Show one matter: its facts, its milestones, its record, and what may be done now."""
    session, staff = current_session(), current_staff()
    matter = find_matter(session, number, staff)
    entries = matter_queries.record_of(session, matter, for_public=False)
    before, after = matter_queries.before_and_after(entries)
    forms = _open_forms(matter, staff)
    actor = Actor.of_staff(staff)
    linked = matter_queries.complaints_of(session, matter)
    followers = session.scalars(
        select(MatterFollower.person_id).where(MatterFollower.matter_id == matter.id)
    ).all()
    return render_template(
        "admin/matter.html",
        matter=matter,
        entries=entries,
        before=before,
        after=after,
        at_hand=[form for form in forms.values() if form.step in _AT_HAND],
        more=[form for form in forms.values() if form.step not in _AT_HAND | _DECIDING],
        forms={step.value: form for step, form in forms.items()},
        requests=[one for one in matter.requests if one.state is RequestState.OPEN],
        linked=[(one, may_see(session, one, actor)) for one in linked],
        since_closed=matter_clock.complaints_since(session, matter),
        votes=matters.votes_of(session, [matter.id]).get(matter.id, 0),
        followers=len(followers),
        deadline=deadline_text(matter),
        overdue=is_overdue(matter, now=now()),
        may_edit=MatterStepName.EDIT in {step.name for step in open_matter_steps(matter, actor, now=now())},
        staff=staff,
        S=MatterStatus,
    )


def _open_forms(matter: Matter, staff: Staff) -> dict[MatterStepName, MatterActForm]:
    """Give the forms of exactly the steps that are open to this member of staff now."""
    steps = open_matter_steps(matter, Actor.of_staff(staff), now=now())
    names = {step.name for step in steps}
    return {name: form for name, form in MATTER_FORMS.items() if name in names}


@blueprint.get("/<number>/acts/<step>")
def form(number: str, step: str) -> str:
    """Show the form of an act."""
    session, staff = current_session(), current_staff()
    matter = find_matter(session, number, staff)
    act = _form_of(step)
    if act.step not in _open_forms(matter, staff):
        raise NotAllowed(f"现在不能「{act.step.label}」，请看事项的最新情况。")
    return _form(matter, act, request.args, None)


@blueprint.post("/<number>/acts/<step>")
def perform(number: str, step: str) -> Response | tuple[str, int]:
    """Do the act; when it is refused, show the form again with everything that was typed."""
    act = _form_of(step)
    try:
        # Photos first: cleaning takes a while, and nobody else should wait for it.
        uploads = read_photos() if "photos" in act.asks else []
        session, staff = current_session(), current_staff()
        matter = find_matter(session, number, staff)
        if act.step not in _open_forms(matter, staff):
            raise NotAllowed(f"现在不能「{act.step.label}」，请看事项的最新情况。")
        kept: list[Attachment] = keep_photos(uploads, now=now())
        act.perform(MatterInput(session, matter, staff, now(), request.form, kept))
    except NotFound:
        if "complaint" not in request.form:
            raise
        return _refused(number, act, NotFound("没有找到这件诉求，或者它不归您的单位办理，请核对编号。"))
    except DomainError as refusal:
        return _refused(number, act, refusal)
    flash(
        f"已{act.step.label}。" if act.step is not MatterStepName.ACCEPT else "验收通过，已销号。", "success"
    )
    return redirect(url_for("admin_matter.page", number=number), 303)


def _refused(number: str, act: MatterActForm, refusal: DomainError) -> tuple[str, int]:
    session = current_session()
    session.rollback()
    matter = find_matter(session, number, current_staff())
    status = HTTPStatus.FORBIDDEN if isinstance(refusal, NotAllowed) else HTTPStatus.UNPROCESSABLE_ENTITY
    return _form(matter, act, request.form, refusal), status


def _form_of(step: str) -> MatterActForm:
    for act in MATTER_FORMS.values():
        if act.step.value == step:
            return act
    raise NotFound("没有这个办理动作。")


def _form(matter: Matter, act: MatterActForm, entered: Mapping[str, str], refusal: DomainError | None) -> str:
    return render_template(
        "admin/matter_act.html",
        matter=matter,
        act=act,
        entered=entered,
        refusal=refusal,
        field=getattr(refusal, "field", None),
        milestones=_choosable(matter, act.step),
    )


def _choosable(matter: Matter, step: MatterStepName) -> list[MatterMilestone]:
    waiting = {one.milestone_id for one in open_matter_requests(matter, MatterRequestKind.MILESTONE)}
    decides = step in _DECIDING
    return [one for one in matter.milestones if one.accepted_at is None and (one.id in waiting) is decides]


@blueprint.get("/photos/<int:photo_id>")
def photo(photo_id: int) -> Response:
    """Send a photo of a matter."""
    return file_answer(_photo(photo_id))


@blueprint.get("/photos/<int:photo_id>/small")
def small_photo(photo_id: int) -> Response:
    """Send a small picture of it."""
    return small_answer(_photo(photo_id))


def _photo(photo_id: int) -> Attachment:
    found = matter_queries.photo_of(current_session(), photo_id)
    if found is None or not may_see_matter(found[2], current_staff()) or not has_file(found[0]):
        raise NotFound("没有找到这张照片。")
    return found[0]
