"""Undoing what a request did, so that the next one finds the office as it was."""

import re
import sqlite3
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Column, Connection, create_engine, event, text

from models.database import Database
from models.tables import Base

_WRITTEN = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
# As text, since JSON equals nothing.
_DIFFERS = (
    "SELECT (SELECT count(*) FROM {now}) <> (SELECT count(*) FROM {kept})"
    " OR EXISTS (SELECT one::text FROM {now} AS one EXCEPT SELECT one::text FROM {kept} AS one)"
)
_copies = count()


def tables_written(statement: str) -> set[str]:
    """Give the tables that a statement writes to, alone or as parts of one."""
    return Base.metadata.tables.keys() & _WRITTEN.findall(statement)


class Restored(Protocol):
    """What can be put back as it was."""

    def restore(self) -> bool:
        """Undo all since the beginning; tells whether there was anything."""

    def was_written(self) -> bool:
        """Tell whether something was written since."""

    def close(self) -> None:
        """Let go of what was kept."""


def restoring(database: Database) -> Restored:
    """Keep a database as it stands now."""
    if database.is_sqlite:
        return Restoring(Path(str(database.engine.url.database)))
    return RestoringPostgresql(database)


class Restoring:
    """Puts a SQLite database back as it was, quickly, and only when something was written."""

    def __init__(self, path: Path) -> None:
        self._live = sqlite3.connect(path)
        self._kept = sqlite3.connect(":memory:")
        self._live.backup(self._kept)
        self._version = self._seen()

    def _seen(self) -> int:
        return int(self._live.execute("PRAGMA data_version").fetchone()[0])

    def restore(self) -> bool:
        """Undo all since the beginning; tells whether there was anything."""
        if not self.was_written():
            return False
        self._kept.backup(self._live)
        self._version = self._seen()
        return True

    def was_written(self) -> bool:
        """Tell whether something was written since."""
        return self._seen() != self._version

    def close(self) -> None:
        """Let go of both."""
        self._live.close()
        self._kept.close()


class RestoringPostgresql:
    """Puts back the tables of a PostgreSQL database that somebody wrote to by this `Database`."""

    def __init__(self, database: Database) -> None:
        self._app = database.engine
        self._schema = f"kept_{next(_copies)}"
        self._columns = {table.name: _named(table.columns) for table in Base.metadata.sorted_tables}
        self._touched: set[str] = set()
        self._engine = create_engine(self._app.url)
        with self._engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {self._schema}"))
            for name in self._columns:
                connection.execute(text(f'CREATE TABLE {self._kept(name)} AS TABLE public."{name}"'))
        event.listen(self._app, "before_cursor_execute", self._note)

    def _kept(self, name: str) -> str:
        return f'{self._schema}."{name}"'

    def _note(self, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        self._touched.update(tables_written(statement))

    def restore(self) -> bool:
        """Undo all since the beginning; tells whether there was anything."""
        with self._engine.begin() as connection:
            written = self._written(connection)
            # What refers to what may come in any order.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for name in written:
                columns = self._columns[name]
                connection.execute(text(f'DELETE FROM "{name}"'))  # noqa: S608 (our own names)
                connection.execute(
                    text(f'INSERT INTO "{name}" ({columns}) SELECT {columns} FROM {self._kept(name)}')  # noqa: S608
                )
        self._touched.clear()
        return bool(written)

    def was_written(self) -> bool:
        """Tell whether something was written since, and lasted."""
        with self._engine.connect() as connection:
            return bool(self._written(connection))

    def _written(self, connection: Connection) -> list[str]:
        return [
            name
            for name in sorted(self._touched)
            if connection.scalar(text(_DIFFERS.format(now=f'public."{name}"', kept=self._kept(name))))
        ]

    def close(self) -> None:
        """Let go of what was kept."""
        event.remove(self._app, "before_cursor_execute", self._note)
        with self._engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {self._schema} CASCADE"))
        self._engine.dispose()


def _named(columns: Iterable[Column[Any]]) -> str:
    return ", ".join(f'"{column.name}"' for column in columns if column.computed is None)
