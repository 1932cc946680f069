"""What one asks for and another decides."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from config.catalogue import catalogue
from domain import complaints
from domain.actors import CLOCK
from domain.errors import Invalid, NotAllowed
from domain.requests import _open
from models.complaint import Complaint, ComplaintEvent, ComplaintRequest
from models.enums import ComplaintStatus, RequestKind, RequestState, Role
from tests.support.story import Story, shanghai, wall

S = ComplaintStatus
REASON = catalogue().rejection.reasons[1]


def deferral(story: Story, complaint: Complaint, *, days: int = 9, reason: str = "等配件") -> ComplaintEvent:
    """The handler asks to defer."""
    until = story.now + timedelta(days=days)
    return complaints.request_deferral(
        story.session, complaint, reason=reason, until=until, **story.by(story.office.handler)
    )


def test_transfer_is_asked_of_the_desk_and_from_the_third_of_the_leaders_too(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    first = complaints.request_transfer(
        story.session, complaint, reason="是管道问题", to_team=office.other_team, **story.by(office.handler)
    )
    assert story.told(first) == dict.fromkeys(["dispatcher", "second_dispatcher"], "staff_request")
    assert (complaint.requests[0].to_team, first.public) == (office.other_team, False)

    complaint.transfer_count = 2
    refused = complaints.refuse_transfer(
        story.session, complaint, words="归你们", **story.by(office.dispatcher)
    )
    assert story.told(refused) == {"handler": "staff_decided"}
    again = complaints.request_transfer(story.session, complaint, reason="确实不归", **story.by(office.lead))
    assert story.told(again)["leader"] == "staff_request"


def test_transfer_needs_a_reason_another_team_and_no_open_request(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    with pytest.raises(Invalid, match="建议转往的单位就是现在的责任单位。"):
        complaints.request_transfer(
            story.session, complaint, reason="不归", to_team=office.team, **story.by(office.handler)
        )
    with pytest.raises(Invalid, match="请填写申请转办的理由。"):
        complaints.request_transfer(story.session, complaint, reason="", **story.by(office.handler))
    complaints.request_transfer(story.session, complaint, reason="不归", **story.by(office.handler))
    with pytest.raises(NotAllowed, match="已有一个转办申请在等审定。"):
        complaints.request_transfer(story.session, complaint, reason="不归", **story.by(office.lead))


def test_refusals_need_words_and_leave_it_where_it_is(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    complaints.request_transfer(story.session, complaint, reason="不归", **story.by(office.handler))
    with pytest.raises(Invalid, match="请填写不同意的理由。"):
        complaints.refuse_transfer(story.session, complaint, words="", **story.by(office.dispatcher))

    event = complaints.refuse_transfer(
        story.session, complaint, words="归你们", **story.by(office.dispatcher)
    )

    asked = complaint.requests[0]
    assert (asked.state, asked.decided_by_id, asked.decided_at) == (
        RequestState.REFUSED,
        office.dispatcher.id,
        story.now,
    )
    assert (complaint.team, event.details) == (office.team, {"request_id": asked.id})
    with pytest.raises(NotAllowed, match="没有待审定的转办申请。"):
        complaints.refuse_transfer(story.session, complaint, words="再来", **story.by(office.dispatcher))


def test_deferral_is_promised_to_the_closing_hour_of_a_working_day(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    event = deferral(story, complaint, days=5)  # Saturday 28 November

    assert wall(complaint.requests[0].until) == "11-30 17:30"
    assert event.details["reason"] == "等配件"
    assert story.told(event) == {"lead": "staff_request", "leader": "staff_request"}


@pytest.mark.parametrize(("days", "words"), [(-1, "须晚于今天"), (0, "须晚于今天"), (400, "最远一年")])
def test_deferral_needs_a_day_to_come_within_a_year(story: Story, days: int, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        deferral(story, story.complaint(S.IN_PROGRESS), days=days)
    assert refused.value.field == "until"


def test_deferral_is_asked_for_before_the_time_is_up(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    story.at("2026-11-26 10:00")
    assert complaint.done_due_at == story.now
    story.later(seconds=1)

    with pytest.raises(NotAllowed, match="已经超期，不能再申请挂账"):
        deferral(story, complaint)


def test_approved_deferral_tells_the_person_why_and_until_when(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    deferral(story, complaint)
    event = complaints.approve_deferral(story.session, complaint, words="已催厂家", **story.by(office.leader))

    assert (complaint.status, wall(complaint.deferred_until)) == (S.DEFERRED, "12-02 17:30")
    assert (event.words, event.public) == ("等配件。已催厂家", True)
    assert story.told(event) == {"student": "deferred", "handler": "staff_decided"}


def test_deferral_refused_goes_on_and_may_be_asked_again(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    deferral(story, complaint)
    complaints.refuse_deferral(story.session, complaint, words="有备件", **story.by(office.lead))
    assert (complaint.status, complaint.requests[0].state) == (S.IN_PROGRESS, RequestState.REFUSED)

    deferral(story, complaint)
    assert [request.state for request in complaint.requests] == [RequestState.REFUSED, RequestState.OPEN]


def test_promise_that_has_passed_is_not_approved(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    deferral(story, complaint, days=1)
    story.later(days=2)

    with pytest.raises(Invalid, match="承诺的日期已过，请经办单位重新申请。"):
        complaints.approve_deferral(story.session, complaint, **story.by(story.office.lead))


@pytest.mark.parametrize("other_role", [Role.LEADER, Role.DISPATCHER])
def test_nobody_decides_on_their_own_request_by_holding_two_roles(story: Story, other_role: Role) -> None:
    office = story.office
    both = story.factory.staff(story.session, Role.LEAD, other_role, team=office.team)
    complaint = story.complaint(S.IN_PROGRESS)
    if other_role is Role.LEADER:
        until = story.now + timedelta(days=9)
        complaints.request_deferral(story.session, complaint, reason="等", until=until, **story.by(both))
        decisions = [
            lambda: complaints.approve_deferral(story.session, complaint, **story.by(both)),
            lambda: complaints.refuse_deferral(story.session, complaint, words="不", **story.by(both)),
        ]
    else:
        complaints.request_rejection(story.session, complaint, reason=REASON, **story.by(both))
        decisions = [
            lambda: complaints.confirm_rejection(story.session, complaint, **story.by(both)),
            lambda: complaints.refuse_rejection(story.session, complaint, words="不", **story.by(both)),
        ]

    for decide in decisions:
        with pytest.raises(NotAllowed, match="自己提出的申请须由另一人审定。"):
            decide()


def test_the_database_itself_refuses_one_who_decides_on_their_own_request(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    deferral(story, complaint)

    with pytest.raises(IntegrityError, match="decided_by_another"):
        story.session.execute(update(ComplaintRequest).values(decided_by_id=office.handler.id))
    story.session.rollback()


def test_the_database_itself_refuses_a_decision_by_nobody(story: Story) -> None:
    deferral(story, story.complaint(S.IN_PROGRESS))

    with pytest.raises(IntegrityError, match="decided_by_somebody"):
        story.session.execute(update(ComplaintRequest).values(state=RequestState.GRANTED))
    story.session.rollback()


def test_refusal_to_take_it_on_needs_a_reason_of_the_list_and_a_second_person(story: Story) -> None:
    complaint, office = story.complaint(), story.office
    with pytest.raises(Invalid, match="请从列表中选择不予受理的原因。"):
        complaints.request_rejection(story.session, complaint, reason="懒得管", **story.by(office.dispatcher))
    asked = complaints.request_rejection(
        story.session, complaint, reason=REASON, words="打了三次", **story.by(office.dispatcher)
    )
    assert (asked.words, complaint.status) == (f"{REASON}。打了三次", S.SUBMITTED)
    assert story.told(asked) == {"second_dispatcher": "staff_request", "leader": "staff_request"}

    event = complaints.confirm_rejection(story.session, complaint, **story.by(office.second_dispatcher))

    assert (complaint.status, complaint.rejection_reason, complaint.closed_at) == (
        S.REJECTED,
        REASON,
        story.now,
    )
    assert (event.words, event.details["reason"]) == (REASON, REASON)
    assert story.told(event) == {"student": "rejected", "dispatcher": "staff_decided"}


def test_refusal_may_be_turned_down_by_the_second_person(story: Story) -> None:
    complaint, office = story.complaint(S.ASSIGNED), story.office
    complaints.request_rejection(story.session, complaint, reason=REASON, **story.by(office.lead))
    event = complaints.refuse_rejection(story.session, complaint, words="归我们管", **story.by(office.leader))

    assert (complaint.status, complaint.requests[0].state) == (S.ASSIGNED, RequestState.REFUSED)
    assert story.told(event) == {"lead": "staff_decided"}
    with pytest.raises(NotAllowed, match="没有待审定的不予受理申请。"):
        complaints.confirm_rejection(story.session, complaint, **story.by(office.leader))


def test_who_asked_and_left_is_not_told_of_the_decision(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    complaints.request_transfer(story.session, complaint, reason="不归", **story.by(office.handler))
    office.handler.active = False
    event = complaints.refuse_transfer(
        story.session, complaint, words="归你们", **story.by(office.dispatcher)
    )

    assert story.told(event) == {}


def test_the_clock_asks_for_nothing(story: Story) -> None:
    complaint = story.complaint(S.IN_PROGRESS)
    with pytest.raises(NotAllowed):
        complaints.request_deferral(
            story.session,
            complaint,
            reason="等",
            until=shanghai("2026-12-01 10:00"),
            actor=CLOCK,
            now=story.now,
        )
    with pytest.raises(ValueError, match="only staff"):
        _open(story.session, complaint, RequestKind.DEFERRAL, complaint.events[0], reason="等")
