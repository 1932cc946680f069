"""Forgetting who somebody was, on both kinds of database."""

from datetime import datetime

from sqlalchemy import select

from domain import notices
from domain.access_links import create_link
from domain.grants import granted, note_popup
from domain.people import open_window, person_by_openid
from domain.unlinking import unlink
from models.database import Database
from models.enums import NoticeKind
from models.notice import Notice
from models.person import AccessLink, Person, ServiceWindow
from models.staff import Staff
from tests.support.factories import Office


def test_all_that_hangs_on_the_openid_ends(database: Database, office: Office, now: datetime) -> None:
    with database.transaction() as session:
        for person in (session.merge(office.student), session.merge(office.friend)):
            open_window(session, person, seconds=60, messages=3, now=now)
            create_link(session, person=person, path="/h5/complaints", now=now)
            note_popup(session, person, template_id="T", accepted=True, event_key=str(person.id), now=now)
    with database.transaction() as session:
        unlink(session, session.get_one(Person, office.student.id), now=now)
    with database.reading() as session:
        assert session.scalars(select(ServiceWindow.person_id)).all() == [office.friend.id]
        assert session.scalars(select(AccessLink.person_id)).all() == [office.friend.id]
        assert [granted(session, person.id) for person in (office.student, office.friend)] == [
            frozenset(),
            frozenset({"T"}),
        ]


def test_notices_stay_with_the_row_that_is_nobodys(database: Database, office: Office, now: datetime) -> None:
    openid = office.student.openid
    assert openid is not None
    with database.transaction() as session:
        notices.queue(
            session,
            key="k",
            kind=NoticeKind.ANSWERED,
            person_id=office.student.id,
            title="t",
            body="b",
            now=now,
        )
        unlink(session, session.get_one(Person, office.student.id), now=now)
        assert person_by_openid(session, openid, now=now).id != office.student.id
    with database.reading() as session:
        assert session.scalars(select(Notice.person_id)).all() == [office.student.id]


def test_staff_who_leave_have_to_bind_their_wechat_again(
    database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        session.get_one(Staff, office.handler.id).person_id = office.friend.id
    with database.transaction() as session:
        unlink(session, session.get_one(Person, office.friend.id), now=now)
    with database.reading() as session:
        assert session.get_one(Staff, office.handler.id).person_id is None


def test_unlinking_twice_changes_nothing_more(database: Database, office: Office, now: datetime) -> None:
    for _ in range(2):
        with database.transaction() as session:
            unlink(session, session.get_one(Person, office.student.id), now=now)
    with database.reading() as session:
        gone = session.get_one(Person, office.student.id)
        assert (gone.openid, gone.following, gone.unfollowed_at) == (None, False, now)
