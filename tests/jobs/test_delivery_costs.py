"""What a claim and an outcome cost the database: as many statements for forty notices as for four."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event, insert, select

from domain import outbox
from domain.ports import Delivery, Verdict
from jobs.delivery_books import DeliveryBooks
from models.database import Database
from models.enums import NoticeKind, NoticeState
from models.notice import Notice
from models.person import Person, ServiceWindow

# Of troubles, two lanes, people, grants; an UPDATE for each of two ways, and the links.
CLAIM = 8
# The tries, the notices, their windows and receipts (put down and taken away), and what works again.
OUTCOMES = 6
# What is written for each by itself: its link, its try, and that it is sent; and its window, if it has one.
# PostgreSQL is sent all of them as lists.
ROWS_OF_ONE = 3


class Costs:
    """Statements that were sent, and how many rows those for many at once had."""

    def __init__(self) -> None:
        self.statements = 0
        self.rows = 0

    def note(self, _connection: object, _cursor: object, words: str, given: Any, *_: object) -> None:
        if not words.startswith(("BEGIN", "PRAGMA")):
            self.statements += 1
            self.rows += len(given) if isinstance(given, list) else 0


@contextmanager
def counted(database: Database) -> Iterator[Costs]:
    costs = Costs()
    event.listen(database.engine, "before_cursor_execute", costs.note)
    yield costs
    event.remove(database.engine, "before_cursor_execute", costs.note)


def let_be_due(database: Database, count: int, *, now: datetime) -> None:
    """One notice for each of so many people, every second one of whom has an open window."""
    with database.transaction() as session:
        row = {"created_at": now, "following": True}
        session.execute(insert(Person), [row | {"openid": f"oOf{count}x{number}"} for number in range(count)])
        ids = session.scalars(select(Person.id).order_by(Person.id.desc()).limit(count)).all()
        window = {"closes_at": now + timedelta(hours=40), "remaining": 5}
        session.execute(insert(ServiceWindow), [window | {"person_id": one} for one in ids[::2]])
        notice = {
            "kind": NoticeKind.ANSWERED,
            "title": "诉求有新进展",
            "body": "已出发",
            "fields": {},
            "path": "/h5/complaints/2026-1123-0001",
            "created_at": now,
            "due_at": now,
            "state": NoticeState.PENDING,
        }
        session.execute(insert(Notice), [notice | {"key": f"{one}", "person_id": one} for one in ids])


def test_forty_notices_cost_as_many_statements_as_four_to_claim_and_to_settle(
    database: Database, now: datetime
) -> None:
    books = DeliveryBooks(database, worker="w", base_url="http://x/", clock=lambda: now)
    found = {}
    for count in (4, 40):
        let_be_due(database, count, now=now)
        with counted(database) as claim:
            letters = books.keep([], wanted=count).letters
        sent = [
            Delivery(verdict=Verdict.SENT, code=0, message_id=str(one.notice_id) * (not one.window_closes_at))
            for one in letters
        ]
        with counted(database) as outcomes:
            books.keep(list(zip(letters, sent, strict=True)), wanted=0)
        found[count] = claim.statements, outcomes.statements
        assert len(letters) == count
        by_row = ROWS_OF_ONE * count + count // 2 if database.is_sqlite else 0
        assert claim.rows + outcomes.rows == by_row
    assert found == {4: (CLAIM, OUTCOMES), 40: (CLAIM, OUTCOMES)}
    with database.reading() as session:
        assert set(session.scalars(select(Notice.state))) == {NoticeState.SENT}
        assert outbox.anything_due(session, now=now) is False
