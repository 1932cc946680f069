"""Who hears of a step, once, and how notices are kept and read."""

from typing import Any

import pytest
from sqlalchemy import select

from domain import complaints, notices
from domain.notices import inbox_of, mark_read, queue, queue_for_event, unread_count
from domain.steps import STEPS, Audience
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus, NoticeKind, NoticeState, Outcome, Role
from models.notice import Notice
from tests.support.factories import Factory
from tests.support.story import Story, at_once

S = ComplaintStatus


def test_followers_hear_what_the_reporter_hears_anonymous_or_not(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS, anonymous=True)
    story.joined_by_friend(complaint)
    event = complaints.progress(story.session, complaint, words="在修", **story.by(story.office.handler))

    assert story.told(event) == {"student": "answered", "friend": "answered"}
    assert {notice.path for notice in story.notices(event)} == {f"/h5/complaints/{complaint.number}"}


def test_nobody_hears_of_their_own_step_or_of_one_step_twice(story: Story) -> None:
    office = story.office
    both = story.factory.staff(story.session, Role.DISPATCHER, Role.LEADER)
    complaint = story.complaint()
    reason = "已有明确结论的重复反映"
    event = complaints.request_rejection(story.session, complaint, reason=reason, **story.by(both))

    # `both` asked, and is dispatcher and leader; nobody else appears twice.
    assert story.told(event) == dict.fromkeys(["dispatcher", "second_dispatcher", "leader"], "staff_request")
    assert office.admin.id not in {notice.staff_id for notice in story.notices(event)}


def test_who_handles_and_leads_reads_the_first_of_two_kinds(story: Story) -> None:
    both = story.factory.staff(story.session, Role.DISPATCHER, Role.LEADER)
    complaint = story.complaint()
    event = complaint.events[0]
    tells = [
        (Audience.DISPATCHERS, NoticeKind.STAFF_OVERDUE),
        (Audience.LEADERS, NoticeKind.STAFF_ESCALATED),
    ]
    queue_for_event(story.session, complaint, event, tells, now=story.now, topic="timer:1:1")

    kinds = story.session.scalars(
        select(Notice.kind).where(Notice.staff_id == both.id, Notice.key.startswith("timer:"))
    )
    assert list(kinds) == [NoticeKind.STAFF_OVERDUE]


def test_staff_who_left_are_never_told(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.IN_PROGRESS)
    office.handler.active = office.colleague.active = office.leader.active = False
    story.session.flush()
    event = complaints.supervise(story.session, complaint, words="请抓紧", **story.by(office.inspector))

    # The handler is gone, so the whole team hears: only its lead is left.
    assert story.told(event) == {"lead": "staff_supervised"}


def test_handler_who_changed_teams_is_replaced_by_the_team(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.IN_PROGRESS)
    office.handler.team = office.other_team
    story.session.flush()
    event = complaints.urge(story.session, complaint, **story.by(office.student))

    assert story.told(event) == {"colleague": "staff_urged", "lead": "staff_urged"}


def test_team_without_anybody_falls_to_the_desk(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.IN_PROGRESS)
    for staff in (office.handler, office.colleague, office.lead):
        staff.active = False
    story.session.flush()
    event = complaints.urge(story.session, complaint, **story.by(office.student))

    assert story.told(event) == dict.fromkeys(["dispatcher", "second_dispatcher"], "staff_urged")


def test_what_nobody_works_on_yet_is_the_desks(story: Story) -> None:
    complaint = story.complaint()
    event = complaints.urge(story.session, complaint, **story.by(story.office.student))

    assert story.told(event) == dict.fromkeys(["dispatcher", "second_dispatcher"], "staff_urged")


def test_named_handler_hears_and_an_unnamed_team_hears_whole(story: Story) -> None:
    office = story.office
    whole, named = story.complaint(), story.complaint()
    to_team = complaints.assign(story.session, whole, team=office.team, **story.by(office.dispatcher))
    to_one = complaints.assign(
        story.session, named, team=office.team, handler=office.colleague, **story.by(office.dispatcher)
    )

    assert story.told(to_team) == {
        "student": "assigned",
        "handler": "staff_assigned",
        "colleague": "staff_assigned",
        "lead": "staff_assigned",
    }
    assert story.told(to_one) == {"student": "assigned", "colleague": "staff_assigned"}
    assert {notice.path for notice in story.notices(to_one) if notice.staff_id} == {
        f"/admin/complaints/{named.number}"
    }


def test_phone_complaint_tells_no_person(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.IN_PROGRESS, reporter=None, recorded_by=office.dispatcher)
    event = complaints.resolve(
        story.session, complaint, words="好了", outcome=Outcome.SOLVED, **story.by(office.handler)
    )

    assert story.told(event) == {}


def test_what_staff_alone_may_read_tells_no_person() -> None:
    assert [
        step.name
        for step in STEPS
        if not step.public and any(audience is Audience.REPORTER for audience, _ in step.tells)
    ] == []


def queued(story: Story, **changes: Any) -> bool:
    values: dict[str, Any] = {
        "key": "draft:1",
        "kind": NoticeKind.DRAFT_WAITING,
        "title": "有一条诉求还没提交",
        "body": "要提交吗？",
        "person_id": story.office.student.id,
    }
    return queue(story.session, now=story.now, **(values | changes))


def test_notice_is_queued_once_for_its_key(story: Story) -> None:
    later = story.now.replace(hour=9)

    assert queued(story, due_at=later, urgent=True, fields={"number": "1"}, path="/h5")
    assert not queued(story, title="别的")
    (notice,) = story.session.scalars(select(Notice))
    assert (notice.title, notice.due_at, notice.urgent) == ("有一条诉求还没提交", later, True)
    assert (notice.state, notice.attempts, notice.created_at) == (NoticeState.PENDING, 0, story.now)
    assert (notice.fields, notice.path) == ({"number": "1"}, "/h5")


def test_notice_is_queued_once_however_many_try(database: Database, factory: Factory) -> None:
    with database.transaction() as session:
        story = Story(session, factory, factory.office(session), factory.now)
        story.session.commit()

    def work() -> bool:
        with database.transaction() as own:
            return queued(Story(own, factory, story.office, story.now))

    assert sorted(at_once(work, work, work)) == [False, False, True]


def test_step_written_twice_tells_once(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    event = complaints.progress(story.session, complaint, words="在修", **story.by(story.office.handler))
    tells = [(Audience.REPORTER, NoticeKind.ANSWERED)]
    queue_for_event(story.session, complaint, event, tells, now=story.now)

    assert story.told(event) == {"student": "answered"}


def test_inbox_page_shows_newest_first_whatever_became_of_delivery(story: Story) -> None:
    student = story.office.student
    for number in range(3):
        queued(story, key=f"test:{number}", title=str(number), state=NoticeState.FAILED)

    assert [notice.title for notice in inbox_of(story.session, person=student)] == ["2", "1", "0"]
    assert [notice.title for notice in inbox_of(story.session, person=student, limit=1, offset=1)] == ["1"]
    assert inbox_of(story.session, staff=story.office.handler) == []


def test_reading_marks_all_or_those_about_one_complaint(story: Story) -> None:
    office = story.office
    first, second = story.complaint(S.ASSIGNED), story.complaint(S.ASSIGNED)
    before = unread_count(story.session, staff=office.handler)
    assert before == 2

    mark_read(story.session, staff=office.handler, complaint=first, now=story.now)
    assert unread_count(story.session, staff=office.handler) == 1
    assert unread_count(story.session, staff=office.lead) == 2
    assert unread_count(story.session, person=office.student) == 4  # received and assigned, twice
    mark_read(story.session, person=office.student, now=story.now)
    assert unread_count(story.session, person=office.student) == 0
    (unread,) = [notice for notice in inbox_of(story.session, staff=office.handler) if not notice.read_at]
    assert unread.complaint_id == second.id


def test_notices_belong_to_somebody(story: Story) -> None:
    with pytest.raises(ValueError, match="whose notices"):
        inbox_of(story.session)


def test_new_complaint_waits_at_the_desk(story: Story) -> None:
    complaint: Complaint = story.complaint()

    assert story.told(complaint.events[0]) == {
        "student": "received",
        **dict.fromkeys(["dispatcher", "second_dispatcher"], "staff_submitted"),
    }
    assert notices.staff_with(story.session, Role.INSPECTOR, Role.ADMIN) == [
        story.office.inspector.id,
        story.office.admin.id,
    ]
