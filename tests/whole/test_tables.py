"""The tables as a whole: names of constraints, checks on stored words, and no drift from the migrations."""

from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Enum, inspect

from models import migrate
from models.database import Database
from models.tables import Base


def test_every_constraint_has_a_name() -> None:
    nameless = [
        (table.name, type(constraint).__name__)
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
        if not constraint.name
    ]

    assert nameless == []


def test_the_database_checks_every_stored_word() -> None:
    unchecked = []
    for table in Base.metadata.sorted_tables:
        checks = {str(one.name) for one in table.constraints if isinstance(one, CheckConstraint)}
        unchecked += [
            f"{table.name}.{column.name}"
            for column in table.columns
            if isinstance(column.type, Enum) and not any(column.type.name in name for name in checks)
        ]

    assert unchecked == []


def test_migrations_lead_to_the_tables_in_code(database: Database) -> None:
    assert migrate.schema_drift(database) == []


def test_the_checks_reach_the_database(database: Database) -> None:
    in_code = {
        str(one.name)
        for table in Base.metadata.sorted_tables
        for one in table.constraints
        if isinstance(one, CheckConstraint)
    }
    inspector = inspect(database.engine)
    there = {
        check["name"]
        for table in Base.metadata.sorted_tables
        for check in inspector.get_check_constraints(table.name)
    }

    assert in_code - there == set()


def test_there_is_one_newest_migration() -> None:
    script = ScriptDirectory(str(migrate.MIGRATIONS))

    assert len(script.get_heads()) == 1


def test_every_migration_is_numbered_in_order() -> None:
    script = ScriptDirectory(str(migrate.MIGRATIONS))
    numbers = sorted(revision.revision for revision in script.walk_revisions())

    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]
