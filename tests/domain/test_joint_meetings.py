"""Joint meetings: their papers are written from the ledger, edited by people, and lead back to it."""

import io
from datetime import date, timedelta
from typing import Any

import docx
import pytest
from sqlalchemy import select

from domain import joint_meetings, matter_work, meeting_sections
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from domain.joint_meetings import MeetingWish
from domain.meeting_decisions import record_decision
from domain.meeting_export import as_document
from domain.meeting_papers import paper_of
from models.enums import ComplaintStatus
from models.joint_meeting import JointMeeting, JointMeetingDraft, JointMeetingSection, MeetingPart
from models.matter import MatterEvent
from models.matter_words import MatterStatus
from models.notice import Notice
from models.staff import Staff
from tests.domain.test_matters import told
from tests.support.matters import matter
from tests.support.retention import drop
from tests.support.story import Story

S = MatterStatus
P = MeetingPart


def wish(story: Story, **changes: Any) -> MeetingWish:
    """A meeting of both units on Friday, which looks back on the month."""
    values: dict[str, Any] = {
        "title": "11月联席会",
        "held_on": date(2026, 11, 27),
        "first_day": date(2026, 11, 1),
        "last_day": date(2026, 11, 23),
        "team_ids": [story.office.team.id, story.office.other_team.id],
    }
    return MeetingWish(**(values | changes))


def called(story: Story, **changes: Any) -> JointMeeting:
    made = joint_meetings.call(
        story.session, wish(story, **changes), staff=story.office.dispatcher, now=story.now
    )
    return joint_meetings.find(story.session, made.id, story.office.lead)


def section(meeting: JointMeeting, part: MeetingPart, *, unit: int = 0) -> JointMeetingSection:
    teams = sorted({one.team_id for one in meeting.sections})
    return next(one for one in meeting.sections if one.part is part and one.team_id == teams[unit])


def test_papers_are_written_from_the_ledger_unit_by_unit(story: Story) -> None:
    office, session = story.office, story.session
    closed = matter(session, office, S.CLOSED, now=story.now, title="窗口保温")
    late = matter(session, office, S.IN_PROGRESS, now=story.now, deadline=date(2026, 11, 20), title="晚了的")
    deferred = matter(session, office, S.DEFERRED, now=story.now, title="挂着的")
    ahead = matter(session, office, now=story.now, title="要做的", deadline=date(2026, 12, 20))
    part: Any = {"title": "采购", "deadline": date(2026, 12, 1)}
    matter_work.plan_milestone(session, ahead, **part, **story.by(office.lead))
    done = matter_work.plan_milestone(session, ahead, title="选型", **story.by(office.lead))
    done.accepted_at = story.now
    waiting = matter(session, office, S.SUBMITTED, now=story.now, title="等验收的")
    lasting = matter(session, office, now=story.now, title="长期的", deadline=None, deadline_words="长期")
    for _ in range(12):
        story.complaint(ComplaintStatus.IN_PROGRESS, service_point=office.canteen).done_due_at = (
            story.now - timedelta(days=1)
        )

    meeting = called(story)

    written = section(meeting, P.DONE).text.splitlines()
    assert written[:2] == [
        "销号事项 1 件：",
        f"1. 窗口保温（{closed.number}），2026年11月23日验收销号：实测 65 度。",
    ]
    assert written[2] == "另有 1 个节点通过验收：选型（要做的）。"
    assert written[3].startswith("师生诉求计入统计 12 件，办结 0 件次，重办 0 件；按时答复率")
    problems = section(meeting, P.PROBLEMS).text.splitlines()
    assert problems[0] == (
        f"1. 【超期】晚了的（{late.number}），自2026年11月20日：没有说明原因。"
        "需要：说明原因，尽快完成或申请挂账。"
    )
    assert problems[1] == (
        f"2. 【挂账】挂着的（{deferred.number}），自2026年11月23日：等预算。需要：承诺2027年3月1日恢复推进。"
    )
    assert (len(problems), problems[-1]) == (13, "另有 2 件诉求，见「难点堵点」。")
    assert section(meeting, P.NEXT_STEPS).text.splitlines() == [
        "1. 2026年12月1日前：完成「采购」（要做的的节点）。",
        f"2. 2026年12月20日前：完成要做的（{ahead.number}），目标：饭菜送到窗口时不低于 60 度。",
        f"3. 2027年3月1日前：恢复推进挂着的（{deferred.number}）。",
        f"等待验收：等验收的（{waiting.number}）。",
        f"长期推进：长期的（{lasting.number}）。",
    ]
    assert [section(meeting, part, unit=1).text for part in P] == [
        "本期没有销号的事项。\n本期没有计入统计的师生诉求。",
        "没有超期、挂账和上报的难点。",
        "近期没有到期的事项和节点。",
    ]


def test_only_sound_meetings_are_called_and_by_those_who_prepare_them(story: Story) -> None:
    office, session = story.office, story.session
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"title": " "}, "title"),
        ({"title": "长" * 61}, "title"),
        ({"last_day": date(2026, 10, 1)}, "last_day"),
        ({"first_day": date(2025, 1, 1)}, "last_day"),
        ({"team_ids": []}, "team_ids"),
        ({"team_ids": [10**6]}, "team_ids"),
    )
    for changes, field in wrong:
        with pytest.raises(Invalid) as refused:
            joint_meetings.call(session, wish(story, **changes), staff=office.leader, now=story.now)
        assert refused.value.field == field
    with pytest.raises(NotAllowed):
        joint_meetings.call(session, wish(story), staff=office.lead, now=story.now)
    with pytest.raises(NotAllowed):
        joint_meetings.meetings(session, office.handler)
    assert joint_meetings.latest(session) is None
    first = called(story)
    second = called(story, held_on=date(2026, 12, 25), team_ids=[office.team.id])
    assert joint_meetings.latest(session) == second
    assert (joint_meetings.before(session, second), joint_meetings.before(session, first)) == (first, None)
    found = joint_meetings.meetings(session, office.lead, page=9)
    assert (found.items, found.total, found.page) == ([second, first], 2, 1)
    with pytest.raises(NotFound):
        joint_meetings.find(session, 10**6, office.lead)
    with pytest.raises(NotAllowed):
        joint_meetings.find(session, first.id, office.handler)


def test_a_part_is_edited_with_drafts_and_written_anew_only_by_its_own(story: Story) -> None:
    office, session = story.office, story.session
    meeting = called(story)
    own = section(meeting, P.PROBLEMS)

    def find(staff: Staff, of: JointMeetingSection = own) -> JointMeetingSection:
        return meeting_sections.find_section(session, of.meeting_id, of.id, staff, hold=True)

    for staff in (office.handler, office.inspector, office.admin):
        with pytest.raises(NotAllowed):
            find(staff)
    with pytest.raises(NotAllowed):
        find(office.lead, section(meeting, P.PROBLEMS, unit=1))
    with pytest.raises(NotFound):
        meeting_sections.find_section(session, meeting.id, 10**6, office.lead)
    lead: Any = {"staff": office.lead, "now": story.now}
    assert not meeting_sections.keep_draft(session, find(office.lead), text=f" {own.text}\r\n", **lead)
    assert meeting_sections.keep_draft(session, find(office.lead), text="电力\r\n不够", **lead)
    assert meeting_sections.keep_draft(session, find(office.lead), text="电力不够", **lead)
    draft = meeting_sections.draft_of(session, own, staff=office.lead)
    assert draft is not None
    assert draft.text == "电力不够"
    before = own.text
    assert meeting_sections.edit(session, find(office.lead), text="电力不够 ", seen=1, **lead)
    assert (own.text, own.edited_by, own.revision) == ("电力不够", office.lead, 2)
    assert meeting_sections.draft_of(session, own, staff=office.lead) is None
    assert not meeting_sections.edit(session, find(office.lead), text="电力不够", seen=2, **lead)
    dispatcher: Any = {"staff": office.dispatcher, "now": story.now}
    with pytest.raises(TooLate, match="先改过这部分"):
        meeting_sections.edit(session, find(office.dispatcher), text="别的", seen=1, **dispatcher)
    with pytest.raises(Invalid):
        meeting_sections.edit(session, find(office.dispatcher), text="长" * 8001, seen=2, **dispatcher)
    with pytest.raises(Invalid, match="已经改写过"):
        joint_meetings.change(session, meeting, wish(story, team_ids=[office.other_team.id]), **dispatcher)

    assert meeting_sections.written_anew(session, own, **dispatcher) == before
    meeting_sections.write_anew(session, find(office.dispatcher), seen=2, **dispatcher)
    assert (own.text, own.edited_at, own.edited_by_id) == (before, None, None)
    with pytest.raises(TooLate, match="有人"):
        meeting_sections.write_anew(session, find(office.dispatcher), seen=2, **dispatcher)
    meeting_sections.keep_draft(session, own, text="没发的", **lead)
    assert drop(session, "meeting_drafts", now=story.now + timedelta(days=91)) == 1
    assert session.scalars(select(JointMeetingDraft)).all() == []


def test_units_come_and_go_and_a_meeting_without_decisions_is_deleted(story: Story) -> None:
    office, session = story.office, story.session
    act: Any = {"staff": office.leader, "now": story.now}
    meeting = called(story, team_ids=[office.team.id])
    joint_meetings.change(session, meeting, wish(story, title="改了的"), **act)
    assert (meeting.title, len(meeting.sections)) == ("改了的", 6)
    gone = wish(story, team_ids=[office.other_team.id])
    joint_meetings.change(session, meeting, gone, **act)
    assert {one.team_id for one in meeting.sections} == {office.other_team.id}
    meeting_sections.keep_draft(session, section(meeting, P.DONE), text="没发的", **act)
    with pytest.raises(NotAllowed):
        joint_meetings.cancel(session, meeting, staff=office.lead, now=story.now)
    joint_meetings.cancel(session, meeting, **act)
    assert session.scalars(select(JointMeetingSection)).all() == []
    other = called(story)
    record_decision(session, other, words="派人", team=office.team, **act)
    with pytest.raises(NotAllowed, match="已有议定事项"):
        joint_meetings.cancel(session, other, **act)


def test_decisions_stand_in_the_matter_or_reach_the_leads(story: Story) -> None:
    office, session = story.office, story.session
    one = matter(session, office, S.IN_PROGRESS, now=story.now)
    meeting = called(story)
    until = date(2026, 12, 10)

    def decide(staff: Staff = office.dispatcher, **changes: Any) -> None:
        words: Any = {"words": "基建处本周增容", "matter": one, "until": until} | changes
        record_decision(session, meeting, staff=staff, now=story.now, **words)

    with pytest.raises(NotAllowed):
        decide(office.lead)
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"words": ""}, "words"),
        ({"matter": None}, "matter"),
        ({"until": date(2026, 11, 26)}, "until"),
    )
    for changes, field in wrong:
        with pytest.raises(Invalid) as refused:
            decide(**changes)
        assert refused.value.field == field

    decide()
    event = session.scalars(select(MatterEvent).order_by(MatterEvent.id.desc())).first()
    assert event is not None
    assert event.words == "11月联席会（2026年11月27日）议定：基建处本周增容"
    assert (event.public, event.details["until"]) == (False, "2026-12-10")
    team = ("handler", "colleague", "lead", "leader")
    assert told(story, one) == dict.fromkeys(team, "staff_supervised")
    decide(matter=None, team=office.team)
    decide(matter=None, team=office.team, until=None)
    notice = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert notice is not None
    assert (notice.staff_id, notice.title) == (office.lead.id, "联席会有议定事项")
    assert notice.path == f"/admin/meetings/{meeting.id}"


def test_the_word_document_holds_it_all_in_order(story: Story) -> None:
    office, session = story.office, story.session
    one = matter(session, office, S.IN_PROGRESS, now=story.now, title="保温")
    meeting = called(story)
    section(meeting, P.DONE).text = "第一段\n\n第二段"
    section(meeting, P.PROBLEMS).text = ""
    act: Any = {"staff": office.leader, "now": story.now}
    record_decision(session, meeting, words="增容", matter=one, until=date(2026, 12, 1), **act)
    record_decision(session, meeting, words="派人", team=office.team, **act)

    document = docx.Document(io.BytesIO(as_document(paper_of(meeting, office="某校后勤处"))))

    lines = [paragraph.text for paragraph in document.paragraphs]
    assert lines[:9] == [
        "11月联席会",
        "（某校后勤处，2026年11月27日）",
        "汇报期间：2026年11月1日至11月23日",
        f"一、{office.team.name}",
        "（一）已完成工作",
        "第一段",
        "第二段",
        "（二）存在问题",
        "（没有填写）",
    ]
    assert lines[-1] == "三、议定事项"
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert rows == [
        ["序号", "议定内容", "责任单位", "时限"],
        ["1", f"保温（{one.number}）：增容", office.team.name, "2026年12月1日"],
        ["2", "派人", office.team.name, ""],
    ]
    meeting.sections = [
        JointMeetingSection(part=P.DONE, team_id=number, team=office.team, text="x", generated_at=story.now)
        for number in range(1, 23)
    ]
    numbers = [unit.number for unit in paper_of(meeting, office="").units]
    assert (numbers[9], numbers[10], numbers[19], numbers[21]) == ("十", "十一", "二十", "二十二")
