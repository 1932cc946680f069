"""The ledger: what a matter says, who hears of it, and who may do what."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from domain import matter_work, matters
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from domain.matter_fields import LONGEST, choosable_leads, fields_of
from domain.matter_lifecycle import open_matter_steps
from domain.matter_permissions import (
    matters_visible_to,
    may_export_matters,
    may_list_matters,
    may_see_matter,
)
from models.attachment import Attachment
from models.enums import AttachmentPurpose, ComplaintStatus
from models.matter import Matter, MatterComplaint, MatterEvent
from models.matter_words import MatterKind, MatterStatus, MatterStepName
from models.notice import Notice
from models.staff import Staff
from tests.support.matters import fields, matter
from tests.support.story import Story


def told(story: Story, about: Matter) -> dict[str, str]:
    """Who heard of the newest step of a matter, with the kind of their notice."""
    event_id = max(event.id for event in events_of(story, about))
    rows = story.session.scalars(select(Notice).where(Notice.key.startswith(f"matter:{event_id}:")))
    return {story.name_of(row.staff_id, row.person_id): row.kind.value for row in rows}


def events_of(story: Story, about: Matter) -> list[MatterEvent]:
    query = select(MatterEvent).where(MatterEvent.matter_id == about.id).order_by(MatterEvent.id)
    return list(story.session.scalars(query))


def test_three_complaints_become_one_matter_and_their_people_hear_of_it(story: Story) -> None:
    office = story.office
    raised = [story.complaint(ComplaintStatus.IN_PROGRESS, service_point=office.canteen) for _ in range(3)]
    story.joined_by_friend(raised[2])

    one = matter(story.session, office, now=story.now, complaints=raised, attachments=[story.photo()])
    other = matter(story.session, office, now=story.now, kind=MatterKind.RECTIFICATION, public=False)

    assert (one.number, other.number, one.status) == ("B-2026-0001", "Z-2026-0001", MatterStatus.PLANNED)
    linked = story.session.scalars(select(MatterComplaint.complaint_id)).all()
    assert sorted(linked) == [complaint.id for complaint in raised]
    staff = {"leader": "staff_assigned", "handler": "staff_assigned"}
    staff |= {"colleague": "staff_assigned", "lead": "staff_assigned"}
    assert told(story, one) == {"student": "matter_listed", "friend": "matter_listed", **staff}
    assert told(story, other) == staff
    notice = story.session.scalars(select(Notice).where(Notice.person_id == office.friend.id)).all()[-1]
    assert (notice.title, notice.path) == ("您反映的问题已列为办实事", "/h5/matters/B-2026-0001")
    assert notice.body == (
        "B-2026-0001 食堂窗口保温\n已列入事项清单，由饮食服务中心负责，2026年12月20日前完成。\n"
        "目标：饭菜送到窗口时不低于 60 度\n有进展和办结时都会告诉您。"
    )
    photo = story.session.scalars(select(Attachment).where(Attachment.matter_event_id.is_not(None))).one()
    assert (photo.purpose, photo.public) == (AttachmentPurpose.REPORT, True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "长" * (LONGEST["title"] + 1)}, "title"),
        ({"goal": ""}, "goal"),
        ({"team_id": None}, "team_id"),
        ({"team_id": 999}, "team_id"),
        ({"deadline": None}, "deadline"),
        ({"start": date(2027, 1, 1)}, "deadline"),
        ({"lead_staff_id": 999}, "lead_staff_id"),
        ({"category_id": 999}, "category_id"),
        ({"supporting": (999,)}, "supporting"),
        ({"places": (999,)}, "places"),
    ],
)
def test_what_is_missing_or_wrong_is_named(story: Story, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        matter(story.session, story.office, now=story.now, **changes)

    assert refusal.value.field == field


def test_a_deadline_may_be_words_and_a_public_text_has_an_end(story: Story) -> None:
    office = story.office
    long_term = matter(story.session, office, now=story.now, deadline=None, deadline_words="长期")
    assert story.session.scalars(select(Notice).order_by(Notice.id.desc())).first() is not None
    assert (long_term.deadline, long_term.deadline_words) == (None, "长期")
    assert {one.id for one in choosable_leads(story.session)} == {office.lead.id, office.leader.id}

    with pytest.raises(Invalid):
        matters.publish(
            story.session,
            matter(story.session, office, now=story.now, public=False),
            public_text="长" * 2001,
            **story.by(office.dispatcher),
        )


def test_editing_keeps_what_was_said_before_and_the_kind_stays(story: Story) -> None:
    office = story.office
    one = matter(story.session, office, now=story.now)
    act = story.by(office.leader, seen=one.revision)
    wanted = replace(fields_of(one), goal="不低于 65 度", supporting=(office.other_team.id, office.team.id))

    event = matters.edit(story.session, one, wanted, **act)

    assert event is not None
    changed = event.details["changed"]
    assert changed["goal"] == ["饭菜送到窗口时不低于 60 度", "不低于 65 度"]
    assert changed["supporting"] == [[], [office.other_team.id]]
    assert [team.name for team in one.supporting] == ["维修服务中心"]
    assert matters.edit(story.session, one, fields_of(one), **story.by(office.leader)) is None
    with pytest.raises(Invalid) as refusal:
        matters.edit(
            story.session, one, replace(fields_of(one), kind=MatterKind.LEGACY), **story.by(office.leader)
        )
    assert refusal.value.field == "kind"
    with pytest.raises(TooLate, match=r"分管领导 .*先做了「修改」"):
        matters.edit(story.session, one, wanted, **act)
    with pytest.raises(TooLate):
        matter_work.start(story.session, one, **story.by(office.handler, seen=1))
    with pytest.raises(NotAllowed, match="只能由受理员、分管领导、系统管理员操作"):
        matters.edit(story.session, one, replace(fields_of(one), goal="随意"), **story.by(office.handler))


def test_publishing_tells_the_people_and_unpublishing_ends_it(story: Story) -> None:
    office = story.office
    raised = story.complaint(ComplaintStatus.IN_PROGRESS)
    one = matter(story.session, office, now=story.now, public=False, complaints=[raised])
    with pytest.raises(NotFound):
        matters.public_by_number(story.session, one.number)

    matters.publish(story.session, one, public_text="换保温台", **story.by(office.dispatcher))

    assert told(story, one) == {"student": "matter_listed"}
    assert matters.public_by_number(story.session, one.number) is one
    with pytest.raises(NotAllowed, match="已经公开"):
        matters.publish(story.session, one, public_text="再来", **story.by(office.dispatcher))
    matters.unpublish(story.session, one, words="涉及合同", **story.by(office.leader))
    with pytest.raises(NotAllowed, match="没有公开"):
        matters.unpublish(story.session, one, words="再来", **story.by(office.leader))
    assert matters.by_number(story.session, f" {one.number} ") is one
    with pytest.raises(NotFound):
        matters.by_number(story.session, "B-1")


def test_linking_later_tells_the_new_ones_only(story: Story) -> None:
    office = story.office
    first = story.complaint(ComplaintStatus.IN_PROGRESS, reporter=office.friend)
    second = story.complaint(ComplaintStatus.IN_PROGRESS)
    one = matter(story.session, office, now=story.now, complaints=[first])

    matters.link(story.session, one, [first, second], **story.by(office.handler))

    assert told(story, one) == {"student": "matter_listed"}
    with pytest.raises(Invalid, match="已经关联"):
        matters.link(story.session, one, [second], **story.by(office.handler))
    matters.unlink(story.session, one, first, **story.by(office.dispatcher))
    with pytest.raises(Invalid, match="没有关联"):
        matters.unlink(story.session, one, first, **story.by(office.dispatcher))
    elsewhere = story.complaint()
    with pytest.raises(NotFound, match="不归您的单位"):
        matters.link(story.session, one, [elsewhere], **story.by(office.handler))
    with pytest.raises(Invalid, match="最多关联 100 件"):
        matters.link(story.session, one, [elsewhere] * 101, **story.by(office.dispatcher))


def test_people_follow_and_vote_once_each(story: Story) -> None:
    office, session = story.office, story.session
    one = matter(session, office, now=story.now)
    for _ in range(2):
        matters.follow(session, one, office.friend, wanted=True, now=story.now)
        matters.vote(session, one, office.friend, wanted=True, now=story.now)
    matters.vote(session, one, office.student, wanted=True, now=story.now)
    assert matters.votes_of(session, [one.id, 999]) == {one.id: 2}

    matter_work.start(session, one, **story.by(office.handler))
    matter_work.progress(session, one, words="已采购，电话 13912345678", **story.by(office.handler))

    assert told(story, one) == {"friend": "matter_progress"}
    said = session.scalars(select(Notice).where(Notice.person_id == office.friend.id)).all()[-1].body
    assert said.endswith("饮食服务中心 经办人：反馈进展。已采购，电话 ＊＊＊")
    for _ in range(2):
        matters.follow(session, one, office.friend, wanted=False, now=story.now)
    matters.vote(session, one, office.friend, wanted=False, now=story.now)
    assert matters.votes_of(session, [one.id]) == {one.id: 1}
    closed = matter(session, office, MatterStatus.CLOSED, now=story.now)
    with pytest.raises(NotAllowed, match="不再投票"):
        matters.vote(session, closed, office.friend, wanted=True, now=story.now)


def test_who_may_see_and_list_matters(story: Story) -> None:
    office, session = story.office, story.session
    one = matter(session, office, now=story.now)
    supported = matter(session, office, now=story.now, supporting=(office.other_team.id,))
    led = matter(session, office, now=story.now, lead_staff_id=office.lead.id)
    guest = story.factory.staff(session)

    def seen_by(staff: Staff) -> set[int]:
        listed = set(session.scalars(select(Matter.id).where(matters_visible_to(staff))))
        assert listed == {each.id for each in (one, supported, led) if may_see_matter(each, staff)}
        return listed

    everything = {one.id, supported.id, led.id}
    overseeing = (office.dispatcher, office.leader, office.inspector, office.admin)
    assert [seen_by(staff) for staff in (*overseeing, office.handler)] == [everything] * 5
    assert (seen_by(office.outsider), seen_by(guest)) == ({supported.id}, set())
    office.lead.team_id = None
    assert seen_by(office.lead) == {led.id}
    office.admin.active = False
    assert seen_by(office.admin) == set()
    staff = (office.handler, office.lead, office.dispatcher, office.leader, office.inspector, office.admin)
    assert [may_list_matters(each) for each in staff] == [False, False, True, True, False, False]
    assert [may_export_matters(each) for each in staff] == [False, True, True, True, True, False]
    with pytest.raises(NotAllowed, match="立项"):
        matters.list_matter(session, fields(office), staff=office.handler, now=story.now)


def test_what_is_offered_is_what_is_allowed(story: Story) -> None:
    office, name = story.office, MatterStepName

    def offered(one: Matter, staff: Staff) -> set[MatterStepName]:
        return {step.name for step in open_matter_steps(one, story.by(staff)["actor"], now=story.now)}

    submitted = matter(story.session, office, MatterStatus.SUBMITTED, now=story.now)
    planned = matter(story.session, office, now=story.now, supporting=(office.other_team.id,))

    always = {name.NOTE}
    assert offered(submitted, office.handler) == {name.RETRACT, name.LINK} | always
    assert offered(submitted, office.leader) == (
        {name.ACCEPT, name.REFUSE, name.SUPERVISE, name.LINK, name.UNLINK, name.UNPUBLISH} | always
    )
    assert offered(submitted, office.inspector) == {name.SUPERVISE} | always
    works = {name.START, name.REQUEST_DEFERRAL, name.LINK, name.BLOCK}
    assert offered(planned, office.outsider) == works | always
    matter_work.start(story.session, planned, **story.by(office.outsider))
    assert name.SUBMIT not in offered(planned, office.outsider)
    assert name.SUBMIT in offered(planned, office.colleague)
    assert open_matter_steps(planned, story.by(office.student)["actor"], now=story.now) == []
