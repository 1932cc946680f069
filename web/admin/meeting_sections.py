"""Editing one part of a meeting's papers, and having it written anew."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from domain import meeting_sections
from domain.errors import Invalid, NotAllowed, TooLate
from domain.meeting_permissions import may_see_meetings
from domain.working_time import local_time
from models.joint_meeting import JointMeetingSection
from web.auth import current_staff, signed_in_key
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.rate_limits import limiter

blueprint = Blueprint(
    "admin_meeting_sections",
    __name__,
    url_prefix="/admin/meetings/<int:meeting_id>/sections/<int:section_id>",
)
blueprint.before_request(staff_only)


@blueprint.before_request
def _who_sees() -> None:
    if not may_see_meetings(current_user.staff):
        raise NotAllowed("会议材料由单位负责人、受理员、分管领导、督导组和系统管理员查看。")


@blueprint.get("")
def form(meeting_id: int, section_id: int) -> str:
    """Show a part to be edited, with what was typed and not saved."""
    section = _section(meeting_id, section_id)
    draft = meeting_sections.draft_of(current_session(), section, staff=current_staff())
    return render_template(
        "admin/meeting_section.html",
        section=section,
        text=draft.text if draft is not None else section.text,
        draft=draft,
        seen=section.revision,
        longest=meeting_sections.LONGEST_TEXT,
    )


@blueprint.post("")
def save(meeting_id: int, section_id: int) -> Answer | tuple[str, int]:
    """Save what was written."""
    session = current_session()
    section = _section(meeting_id, section_id, hold=True)
    text = request.form.get("text", "")
    try:
        changed = meeting_sections.edit(
            session, section, text=text, seen=_seen(), staff=current_staff(), now=now()
        )
    except (Invalid, TooLate) as refusal:
        session.rollback()
        return _refused(_section(meeting_id, section_id), text, refusal)
    flash("已保存。" if changed else "没有改动。", "success" if changed else "info")
    return redirect(_page_of(meeting_id, section_id), 303)


@blueprint.post("/draft")
@limiter.limit("240 per minute", key_func=signed_in_key)
def keep_draft(meeting_id: int, section_id: int) -> Response:
    """Keep what is in the form; the page sends it whenever its writer pauses."""
    section = _section(meeting_id, section_id)
    text = request.form.get("text", "")
    kept = meeting_sections.keep_draft(
        current_session(), section, text=text, staff=current_staff(), now=now()
    )
    return Response(f"草稿已保存 {local_time(now()):%H:%M}" if kept else "", mimetype="text/plain")


@blueprint.post("/draft/drop")
def drop_draft(meeting_id: int, section_id: int) -> Answer:
    """Throw away what was typed and not saved."""
    section = _section(meeting_id, section_id)
    meeting_sections.drop_draft(current_session(), section, staff=current_staff())
    return redirect(url_for("admin_meeting_sections.form", meeting_id=meeting_id, section_id=section_id), 303)


@blueprint.get("/anew")
def compare(meeting_id: int, section_id: int) -> str:
    """Show what stands there beside what would be written now, before the one takes the other's place."""
    section = _section(meeting_id, section_id)
    anew = meeting_sections.written_anew(current_session(), section, staff=current_staff(), now=now())
    return render_template("admin/meeting_anew.html", section=section, anew=anew)


@blueprint.post("/anew")
def write_anew(meeting_id: int, section_id: int) -> Answer:
    """Have it written anew."""
    section = _section(meeting_id, section_id, hold=True)
    meeting_sections.write_anew(current_session(), section, seen=_seen(), staff=current_staff(), now=now())
    flash(f"「{section.team.name}」的{section.part.label}已重新生成。", "success")
    return redirect(_page_of(meeting_id, section_id), 303)


def _section(meeting_id: int, section_id: int, *, hold: bool = False) -> JointMeetingSection:
    return meeting_sections.find_section(
        current_session(), meeting_id, section_id, current_staff(), hold=hold
    )


def _seen() -> int | None:
    return request.form.get("seen", type=int)


def _page_of(meeting_id: int, section_id: int) -> str:
    return url_for("admin_meetings.page", meeting_id=meeting_id, _anchor=f"section-{section_id}")


def _refused(section: JointMeetingSection, text: str, refusal: Invalid | TooLate) -> tuple[str, int]:
    status = HTTPStatus.CONFLICT if isinstance(refusal, TooLate) else HTTPStatus.UNPROCESSABLE_ENTITY
    page = render_template(
        "admin/meeting_section.html",
        section=section,
        text=text,
        draft=None,
        seen=section.revision,
        refusal=refusal,
        longest=meeting_sections.LONGEST_TEXT,
    )
    return page, status
