"""The office with one of everything, set up once for many attacks; what an attack changed is undone."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import time_machine
from flask import Flask
from sqlalchemy import event
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from domain.file_store import LocalFileStore
from models.database import Database
from models.migrate import upgrade
from tests.conftest import NOW
from tests.support import api_roles
from tests.support.api_program import token_of
from tests.support.factories import Factory
from tests.support.file_links import signed
from tests.support.furnished import ROLES, Furnished, furnish
from tests.support.restoring import Restored, restoring, tables_written
from tests.support.settings import settings_in
from web.application import create_web
from web.rate_limits import limiter

PERMISSIONS = Path(__file__).parents[2] / "whole" / "permissions.txt"
# Who may open what is no question here, so that each URL is met by somebody who sees most of it.
_SEEING_MOST = (
    "dispatcher",
    "lead",
    "admin",
    "leader",
    "inspector",
    "handler",
    "person",
    "stranger",
    "nobody",
)


@dataclass
class Attacked:
    """The office, and who may open what in it.

    Attributes:
        folder: where its database and files lie.
        met: what each role meets at each URL, as tests/whole/permissions.txt has it.
        tokens: by which the programs of people come in.
        things: what the student has in the API, by the parameter that names it.
        written: tables that something was written to since this was last emptied.
    """

    furnished: Furnished
    database: Database
    folder: Path
    kept: Restored
    met: dict[tuple[str, str], dict[str, str]]
    tokens: dict[str, str] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)

    @property
    def app(self) -> Flask:
        """The web application."""
        return self.furnished.app

    def rules(self, *methods: str) -> list[tuple[str, Rule]]:
        """Give all URLs that answer one of these methods, with the method."""
        return sorted(
            (
                (method, rule)
                for rule in self.app.url_map.iter_rules()
                for method in methods
                if method in (rule.methods or ())
            ),
            key=lambda pair: (pair[1].rule, pair[0]),
        )

    def openers(self, method: str, rule: Rule) -> list[str]:
        """Give the roles that get the thing itself, those who see most of it first."""
        met = self.met[method, rule.rule]
        return [role for role in _SEEING_MOST if met[role] == "ok"]

    def address(self, role: str, rule: Rule) -> str:
        """Give the path of a rule as this role holds it, with something real for each parameter."""
        if rule.rule.startswith(api_roles.PREFIX):
            path = api_roles.address(self.furnished, rule, self.things)
            reader = self.furnished.readers.get(role)
            return signed(self.app, path, reader) if "/attachments/" in path and reader else path
        return self.furnished.as_read(role, self.furnished.address(rule))

    def headers(self, role: str, path: str) -> dict[str, str]:
        """Give what a program sends along to say who it is; browsers have their cookie."""
        reader = self.furnished.readers.get(role)
        if not path.startswith(api_roles.PREFIX) or reader is None:
            return {}
        if role not in self.tokens:
            self.tokens[role] = token_of(self.database, reader)
        return {"Authorization": f"Bearer {self.tokens[role]}"}

    def get(self, role: str, path: str, **sent: str) -> TestResponse:
        """Open an address as a role."""
        return self.furnished.client(role).get(path, headers={**self.headers(role, path), **sent})

    def note(self, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        """Note the tables that a statement writes to."""
        self.written |= tables_written(statement)

    def keep(self) -> None:
        """Take the office as it stands now for what is put back after each attack."""
        self.kept.close()
        self.kept = restoring(self.database)


@contextmanager
def attacked(
    folder: Path, empty: Path | None = None, *, url: str = "", **changes: object
) -> Iterator[Attacked]:
    """Furnish an office in a folder; the clock moves on from the moment at which tests play.

    Args:
        empty: a database file with all tables, to be copied; made anew when none is given.
        url: of an empty database with all tables, to be used instead of a file.
        changes: settings that differ from the usual ones of tests.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if empty is not None:
        shutil.copy(empty, folder / "test.db")
    database = Database(url or f"sqlite:///{folder}/test.db")
    delete, limits = LocalFileStore.delete, limiter.enabled
    if empty is None and not url:
        upgrade(database)
    # Rows that were taken away are put back; their files could not be.
    LocalFileStore.delete = lambda _self, _key: None  # type: ignore[method-assign]
    with time_machine.travel(NOW, tick=True):
        app = create_web(settings_in(folder, **changes), database)
        app.testing = True
        limiter.enabled = False
        made = furnish(app, database, Factory(NOW))
        office = Attacked(made, database, folder, restoring(database), _listed())
        event.listen(database.engine, "before_cursor_execute", office.note)
        office.things = api_roles.things_of(made, made.readers["person"])
        for role in made.readers:
            office.headers(role, api_roles.PREFIX)
            # The first call is noted; those that follow only read.
            office.get(role, f"{api_roles.PREFIX}/me")
        office.keep()
        try:
            yield office
        finally:
            LocalFileStore.delete = delete  # type: ignore[method-assign]
            limiter.enabled = limits
            office.kept.close()
            database.close()


def _listed() -> dict[tuple[str, str], dict[str, str]]:
    met = {}
    for line in PERMISSIONS.read_text(encoding="utf-8").splitlines()[1:]:
        method, rest = line.split(maxsplit=1)
        *path, words = rest.rsplit(maxsplit=len(ROLES))[0], rest.split()[-len(ROLES) :]
        met[method, path[0]] = dict(zip(ROLES, words, strict=True))
    return met
