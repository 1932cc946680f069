"""Making one person of two: who came by the mini program, and who wrote to the official account."""

from typing import Any

from sqlalchemy import Column, PrimaryKeyConstraint, UniqueConstraint, delete, exists, select, update
from sqlalchemy.orm import Session

from domain.my_data_deletion import naming_columns
from models.complaint import Complaint, ComplaintFollower
from models.person import Person


def merge(session: Session, gone: Person, *, into: Person) -> None:
    """Give all that one person has to another; where both have what there can be one of, the other's stays.

    The row of who is gone stays behind empty, so that its number is never given to somebody else.
    """
    session.flush()
    for column in naming_columns():
        for others in _unique_with(column):
            _drop_doubles(session, column, others, gone, into)
        session.execute(update(column.table).where(column == gone.id).values({column: into.id}))
    own = select(Complaint.id).where(Complaint.reporter_id == into.id)
    joined = delete(ComplaintFollower).where(
        ComplaintFollower.person_id == into.id, ComplaintFollower.complaint_id.in_(own)
    )
    session.execute(joined.execution_options(synchronize_session=False))
    gone.following = False
    session.flush()
    session.expire_all()


def _unique_with(column: Column[Any]) -> list[list[Column[Any]]]:
    """List what a person can have one of: the other columns of each rule that says so."""
    rules = [
        constraint
        for constraint in column.table.constraints
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint)
        and column.name in constraint.columns
    ]
    indexes = [index for index in column.table.indexes if index.unique and column.name in index.columns]
    return [[other for other in rule.columns if other.name != column.name] for rule in [*rules, *indexes]]


def _drop_doubles(
    session: Session, column: Column[Any], others: list[Column[Any]], gone: Person, into: Person
) -> None:
    theirs = column.table.alias()
    same = [theirs.c[column.name] == into.id, *(theirs.c[other.name] == other for other in others)]
    double = delete(column.table).where(column == gone.id, exists().where(*same))
    session.execute(double)
