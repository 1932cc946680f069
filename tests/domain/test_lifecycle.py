"""The one door: guarded against pages drawn earlier and people acting at the same moment."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from domain import complaints, lifecycle
from domain.actors import CLOCK, Actor
from domain.errors import NotAllowed, TooLate
from models.complaint import Complaint, ComplaintEvent, ComplaintRequest
from models.database import Database
from models.enums import ActorKind, Channel, ComplaintStatus, Outcome, RequestKind, RequestState, StepName
from models.rating import Rating
from models.staff import Staff
from models.team import Team
from tests.support.factories import Factory, Office
from tests.support.story import Story, at_once

S = ComplaintStatus


@pytest.fixture
def complaint_id(request: pytest.FixtureRequest, database: Database, factory: Factory, office: Office) -> int:
    """A complaint that is in the database, by default waiting for the desk."""
    status = getattr(request, "param", S.SUBMITTED)
    with database.transaction() as session:
        return factory.complaint(session, office, status).id


def do(database: Database, complaint_id: int, act: Callable[[Session, Complaint], Any]) -> Callable[[], Any]:
    """One person's request: a transaction of its own."""

    def work() -> Any:
        with database.transaction() as session:
            return act(session, session.get_one(Complaint, complaint_id))

    return work


def by(who: Staff, now: datetime, seen: int | None = None) -> dict[str, Any]:
    """Who acts, and which revision of the page they looked at."""
    return {"actor": Actor.of_staff(who), "now": now, "seen": seen}


def events(database: Database, complaint_id: int) -> list[StepName]:
    """The steps on record, oldest first."""
    with database.reading() as session:
        query = select(ComplaintEvent.step).where(ComplaintEvent.complaint_id == complaint_id)
        return list(session.scalars(query.order_by(ComplaintEvent.id)))


def test_the_slower_of_two_dispatchers_is_told_who_was_faster(
    database: Database, office: Office, complaint_id: int, now: datetime
) -> None:
    def assign(who: Staff, team: Team) -> Callable[[], Any]:
        return do(
            database,
            complaint_id,
            lambda session, complaint: (
                complaints.assign(
                    session, complaint, team=session.get_one(Team, team.id), **by(who, now, seen=1)
                ).id
            ),
        )

    results = at_once(
        assign(office.dispatcher, office.team), assign(office.second_dispatcher, office.other_team)
    )

    lost = [result for result in results if isinstance(result, Exception)]
    assert [type(error) for error in lost] == [TooLate]
    assert str(lost[0]) == "受理员 今天 10:00先做了「派单」，您的操作没有生效，请看过最新情况再决定。"
    assert events(database, complaint_id) == [StepName.SUBMIT, StepName.ASSIGN]
    with database.reading() as session:
        winner = office.team if isinstance(results[1], Exception) else office.other_team
        assert session.get_one(Complaint, complaint_id).team_id == winner.id


@pytest.mark.parametrize("complaint_id", [S.IN_PROGRESS], indirect=True)
def test_two_people_may_add_to_the_record_at_once(
    database: Database, office: Office, complaint_id: int, now: datetime
) -> None:
    with database.reading() as session:
        seen = session.get_one(Complaint, complaint_id).revision

    def note(who: Staff) -> Callable[[], Any]:
        return do(
            database,
            complaint_id,
            lambda session, complaint: (
                complaints.note(session, complaint, words=who.username, **by(who, now, seen)).id
            ),
        )

    results = at_once(note(office.handler), note(office.lead), note(office.dispatcher))

    assert all(isinstance(result, int) for result in results)
    assert events(database, complaint_id)[-3:] == [StepName.NOTE] * 3
    with database.reading() as session:
        assert session.get_one(Complaint, complaint_id).revision == seen


@pytest.mark.parametrize("complaint_id", [S.IN_PROGRESS], indirect=True)
def test_reply_and_result_at_once_both_stand(
    database: Database, office: Office, complaint_id: int, now: datetime
) -> None:
    with database.reading() as session:
        seen = session.get_one(Complaint, complaint_id).revision
    resolve = do(
        database,
        complaint_id,
        lambda session, complaint: complaints.resolve(
            session, complaint, words="修好了", outcome=Outcome.SOLVED, **by(office.handler, now, seen)
        ),
    )
    reply = do(
        database,
        complaint_id,
        lambda session, complaint: complaints.reply(
            session, complaint, words="已派人", **by(office.lead, now, seen)
        ),
    )

    results = at_once(resolve, reply)

    assert not [result for result in results if isinstance(result, Exception)]
    assert set(events(database, complaint_id)[-2:]) == {StepName.RESOLVE, StepName.REPLY}


@pytest.mark.parametrize("complaint_id", [S.RESOLVED], indirect=True)
def test_rating_twice_at_once_counts_once(
    database: Database, office: Office, complaint_id: int, now: datetime
) -> None:
    actor = Actor.of_person(office.student)
    rate = do(
        database,
        complaint_id,
        lambda session, complaint: complaints.rate(
            session, complaint, solved=False, stars=1, actor=actor, now=now
        ),
    )

    results = at_once(rate, rate)

    assert [type(result) for result in results if isinstance(result, Exception)] == [NotAllowed]
    with database.reading() as session:
        assert session.scalar(select(func.count(Rating.id))) == 1
        assert session.get_one(Complaint, complaint_id).reopen_count == 1


class Stale:
    """Two requests that have both read the complaint before either of them acts; PostgreSQL only."""

    def __init__(self, database: Database, complaint_id: int) -> None:
        self.database, self.complaint_id = database, complaint_id
        self.read = threading.Barrier(2)

    def __call__(self, act: Callable[[Session, Complaint], Any]) -> Callable[[], Any]:
        def work(session: Session, complaint: Complaint) -> Any:
            _ = complaint.requests, complaint.events, complaint.team
            self.read.wait()
            return act(session, complaint)

        return do(self.database, self.complaint_id, work)


@pytest.fixture
def stored(postgres: Database, factory: Factory) -> tuple[Office, int]:
    """A complaint at work, in a PostgreSQL database."""
    with postgres.transaction() as session:
        office = factory.office(session)
        return office, factory.complaint(session, office, S.IN_PROGRESS).id


def test_urging_twice_at_once_tells_the_team_once(
    postgres: Database, stored: tuple[Office, int], now: datetime
) -> None:
    office, complaint_id = stored
    after_reading = Stale(postgres, complaint_id)
    actor = Actor.of_person(office.student)

    def urge(session: Session, complaint: Complaint) -> int:
        return complaints.urge(session, complaint, actor=actor, now=now).id

    results = at_once(after_reading(urge), after_reading(urge))

    refused = [result for result in results if isinstance(result, Exception)]
    assert [str(error) for error in refused] == ["24 小时内只能催办一次，上一次催办已转达责任单位。"]
    assert events(postgres, complaint_id).count(StepName.URGE) == 1


def test_moving_it_twice_at_once_counts_both_moves(
    postgres: Database, factory: Factory, stored: tuple[Office, int], now: datetime
) -> None:
    office, complaint_id = stored
    with postgres.transaction() as session:
        third = factory.team(session, "公寓管理中心").id
    after_reading = Stale(postgres, complaint_id)

    def move(who: Staff, team_id: int) -> Callable[[], Any]:
        return after_reading(
            lambda session, complaint: (
                complaints.assign(session, complaint, team=session.get_one(Team, team_id), **by(who, now)).id
            )
        )

    results = at_once(move(office.dispatcher, office.other_team.id), move(office.second_dispatcher, third))

    assert not [result for result in results if isinstance(result, Exception)]
    with postgres.reading() as session:
        assert session.get_one(Complaint, complaint_id).transfer_count == 2


def test_request_is_decided_once_however_many_decide_at_once(
    postgres: Database, stored: tuple[Office, int], now: datetime
) -> None:
    office, complaint_id = stored
    do(
        postgres,
        complaint_id,
        lambda session, complaint: complaints.request_transfer(
            session, complaint, reason="不归我们", **by(office.handler, now)
        ),
    )()
    after_reading = Stale(postgres, complaint_id)

    def refuse(who: Staff) -> Callable[[], Any]:
        return after_reading(
            lambda session, complaint: (
                complaints.refuse_transfer(session, complaint, words="归你们", **by(who, now)).id
            )
        )

    results = at_once(refuse(office.dispatcher), refuse(office.second_dispatcher))

    refused = [result for result in results if isinstance(result, Exception)]
    assert [str(error) for error in refused] == ["没有待审定的转办申请。"]
    winner = office.dispatcher if isinstance(results[1], Exception) else office.second_dispatcher
    with postgres.reading() as session:
        assert session.scalars(select(ComplaintRequest.decided_by_id)).one() == winner.id


def test_asking_after_somebody_accepted_goes_back_to_the_accepted_state(
    postgres: Database, factory: Factory, now: datetime
) -> None:
    with postgres.transaction() as session:
        office = factory.office(session)
        complaint_id = factory.complaint(session, office, S.ASSIGNED).id
    after_reading = Stale(postgres, complaint_id)
    accepted = threading.Event()

    def accept(session: Session, complaint: Complaint) -> None:
        complaints.accept(session, complaint, **by(office.handler, now))

    def ask(session: Session, complaint: Complaint) -> None:
        accepted.wait(timeout=5)
        complaints.ask(session, complaint, words="哪一天？", **by(office.lead, now))

    def accept_first() -> None:
        after_reading(accept)()
        accepted.set()

    assert at_once(accept_first, after_reading(ask)) == [None, None]
    with postgres.reading() as session:
        assert session.get_one(Complaint, complaint_id).resume_status is S.IN_PROGRESS


def test_merging_two_into_each_other_at_once_leaves_one_open(
    postgres: Database, factory: Factory, stored: tuple[Office, int], now: datetime
) -> None:
    office, first = stored
    with postgres.transaction() as session:
        second = factory.complaint(session, office).id
    read = threading.Barrier(2)

    def merge(one: int, other: int, who: Staff) -> Callable[[], Any]:
        def act(session: Session, complaint: Complaint) -> int:
            into = session.get_one(Complaint, other)
            read.wait()
            return complaints.merge(session, complaint, into=into, **by(who, now)).id

        return do(postgres, one, act)

    results = at_once(merge(first, second, office.dispatcher), merge(second, first, office.second_dispatcher))

    assert [type(result).__name__ for result in results if isinstance(result, Exception)] == ["Invalid"]
    with postgres.reading() as session:
        statuses = list(session.scalars(select(Complaint.status)))
    assert statuses.count(S.MERGED) == 1


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
    assert plain <= 10
