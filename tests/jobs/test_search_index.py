"""The worker fills the search index in small steps until nothing is missing."""

import pytest
from sqlalchemy import func, select, update

from jobs import search_index
from jobs.context import JobContext
from models.complaint_search import ComplaintSearch
from models.database import Database
from tests.support.factories import Factory, Office


@pytest.fixture
def database(sqlite: Database) -> Database:
    return sqlite


def test_stale_entries_are_written_until_none_is_left(
    context: JobContext, office: Office, factory: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "_AT_ONCE", 2)
    with context.database.transaction() as session:
        for _ in range(5):
            factory.complaint(session, office)
        session.execute(update(ComplaintSearch).values(stale=True, words="", tokens=""))

    search_index.fill_search_index(context)

    with context.database.reading() as session:
        written = select(func.count()).where(ComplaintSearch.words.contains("饭菜是凉的"))
        assert session.scalar(written.where(ComplaintSearch.stale.is_(False))) == 5
