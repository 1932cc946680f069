"""Delivering one notice: no transaction open while sending, and the outcome written down whatever happens."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from config.logs import configure_logging
from domain import deliveries, outbox
from domain.ports import Delivery, Letter, Verdict
from jobs import delivery_books
from jobs.context import JobContext
from jobs.deliver_notices import Delivering, release_of_dead, release_stuck
from jobs.delivery_books import DeliveryBooks
from jobs.delivery_flow import most_in_hand
from models import database as database_module
from models.database import Database
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.notice import Notice, NoticeAttempt
from models.person import Person, ServiceWindow
from tests.support.factories import Factory

SENT = Delivery(verdict=Verdict.SENT, code=0, message_id="1")


class Carrier:
    """A messenger that does as it is told, and notes whether a transaction was open."""

    def __init__(self, *outcomes: Delivery | Exception) -> None:
        self.outcomes = list(outcomes)
        self.letters: list[Letter] = []

    def deliver(self, letter: Letter) -> Delivery:
        assert not Database.in_transaction()
        self.letters.append(letter)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@pytest.fixture
def person(database: Database, factory: Factory) -> Person:
    with database.transaction() as session:
        return factory.person(session)


@pytest.fixture
def notice_id(database: Database, person: Person, now: datetime) -> int:
    with database.transaction() as session:
        notice = _due(person, now)
        session.add(notice)
        session.flush()
        return notice.id


def _due(person: Person, now: datetime, *, key: str = "event:1:person:1") -> Notice:
    return Notice(
        key=key,
        kind=NoticeKind.ANSWERED,
        person_id=person.id,
        title="诉求有新进展",
        body="已出发",
        path="/h5/complaints/2026-1123-0001",
        created_at=now,
        due_at=now,
        state=NoticeState.PENDING,
    )


def deliver(database: Database, carrier: Carrier, now: datetime) -> bool:
    base_url = "http://127.0.0.1:8000/"
    delivering = Delivering(database, carrier, worker="w1", base_url=base_url, clock=lambda: now)
    return delivering.deliver_one()


def notice(database: Database, notice_id: int) -> Notice:
    with database.reading() as session:
        return session.get_one(Notice, notice_id)


def test_due_notice_is_sent_and_marked(database: Database, notice_id: int, now: datetime) -> None:
    carrier = Carrier(SENT)
    assert [deliver(database, carrier, now), deliver(database, carrier, now)] == [True, False]
    assert notice(database, notice_id).state is NoticeState.SENT


def test_log_tells_in_one_line_of_all_that_were_sent_and_singly_of_others(
    database: Database, factory: Factory, now: datetime
) -> None:
    with database.transaction() as session:
        notices = [_due(factory.person(session), now, key=f"event:{number}:person:1") for number in range(4)]
        notices[1].fields = {"number": "2026-1123-0001"}
        session.add_all(notices)
        session.flush()
        ids = [one.id for one in notices]
    books = DeliveryBooks(database, worker="w1", base_url="http://127.0.0.1:8000/", clock=lambda: now)
    letters = books.keep([], wanted=4).letters
    refused = Delivery(verdict=Verdict.REFUSED, code=1, words="不收")
    configure_logging("INFO", "text")
    with capture_logs() as log:
        books.keep(
            [(letter, refused if letter.notice_id == ids[2] else SENT) for letter in letters], wanted=0
        )
    told = [line for line in log if line["event"] == "notices_sent"]
    assert [(line["count"], line["numbers"]) for line in told] == [(3, "2026-1123-0001")]
    assert sorted(map(int, told[0]["notices"].split(","))) == [ids[0], ids[1], ids[3]]


def test_ladder_is_gone_down_within_one_delivery(
    database: Database, notice_id: int, person: Person, now: datetime
) -> None:
    with database.transaction() as session:
        session.add(ServiceWindow(person_id=person.id, closes_at=now.replace(year=2027), remaining=5))
    carrier = Carrier(Delivery(verdict=Verdict.NEXT_CHANNEL, code=45015, window_closed=True), SENT)
    deliver(database, carrier, now)
    assert [letter.channel for letter in carrier.letters] == [NoticeChannel.CUSTOM, NoticeChannel.TEMPLATE]
    assert notice(database, notice_id).channel is NoticeChannel.TEMPLATE


def test_notice_that_breaks_the_sender_is_kept_for_later(
    database: Database, notice_id: int, now: datetime
) -> None:
    deliver(database, Carrier(ZeroDivisionError("access_token=hidden")), now)
    found = notice(database, notice_id)
    assert (found.state, found.attempts) == (NoticeState.PENDING, 1)
    assert found.error == "程序出错：ZeroDivisionError: access_token=***"


def test_outcome_is_written_down_though_the_database_is_busy(
    sqlite: Database, factory: Factory, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite.transaction() as session:
        row = _due(factory.person(session), now)
        session.add(row)
    monkeypatch.setattr(database_module, "LOCK_WAIT_SECONDS", 0.02)
    url = sqlite.engine.url.render_as_string()
    impatient, other = Database(url), Database(url)
    holding = other.engine.connect()
    waits: list[float] = []

    class LockingCarrier(Carrier):
        def deliver(self, letter: Letter) -> Delivery:
            holding.exec_driver_sql("SELECT 1")  # which begins a writing transaction
            return super().deliver(letter)

    def wait(seconds: float) -> None:
        if seconds < delivery_books.RECORD_PAUSE_SECONDS:
            return  # between two looks at the database
        waits.append(seconds)
        if len(waits) == 2:
            holding.rollback()

    monkeypatch.setattr("jobs.delivery_books.time.sleep", wait)
    assert deliver(impatient, LockingCarrier(SENT), now) is True
    assert waits == [delivery_books.RECORD_PAUSE_SECONDS] * 2
    assert notice(sqlite, row.id).state is NoticeState.SENT
    with sqlite.reading() as session:
        assert len(session.scalars(select(NoticeAttempt)).all()) == 1
    holding.close()
    other.close()
    impatient.close()


def test_stuck_and_orphaned_notices_are_freed(context: JobContext, notice_id: int) -> None:
    with context.database.transaction() as session:
        found = session.get_one(Notice, notice_id)
        found.state, found.claimed_at, found.claimed_by = NoticeState.SENDING, context.clock(), "dead"
    release_stuck(context)
    assert notice(context.database, notice_id).state is NoticeState.SENDING
    release_of_dead(context, iter(["another", "dead"]))
    assert notice(context.database, notice_id).state is NoticeState.PENDING


def keep_delivering(
    delivering: Delivering, stopping: threading.Event, *, threads: int
) -> list[threading.Thread]:
    def keep() -> None:
        delivering.keep_books(stopping)
        delivering.close_books()

    started = [threading.Thread(target=work) for work in [keep, *[delivering.send] * threads]]
    for thread in started:
        thread.start()
    delivering.look()
    return started


def test_what_comes_together_is_written_in_one_transaction_and_nobody_waits_for_it(
    sqlite: Database, factory: Factory, now: datetime
) -> None:
    """As many again as are being sent lie ready, so that the next are sent while these are written down."""
    with sqlite.transaction() as session:
        for number in range(12):
            row = _due(factory.person(session), now, key=f"event:{number}")
            session.add(row)
            session.add(ServiceWindow(person_id=row.person_id, closes_at=now.replace(year=2027), remaining=5))
    together, stopping = threading.Barrier(4), threading.Event()
    in_hand: list[int] = []
    rooms: list[bool] = []

    class Gathering(Carrier):
        def deliver(self, letter: Letter) -> Delivery:
            assert not Database.in_transaction()
            together.wait(timeout=10)
            with sqlite.reading() as session:
                in_hand.append(len(session.scalars(under_way).all()))
            rooms.append(delivering.has_room())
            self.letters.append(letter)
            if len(self.letters) == 12:
                stopping.set()
            return SENT

    carrier, under_way = Gathering(), select(Notice.id).where(Notice.state == NoticeState.SENDING)
    commits: list[object] = []
    event.listen(sqlite.engine, "commit", commits.append)
    delivering = Delivering(sqlite, carrier, worker="w", base_url="http://x/", clock=lambda: now, at_once=4)
    for thread in keep_delivering(delivering, stopping, threads=4):
        thread.join(timeout=20)
        assert not thread.is_alive()
    assert len({letter.notice_id for letter in carrier.letters}) == len(carrier.letters) == 12
    with sqlite.reading() as session:
        states = session.scalars(select(Notice.state)).all()
        used = session.scalars(select(ServiceWindow.remaining)).all()
    assert (set(states), set(used)) == ({NoticeState.SENT}, {4})
    assert (max(in_hand), len(commits) < 24) == (most_in_hand(4), True)
    # With all in hand that may be, nobody need look for more.
    assert (rooms[0], delivering.has_room()) == (False, True)


def test_one_outcome_that_cannot_be_written_keeps_no_other_from_being_written(
    sqlite: Database, factory: Factory, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite.transaction() as session:
        for number in range(2):
            row = _due(factory.person(session), now, key=f"event:{number}")
            session.add(row)
    moments = (now + timedelta(seconds=number) for number in range(9))
    books = DeliveryBooks(sqlite, worker="w", base_url="http://x/", clock=lambda: next(moments))
    letters = books.keep([], wanted=2).letters
    record = deliveries.record_all

    def trip(
        session: Session, outcomes: list[tuple[Letter, Delivery]], *, now: datetime
    ) -> list[Letter | None]:
        if any(letter is letters[0] for letter, _ in outcomes):
            raise ZeroDivisionError
        return record(session, outcomes, now=now)

    monkeypatch.setattr(deliveries, "record_all", trip)
    kept = books.keep([(letter, SENT) for letter in letters], wanted=0)
    assert (kept.letters, type(kept.trouble)) == ([], ZeroDivisionError)
    with sqlite.reading() as session:
        states = session.scalars(select(Notice.state).order_by(Notice.id)).all()
    assert states == [NoticeState.SENDING, NoticeState.SENT]
    # A claim that fails is told to who asked; nothing was taken.
    monkeypatch.setattr(outbox, "claim_some", trip)
    with pytest.raises(TypeError):
        books.keep([], wanted=1)


@pytest.mark.usefixtures("notice_id")
def test_a_worker_told_to_stop_notes_what_it_sent_and_gives_back_what_it_did_not(
    database: Database, factory: Factory, now: datetime
) -> None:
    with database.transaction() as session:
        session.add(_due(factory.person(session), now, key="event:2"))
    stopping = threading.Event()
    in_hand: list[NoticeState] = []

    class Stopping(Carrier):
        def deliver(self, letter: Letter) -> Delivery:
            with database.reading() as session:
                in_hand.extend(session.scalars(select(Notice.state)).all())
            stopping.set()
            closing.wait(timeout=10)  # until nothing is handed out any more
            return super().deliver(letter)

    delivering = Delivering(database, Stopping(SENT), worker="w", base_url="http://x/", clock=lambda: now)
    closing, drain = threading.Event(), delivering._flow._drained

    def close() -> list[Letter]:
        unsent = drain()
        closing.set()
        return unsent

    delivering._flow._drained = close  # type: ignore[method-assign]
    for thread in keep_delivering(delivering, stopping, threads=1):
        thread.join(timeout=20)
        assert not thread.is_alive()
    assert in_hand == [NoticeState.SENDING] * 2
    with database.reading() as session:
        states = session.scalars(select(Notice.state).order_by(Notice.id)).all()
        assert session.scalars(select(Notice.claimed_at)).all() == [None, None]
    assert states == [NoticeState.SENT, NoticeState.PENDING]
