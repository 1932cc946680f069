"""Writing many rows at once, in a statement that is made once and is the same however many they are.

SQLite runs a statement for each row without leaving the process. To PostgreSQL each would be a message of its
own, so there the rows go as one value, and what several tables are told goes in one statement.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, cast

from sqlalchemy import ColumnElement, FromClause, Table, Text, any_, bindparam, column, func, select, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.prepared import Prepared

Row = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Writing:
    """A statement that writes as many rows of a table as it is given.

    Attributes:
        statement: made of `insert_given`, or by `update_given`.
        names: of the columns that each row has.
        given: what the statement calls its rows: PostgreSQL all of them, SQLite the columns of one, each with
            its name behind.
    """

    statement: Any  # an INSERT or UPDATE of either dialect
    names: tuple[str, ...]
    given: str

    @cached_property
    def prepared(self) -> Prepared:
        """The statement by itself, to be run."""
        return Prepared(self.statement)

    def one_by_one(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Give the rows as SQLite takes them."""
        return [{self.given + name: row[name] for name in self.names} for row in rows]

    def at_once(self, rows: Sequence[Row]) -> dict[str, str]:
        """Give the rows as PostgreSQL takes them."""
        of_names = [{name: row[name] for name in self.names} for row in rows]
        return {self.given: json.dumps(of_names, ensure_ascii=False, default=_as_text)}


def _as_text(value: object) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"a {type(value).__name__} like {value!r} cannot be written in a lot")
    return value.isoformat()


def is_sqlite(session: Session) -> bool:
    """Tell which of the two it is."""
    return session.get_bind().dialect.name == "sqlite"


def insert_given(table: Table, names: Collection[str], *, for_sqlite: bool) -> Any:  # noqa: ANN401 (of either dialect)
    """Make an insert of these columns for `inserting`, to which ON CONFLICT and RETURNING can be added.

    The others get what their column has for a default; one that is called for is called once for all rows.

    Args:
        for_sqlite: whether it is for SQLite.
    """
    if for_sqlite:
        return sqlite.insert(table)
    rows = select(*_given_rows(table, names).c)
    return postgresql.insert(table).from_select(list(names), rows)


def inserting(statement: Any, names: Collection[str], *, for_sqlite: bool) -> Writing:  # noqa: ANN401 (of either dialect)
    """Make what `write_many` takes of an insert."""
    return Writing(statement, tuple(names), "" if for_sqlite else _given(statement.table))


def update_given(table: Table, key: str, names: Collection[str], *, for_sqlite: bool) -> Writing:
    """Make an update of these columns in the rows with a given key."""
    given = given_each(table, (key, *names), for_sqlite=for_sqlite)
    statement = update(table).where(table.c[key] == given[key]).values({name: given[name] for name in names})
    return updating(statement, (key, *names))


def given_each(table: Table, names: Collection[str], *, for_sqlite: bool) -> Mapping[str, Any]:
    """Give what stands for a row's values of these columns in an update for `updating`.

    On PostgreSQL no two of the rows may change the same one: only one of them would.
    """
    if not for_sqlite:
        return dict(_given_rows(table, names).c)
    return {name: bindparam(_given(table) + name, type_=table.c[name].type) for name in names}


def updating(statement: Any, names: Collection[str]) -> Writing:  # noqa: ANN401 (an UPDATE)
    """Make what `write_many` takes of an update that was made with `given_each`."""
    return Writing(statement, tuple(names), _given(statement.table))


def among(column: Any, name: str, *, for_sqlite: bool) -> ColumnElement[bool]:  # noqa: ANN401 (of a table or a class)
    """Give the condition that a column is one of the values given under this name, however many they are.

    PostgreSQL takes them as one list, so that it prepares the statement once and not for each number of them.
    """
    if for_sqlite:
        return cast("ColumnElement[bool]", column.in_(bindparam(name, expanding=True)))
    return cast("ColumnElement[bool]", column == any_(bindparam(name, type_=postgresql.ARRAY(column.type))))


def write_many(session: Session, writing: Writing, rows: Sequence[Row]) -> Sequence[Sequence[Any]]:
    """Write all these rows, of which there is at least one; gives what the statement returns of each."""
    given = writing.one_by_one(rows) if is_sqlite(session) else writing.at_once(rows)
    return writing.prepared.rows(session, given)


def write_all(session: Session, writings: Mapping[Writing, Sequence[Row]]) -> None:
    """Write rows of several tables, none of which needs to know of the others; of some there may be none."""
    if is_sqlite(session):
        for writing, rows in writings.items():
            if rows:
                write_many(session, writing, rows)
        return
    given: dict[str, str] = {}
    for writing, rows in writings.items():
        given |= writing.at_once(rows)
    _all_of(*writings).rows(session, given)


@lru_cache(maxsize=8)
def _all_of(*writings: Writing) -> Prepared:
    """Make one statement of all: the last of them, with the others before it."""
    *before, last = writings
    parts = (one.statement.cte(f"written_{number}") for number, one in enumerate(before))
    return Prepared(last.statement.add_cte(*parts))


def _given_rows(table: Table, names: Collection[str]) -> FromClause:
    """Give the rows that go to PostgreSQL, as a table."""
    rows = func.json_to_recordset(sql_cast(bindparam(_given(table), type_=Text), postgresql.JSON))
    columns = [column(name, table.c[name].type) for name in names]
    return rows.table_valued(*columns).render_derived(name=_given(table), with_types=True)


def _given(table: Table) -> str:
    # Not like any column, which SQLAlchemy would take for its value.
    return f"given_{table.name}_"
