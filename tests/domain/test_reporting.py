"""What the person does, and who joins them."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from domain import complaints, reporting, timers
from domain.errors import Invalid, NotAllowed
from models.enums import Closing, ComplaintStatus, Outcome, TimerKind
from models.rating import Rating
from tests.support.story import Story

S = ComplaintStatus


@pytest.mark.parametrize("status", [S.SUBMITTED, S.ASSIGNED, S.IN_PROGRESS])
def test_supplement_returns_to_where_it_was_asked(story: Story, status: ComplaintStatus) -> None:
    complaint, office = story.complaint(status), story.office
    asker = office.dispatcher if status is S.SUBMITTED else office.handler
    complaints.ask(story.session, complaint, words="哪一天？", **story.by(asker))
    assert complaint.status is S.WAITING

    event = complaints.supplement(story.session, complaint, words="昨天", **story.by(office.student))

    assert complaint.status is status
    team = ["dispatcher", "second_dispatcher"] if status is S.SUBMITTED else ["handler", "colleague", "lead"]
    if status is S.IN_PROGRESS:
        team = ["handler"]
    assert story.told(event) == dict.fromkeys(team, "staff_supplemented")


def test_supplement_brings_words_or_photos(story: Story) -> None:
    complaint, student = story.complaint(S.ASSIGNED), story.office.student
    photo = story.photo()
    with pytest.raises(Invalid, match="请写几句话，或附上照片。"):
        complaints.supplement(story.session, complaint, words=" \0", **story.by(student))
    with pytest.raises(Invalid, match="文字太长，最多 5000 字。"):
        complaints.supplement(story.session, complaint, words="长" * 5001, **story.by(student))

    event = complaints.supplement(story.session, complaint, attachments=[photo], **story.by(student))

    assert (event.words, photo.event_id, photo.complaint_id) == ("", event.id, complaint.id)


def test_urging_is_possible_once_in_24_hours(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    event = complaints.urge(story.session, complaint, words=" 快点 ", **story.by(office.student))
    assert (event.words, complaint.last_urged_at) == ("快点", story.now)
    assert story.told(event) == {"handler": "staff_urged", "lead": "staff_urged"}

    story.later(hours=23, minutes=59)
    with pytest.raises(NotAllowed, match="24 小时内只能催办一次"):
        complaints.urge(story.session, complaint, **story.by(office.student))
    story.later(minutes=1)
    complaints.urge(story.session, complaint, **story.by(office.student))


def test_withdrawing_tells_those_at_work_and_those_who_joined(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    story.joined_by_friend(complaint)
    event = complaints.withdraw(story.session, complaint, words="已经好了", **story.by(office.student))

    assert (complaint.status, complaint.closed_at) == (S.WITHDRAWN, story.now)
    assert story.told(event) == {"friend": "closed", "handler": "staff_withdrawn"}


def test_appeal_is_possible_once(story: Story) -> None:
    complaint, office = story.complaint(S.REJECTED), story.office
    event = complaints.appeal(story.session, complaint, words="确实归后勤", **story.by(office.student))
    assert (complaint.status, complaint.round, complaint.rejection_reason) == (S.SUBMITTED, 2, "")
    assert (complaint.team, complaint.handler, complaint.closed_at) == (None, None, None)
    assert set(story.told(event)) == {"dispatcher", "second_dispatcher", "leader"}

    story.factory.bring_to(story.session, office, complaint, S.REJECTED, now=story.now)
    with pytest.raises(NotAllowed, match="每件诉求可申诉一次，这件已申诉过。"):
        complaints.appeal(story.session, complaint, words="再来", **story.by(office.student))


def test_good_rating_closes_the_complaint(story: Story) -> None:
    complaint, office = story.complaint(S.RESOLVED), story.office
    story.joined_by_friend(complaint)
    rating = complaints.rate(
        story.session, complaint, solved=True, stars=3, words=" 还行 ", **story.by(office.student)
    )

    assert (complaint.status, complaint.closing, complaint.closed_at) == (S.CLOSED, Closing.RATED, story.now)
    assert (rating.round, rating.stars, rating.solved, rating.words) == (1, 3, True, "还行")
    event = complaint.events[-1]
    assert event.details == {"solved": True, "stars": 3}
    assert story.told(event) == {"student": "closed", "friend": "closed", "handler": "staff_rated"}


@pytest.mark.parametrize(("solved", "stars"), [(False, 5), (True, 2), (True, 1), (False, 1)])
def test_bad_rating_sends_it_back_for_a_round_with_a_new_clock(
    story: Story, solved: bool, stars: int
) -> None:
    complaint, office = story.complaint(S.RESOLVED), story.office
    old_due = complaint.done_due_at
    story.later(days=1)
    rating = complaints.rate(story.session, complaint, solved=solved, stars=stars, **story.by(office.student))

    assert (complaint.status, complaint.round, complaint.reopen_count) == (S.IN_PROGRESS, 2, 1)
    assert (complaint.outcome, complaint.resolved_at, complaint.closing) == (None, None, None)
    assert (complaint.team, complaint.handler, rating.round) == (office.team, office.handler, 1)
    assert complaint.done_due_at is not None
    assert old_due is not None
    assert complaint.done_due_at - old_due == timedelta(days=1)
    # The first redo is the lead's business, not yet the leaders'.
    assert story.told(complaint.events[-1]) == {
        "student": "reopened",
        "handler": "staff_reopened",
        "lead": "staff_reopened",
    }


def test_second_redo_goes_to_the_leaders(story: Story) -> None:
    complaint, office = story.complaint(S.RESOLVED), story.office
    complaints.rate(story.session, complaint, solved=False, stars=1, **story.by(office.student))
    complaints.resolve(
        story.session, complaint, words="又修了", outcome=Outcome.SOLVED, **story.by(office.handler)
    )
    complaints.rate(story.session, complaint, solved=False, stars=1, **story.by(office.student))

    assert complaint.reopen_count == 2
    assert story.told(complaint.events[-1])["leader"] == "staff_escalated"
    assert [rating.round for rating in story.session.scalars(select(Rating).order_by(Rating.round))] == [1, 2]
    newest = reporting.rating_of(story.session, complaint)
    assert newest is not None
    assert newest.round == 2


def test_there_is_no_rating_before_one_is_given(story: Story) -> None:
    assert complaints.rating_of(story.session, story.complaint(S.RESOLVED)) is None


def test_one_round_is_rated_once_even_by_the_database(story: Story) -> None:
    complaint, office = story.complaint(S.CLOSED), story.office
    with pytest.raises(NotAllowed, match="现在的状态是「已销号」"):
        complaints.rate(story.session, complaint, solved=True, stars=5, **story.by(office.student))

    again = Rating(
        complaint_id=complaint.id,
        round=1,
        person_id=office.student.id,
        solved=True,
        stars=5,
        rated_at=story.now,
    )
    story.session.add(again)
    with pytest.raises(IntegrityError):
        story.session.flush()
    story.session.rollback()


@pytest.mark.parametrize("stars", [0, 6])
def test_stars_are_one_to_five(story: Story, stars: int) -> None:
    with pytest.raises(Invalid, match="请选 1 到 5 星。"):
        complaints.rate(
            story.session,
            story.complaint(S.RESOLVED),
            solved=True,
            stars=stars,
            **story.by(story.office.student),
        )


def test_staff_neither_rate_nor_judge_what_they_worked_on(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.RESOLVED)
    with pytest.raises(NotAllowed, match="只有诉求人本人可以评价。"):
        complaints.rate(story.session, complaint, solved=True, stars=5, **story.by(office.handler))

    office.handler.person = office.student
    story.session.flush()
    with pytest.raises(NotAllowed, match="不能评价自己经办的诉求。"):
        complaints.rate(story.session, complaint, solved=True, stars=5, **story.by(office.student))


def test_whoever_resolved_it_does_not_judge_it_though_another_is_its_handler(story: Story) -> None:
    office = story.office
    complaint = story.complaint(S.IN_PROGRESS)
    office.lead.person = office.student
    story.session.flush()
    complaints.resolve(
        story.session, complaint, words="好了", outcome=Outcome.SOLVED, **story.by(office.lead)
    )

    with pytest.raises(NotAllowed, match="不能评价自己经办的诉求。"):
        complaints.rate(story.session, complaint, solved=True, stars=5, **story.by(office.student))


def test_reopening_is_possible_for_fifteen_days(story: Story) -> None:
    complaint, office = story.complaint(S.CLOSED), story.office
    story.joined_by_friend(complaint)
    with pytest.raises(Invalid, match="请填写重新打开的原因。"):
        complaints.reopen(story.session, complaint, words=" ", **story.by(office.student))
    story.later(days=15)

    event = complaints.reopen(story.session, complaint, words="又坏了", **story.by(office.student))

    assert (complaint.status, complaint.round, complaint.closed_at) == (S.IN_PROGRESS, 2, None)
    assert story.told(event) == {
        "student": "reopened",
        "friend": "reopened",
        "handler": "staff_reopened",
        "lead": "staff_reopened",
    }


def test_later_a_new_complaint_is_linked_instead(story: Story) -> None:
    complaint, office = story.complaint(S.CLOSED), story.office
    story.later(days=15, seconds=1)
    with pytest.raises(NotAllowed, match="销号已超过 15 天，请提交一件新的诉求，我们会与这件关联。"):
        complaints.reopen(story.session, complaint, words="又坏了", **story.by(office.student))

    again = story.complaint(earlier=complaint)
    assert again.earlier_id == complaint.id
    event = complaints.reopen(story.session, complaint, words="督查发现", **story.by(office.inspector))
    assert story.told(event)["student"] == "reopened"


def test_unrated_complaint_is_closed_by_the_clock_and_reopened_by_its_reporter(story: Story) -> None:
    complaint, office = story.complaint(S.RESOLVED), story.office
    story.later(days=7)
    closing = story.timer(complaint, TimerKind.CLOSE_UNRATED)
    assert closing.due_at == story.now
    timers.fire(story.session, closing.id, now=story.now)
    assert complaint.closing is Closing.UNRATED

    complaints.reopen(story.session, complaint, words="没修好", **story.by(office.student))
    assert (complaint.closing, complaint.reopen_count) == (None, 1)


def test_joining_counts_once_and_not_for_the_reporter(story: Story) -> None:
    complaint, office = story.complaint(S.ASSIGNED), story.office

    def join(who: str) -> bool:
        return complaints.follow(story.session, complaint, person=getattr(office, who), now=story.now)

    assert [join("friend"), join("friend"), join("student")] == [True, False, False]
    assert complaints.followers_count(story.session, complaint) == 1
    complaints.unfollow(story.session, complaint, person=office.friend)
    complaints.unfollow(story.session, complaint, person=office.friend)
    assert complaints.followers_count(story.session, complaint) == 0


def test_what_has_ended_cannot_be_joined(story: Story) -> None:
    with pytest.raises(NotAllowed, match="这件诉求已经结束，如又遇到，请提交新的诉求。"):
        complaints.follow(story.session, story.complaint(S.CLOSED), person=story.office.friend, now=story.now)
