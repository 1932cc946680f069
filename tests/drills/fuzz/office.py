"""An office to try things on, and putting it back as it was after each."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import time_machine

import web.errors
from config.settings import Settings
from models.database import Database
from models.migrate import upgrade
from simulator import SimulatorConfig
from simulator.config import MINI_AES_KEY
from simulator.server import RunningSimulator
from tests.conftest import NOW
from tests.support.api_program import MINI_APP
from tests.support.factories import Factory
from tests.support.furnished import Furnished, furnish
from tests.support.quick_process import put_files_into_memory
from tests.support.restoring import Restoring
from tests.support.settings import settings_in
from web.application import create_web
from web.rate_limits import limiter

PUSHED = MINI_APP | {"miniprogram_token": "simminitoken", "miniprogram_aes_key": MINI_AES_KEY}


@contextmanager
def empty_office() -> Iterator[tuple[Database, Path, Factory]]:
    """Give a migrated database with nothing in it, the folder it lies in, and what makes things."""
    put_files_into_memory()
    with TemporaryDirectory(dir=tempfile.gettempdir()) as name:
        folder = Path(name)
        database = Database(f"sqlite:///{folder}/test.db")
        upgrade(database)
        yield database, folder, Factory(NOW)
        database.close()


@contextmanager
def put_back_each_time(folder: Path, check: Callable[[Any], None]) -> Iterator[Callable[[Any], None]]:
    """Give the check, after which the database is as it is now."""
    kept = Restoring(folder / "test.db")

    def checked(value: Any) -> None:
        try:
            check(value)
        finally:
            kept.restore()

    yield checked
    kept.close()


@dataclass
class Site:
    """The whole application with one of everything in it.

    Attributes:
        failures: what was raised behind an error page, newest last.
    """

    furnished: Furnished
    database: Database
    folder: Path
    failures: list[Exception]


@contextmanager
def whole_site() -> Iterator[Site]:
    """Give the site, before a platform that runs; the clock moves on from a Monday morning."""
    failures: list[Exception] = []
    usual = web.errors._on_failure

    def noting(error: Exception) -> Any:
        failures.append(error)
        return usual(error)

    with (
        empty_office() as (database, folder, factory),
        RunningSimulator(SimulatorConfig()) as platform,
        time_machine.travel(NOW, tick=True),
    ):
        web.errors._on_failure, limiter.enabled = noting, False
        try:
            settings: Settings = settings_in(folder, wechat_api_base=platform.base_url, **PUSHED)
            app = create_web(settings, database)
            yield Site(furnish(app, database, factory), database, folder, failures)
        finally:
            web.errors._on_failure, limiter.enabled = usual, True
