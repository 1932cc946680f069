"""Somebody has themselves deleted: then nothing of them is left, in any table, in the bytes or the files."""

from pathlib import Path

import pytest
from sqlalchemy import JSON, Enum, String, Table, func, select, text

from domain import audit_check, former_people, my_data
from domain.my_data_deletion import EXPORTS_CONTACTS, delete_person, naming_columns
from jobs.context import JobContext
from jobs.housekeeping import forget_old
from jobs.task_kinds import KINDS
from models.background_task import BackgroundTask
from models.complaint import Complaint
from models.database import Database
from models.person import Person
from models.personal_settings import FormerPerson
from models.rating import Rating
from models.tables import Base
from tests.support.every_trace import EXPORT, OURS, give_every_trace
from tests.support.factories import Factory, Office
from tests.support.surveys import BOX
from tests.support.whole_person import FILES

# Tables with a complaint's number and words, in which nobody writes about its person, and why.
NOBODY_IN = {
    "attachment": "its names and places are the person's own; test_my_data_deletion.py looks for them",
    "bulletin_case": "words that were edited and released; masked with the others",
    "connected_request": "keys and digests",
    "content_check": "our own words on why something is held",
    "webhook_delivery": "numbers, times and states; never words of anybody",
    "person_limit": "goes with its person",
    "personal_data_access": "the post of staff",
    "rating": "its words are those of the record",
    "draft": "its words lie in its pieces",
    "conversation": "what the numbers on offer stand for",
}


def dumped(database: Database) -> dict[str, str]:
    """Give every row of every table as one text a table."""
    with database.engine.connect() as connection:
        return {
            table.name: "\n".join(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


def words_left(database: Database) -> dict[str, set[str]]:
    tables = {name: {mark for mark in OURS if mark in rows} for name, rows in dumped(database).items()}
    return {name: marks for name, marks in tables.items() if marks}


def bytes_left(folder: Path) -> set[str]:
    data = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return {mark for mark in OURS for one in data if mark.encode() in one}


def _can_hold_words(table: Table) -> bool:
    kinds = [column.type for column in table.columns if not isinstance(column.type, Enum)]
    return any(isinstance(kind, JSON | String) for kind in kinds)


def _tells_of_a_complaint(table: Table) -> bool:
    return any(key.column.table.name == "complaint" for key in table.foreign_keys)


def test_nothing_of_who_left_is_left_anywhere(context: JobContext, office: Office, factory: Factory) -> None:
    database, now = context.database, context.clock()
    with database.transaction() as session:
        own_id = give_every_trace(session, office, factory, context.files, now=now)
    with database.reading() as session:
        person = session.get_one(Person, office.student.id)
        for column in naming_columns():
            rows = session.scalar(select(func.count()).select_from(column.table).where(column == person.id))
            assert rows, (
                f"{column.table.name}.{column.name} has no row of the person; give_every_trace() adds one"
            )
        exported = repr(my_data.collect(session, person, box=BOX, now=now).content)
    before = words_left(database)
    about = {
        table.name
        for table in Base.metadata.sorted_tables
        if _can_hold_words(table) and _tells_of_a_complaint(table)
    }
    assert about - set(before) - set(NOBODY_IN) == set(), "give_every_trace() writes about the person there"
    assert {mark for marks in before.values() for mark in marks} == set(OURS) - {*FILES, EXPORT}
    assert bytes_left(context.settings.upload_dir) == {*FILES, EXPORT}
    # What goes away was all in the export; what only staff wrote, and what opens a page, is not theirs.
    assert {mark for mark in OURS if mark not in exported} == {*FILES, EXPORT}

    with database.transaction() as session:
        gone = delete_person(session, session.get_one(Person, office.student.id), box=BOX, now=now)
    for key in gone.file_keys:
        context.files.delete(key)
    forget_old(context)

    assert words_left(database) == {}
    assert bytes_left(context.settings.upload_dir) == set()
    with database.reading() as session:
        pointing = [
            column.table.name
            for column in naming_columns()
            if session.scalar(
                select(func.count()).select_from(column.table).where(column == office.student.id)
            )
        ]
        assert pointing == ["notice"]  # one that a worker had in hand, without a word in it
        assert session.scalars(select(FormerPerson.mark).order_by(FormerPerson.mark)).all() == sorted(
            gone.marks
        )
        assert audit_check.verify(session).faults == ()
        assert session.get_one(Complaint, own_id).text == "灯坏了，我是＊＊＊，学号＊＊＊，电话＊＊＊"
        assert session.scalars(select(Rating.person_id).where(Rating.person_id.is_not(None))).all() == []
        task = session.scalars(select(BackgroundTask)).one()
        assert (task.result_file_key, task.kind in KINDS, task.kind) == ("", True, EXPORTS_CONTACTS)
    ledger = context.settings.deletion_ledger.read_text(encoding="utf-8")
    assert [mark in ledger for mark in gone.marks] == [True, True]
    assert former_people.mark_of("oNobody", box=BOX) not in ledger
    assert not [mark for mark in OURS if mark in ledger]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_bytes_of_the_database_file_hold_nothing_of_who_left(
    context: JobContext, office: Office, factory: Factory
) -> None:
    database = context.database
    assert database.engine.url.database
    file = Path(database.engine.url.database)
    with database.transaction() as session:
        give_every_trace(session, office, factory, context.files, now=context.clock())
    database.wipe_log()
    said = set(OURS) - {*FILES, EXPORT}
    assert {mark for mark in said if mark.encode() in file.read_bytes()} == said
    with database.transaction() as session:
        delete_person(session, session.get_one(Person, office.student.id), box=BOX, now=context.clock())
    forget_old(context)
    files = [file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))]
    data = b"".join(one.read_bytes() for one in files if one.exists())
    assert {mark for mark in said if mark.encode() in data} == set()
    with database.engine.connect() as connection:
        index = b"".join(
            row[0] for row in connection.execute(text("SELECT block FROM complaint_search_fts_data"))
        )
    assert b"13912345678" not in index
