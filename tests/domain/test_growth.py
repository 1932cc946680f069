"""What is asked all day reads no large table from end to end, and is counted no further than it is shown."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.beside import surround
from bench.copies import multiply
from bench.grow import YEARS, grow
from bench.plans import noted, read_whole
from domain import board, notices, outbox, queries, related, sending, similar, timers
from domain.board import Narrowed, Show
from domain.filters import Filters, Order
from domain.queries import Tab
from models.complaint import Complaint
from models.database import Database
from models.staff import Staff
from tests.conftest import NOW

# A hundred made one by one, and each of them fifty times: enough for an index to be worth its while.
_MADE, _TIMES = 100, 50
_WORDS = ("火星车", "一食堂 火星车", "13800")


@pytest.fixture
def large(database: Database) -> Database:
    """An office of a few thousand complaints."""
    grow(database, _MADE, now=NOW, people=40)
    surround(database, now=NOW)
    multiply(database, _TIMES, apart=timedelta(days=365 * YEARS) / _MADE)
    return database


def test_large_office_asks_for_no_table_as_a_whole(large: Database) -> None:
    with large.reading() as session:
        for name, ask in {**_pages(session), **_works(session)}.items():
            with noted(large.engine) as asked:
                ask()
            assert asked, name
            assert read_whole(session.connection(), asked) == {}, name

        with noted(large.engine) as asked:
            session.scalars(select(Complaint.id).where(Complaint.text.contains("火星车"))).all()
        assert list(read_whole(session.connection(), asked).values()) == ["complaint"], (
            "it would be found out"
        )


def _pages(session: Session) -> dict[str, Callable[[], object]]:
    desk, handler = (
        session.scalars(select(Staff).where(Staff.username == name)).one() for name in ("desk", "handler")
    )
    one = session.scalars(select(Complaint).order_by(Complaint.id.desc()).limit(1)).one()

    def inbox(who: Staff, tab: Tab, order: Order | None = None, words: str = "") -> Callable[[], object]:
        return lambda: queries.inbox(
            session, who, tab=tab, now=NOW, order=order, filters=Filters(words=words), per_page=25
        )

    found = {f"{who.username} {tab}": inbox(who, tab) for who in (desk, handler) for tab in Tab}
    # It is counted up to ten thousand, which is more than there are.
    del found[f"handler {Tab.ALL}"]
    found |= {f"by {order}": inbox(desk, Tab.ALL, order) for order in Order}
    found |= {f"search {words}": inbox(desk, Tab.ALL, words=words) for words in _WORDS}
    found |= {
        f"board {show}": lambda show=show: board.items(  # type: ignore[misc]
            session, Narrowed(show=show), page=1, per_page=12, now=NOW
        )
        for show in Show
    }
    found |= {
        f"board {words}": lambda words=words: board.items(  # type: ignore[misc]
            session, Narrowed(words=words), page=1, per_page=12, now=NOW
        )
        for words in _WORDS[:2]
    }
    return found | {
        "numbers on tabs": lambda: queries.tab_counts(session, desk, now=NOW),
        "timeline": lambda: queries.timeline(session, one, for_public=False),
        "similar": lambda: similar.similar_to(session, one, staff=desk, now=NOW),
        "related": lambda: related.related_to(session, one, desk),
        "unread": lambda: notices.unread_count(session, staff=handler),
        "week": lambda: board.week(session, now=NOW),
        "places": lambda: board.places(session),
        "categories": lambda: board.categories(session),
    }


def _works(session: Session) -> dict[str, Callable[[], object]]:
    return {
        "due": lambda: timers.due_timers(session, now=NOW),
        "waits too long": lambda: sending.waiting_since(session, now=NOW),
        "anything to send": lambda: outbox.anything_due(session, now=NOW),
    }
