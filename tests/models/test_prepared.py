"""Statements handed over as text do what SQLAlchemy's own do: values, errors, objects, whoever listens."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Table, event, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_state

from models.conversation import Conversation, Draft, DraftPiece
from models.database import Database
from models.enums import ConversationState, DraftState
from models.many_rows import insert_given, inserting, is_sqlite, write_many
from models.person import Person
from models.prepared import KEEPING_TO_PLANS, Prepared, columns_of, loaded, parted
from models.service_point import ServicePoint
from tests.support.factories import Factory

PEOPLE: Table = Person.__table__  # type: ignore[assignment]
ALL = (Person, Conversation, Draft, ServicePoint)


def told(session: Session, factory: Factory, now: datetime) -> Conversation:
    """Somebody tells of a place whose every column is in use."""
    office = factory.office(session)
    person, place = factory.person(session), office.canteen
    place.latitude, place.longitude = 30.25, 120.125
    draft = Draft(
        person_id=person.id,
        state=DraftState.OPEN,
        service_point=place,
        created_at=now,
        updated_at=now,
        reminded_at=now + timedelta(hours=1),
    )
    row = Conversation(
        person_id=person.id,
        state=ConversationState.DRAFTING,
        draft=draft,
        options=[{"key": "1", "do": "提交 100%"}],
        updated_at=now,
    )
    session.add_all([row, DraftPiece(draft=draft, sent_at=now, text="灯坏了")])
    session.flush()
    return row


def everything() -> Prepared:
    return Prepared(
        select(*(column for kind in ALL for column in columns_of(kind)))
        .select_from(Conversation)
        .join(Person, Person.id == Conversation.person_id)
        .join(Draft, Draft.id == Conversation.draft_id)
        .join(ServicePoint, ServicePoint.id == Draft.service_point_id)
        .where(Draft.state == DraftState.OPEN)
    )


def read_all(session: Session, asked: Prepared) -> list[object]:
    (row,) = asked.rows(session, {})
    parts = parted(row, [len(columns_of(kind)) for kind in ALL])
    return [loaded(session, kind, part) for kind, part in zip(ALL, parts, strict=True)]


def values_of(session: Session) -> list[dict[str, object]]:
    """What the session itself reads of each."""
    found = [session.scalars(select(kind).order_by(columns_of(kind)[0])).all() for kind in ALL]
    return [
        {column.key: getattr(row, column.key) for column in kind.__table__.columns}
        for kind, rows in zip(ALL, found, strict=True)
        for row in rows
    ]


def test_objects_are_as_the_session_reads_them(database: Database, factory: Factory, now: datetime) -> None:
    with database.transaction() as session:
        told(session, factory, now)
    asked = everything()
    for _ in range(2):  # the first time it is made
        with database.reading() as session:
            found = [instance_state(one).dict for one in read_all(session, asked)]
            values = [
                {name: value for name, value in one.items() if not name.startswith("_")} for one in found
            ]
        with database.reading() as session:
            expected = values_of(session)
        assert all(one in expected for one in values)
        assert [len(one) for one in values] == [len(columns_of(kind)) for kind in ALL]


def test_objects_belong_to_the_session(database: Database, factory: Factory, now: datetime) -> None:
    with database.transaction() as session:
        person_id = told(session, factory, now).person_id
    asked = everything()
    with database.transaction() as session:
        person, row, draft, place = read_all(session, asked)
        assert not session.dirty
        # What is there already stays what it is.
        assert read_all(session, asked)[1] is row
        assert session.get(Person, person_id) is person
        assert isinstance(row, Conversation)
        assert isinstance(draft, Draft)
        # What was not read is read when it is wanted.
        assert (row.draft, draft.service_point, [piece.text for piece in draft.pieces]) == (
            draft,
            place,
            ["灯坏了"],
        )
        row.state, draft.place_text = ConversationState.IDLE, "二食堂"
    with database.reading() as session:
        kept = session.get_one(Conversation, person_id)
        assert (kept.state, kept.draft.place_text if kept.draft else "") == (ConversationState.IDLE, "二食堂")


def test_errors_are_sqlalchemys_and_undo_the_transaction(
    database: Database, factory: Factory, now: datetime
) -> None:
    with database.transaction() as session:
        openid = factory.person(session).openid
    adding = Prepared(insert(PEOPLE).values(openid=openid, following=True, created_at=now))

    def add_them_again(session: Session) -> None:
        factory.person(session)
        adding.rows(session, {})

    with pytest.raises(IntegrityError) as failed, database.transaction() as session:
        add_them_again(session)
    assert "INSERT INTO person" in str(failed.value.statement)
    assert not failed.value.connection_invalidated
    with database.reading() as session:
        assert len(session.scalars(select(Person)).all()) == 1


def test_connection_that_died_is_not_kept(postgres: Database) -> None:
    asked = Prepared(select(PEOPLE.c.id))

    def ask_after_it_died(session: Session) -> None:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        with postgres.transaction() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        asked.rows(session, {})

    with pytest.raises(DBAPIError) as failed, postgres.transaction() as session:
        ask_after_it_died(session)
    assert failed.value.connection_invalidated
    with postgres.transaction() as session:
        assert list(asked.rows(session, {})) == []


def test_who_listens_to_statements_hears_of_it(database: Database) -> None:
    heard: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        heard.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    asked = Prepared(select(PEOPLE.c.id))
    with database.reading() as session:
        asked.rows(session, {})
    event.remove(database.engine, "before_cursor_execute", note)
    assert [" ".join(statement.split()) for statement in heard] == ["SELECT person.id FROM person"]


def test_columns_that_are_not_given_have_their_defaults(
    database: Database, factory: Factory, now: datetime
) -> None:
    table: Table = Draft.__table__  # type: ignore[assignment]
    names = ("person_id", "created_at", "updated_at")
    with database.transaction() as session:
        for_sqlite = is_sqlite(session)
        new = insert_given(table, names, for_sqlite=for_sqlite).returning(table.c.state, table.c.place_text)
        adding = inserting(new, names, for_sqlite=for_sqlite)
        row = {"person_id": factory.person(session).id, "created_at": now, "updated_at": now}
        assert [tuple(one) for one in write_many(session, adding, [row, row])] == [(DraftState.OPEN, "")] * 2


@pytest.mark.parametrize(
    "statement",
    [
        select(PEOPLE.c.id).where(PEOPLE.c.id.in_([1, 2])),
        insert_given(Conversation.__table__, ("person_id",), for_sqlite=False),  # type: ignore[arg-type]
    ],
)
def test_what_is_made_anew_each_time_is_refused(postgres: Database, statement: object) -> None:
    with postgres.reading() as session, pytest.raises(ValueError, match="not the same each time"):
        Prepared(statement).rows(session, {})


def test_plans_are_kept_and_go_by_key_until_the_transaction_ends(postgres: Database) -> None:
    names = ("plan_cache_mode", "enable_hashjoin", "enable_mergejoin")

    def shown(session: Session) -> list[str]:
        return [session.scalar(text(f"SHOW {name}")) or "" for name in names]

    with postgres.transaction() as session:
        session.execute(select(KEEPING_TO_PLANS))
        assert shown(session) == ["force_generic_plan", "off", "off"]
    with postgres.reading() as session:
        assert shown(session) == ["auto", "on", "on"]
