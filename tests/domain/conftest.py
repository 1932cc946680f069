"""What tests of the rules share."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from models.database import Database
from tests.support.factories import Factory
from tests.support.story import Story


@pytest.fixture
def story(database: Database, factory: Factory, now: datetime) -> Iterator[Story]:
    """The small office in one transaction, once on SQLite and once on PostgreSQL."""
    with database.transaction() as session:
        yield Story(session, factory, factory.office(session), now)
