"""What staff do with a complaint, and what each act insists on."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain import complaints
from domain.acts import MAX_WORDS
from domain.errors import Invalid, NotAllowed
from models.complaint import ComplaintFollower
from models.enums import (
    AttachmentKind,
    AttachmentPurpose,
    ComplaintKind,
    ComplaintStatus,
    Complexity,
    Outcome,
    RequestState,
    Role,
)
from models.person import Person
from tests.support.story import Story

S = ComplaintStatus


def test_a_handler_who_is_named_gets_it_and_a_closed_team_does_not(story: Story) -> None:
    complaint, office = story.complaint(), story.office
    complaints.assign(
        story.session, complaint, team=office.team, handler=office.handler, **story.by(office.dispatcher)
    )
    assert (complaint.team, complaint.handler, complaint.transfer_count) == (office.team, office.handler, 0)

    office.other_team.active = False
    with pytest.raises(Invalid, match="维修服务中心已停用，请另选责任单位。"):
        complaints.assign(story.session, complaint, team=office.other_team, **story.by(office.dispatcher))


@pytest.mark.parametrize("who", ["outsider", "lead", "gone"])
def test_only_an_active_handler_of_the_team_can_be_named(story: Story, who: str) -> None:
    complaint, office = story.complaint(), story.office
    office.colleague.active = False
    handler = office.colleague if who == "gone" else getattr(office, who)

    with pytest.raises(Invalid, match="所选经办人不在这个责任单位") as refused:
        complaints.assign(
            story.session, complaint, team=office.team, handler=handler, **story.by(office.dispatcher)
        )
    assert refused.value.field == "handler"


def test_giving_it_to_another_handler_of_the_team_is_no_transfer(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    complaints.assign(
        story.session, complaint, team=office.team, handler=office.colleague, **story.by(office.dispatcher)
    )

    assert (complaint.status, complaint.transfer_count) == (S.ASSIGNED, 0)
    assert complaint.handler is office.colleague


def test_third_move_needs_a_leader(story: Story) -> None:
    complaint, office = story.complaint(S.ASSIGNED), story.office
    for team in (office.other_team, office.team):
        complaints.assign(story.session, complaint, team=team, **story.by(office.dispatcher))
    assert complaint.transfer_count == 2

    with pytest.raises(NotAllowed, match="这件诉求已转办两次，请分管领导指定责任单位。"):
        complaints.assign(story.session, complaint, team=office.other_team, **story.by(office.dispatcher))
    complaints.assign(story.session, complaint, team=office.other_team, **story.by(office.leader))
    assert (complaint.team, complaint.transfer_count) == (office.other_team, 3)


def test_third_team_is_made_known_to_the_leader(story: Story) -> None:
    complaint, office = story.complaint(S.ASSIGNED), story.office
    third = story.factory.team(story.session, "公寓管理中心")
    second_move = complaints.assign(
        story.session, complaint, team=office.other_team, **story.by(office.dispatcher)
    )
    third_move = complaints.assign(story.session, complaint, team=third, **story.by(office.dispatcher))

    assert "leader" not in story.told(second_move)
    assert story.told(third_move)["leader"] == "staff_escalated"


def test_going_back_and_forth_between_two_teams_is_not_three_teams(story: Story) -> None:
    complaint, office = story.complaint(S.ASSIGNED), story.office
    complaints.assign(story.session, complaint, team=office.other_team, **story.by(office.dispatcher))
    back = complaints.assign(story.session, complaint, team=office.team, **story.by(office.dispatcher))

    assert "leader" not in story.told(back)


def test_team_stays_answerable_until_moved_and_the_move_grants_its_request(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    complaints.request_transfer(
        story.session, complaint, reason="是管道问题", to_team=office.other_team, **story.by(office.handler)
    )
    assert complaint.team is office.team
    assert (complaint.status, complaint.handler) == (S.IN_PROGRESS, office.handler)

    event = complaints.assign(story.session, complaint, team=office.other_team, **story.by(office.dispatcher))

    asked = complaint.requests[0]
    assert (asked.state, asked.decided_by_id) == (RequestState.GRANTED, office.dispatcher.id)
    assert story.told(event) == {
        "student": "assigned",
        "outsider": "staff_assigned",
        "handler": "staff_decided",
    }


def test_nobody_grants_their_own_transfer_by_holding_two_roles(story: Story) -> None:
    office = story.office
    both = story.factory.staff(story.session, Role.HANDLER, Role.DISPATCHER, team=office.team)
    complaint = story.complaint(S.IN_PROGRESS)
    complaints.request_transfer(story.session, complaint, reason="不归我们", **story.by(both))

    with pytest.raises(NotAllowed, match="自己提出的转办申请须由另一人审定。"):
        complaints.assign(story.session, complaint, team=office.other_team, **story.by(both))
    complaints.assign(story.session, complaint, team=office.team, **story.by(both))
    assert complaint.requests[0].state is RequestState.OPEN


def test_moving_it_lets_the_old_teams_deferral_lapse(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    complaints.request_deferral(
        story.session,
        complaint,
        reason="缺人",
        until=story.now + timedelta(days=9),
        **story.by(office.handler),
    )
    complaints.assign(story.session, complaint, team=office.other_team, **story.by(office.dispatcher))

    assert complaint.requests[0].state is RequestState.DROPPED


def test_who_accepts_becomes_the_handler_where_none_is_named(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.ASSIGNED)
    complaints.accept(story.session, complaint, **story.by(office.colleague))
    assert complaint.handler is office.colleague

    by_lead = story.complaint(S.ASSIGNED)
    complaints.accept(story.session, by_lead, **story.by(office.lead))
    assert by_lead.handler is None


def test_answers_need_words_of_sensible_length(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office

    with pytest.raises(Invalid, match="请填写进展情况。") as refused:
        complaints.progress(story.session, complaint, words=" \n\0 ", **story.by(office.handler))
    assert refused.value.field == "words"
    with pytest.raises(Invalid, match="答复内容太长，最多 5000 字。"):
        complaints.reply(story.session, complaint, words="长" * (MAX_WORDS + 1), **story.by(office.handler))
    event = complaints.reply(story.session, complaint, words="零\0字节", **story.by(office.handler))
    assert event.words == "零字节"


def test_photos_of_the_work_are_kept_with_the_step_that_brought_them(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    photo, other = story.photo(), story.photo()
    event = complaints.progress(
        story.session, complaint, words="拆开了", attachments=[photo], **story.by(office.handler)
    )
    complaints.reply(
        story.session, complaint, words="见图", attachments=[other], **story.by(office.dispatcher)
    )

    assert (photo.complaint_id, photo.event_id, photo.public) == (complaint.id, event.id, True)
    assert (photo.purpose, other.purpose) == (AttachmentPurpose.PROGRESS, AttachmentPurpose.PROGRESS)


def test_solved_repair_needs_a_picture_of_the_work_or_a_reason_for_none(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS, kind=ComplaintKind.REPAIR), story.office

    for files in ([], [story.photo(AttachmentKind.VOICE)]):
        with pytest.raises(Invalid, match="报修办结请附上维修后的照片") as refused:
            complaints.resolve(
                story.session,
                complaint,
                words="修好了",
                outcome=Outcome.SOLVED,
                attachments=files,
                no_photo_reason="  ",
                **story.by(office.handler),
            )
        assert refused.value.field == "attachments"
    photo = story.photo()
    complaints.resolve(
        story.session,
        complaint,
        words="修好了",
        outcome=Outcome.SOLVED,
        attachments=[photo],
        **story.by(office.handler),
    )
    assert photo.purpose is AttachmentPurpose.AFTER
    assert (complaint.status, complaint.outcome, complaint.resolved_at) == (
        S.RESOLVED,
        Outcome.SOLVED,
        story.now,
    )


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [(Outcome.SOLVED, "在室内，住户不便"), (Outcome.CANNOT, ""), (Outcome.NOT_OURS, "")],
)
def test_repair_without_picture_is_resolved_with_a_reason_or_when_not_done(
    story: Story, outcome: Outcome, reason: str
) -> None:
    complaint = story.complaint(S.IN_PROGRESS, kind=ComplaintKind.REPAIR)
    event = complaints.resolve(
        story.session,
        complaint,
        words="说明",
        outcome=outcome,
        no_photo_reason=reason,
        **story.by(story.office.handler),
    )

    assert event.details == {"outcome": outcome.value, "no_photo_reason": reason}


def test_classifying_keeps_what_was_changed_and_needs_a_change(story: Story) -> None:
    complaint, office = story.complaint(S.ASSIGNED), story.office
    event = complaints.classify(
        story.session,
        complaint,
        complexity=Complexity.COMPLEX,
        kind=ComplaintKind.COMPLAINT,
        service_point=office.canteen,
        words="需要采购",
        **story.by(office.dispatcher),
    )

    assert event.details == {"complexity": "complex", "service_point_id": str(office.canteen.id)}
    assert (complaint.service_point, event.public) == (office.canteen, False)
    with pytest.raises(Invalid, match="没有改动任何内容。"):
        complaints.classify(
            story.session, complaint, complexity=Complexity.COMPLEX, **story.by(office.dispatcher)
        )


def test_what_becomes_urgent_is_told_to_everybody_on_duty(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    event = complaints.classify(story.session, complaint, urgent=True, **story.by(office.dispatcher))

    assert story.told(event) == dict.fromkeys(["handler", "lead", "leader"], "staff_urgent")
    assert all(notice.urgent for notice in story.notices(event))
    calmed = complaints.classify(story.session, complaint, urgent=False, **story.by(office.dispatcher))
    assert story.told(calmed) == {}


def test_team_may_go_on_by_itself_when_the_person_does_not_answer(story: Story) -> None:
    complaint = story.complaint()
    complaints.ask(story.session, complaint, words="哪个食堂？", **story.by(story.office.dispatcher))
    complaints.resume(story.session, complaint, words="问清了", **story.by(story.office.second_dispatcher))

    assert complaint.status is S.SUBMITTED


def test_merged_people_follow_the_main_one_and_hear_on(story: Story) -> None:
    office = story.office
    others = [story.factory.person(story.session) for _ in range(2)]
    main = story.complaint(S.IN_PROGRESS)
    duplicate = story.complaint(reporter=office.friend)
    for person in [*others, office.student]:
        complaints.follow(story.session, duplicate, person=person, now=story.now)
    complaints.follow(story.session, main, person=others[0], now=story.now)

    event = complaints.merge(story.session, duplicate, into=main, **story.by(office.dispatcher))

    assert (duplicate.status, duplicate.merged_into, duplicate.outcome) == (S.MERGED, main, Outcome.DUPLICATE)
    assert (duplicate.closed_at, event.details) == (story.now, {"into": main.number})
    followers = set(
        story.session.scalars(
            select(ComplaintFollower.person_id).where(ComplaintFollower.complaint_id == main.id)
        )
    )
    # The reporter of the main one is not their own follower.
    assert followers == {office.friend.id, *(person.id for person in others)}
    assert complaints.followers_count(story.session, main) == 3
    heard = complaints.progress(story.session, main, words="在修", **story.by(office.handler))
    assert story.told(heard)["friend"] == "answered"


def test_phone_complaint_without_followers_can_be_merged(story: Story) -> None:
    office = story.office
    main = story.complaint()
    duplicate = story.complaint(reporter=None, recorded_by=office.dispatcher)
    complaints.merge(story.session, duplicate, into=main, **story.by(office.dispatcher))

    assert complaints.followers_count(story.session, main) == 0


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (S.CLOSED, "已经结束（已销号），并进去就没有人办了。"),
        (S.WITHDRAWN, "已经结束（已撤回），并进去就没有人办了。"),
        (S.MERGED, "自己已并入别的诉求，请填写主件编号。"),
    ],
)
def test_nothing_is_merged_into_what_has_ended(story: Story, status: ComplaintStatus, words: str) -> None:
    main, duplicate = story.complaint(status), story.complaint()

    with pytest.raises(Invalid, match=words):
        complaints.merge(story.session, duplicate, into=main, **story.by(story.office.dispatcher))
    with pytest.raises(Invalid, match="不能并入自己"):
        complaints.merge(story.session, duplicate, into=duplicate, **story.by(story.office.dispatcher))


def test_supervision_stands_on_the_complaint(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    with pytest.raises(Invalid, match="督办期限须晚于现在。"):
        complaints.supervise(
            story.session, complaint, words="快办", until=story.now, **story.by(office.leader)
        )
    with pytest.raises(Invalid, match="请填写督办意见。"):
        complaints.supervise(story.session, complaint, words="", **story.by(office.leader))

    event = complaints.supervise(story.session, complaint, words="请说明原因", **story.by(office.inspector))

    assert (complaint.supervised_at, complaint.supervised_until) == (story.now, None)
    assert (event.public, event.details) == (True, {})


def test_edited_text_is_released_and_taken_back_with_a_reason(story: Story) -> None:
    complaint, office = story.complaint(S.RESOLVED), story.office
    with pytest.raises(Invalid, match="请填写公开的文字。"):
        complaints.publish(story.session, complaint, public_text=" ", **story.by(office.dispatcher))
    complaints.publish(story.session, complaint, public_text="饭菜保温已改进", **story.by(office.dispatcher))
    assert (complaint.public_text, complaint.published_at) == ("饭菜保温已改进", story.now)

    with pytest.raises(Invalid, match="公开的答复太长"):
        complaints.publish(
            story.session,
            complaint,
            public_text="再来",
            public_answer="好" * 5001,
            **story.by(office.dispatcher),
        )
    complaints.publish(
        story.session, complaint, public_text="再来", public_answer=" 改了 ", **story.by(office.dispatcher)
    )
    assert (complaint.public_text, complaint.public_answer) == ("再来", "改了")
    complaints.unpublish(story.session, complaint, words="含个人信息", **story.by(office.dispatcher))
    assert complaint.published_at is None
    with pytest.raises(NotAllowed, match="这件诉求没有公开。"):
        complaints.unpublish(story.session, complaint, words="再来", **story.by(office.dispatcher))


def test_only_staff_read_a_note(story: Story) -> None:
    complaint = story.complaint(S.CLOSED)
    event = complaints.note(story.session, complaint, words="回访过", **story.by(story.office.inspector))

    assert event.public is False
    assert story.told(event) == {}


def test_reporter_who_is_staff_counts_as_a_person(story: Story) -> None:
    person = story.session.get_one(Person, story.office.student.id)
    story.office.admin.person = person
    story.session.flush()

    assert complaints.withdraw(story.session, story.complaint(), **story.by(person)).staff_id is None
