"""The page of one matter, and what may be done to it there."""

from flask import Blueprint, render_template
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from domain import act_drafts, matter_notices, matter_queries, matter_relapse, matters
from domain.actors import Actor
from domain.errors import NotFound
from domain.hiding import may_open_file
from domain.matter_lifecycle import open_matter_steps
from domain.matter_notices import deadline_text
from domain.matter_permissions import may_see_matter
from domain.matter_queries import is_overdue
from domain.permissions import may_hide, may_see, may_see_hidden
from models.attachment import Attachment
from models.enums import RequestState
from models.matter import MatterFollower
from models.matter_words import MatterStatus, MatterStepName
from web.admin.matter_acts import open_matter_forms
from web.admin.matter_finding import find_matter
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.file_answers import file_answer, has_file, small_answer
from web.file_links import check_signed
from web.guards import staff_only
from web.matter_reading import read_matter_notices

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
        MatterStepName.CLEAR_RELAPSE,
        MatterStepName.UNBLOCK,
    }
)
# Of these the record says who was told.
_TELLING = frozenset(
    {
        MatterStepName.REMIND,
        MatterStepName.FLAG_RELAPSE,
        MatterStepName.CLEAR_RELAPSE,
        MatterStepName.SUPERVISE,
        MatterStepName.BLOCK,
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


@blueprint.get("/<number>")
def page(number: str) -> str:
    """Show one matter: its facts, its milestones, its record, and what may be done now."""
    session, staff = current_session(), current_staff()
    matter = find_matter(session, number, staff)
    read_matter_notices(session, matter, staff=staff)
    entries = matter_queries.record_of(session, matter, for_public=False)
    before, after = matter_queries.before_and_after(entries)
    forms = open_matter_forms(matter, staff)
    actor = Actor.of_staff(staff)
    linked = matter_queries.complaints_of(session, matter)
    followers = session.scalar(
        select(func.count()).select_from(MatterFollower).where(MatterFollower.matter_id == matter.id)
    )
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
        since_closed=matter_relapse.complaints_since(session, matter),
        votes=matters.votes_of(session, [matter.id]).get(matter.id, 0),
        followers=followers,
        deadline=deadline_text(matter),
        overdue=is_overdue(matter, now=now()),
        may_edit=MatterStepName.EDIT in {step.name for step in open_matter_steps(matter, actor, now=now())},
        told=matter_notices.staff_told(
            session, [entry.event for entry in entries if entry.event.step in _TELLING]
        ),
        begun=act_drafts.steps_begun(session, staff, matter),
        hides=may_hide(staff),
        sees_hidden=may_see_hidden(staff),
        staff=staff,
        S=MatterStatus,
    )


@blueprint.get("/photos/<int:photo_id>")
def photo(photo_id: int) -> Response:
    """Send a photo or document of a matter."""
    return file_answer(_file(photo_id))


@blueprint.get("/photos/<int:photo_id>/small")
def small_photo(photo_id: int) -> Response:
    """Send a small picture of it."""
    return small_answer(_file(photo_id))


def _file(photo_id: int) -> Attachment:
    check_signed(photo_id)
    found = matter_queries.file_of(current_session(), photo_id, for_public=False)
    staff = current_staff()
    if found is None or not may_see_matter(found[2], staff):
        raise NotFound("没有找到这个文件。")
    if not has_file(found[0]) or not may_open_file(found[0], staff):
        raise NotFound("没有找到这个文件。")
    return found[0]
