"""What tests of the rules share."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from models.database import Database
from tests.support import postgresql
from tests.support.desk import Desk
from tests.support.factories import Factory, Office
from tests.support.playground import Playground, playground
from tests.support.story import Story


@pytest.fixture(scope="session")
def story_on_sqlite(
    migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """An SQLite database in which nothing is ever committed, so that it stays empty for the next story."""
    path = tmp_path_factory.mktemp("stories") / "story.db"
    shutil.copy(migrated_sqlite_file, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture(scope="session")
def story_on_postgresql() -> Iterator[Database]:
    """The same on PostgreSQL."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with postgresql.migrated_database(f"banshishi_stories_{worker}") as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def story(request: pytest.FixtureRequest, factory: Factory, now: datetime) -> Iterator[Story]:
    """The small office in one transaction, once on SQLite and once on PostgreSQL; undone at the end."""
    database: Database = request.getfixturevalue(f"story_on_{request.param}")
    with database.transaction() as session:
        yield Story(session, factory, factory.office(session), now)
        session.rollback()


@pytest.fixture
def desk(database: Database, office: Office, now: datetime) -> Desk:
    """The outbox as the worker handles it."""
    return Desk(database, office, now)


@pytest.fixture
def where(migrated_sqlite_file: Path, tmp_path: Path) -> Iterator[Playground]:
    """The office that a machine plays in."""
    file = tmp_path / "test.db"
    shutil.copy(migrated_sqlite_file, file)
    with playground(file) as ground:
        yield ground
