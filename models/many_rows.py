"""Writing many rows at once, in a statement that is made once and is the same however many they are.

SQLite runs a statement for each row without leaving the process. To PostgreSQL each would be a message of its
own, so there the rows go as one list for each column.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, FromClause, Table, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine


def is_sqlite(session: Session) -> bool:
    """Tell which of the two it is."""
    return session.get_bind().dialect.name == "sqlite"


def insert_given(table: Table, names: Collection[str], *, for_sqlite: bool) -> Any:  # noqa: ANN401 (of either dialect)
    """Make an insert of these columns for `write_many`, to which ON CONFLICT and RETURNING can be added.

    Args:
        for_sqlite: whether it is for SQLite.
    """
    if for_sqlite:
        return sqlite.insert(table)
    given = given_rows({name: table.c[name].type for name in names})
    return postgresql.insert(table).from_select(list(names), select(*given.c), include_defaults=False)


def among(column: Any, name: str, *, for_sqlite: bool) -> ColumnElement[bool]:  # noqa: ANN401 (of a table or a class)
    """Give the condition that a column is one of the values given under this name, however many they are.

    PostgreSQL takes them as one list, so that it prepares the statement once and not for each number of them.
    """
    if for_sqlite:
        return cast("ColumnElement[bool]", column.in_(bindparam(name, expanding=True)))
    return cast("ColumnElement[bool]", column == any_(bindparam(name, type_=postgresql.ARRAY(column.type))))


def given_rows(columns: Mapping[str, TypeEngine[Any]]) -> FromClause:
    """Give the rows that `write_many` sends to PostgreSQL, as a table."""
    lists = [bindparam(name, type_=postgresql.ARRAY(kind)) for name, kind in columns.items()]
    return func.unnest(*lists).table_valued(*columns).render_derived(name="given")


def write_many(session: Session, statement: Any, rows: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401 (any statement)
    """Execute a statement for all these rows, which all have the columns it names; gives its result."""
    if is_sqlite(session):
        return session.connection().execute(statement, rows)
    lists = {name: [row[name] for row in rows] for name in rows[0]}
    return session.connection().execute(statement, lists)
