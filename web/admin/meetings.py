"""联席会: the meetings, their papers on one page, on paper and as a Word document, and what they decided."""

from collections.abc import Mapping
from datetime import date, timedelta
from http import HTTPStatus
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from config.catalogue import catalogue
from domain import audit, joint_meetings, matters
from domain.errors import DomainError, Invalid, NotAllowed
from domain.joint_meetings import LONGEST_TITLE, MeetingWish
from domain.matter_queries import today_of
from domain.meeting_decisions import record_decision
from domain.meeting_papers import paper_of
from domain.meeting_permissions import may_edit_section, may_prepare_meetings, may_see_meetings
from models.joint_meeting import JointMeeting, MeetingPart
from models.staff import Staff
from models.team import Team
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.guards import staff_only
from web.parts import parts

blueprint = Blueprint("admin_meetings", __name__, url_prefix="/admin/meetings")
blueprint.before_request(staff_only)

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@blueprint.before_request
def _who_sees() -> None:
    if not may_see_meetings(current_user.staff):
        raise NotAllowed("会议材料由单位负责人、受理员、分管领导、督导组和系统管理员查看。")


@blueprint.get("", strict_slashes=False)
def listing() -> str:
    """List the meetings, the latest first."""
    session, staff = current_session(), current_staff()
    found = joint_meetings.meetings(session, staff, page=request.args.get("page", 1, type=int))
    return render_template(
        "admin/meetings.html", found=found, may_prepare=may_prepare_meetings(staff), today=today_of(now())
    )


@blueprint.get("/new")
def new() -> str:
    """Show the form of a new meeting, which begins where the last one ended."""
    session, staff = current_session(), current_staff()
    _only_preparing(staff)
    today, last = today_of(now()), joint_meetings.latest(session)
    first = last.last_day + timedelta(days=1) if last is not None else today.replace(day=1)
    entered = {
        "title": f"{today.year}年{today.month}月后勤联席会",
        "held_on": today.isoformat(),
        "first_day": min(first, today).isoformat(),
        "last_day": today.isoformat(),
        "team_ids": [str(team.id) for team in _teams(session)],
    }
    return _form(session, None, entered)


@blueprint.post("/new")
def add() -> Answer | tuple[str, int]:
    """Call the meeting and write its papers."""
    _only_preparing(current_user.staff)
    session, staff = current_session(), current_staff()
    try:
        meeting = joint_meetings.call(session, _wish(), staff=staff, now=now())
    except Invalid as refusal:
        return _refused(None, refusal)
    flash("已生成各单位的会议材料，请核对、修改。", "success")
    return redirect(url_for("admin_meetings.page", meeting_id=meeting.id), 303)


@blueprint.get("/<int:meeting_id>")
def page(meeting_id: int) -> str:
    """Show the papers of a meeting, what it decided, and what became of the decisions before."""
    return _page(meeting_id, {}, None)


@blueprint.get("/<int:meeting_id>/edit")
def edit(meeting_id: int) -> str:
    """Show the form of a meeting."""
    session, staff = current_session(), current_staff()
    _only_preparing(staff)
    meeting = joint_meetings.find(session, meeting_id, staff)
    entered = {
        "title": meeting.title,
        "held_on": meeting.held_on.isoformat(),
        "first_day": meeting.first_day.isoformat(),
        "last_day": meeting.last_day.isoformat(),
        "team_ids": sorted({str(section.team_id) for section in meeting.sections}),
    }
    return _form(session, meeting, entered)


@blueprint.post("/<int:meeting_id>/edit")
def change(meeting_id: int) -> Answer | tuple[str, int]:
    """Change title, days and units."""
    _only_preparing(current_user.staff)
    session, staff = current_session(), current_staff()
    meeting = joint_meetings.find(session, meeting_id, staff)
    period = (meeting.first_day, meeting.last_day)
    try:
        wish = _wish()
        joint_meetings.change(session, meeting, wish, staff=staff, now=now())
    except Invalid as refusal:
        return _refused(meeting_id, refusal)
    moved = period != (wish.first_day, wish.last_day)
    flash(
        "已保存。期间改了，各部分要按新的期间写，请逐个「重新生成」。" if moved else "已保存。",
        "warning" if moved else "success",
    )
    return redirect(url_for("admin_meetings.page", meeting_id=meeting_id), 303)


@blueprint.post("/<int:meeting_id>/cancel")
def cancel(meeting_id: int) -> Answer:
    """Delete a meeting that has decided nothing."""
    session, staff = current_session(), current_staff()
    meeting = joint_meetings.find(session, meeting_id, staff)
    title = meeting.title
    joint_meetings.cancel(session, meeting, staff=staff, now=now())
    flash(f"已删除「{title}」。", "success")
    return redirect(url_for("admin_meetings.listing"), 303)


@blueprint.post("/<int:meeting_id>/decisions")
def decide(meeting_id: int) -> Answer | tuple[str, int]:
    """Write down what the meeting decided."""
    session, staff = current_session(), current_staff()
    meeting = joint_meetings.find(session, meeting_id, staff)
    try:
        number = request.form.get("matter", "").strip()[:20]
        matter = matters.by_number(session, number) if number else None
        team_id = request.form.get("team_id", type=int)
        team = session.get(Team, team_id) if team_id and team_id < 2**31 else None
        record_decision(
            session,
            meeting,
            words=request.form.get("words", ""),
            matter=matter,
            team=team,
            until=_day("until"),
            staff=staff,
            now=now(),
        )
    except DomainError as refusal:
        session.rollback()
        status = HTTPStatus.FORBIDDEN if isinstance(refusal, NotAllowed) else HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(meeting_id, request.form, refusal), status
    flash("已记录，写进了事项的办理记录并通知。" if matter else "已记录，通知了单位负责人。", "success")
    return redirect(url_for("admin_meetings.page", meeting_id=meeting_id, _anchor="decisions"), 303)


@blueprint.get("/<int:meeting_id>/print")
def printed(meeting_id: int) -> str:
    """Lay the papers out on A4."""
    meeting = joint_meetings.find(current_session(), meeting_id, current_staff())
    paper = paper_of(meeting, office=catalogue().office)
    return render_template("admin/meeting_print.html", meeting=meeting, paper=paper)


@blueprint.get("/<int:meeting_id>.docx")
def document(meeting_id: int) -> Response:
    """Give the papers as a Word document, and write down who took them."""
    # Before the answer begins, so that nothing leaves without a trace.
    with parts().database.transaction() as session:
        staff = session.get_one(Staff, current_staff().id)
        meeting = joint_meetings.find(session, meeting_id, staff)
        from domain.meeting_export import as_document

        content = as_document(paper_of(meeting, office=catalogue().office))
        name = f"{meeting.title}材料.docx"
        if request.method != "HEAD":
            audit.record(
                session,
                staff,
                action="meeting.export",
                subject_kind="meeting",
                subject=str(meeting.id),
                words=f"导出联席会材料「{meeting.title}」",
                now=now(),
            )
    return send_file(BytesIO(content), mimetype=_WORD, as_attachment=True, download_name=name)


def _only_preparing(staff: Staff) -> None:
    if not may_prepare_meetings(staff):
        raise NotAllowed("联席会由受理员和分管领导召集。")


def _wish() -> MeetingWish:
    days = {name: _day(name) for name in ("held_on", "first_day", "last_day")}
    for name, day in days.items():
        if day is None:
            raise Invalid("请填写日期。", name)
    return MeetingWish(
        title=request.form.get("title", ""),
        team_ids=request.form.getlist("team_ids", type=int)[:200],
        **{name: day for name, day in days.items() if day is not None},
    )


def _day(name: str) -> date | None:
    text = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("日期请写成 2026-12-31 这样。", name) from None


def _refused(meeting_id: int | None, refusal: Invalid) -> tuple[str, int]:
    session = current_session()
    session.rollback()
    staff = current_staff()
    meeting = joint_meetings.find(session, meeting_id, staff) if meeting_id is not None else None
    entered: dict[str, Any] = request.form.to_dict()
    entered["team_ids"] = request.form.getlist("team_ids")
    return _form(session, meeting, entered, refusal), HTTPStatus.UNPROCESSABLE_ENTITY


def _form(
    session: Session,
    meeting: JointMeeting | None,
    entered: Mapping[str, Any],
    refusal: Invalid | None = None,
) -> str:
    return render_template(
        "admin/meeting_form.html",
        meeting=meeting,
        entered=entered,
        refusal=refusal,
        field=getattr(refusal, "field", None),
        teams=_teams(session),
        longest=LONGEST_TITLE,
    )


def _page(meeting_id: int, entered: Mapping[str, str], refusal: DomainError | None) -> str:
    session, staff = current_session(), current_staff()
    meeting = joint_meetings.find(session, meeting_id, staff)
    earlier = joint_meetings.before(session, meeting)
    return render_template(
        "admin/meeting.html",
        meeting=meeting,
        paper=paper_of(meeting, office=catalogue().office),
        parts=list(MeetingPart),
        earlier=earlier if earlier is not None and earlier.decisions else None,
        may_prepare=may_prepare_meetings(staff),
        editable={section.id for section in meeting.sections if may_edit_section(section, staff)},
        teams=_teams(session),
        entered=entered,
        refusal=refusal,
        field=getattr(refusal, "field", None),
        today=today_of(now()),
    )


def _teams(session: Session) -> list[Team]:
    return list(session.scalars(select(Team).where(Team.active).order_by(Team.id)))
