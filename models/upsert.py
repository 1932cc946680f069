"""INSERT … ON CONFLICT in the dialect of the session's database."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_into(session: Session, table: Any) -> Any:  # noqa: ANN401 (two unrelated classes with one interface)
    """Give an insert that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)
