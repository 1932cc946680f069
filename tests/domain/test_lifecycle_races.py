"""Two people at the same moment: nothing is lost, and who was slower is told."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain import complaints
from domain.actors import Actor
from domain.errors import NotAllowed, TooLate
from models.complaint import Complaint, ComplaintEvent, ComplaintRequest
from models.database import Database
from models.enums import ComplaintStatus, Outcome, StepName
from models.rating import Rating
from models.staff import Staff
from models.team import Team
from tests.support.factories import Factory, Office
from tests.support.story import at_once

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
