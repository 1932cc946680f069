"""What all tests share: a database of each kind, complete settings, and an office to play in."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from config.catalogue import use_catalogue
from config.settings import Settings
from models.database import Database
from models.migrate import upgrade
from tests.support import postgresql
from tests.support.browser import LAUNCH_ARGUMENTS, find_browser
from tests.support.compiled_statements import share_compiled_statements
from tests.support.factories import Factory, Office
from tests.support.lazy_routes import compile_when_needed
from tests.support.quick_passwords import compare_passwords_quickly
from tests.support.quick_process import garbage_left_alone, keep_bytecode, put_files_into_memory
from tests.support.settings import settings_in
from tests.support.shared_platform import Platforms

# A busy machine is no failure of the code under test.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

keep_bytecode()
put_files_into_memory()
compile_when_needed()
share_compiled_statements()
compare_passwords_quickly()

pytest_plugins = ["tests.support.canaries"]

# Nothing in the folder a developer works in may reach the tests.
os.environ["ENV_FILE"] = os.devnull

# A Monday, 10:00 in Shanghai: an office hour of an ordinary working day.
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Find the tests."""
    with garbage_left_alone():
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that in the end nobody waits for one test."""
    items.sort(key=lambda item: not _takes_long(item))


def pytest_sessionfinish() -> None:
    """Let go of what the whole process held."""
    postgresql.let_go.close()


def _takes_long(item: pytest.Item) -> bool:
    marked = any(item.get_closest_marker(name) for name in ("slow", "browser"))
    return marked or item.nodeid.startswith("tests/whole/")


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The address of a migrated PostgreSQL database of this test process's own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with postgresql.migrated_database(f"banshishi_{worker}") as url:
        yield url


@pytest.fixture(scope="session")
def empty_postgresql(postgresql_url: str) -> Iterator[Callable[[], None]]:
    """Empties that database."""
    with postgresql.emptying(postgresql_url) as empty:
        yield empty


@pytest.fixture
def sqlite(migrated_sqlite_file: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database, for tests in which the kind of database does not matter."""
    path = tmp_path / "test.db"
    shutil.copy(migrated_sqlite_file, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def postgres(postgresql_url: str, empty_postgresql: Callable[[], None]) -> Iterator[Database]:
    """An empty PostgreSQL database."""
    empty_postgresql()
    database = Database(postgresql_url)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database; each test that uses it runs once on SQLite and once on PostgreSQL."""
    found: Database = request.getfixturevalue("sqlite" if request.param == "sqlite" else "postgres")
    return found


@pytest.fixture
def now() -> datetime:
    """The moment at which a test plays: Monday 23 November 2026, 10:00 in Shanghai."""
    return NOW


@pytest.fixture
def factory(now: datetime) -> Factory:
    """Makes teams, staff, people, places and complaints with a meaning."""
    return Factory(now)


@pytest.fixture
def office(database: Database, factory: Factory) -> Office:
    """The small office, in the database."""
    with database.transaction() as session:
        return factory.office(session)


@pytest.fixture
def make_settings(tmp_path: Path) -> Iterator[Callable[..., Settings]]:
    """Settings that are complete and harmless; keyword arguments replace single ones."""

    def make(**changes: object) -> Settings:
        return settings_in(tmp_path, **changes)

    yield make
    use_catalogue(None)


@pytest.fixture(scope="session")
def platforms() -> Iterator[Platforms]:
    """Lends pretend platforms."""
    platforms = Platforms()
    yield platforms
    platforms.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, started for one file of tests: two that are open at once would not share a thread."""
    path = find_browser()
    if path is None:
        pytest.skip("没有找到 Chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=LAUNCH_ARGUMENTS)
        # A page that a busy machine shows late is right; one that never shows it still fails.
        expect.set_options(timeout=20_000)
        yield chromium
        chromium.close()
