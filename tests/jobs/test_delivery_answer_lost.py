"""A commit whose answer is lost may stand all the same: what came of a call is written down once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.ports import Delivery, Verdict
from jobs.delivery_books import DeliveryBooks
from models.database import Database
from models.enums import NoticeChannel, NoticeKind, NoticeState
from models.notice import Notice, NoticeAttempt
from models.person import ServiceWindow
from tests.support.factories import Factory

SENT = Delivery(verdict=Verdict.SENT, code=0, message_id="1")
CLOSED = Delivery(verdict=Verdict.NEXT_CHANNEL, code=45015, words="对话已关闭", window_closed=True)


@pytest.fixture
def people(database: Database, factory: Factory, now: datetime) -> None:
    """Two people with an open window, and a notice for each."""
    with database.transaction() as session:
        people = [factory.person(session) for _ in range(2)]
        for number, person in enumerate(people):
            notice = Notice(
                key=f"event:{number}",
                kind=NoticeKind.ANSWERED,
                person_id=person.id,
                title="诉求有新进展",
                body="已答复",
                path="/h5/notices",
                due_at=now,
                created_at=now,
                state=NoticeState.PENDING,
            )
            window = ServiceWindow(person_id=person.id, closes_at=now + timedelta(hours=47), remaining=5)
            session.add_all([notice, window])


@contextmanager
def _answer_is_lost(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the next transaction be committed, and its answer never come, as when the server dies just then."""
    transaction = database.transaction
    lost: list[bool] = []

    @contextmanager
    def once() -> Iterator[Session]:
        with transaction() as session:
            yield session
        if not lost:
            lost.append(True)
            raise OperationalError("COMMIT", {}, Exception("connection lost"), connection_invalidated=True)

    monkeypatch.setattr(database, "transaction", once)
    monkeypatch.setattr("jobs.delivery_books.time.sleep", lambda _: None)
    yield
    assert lost


def _states(database: Database) -> list[NoticeState]:
    with database.reading() as session:
        return list(session.scalars(select(Notice.state).order_by(Notice.id)))


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("delivery", "state", "left"),
    # Who refuses one way is asked the next; that letter went with the answer, so it begins anew.
    [(SENT, NoticeState.SENT, 4), (CLOSED, NoticeState.PENDING, 0)],
    ids=["sent", "refused"],
)
def test_outcome_is_written_once_and_what_was_claimed_with_it_is_free_again(
    database: Database,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    delivery: Delivery,
    state: NoticeState,
    left: int,
) -> None:
    books = DeliveryBooks(database, worker="w", base_url="http://x/", clock=lambda: now)
    [letter] = books.keep([], wanted=1).letters
    assert letter.channel is NoticeChannel.CUSTOM

    later = now + timedelta(seconds=1)
    books = DeliveryBooks(database, worker="w", base_url="http://x/", clock=lambda: later)
    with _answer_is_lost(database, monkeypatch):
        kept = books.keep([(letter, delivery)], wanted=2)

    assert (kept.letters, kept.claimed, kept.trouble) == ([], 0, None)
    assert _states(database) == [state, NoticeState.PENDING]
    with database.reading() as session:
        tries = session.scalars(select(NoticeAttempt)).all()
        windows = session.scalars(select(ServiceWindow.remaining).order_by(ServiceWindow.person_id)).all()
    assert [(one.notice_id, one.code) for one in tries] == [(letter.notice_id, delivery.code)]
    assert windows == [left, 5]
    assert books.keep([], wanted=2).claimed == (1 if delivery is SENT else 2)


@pytest.mark.usefixtures("people")
def test_notices_of_a_claim_whose_answer_was_lost_are_free_at_the_next(
    database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = (now + timedelta(seconds=number) for number in range(9))
    books = DeliveryBooks(database, worker="w", base_url="http://x/", clock=lambda: next(moments))
    with _answer_is_lost(database, monkeypatch), pytest.raises(OperationalError):
        books.keep([], wanted=2)
    assert _states(database) == [NoticeState.SENDING, NoticeState.SENDING]
    assert len(books.keep([], wanted=2).letters) == 2
