"""What every test may use."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from models.database import Database
from models.migrate import upgrade
from models.tables import Base
from tests.support.factories import Factory, Office
from tests.support.postgresql import fresh_database

# A Monday, 10:00 in Shanghai: an office hour of an ordinary working day.
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables and nothing in them, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "empty.db"
    database = Database(f"sqlite:///{file}")
    upgrade(database)
    database.close()
    return file


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL database of this test process with all tables."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with fresh_database(f"banshishi_{worker}") as url:
        database = Database(url)
        upgrade(database)
        database.close()
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database; each test that uses it runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        file: Path = request.getfixturevalue("migrated_sqlite_file")
        shutil.copy(file, tmp_path / "test.db")
        database = Database(f"sqlite:///{tmp_path}/test.db")
    else:
        database = Database(request.getfixturevalue("postgresql_url"))
        tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
        with database.engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    yield database
    database.close()


@pytest.fixture
def now() -> datetime:
    """The time at which tests begin."""
    return NOW


@pytest.fixture
def factory(now: datetime) -> Factory:
    """Makes rows."""
    return Factory(now=now)


@pytest.fixture
def office(database: Database, factory: Factory) -> Office:
    """The small office, in the database."""
    with database.transaction() as session:
        return factory.office(session)
