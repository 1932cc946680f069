"""Every migration, run over a database in which every table has a row."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Time,
    func,
    inspect,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from models import migrate
from models.database import Database
from tests.support.postgresql import fresh_database

_AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_VALUES: Mapping[type[TypeEngine[Any]], Any] = {
    Boolean: False,
    Integer: 1,
    Float: 1.0,
    DateTime: _AT,
    Date: date(2026, 3, 2),
    Time: time(9, 0),
    JSON: {},
    LargeBinary: b"x",
    String: "x",
}
# Where a table asks for more than one value of each column's type: what to write into it.
_ASKED: Mapping[str, Mapping[str, Any]] = {
    "complaint_link": {"other_id": 2},
    "message_template": {"channel": "template"},
    "staff_invitation": {"expires_at": _AT + timedelta(days=1)},
}
# Of what is linked with another of its kind there are two.
_ANOTHER: Mapping[str, Mapping[str, Any]] = {"complaint": {"id": 2, "number": "y", "submission_key": "y"}}
# A rule that one of some words is held, as either database writes it.
_ONE_OF = re.compile(r"\W*(\w+)\W*(?:::text)?\W*(?:IN|= ANY) ?\(.*?'([\w.]+)'", re.DOTALL)
_LEFT_ALONE = ("alembic_version", "complaint_search_fts")


def revisions() -> list[str]:
    """All migrations, the oldest first."""
    scripts = ScriptDirectory.from_config(migrate._config())
    return [script.revision for script in reversed(list(scripts.walk_revisions()))]


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with no tables."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path_factory.mktemp('bare')}/bare.db")
        yield database
        database.close()
        return
    with fresh_database("banshishi_bare") as url:
        database = Database(url)
        yield database
        database.close()


def test_no_row_is_lost_on_the_way_from_any_version(bare: Database) -> None:
    lost: list[str] = []
    counts: dict[str, int] = {}
    for revision in revisions():
        migrate.upgrade(bare, to=revision)
        with bare.engine.begin() as connection:
            there = _counted(connection)
            lost += [
                f"{revision}: {name} had {count}, has {there[name]}"
                for name, count in counts.items()
                if name in there and there[name] < count
            ]
            _furnish(connection, there)
            counts = _counted(connection)
        assert [name for name, count in counts.items() if count == 0] == [], revision

    assert lost == []
    assert migrate.schema_drift(bare) == []


def _counted(connection: Connection) -> dict[str, int]:
    names = [name for name in inspect(connection).get_table_names() if not name.startswith(_LEFT_ALONE)]
    return {
        name: connection.scalar(select(func.count()).select_from(Table(name, MetaData()))) or 0
        for name in sorted(names)
    }


def _furnish(connection: Connection, counts: Mapping[str, int]) -> None:
    """Put a row into each empty table; those that others point at first."""
    waiting = [name for name, count in counts.items() if count == 0]
    while waiting:
        left = [name for name in waiting if not _has_a_row_now(connection, name)]
        if len(left) == len(waiting):
            return
        waiting = left


def _has_a_row_now(connection: Connection, name: str) -> bool:
    found = inspect(connection)
    pointing = {
        key["constrained_columns"][0]: (key["referred_table"], key["referred_columns"][0])
        for key in found.get_foreign_keys(name)
    }
    words = _first_words(connection, name)
    table = Table(name, MetaData(), *(Column(one["name"], one["type"]) for one in found.get_columns(name)))
    needed: dict[str, Any] = {}
    free: dict[str, Any] = {}
    for column in found.get_columns(name):
        if column["name"] in pointing:
            value = _key_of(connection, *pointing[column["name"]])
            if value is None and not column["nullable"]:
                return False
        else:
            value = words.get(column["name"], _value_of(column["type"]))
        (free if column["nullable"] else needed)[column["name"]] = value
    needed |= {key: value for key, value in _ASKED.get(name, {}).items() if key in table.columns}
    # Rules such as "one of the two is filled in" are met by one way or another.
    for more in [{}, *({key: value} for key, value in free.items()), free]:
        try:
            with connection.begin_nested():
                connection.execute(table.insert().values({**more, **needed}))
                if name in _ANOTHER:
                    connection.execute(table.insert().values({**more, **needed, **_ANOTHER[name]}))
        except DBAPIError:
            continue
        return True
    return False


def _key_of(connection: Connection, table: str, column: str) -> Any:
    key: Column[Any] = Column(column)
    return connection.scalar(select(key).select_from(Table(table, MetaData(), key)).limit(1))


def _first_words(connection: Connection, name: str) -> dict[str, str]:
    """Give, of each column that holds one of some words, the first of them."""
    words: dict[str, str] = {}
    for check in inspect(connection).get_check_constraints(name):
        listed = _ONE_OF.match(check["sqltext"])
        if listed:
            words.setdefault(listed[1], listed[2])
    return words


def _value_of(kind: TypeEngine[Any]) -> Any:
    for known, value in _VALUES.items():
        if isinstance(kind, known):
            return value
    return ""
