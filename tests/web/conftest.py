"""What tests of pages may use. One kind of database is enough for pages; the rules are tested on both."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from PIL import Image
from sqlalchemy import event

from config.settings import Settings
from models.database import Database
from tests.support.pages import Visitor
from tests.support.web_platform import make_platform_app, platform, running
from web.application import create_web

__all__ = ["make_platform_app", "platform", "running"]


@pytest.fixture
def database(sqlite: Database) -> Database:
    """An empty SQLite database."""
    return sqlite


@pytest.fixture
def clock(now: datetime) -> Iterator[time_machine.Traveller]:
    """The clock, standing at `now`; tests may move it."""
    with time_machine.travel(now, tick=False) as coordinates:
        yield coordinates


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates as compiled by the first test that used them, so that not every test compiles them anew."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(
    make_settings: Callable[..., Settings],
    database: Database,
    clock: time_machine.Traveller,
    compiled_templates: FileSystemBytecodeCache,
) -> Flask:
    """The web application."""
    del clock
    app = create_web(make_settings(), database)
    app.testing = True
    app.jinja_env.bytecode_cache = compiled_templates
    return app


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor(app)


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str], Visitor]:
    """Make visitors signed in under a user name of the office."""
    return lambda username: Visitor(app).sign_in(username)


@pytest.fixture
def photo() -> bytes:
    """A small JPEG."""
    output = BytesIO()
    Image.new("RGB", (40, 30), (120, 90, 60)).save(output, "JPEG")
    return output.getvalue()


@pytest.fixture
def count_queries(database: Database) -> Callable[[], AbstractContextManager[list[str]]]:
    """Collect the SELECTs sent to the database while a block runs."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        sent: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if statement.lstrip().upper().startswith(("SELECT", "WITH")):
                sent.append(statement)

        event.listen(database.engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(database.engine, "before_cursor_execute", note)

    return counting
