"""The disk fills up while a message is taken in: what is answered is stored, and nothing else is."""

import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import event, func, select, text
from structlog.testing import capture_logs

from models.conversation import DraftPiece
from models.database import Database
from models.enums import InboundState
from models.inbound import InboundMessage
from tests.support.campus import Campus
from tests.support.dialogue import Dialogue

# So many pages more than now may be written: from none at all to enough for everything a message does.
ROOM = range(14)
# Each takes several pages for the message as it came, and as many for what it adds to the draft.
LONG = "灯坏了。" * 1500


@pytest.fixture
def full(me: Dialogue, campus: Campus) -> Iterator[Dialogue]:
    """A student whose database may not grow by more than `PRAGMA max_page_count` says."""
    del campus
    url = me.database.engine.url
    with me.database.transaction() as session:
        session.execute(text("SELECT 1"))
    me.database = Database(url.render_as_string(), pool_size=1)
    yield me
    me.database.close()


def _stored(database: Database, content: str) -> list[InboundState]:
    with database.reading() as session:
        query = select(InboundMessage.state).where(InboundMessage.body.contains(content))
        return list(session.scalars(query))


def test_full_disk_is_never_answered_with_a_success_that_was_not_stored(full: Dialogue) -> None:
    room: list[int] = []

    @event.listens_for(full.database.engine, "checkout")
    def _limit(connection: sqlite3.Connection, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + room[0] if room else 1_000_000}")

    full.say("你好")
    outcomes = {}
    for pages in ROOM:
        content = f"第 {pages} 次：{LONG}"
        packet = full.packet("text", Content=content)
        room[:] = [pages]
        with capture_logs():
            status = full.answer_to(packet).status
        room.clear()
        stored = _stored(full.database, content)
        assert len(stored) == (status == 200), f"{pages} pages: {status}, {stored}"
        outcomes[pages] = status, *stored
        with capture_logs():
            assert full.answer_to(packet).status == 200, (
                "with room again, the platform's next try gets through"
            )
        assert len(_stored(full.database, content)) == 1

    assert outcomes[0] == (503,)
    assert outcomes[ROOM[-1]] == (200, InboundState.HANDLED)
    with full.database.reading() as session:
        pieces = session.scalar(select(func.count(DraftPiece.id)))
        handled = session.scalar(
            select(func.count(InboundMessage.id)).where(InboundMessage.state == InboundState.HANDLED)
        )
    assert (pieces, handled) == (len(ROOM), len(ROOM) + 1), "each had its effect once"
