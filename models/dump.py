"""All rows of a database as plain values, read in one moment and put back, alike for SQLite and PostgreSQL.

Columns are taken from the database, not from the code, so that what an older version wrote can be put back
into tables of its age and then brought up to date.
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    Time,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.types import TypeEngine

from models.database import Database
from models.migrate import foreign_keys_off

# What follows from the rest (the worker makes it anew), or is worthless elsewhere.
LEFT_OUT = frozenset({"alembic_version", "complaint_search", "wechat_token"})
_DERIVED_PREFIXES = ("complaint_search_fts", "sqlite_")
_AT_ONCE = 1000
# Rows of these are somebody's; without them there is nothing that could be lost.
_BELONGS_TO_SOMEBODY = ("staff", "person", "complaint", "matter")
# How what JSON has no word for is read again, by the kind of column.
_READERS: dict[type[TypeEngine[Any]], Callable[[Any], Any]] = {
    DateTime: datetime.fromisoformat,
    Date: date.fromisoformat,
    Time: time.fromisoformat,
    LargeBinary: base64.b64decode,
}

Values = dict[str, Any]


class NotEmpty(Exception):
    """The database holds rows that putting others in their place would destroy."""


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """Give a connection that sees the database as it is at this moment, while others write on."""
    options: dict[str, Any] = {"sqlite_begin": "BEGIN"}
    if not database.is_sqlite:
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with database.engine.connect().execution_options(**options) as connection, connection.begin():
        if not database.is_sqlite:
            # Slow disks may keep us from asking for the next rows for longer than requests are allowed to.
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield connection


def tables(connection: Connection) -> list[Table]:
    """Look up what tables there are, by name, but those LEFT_OUT."""
    found = inspect(connection)
    metadata = MetaData()
    names = [
        name
        for name in sorted(found.get_table_names())
        if name not in LEFT_OUT and not name.startswith(_DERIVED_PREFIXES)
    ]
    return [
        Table(name, metadata, *(Column(one["name"], _type_of(one)) for one in found.get_columns(name)))
        for name in names
    ]


def _type_of(column: ReflectedColumn) -> TypeEngine[Any]:
    # Else an empty column would come back as the word `null`, which is not the same to a query.
    return JSON(none_as_null=True) if isinstance(column["type"], JSON) else column["type"]


def rows(connection: Connection, table: Table) -> Iterator[Values]:
    """Read a table, some rows at a time; each value is one that JSON knows."""
    result = connection.execution_options(yield_per=_AT_ONCE).execute(select(table))
    for row in result.mappings():
        yield {name: _plain(value) for name, value in row.items()}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        # SQLite keeps no zone; what it keeps is UTC.
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value


def check_empty(connection: Connection) -> None:
    """Make sure that nothing of anybody is in this database.

    Raises:
        NotEmpty: there is.
    """
    there = set(inspect(connection).get_table_names())
    for name in _BELONGS_TO_SOMEBODY:
        if name in there and connection.scalar(text(f"SELECT 1 FROM {name} LIMIT 1")):  # nosec B608 # noqa: S608 (our names)
            raise NotEmpty(name)


@contextmanager
def filling(database: Database) -> Iterator["Filling"]:
    """Give what puts rows into a database that holds nothing of anybody; all of them, or none at all.

    Raises:
        NotEmpty: there is something in it.
        RuntimeError: rows would point at nothing.
    """
    with foreign_keys_off(database) as connection, connection.begin():
        check_empty(connection)
        yield Filling(connection)
        if database.is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
            raise RuntimeError(f"rows point at nothing: {broken[:5]}")


class Filling:
    """Puts rows into tables, in any order.

    Args:
        connection: in a transaction; foreign keys are looked at when `finish` has put them back.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tables = {table.name: table for table in tables(connection)}
        self._foreign_keys = [] if connection.dialect.name == "sqlite" else self._drop_foreign_keys()
        for table in self._tables.values():
            # What migrations and the first start wrote is in the dump as well, as people changed it.
            connection.execute(table.delete())

    @property
    def names(self) -> frozenset[str]:
        """The tables there are."""
        return frozenset(self._tables)

    def fill(self, name: str, lines: Iterable[Mapping[str, Any]]) -> int:
        """Put rows, as `rows` gave them, into a table, and give their number."""
        table = self._tables[name]
        readers = {column.name: _reader_of(column) for column in table.columns}
        some: list[Values] = []
        count = 0
        for line in lines:
            some.append({key: readers[key](value) for key, value in line.items()})
            count += 1
            if len(some) == _AT_ONCE:
                self._connection.execute(insert(table), some)
                some = []
        if some:
            self._connection.execute(insert(table), some)
        return count

    def finish(self) -> None:
        """Have complaints searched for again by the worker, and put keys and counters in order."""
        self._connection.execute(
            text(
                "INSERT INTO complaint_search (complaint_id, words, contact_words, tokens, stale)"
                " SELECT id, '', '', '', true FROM complaint"
            )
        )
        for table, name, definition in self._foreign_keys:
            self._connection.execute(text(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}'))
        if self._connection.dialect.name == "postgresql":
            self._set_sequences()

    def _drop_foreign_keys(self) -> list[tuple[str, str, str]]:
        """Take foreign keys away until all rows are there, and give table, name and definition of each."""
        found = self._connection.execute(
            text(
                "SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid)"
                " FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace"
                " WHERE c.contype = 'f' AND n.nspname = current_schema()"
            )
        )
        keys = [(str(table).strip('"'), str(name), str(definition)) for table, name, definition in found]
        for table, name, _ in keys:
            self._connection.execute(text(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"'))
        return keys

    def _set_sequences(self) -> None:
        """Let new rows be numbered after those that were put in."""
        for table in self._tables.values():
            if "id" not in table.columns:
                continue
            sequence = self._connection.scalar(select(func.pg_get_serial_sequence(table.name, "id")))
            if sequence is not None:
                highest = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
                self._connection.execute(select(func.setval(sequence, highest, False)))


def _reader_of(column: Column[Any]) -> Callable[[Any], Any]:
    for kind, reader in _READERS.items():
        if isinstance(column.type, kind):
            return lambda value: value if value is None else reader(value)
    return lambda value: value
