"""Deleting a person on both kinds of database, while the worker has one of their notices in hand."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from domain import complaints, deliveries, former_people, my_data, outbox
from domain.actors import Actor
from domain.file_store import LocalFileStore
from domain.my_data_deletion import delete_person
from domain.ports import Delivery, Verdict
from models.complaint import Complaint
from models.complaint_search import ComplaintSearch
from models.database import Database
from models.enums import ComplaintStatus, NoticeState
from models.notice import Notice
from models.person import Person
from models.rating import Rating
from models.staff import Staff
from models.tables import Base
from tests.support.desk import BASE, Desk
from tests.support.factories import Factory, Office
from tests.support.surveys import BOX
from tests.support.whole_person import FILES, MARKS, NAME, OPENID, PHONE, give_everything

MARK = former_people.mark_of(OPENID, box=BOX)


def left_in(database: Database) -> set[str]:
    with database.reading() as session:
        rows = [
            repr(tuple(row))
            for table in Base.metadata.sorted_tables
            for row in session.execute(select(table))
        ]
    return {mark for mark in MARKS for row in rows if mark in row}


def test_nothing_in_any_table_leads_to_who_left(
    database: Database, office: Office, factory: Factory, now: datetime, tmp_path: Path
) -> None:
    files = LocalFileStore(tmp_path)
    with database.transaction() as session:
        own = factory.complaint(
            session,
            office,
            ComplaintStatus.CLOSED,
            text=f"灯坏了，电话{PHONE}",
            contact_name=NAME,
            contact_phone=PHONE,
        )
        other = factory.complaint(session, office, reporter=session.merge(office.friend), text="别人的事")
        person = session.get_one(Person, office.student.id)
        give_everything(session, person, own=own, followed=other, files=files)
        session.get_one(Staff, office.handler.id).person_id = person.id
        collected = my_data.collect(session, person, box=BOX, now=now)
        assert len(collected.files) == 3
    assert left_in(database) == set(MARKS) - set(FILES)
    with database.transaction() as session:
        gone = delete_person(session, session.get_one(Person, office.student.id), box=BOX, now=now)
        assert (gone.complaints, len(gone.file_keys)) == (1, 3)
        assert former_people.left_at(session, MARK) == now
    with database.transaction() as session:
        former_people.welcome_back(session, MARK)
        assert former_people.left_at(session, MARK) is None
        assert session.scalars(select(Rating.stars)).all() == [5]
        assert session.get_one(Staff, office.handler.id).person_id is None
        words = session.get_one(ComplaintSearch, own.id)
        assert PHONE not in words.words + words.contact_words + str(words.tokens)
        assert "灯坏了" in words.words
    assert left_in(database) == set()


def test_notice_that_was_on_its_way_ends_without_its_words(desk: Desk) -> None:
    notice_id = desk.queue()
    letter = desk.letter()
    with desk.database.transaction() as session:
        person = session.get_one(Person, desk.office.student.id)
        delete_person(session, person, box=BOX, now=desk.now)
    with desk.database.transaction() as session:
        deliveries.record(
            session, letter, Delivery(verdict=Verdict.RETRY, code=-1, words="系统繁忙"), now=desk.now
        )
    found = desk.notice(notice_id)
    assert (found.body, found.path, found.state) == ("", "", NoticeState.PENDING)
    with desk.database.transaction() as session:
        claim = outbox.claim(session, worker="w", now=found.due_at, base_url=BASE)
    assert claim == outbox.Claim(notice_id, None)
    assert desk.notice(notice_id).error == "没有绑定微信"


def test_work_goes_on_without_who_raised_it(desk: Desk, factory: Factory) -> None:
    with desk.database.transaction() as session:
        complaint_id = factory.complaint(session, desk.office, ComplaintStatus.WAITING).id
        delete_person(session, session.get_one(Person, desk.office.student.id), box=BOX, now=desk.now)
    with desk.database.transaction() as session:
        complaint = session.get_one(Complaint, complaint_id)
        handler = Actor.of_staff(session.get_one(Staff, desk.office.handler.id))
        complaints.resume(session, complaint, words="先办起来", actor=handler, now=desk.now)
        assert complaint.status is ComplaintStatus.IN_PROGRESS
        assert session.scalars(select(Notice.person_id).where(Notice.person_id.is_not(None))).all() == []
