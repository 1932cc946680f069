"""Many rows of several tables in one go, on both kinds of database."""

from datetime import datetime, timedelta

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from models.conversation import Conversation, Draft, DraftPiece
from models.database import Database
from models.enums import ConversationState, DraftState
from models.many_rows import Writing, insert_given, inserting, is_sqlite, update_given, write_all, write_many
from models.person import Person
from models.touched import take_touched, touching
from tests.support.factories import Factory

PIECES: Table = DraftPiece.__table__  # type: ignore[assignment]
DRAFTS: Table = Draft.__table__  # type: ignore[assignment]
WORDS = ("draft_id", "sent_at", "message_id", "text")


def pieces(session: Session) -> Writing:
    for_sqlite = is_sqlite(session)
    return inserting(insert_given(PIECES, WORDS, for_sqlite=for_sqlite), WORDS, for_sqlite=for_sqlite)


def places(session: Session) -> Writing:
    return update_given(DRAFTS, "id", ["place_text", "kind_hint"], for_sqlite=is_sqlite(session))


def three_drafts(session: Session, factory: Factory, now: datetime) -> list[Draft]:
    people = [factory.person(session) for _ in range(3)]
    drafts = [
        Draft(person_id=one.id, state=DraftState.OPEN, created_at=now, updated_at=now) for one in people
    ]
    session.add_all(drafts)
    session.flush()
    return drafts


def said(draft: Draft, text: str, now: datetime) -> dict[str, object]:
    return {"draft_id": draft.id, "sent_at": now, "message_id": "1", "text": text}


def test_rows_of_several_tables_are_written_together_and_of_some_none(
    database: Database, factory: Factory, now: datetime
) -> None:
    with database.transaction() as session:
        first, second, third = three_drafts(session, factory, now)
        write_many(session, pieces(session), [said(third, "早上就坏了", now)])
        placed = [
            {"id": second.id, "place_text": "二食堂", "kind_hint": "repair"},
            {"id": first.id, "place_text": "三号楼", "kind_hint": ""},
        ]
        write_all(session, {places(session): placed, pieces(session): [said(first, "灯坏了", now)]})
        write_all(session, {pieces(session): [said(second, "汤是凉的", now)], places(session): []})
        write_all(session, {pieces(session): [], places(session): []})
    with database.reading() as session:
        rows = session.execute(select(Draft.place_text, Draft.kind_hint).order_by(Draft.id)).all()
        words = session.scalars(select(DraftPiece.text).order_by(DraftPiece.draft_id)).all()
    assert [tuple(row) for row in rows] == [("三号楼", ""), ("二食堂", "repair"), ("", "")]
    assert words == ["灯坏了", "汤是凉的", "早上就坏了"]


def test_only_what_was_merely_touched_is_taken_out(
    database: Database, factory: Factory, now: datetime
) -> None:
    later = now + timedelta(minutes=5)
    with database.transaction() as session:
        touched, changed, left = three_drafts(session, factory, now)
        session.commit()
        touched.updated_at = changed.updated_at = later
        touched.place_text = str(touched.place_text)  # given again, as it was
        changed.place_text = "三食堂"
        left.place_text = "四食堂"
        rows = take_touched(session, Draft)
        assert rows == [{"id": touched.id, "updated_at": later}]
        assert (touched in session, changed in session, left in session) == (False, True, True)
        write_many(session, touching(Draft, for_sqlite=database.is_sqlite), rows)
        assert take_touched(session, Conversation) == []
    with database.reading() as session:
        found = session.execute(select(Draft.place_text, Draft.updated_at).order_by(Draft.id)).all()
    assert [tuple(row) for row in found] == [("", later), ("三食堂", later), ("四食堂", now)]


def test_touched_rows_are_known_by_whatever_their_key_is_called(
    database: Database, factory: Factory, now: datetime
) -> None:
    with database.transaction() as session:
        person: Person = factory.person(session)
        row = Conversation(person_id=person.id, state=ConversationState.IDLE, options=[], updated_at=now)
        session.add(row)
        session.commit()
        row.updated_at = now + timedelta(seconds=1)
        rows = take_touched(session, Conversation)
        write_many(session, touching(Conversation, for_sqlite=database.is_sqlite), rows)
    with database.reading() as session:
        assert session.scalars(select(Conversation.updated_at)).all() == [now + timedelta(seconds=1)]
