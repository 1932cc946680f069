"""A small invented university, filled once for all tests that only look."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from demo.seed import seed_demo
from domain.file_store import LocalFileStore
from models.database import Database

# A Saturday afternoon in Shanghai: people write, the office rests.
NOW = datetime(2026, 11, 21, 8, 10, tzinfo=UTC)
WECHAT_USERS = {
    "林小雨": "oSimLinXiaoyu00000000000001",
    "陈浩": "oSimChenHao000000000000002",
    "王芳老师": "oSimWangFang00000000000003",
    "张伟": "oSimZhangWei00000000000004",
}
TOTAL = 70


def fill(empty: Path, folder: Path, *, seed: int = 1, now: datetime = NOW, total: int = TOTAL) -> Database:
    """Fill a copy of an empty database."""
    folder.mkdir(exist_ok=True)
    shutil.copy(empty, folder / "demo.db")
    database = Database(f"sqlite:///{folder}/demo.db")
    store = LocalFileStore(folder / "uploads")
    with database.transaction() as session:
        seed_demo(session, file_store=store, now=now, wechat_users=WECHAT_USERS, total=total, seed=seed)
    return database


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the filled database and its photos lie."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def demo_database(migrated_sqlite_file: Path, demo_folder: Path) -> Iterator[Database]:
    """The filled database; to be looked at only."""
    database = fill(migrated_sqlite_file, demo_folder)
    yield database
    database.close()


@pytest.fixture
def session(demo_database: Database) -> Iterator[Session]:
    """A session that reads the filled database."""
    with demo_database.reading() as session:
        yield session
