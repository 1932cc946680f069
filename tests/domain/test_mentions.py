"""Calling a colleague by an @ in an internal note; nobody is let in by it."""

import pytest
from sqlalchemy import select

from domain import complaints, mentions
from domain.actors import Actor
from domain.permissions import may_open, may_see
from models.audit import AuditEntry
from models.enums import ComplaintStatus, Role
from models.staff import Staff
from tests.support.story import Story

S = ComplaintStatus


def test_the_condition_on_staff_agrees_with_may_see_for_everybody(story: Story) -> None:
    gone = story.factory.staff(story.session, Role.DISPATCHER)
    gone.active = False
    moved = story.complaint(S.IN_PROGRESS)
    complaints.assign(story.session, moved, team=story.office.other_team, **story.by(story.office.dispatcher))
    everybody = story.session.scalars(select(Staff)).unique().all()

    for complaint in (story.complaint(service_point=story.office.hall), moved):
        opening = {*story.session.scalars(select(Staff).where(may_open(complaint))).unique()}
        seeing = {each for each in everybody if may_see(story.session, complaint, Actor.of_staff(each))}
        assert opening == seeing
    assert story.office.handler in opening, "who worked on it can still look it up"


def test_who_is_called_hears_of_the_note_and_only_who_may_open_it(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.IN_PROGRESS)
    office.colleague.name, office.lead.name, office.outsider.name = "王芳", "王芳华", "李强"
    story.session.flush()
    words = "＠王芳华 请安排；@李强 @李强 也看看，@何人"

    event = complaints.note(story.session, complaint, words=words, **story.by(office.handler))

    assert event.public is False
    assert event.details == {"mentioned": [office.lead.id]}
    assert story.told(event) == {"lead": "staff_mentioned"}
    assert story.notices(event)[0].path == f"/admin/complaints/{complaint.number}"
    assert mentions.not_reached(story.session, complaint, words) == ["李强"]


def test_words_without_a_call_ask_for_nobody(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)

    event = complaints.note(story.session, complaint, words="已电话联系", **story.by(story.office.handler))

    assert event.details == {}
    assert story.told(event) == {}
    assert mentions.not_reached(story.session, complaint, "已电话联系") == []


def test_calling_oneself_tells_nobody(story: Story) -> None:
    complaint, me = story.complaint(S.IN_PROGRESS), story.office.handler

    event = complaints.note(story.session, complaint, words=f"@{me.name} 记一下", **story.by(me))

    assert story.told(event) == {}


def test_who_shares_a_name_is_called_with_the_user_name(story: Story) -> None:
    office = story.office
    office.colleague.name = office.lead.name = "王芳"
    story.session.flush()
    complaint = story.complaint(S.IN_PROGRESS)

    names = mentions.call_names(mentions.mentionable(story.session, complaint))

    assert {name for name in names if "王芳" in name} == {"王芳（colleague）", "王芳（lead）"}
    assert [staff.team_id for staff in list(names.values())[:3]] == [office.team.id] * 3
    found = mentions.mentioned_in(story.session, complaint, "@王芳（lead）看看")
    assert [staff.id for staff in found] == [office.lead.id]


@pytest.mark.parametrize("status", [S.WITHDRAWN, S.MERGED, S.CLOSED])
def test_a_note_with_photos_stays_inside(story: Story, status: ComplaintStatus) -> None:
    complaint, photo = story.complaint(status), story.photo()

    complaints.note(
        story.session, complaint, words="现场", attachments=[photo], **story.by(story.office.dispatcher)
    )

    assert photo.public is False
    assert story.session.scalars(select(AuditEntry)).all() == [], "sealed only when the transaction ends"
