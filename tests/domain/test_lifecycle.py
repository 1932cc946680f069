"""The one door: guarded against pages drawn earlier; what it writes and offers, and how often it asks."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import update
from sqlalchemy.orm.exc import StaleDataError

from domain import complaints, lifecycle
from domain.actors import CLOCK, Actor
from domain.errors import NotAllowed, TooLate
from models.complaint import Complaint
from models.enums import ActorKind, Channel, ComplaintStatus, Outcome, RequestKind, RequestState, StepName
from tests.support.story import Story

S = ComplaintStatus


def test_even_without_the_lock_nothing_is_overwritten(story: Story) -> None:
    complaint = story.complaint()
    elsewhere = update(Complaint).where(Complaint.id == complaint.id).values(revision=9)
    story.session.execute(elsewhere.execution_options(synchronize_session=False))
    complaint.public_text = "旧的"

    with pytest.raises(StaleDataError):
        story.session.flush()
    story.session.rollback()


def test_a_note_does_not_count_as_being_faster(story: Story) -> None:
    complaint, office = story.complaint(S.ASSIGNED), story.office
    seen = complaint.revision
    story.later(days=1)
    complaints.accept(story.session, complaint, **story.by(office.handler))
    complaints.note(story.session, complaint, words="备注", **story.by(office.lead))
    story.later(days=1)

    with pytest.raises(TooLate, match=r"^饮食服务中心 经办人 昨天 10:00先做了「接单」"):
        complaints.accept(story.session, complaint, **story.by(office.colleague, seen=seen))


def test_too_late_without_a_step_on_record_says_so_plainly(story: Story) -> None:
    with pytest.raises(TooLate, match="这件诉求刚刚有变化，请看过最新情况再操作。"):
        complaints.withdraw(story.session, story.complaint(), **story.by(story.office.student, seen=0))


def test_stale_page_may_still_add_but_not_where_the_step_ended(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    seen = complaint.revision
    complaints.resolve(
        story.session, complaint, words="好了", outcome=Outcome.SOLVED, **story.by(office.handler)
    )

    complaints.reply(story.session, complaint, words="补一句", **story.by(office.lead, seen=seen))
    with pytest.raises(TooLate):
        complaints.progress(story.session, complaint, words="还在修", **story.by(office.lead, seen=seen))


def test_only_steps_that_change_something_raise_the_revision(story: Story) -> None:
    complaint = story.complaint(S.ASSIGNED)
    revision = complaint.revision
    complaints.note(story.session, complaint, words="备注", **story.by(story.office.lead))
    assert complaint.revision == revision

    complaints.accept(story.session, complaint, **story.by(story.office.handler))
    assert complaint.revision == revision + 1


def test_event_names_who_by_post_and_keeps_what_was_said(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    event = complaints.progress(story.session, complaint, words=" 配件已到 ", **story.by(office.handler))

    assert (event.actor_kind, event.actor_label) == (ActorKind.STAFF, "饮食服务中心 经办人")
    assert (event.staff_id, event.person_id) == (office.handler.id, None)
    assert (event.from_status, event.to_status, event.round) == (S.IN_PROGRESS, S.IN_PROGRESS, 1)
    assert (event.words, event.public, event.at) == ("配件已到", True, story.now)


def test_persons_and_the_clock_act_under_their_part(story: Story) -> None:
    complaint = story.complaint(S.ASSIGNED)
    urged = complaints.urge(story.session, complaint, **story.by(story.office.student))
    reminded = lifecycle.advance(
        story.session, complaint, StepName.REMIND, actor=CLOCK, now=story.now, words="请办理"
    )

    assert (urged.actor_kind, urged.actor_label) == (ActorKind.REPORTER, "诉求人")
    assert urged.person_id == story.office.student.id
    assert (reminded.actor_kind, reminded.actor_label) == (ActorKind.CLOCK, "系统")


def test_refusal_names_those_who_may(story: Story) -> None:
    complaint = story.complaint(S.ASSIGNED)

    with pytest.raises(NotAllowed, match="「接单」只能由经办人、单位负责人操作。"):
        complaints.accept(story.session, complaint, **story.by(story.office.outsider))


def test_what_is_offered_is_in_the_order_of_the_table(story: Story) -> None:
    complaint = story.complaint(S.RESOLVED)
    student = Actor.of_person(story.office.student)
    steps = lifecycle.open_steps(story.session, complaint, student, now=story.now)

    assert [step.name for step in steps] == [StepName.SUPPLEMENT, StepName.RATE, StepName.RATE_UNSOLVED]


def test_asking_is_not_offered_where_nobody_can_be_asked(story: Story) -> None:
    office = story.office
    complaint = story.complaint(
        S.IN_PROGRESS, reporter=None, recorded_by=office.dispatcher, channel=Channel.PHONE
    )
    handler = Actor.of_staff(office.handler)

    assert not lifecycle.may(story.session, complaint, handler, StepName.ASK, now=story.now)
    with pytest.raises(NotAllowed, match="没有可联系的微信用户"):
        complaints.ask(story.session, complaint, words="哪一天？", **story.by(office.handler))


@pytest.mark.parametrize("result", [S.RESOLVED, S.WITHDRAWN, S.MERGED, S.DEFERRED, S.REJECTED])
def test_a_result_lets_open_requests_lapse(story: Story, result: ComplaintStatus) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office
    complaints.request_transfer(story.session, complaint, reason="不归我们", **story.by(office.handler))
    story.later(minutes=5)
    if result is S.RESOLVED:
        complaints.resolve(
            story.session, complaint, words="好了", outcome=Outcome.SOLVED, **story.by(office.handler)
        )
    elif result is S.DEFERRED:
        until = story.now.replace(day=30)
        complaints.request_deferral(
            story.session, complaint, reason="等", until=until, **story.by(office.handler)
        )
        complaints.approve_deferral(story.session, complaint, **story.by(office.lead))
    else:
        story.factory.bring_to(story.session, office, complaint, result, now=story.now)

    transfer = next(r for r in complaint.requests if r.kind is RequestKind.TRANSFER)
    assert (transfer.state, transfer.decided_at, transfer.decided_by_id) == (
        RequestState.DROPPED,
        story.now,
        None,
    )
    assert all(r.state is RequestState.GRANTED for r in complaint.requests if r is not transfer)


def statements_of(story: Story, act: Callable[[], Any]) -> int:
    """How often an act asks the database."""
    story.session.flush()
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = story.session.get_bind().engine
    sqlalchemy_event.listen(engine, "before_cursor_execute", note)
    try:
        act()
        story.session.flush()
    finally:
        sqlalchemy_event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def test_a_step_asks_the_database_as_often_for_many_followers_and_events_as_for_none(story: Story) -> None:
    complaint, office = story.complaint(S.IN_PROGRESS), story.office

    def progress() -> None:
        complaints.progress(story.session, complaint, words="还在修", **story.by(office.handler))

    plain = statements_of(story, progress)
    for _ in range(5):
        complaints.follow(story.session, complaint, person=story.factory.person(story.session), now=story.now)
        complaints.note(story.session, complaint, words="备注", **story.by(office.lead))

    assert statements_of(story, progress) <= plain
    assert plain <= 11
