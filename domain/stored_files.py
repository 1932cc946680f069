"""Files in the file store that no row names: left by an act that was refused after its photos were kept."""

from collections.abc import Iterable

from sqlalchemy import Column, select
from sqlalchemy.orm import Session

from models.tables import Base

# A file is kept first and named by a row after; between the two lie seconds.
GRACE_HOURS = 24


def naming_columns() -> list[Column[str]]:
    """List the columns that name files: in every table, what is called `file_key` or ends in `_file_key`."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name == "file_key" or column.name.endswith("_file_key")
    ]


def unnamed(session: Session, keys: Iterable[str]) -> set[str]:
    """Give those of the keys that no row names."""
    left = set(keys)
    for column in naming_columns():
        left.difference_update(session.scalars(select(column).where(column.in_(left))))
    return left
