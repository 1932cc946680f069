"""One mini program, with a platform and pages behind it, for all tests of this folder."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.database import Database
from tests.support.many_filings import many_filings
from tests.support.mini_platform import MiniPlatform, mini_platform
from tests.support.settings import settings_in


@pytest.fixture(scope="package")
def together(migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniPlatform]:
    """Somebody with the mini program, and pages that the platform's pushes reach."""
    folder = tmp_path_factory.mktemp("mini")
    shutil.copy(migrated_sqlite_file, folder / "test.db")
    database = Database(f"sqlite:///{folder}/test.db")
    with mini_platform(database, settings_in(folder)) as found:
        yield found
    database.close()


@pytest.fixture
def mini(together: MiniPlatform) -> Iterator[MiniPlatform]:
    together.begin_anew()
    with many_filings():
        yield together
