"""Drafts: nothing is lost, and a waiting one is reminded of once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from domain import drafts
from domain.people import open_window
from models.attachment import Attachment
from models.conversation import Draft
from models.database import Database
from models.enums import AttachmentKind, AttachmentState, DraftState, NoticeKind
from models.notice import Notice
from models.person import Person
from tests.support.factories import Factory, Office

HOUR = timedelta(hours=1)


def photo(now: datetime) -> Attachment:
    return Attachment(kind=AttachmentKind.PHOTO, state=AttachmentState.PENDING, media_id="m", created_at=now)


def begin(database: Database, person: Person, *texts: str, now: datetime, photos: int = 0) -> int:
    with database.transaction() as session:
        draft = drafts.begin(session, session.merge(person), now=now)
        for number, text in enumerate(texts):
            drafts.add_text(session, draft, text, sent_at=now, message_id=str(number), now=now)
        for _ in range(photos):
            drafts.add_attachment(session, draft, photo(now), now=now)
        return draft.id


def test_content_is_counted_by_kind(database: Database, office: Office, now: datetime) -> None:
    begin(database, office.friend, "不算", now=now, photos=1)
    draft_id = begin(database, office.student, "一", "二", now=now, photos=3)
    with database.reading() as session:
        content = drafts.content_of(session, session.get_one(Draft, draft_id))
    assert content == drafts.Content(texts=2, photos=3, voices=0, videos=0, places=0)
    assert not content.is_empty


def test_new_draft_is_empty(database: Database, office: Office, now: datetime) -> None:
    draft_id = begin(database, office.student, now=now)
    with database.reading() as session:
        assert drafts.content_of(session, session.get_one(Draft, draft_id)).is_empty


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([(0, "9"), (0, "10"), (0, "8")], "c\na\nb"),
        ([(2, "1"), (1, "3"), (0, "2")], "c\nb\na"),
        ([(0, ""), (0, "")], "a\nb"),
        ([(0, "49d72d_1"), (0, "7")], "a\nb"),
    ],
)
def test_words_come_in_the_order_in_which_they_were_sent(
    database: Database, office: Office, now: datetime, pieces: list[tuple[int, str]], text: str
) -> None:
    with database.transaction() as session:
        draft = drafts.begin(session, session.merge(office.student), now=now)
        for word, (second, message_id) in zip("abc", pieces, strict=False):
            sent_at = now + timedelta(seconds=second)
            drafts.add_text(session, draft, word, sent_at=sent_at, message_id=message_id, now=now)
        assert drafts.text_of(session, draft) == text


def test_draft_is_idle_after_half_an_hour(now: datetime) -> None:
    draft = Draft(updated_at=now)
    assert not drafts.is_idle(draft, now=now + timedelta(minutes=29, seconds=59))
    assert drafts.is_idle(draft, now=now + timedelta(minutes=30))


def test_merging_moves_everything(database: Database, office: Office, now: datetime) -> None:
    old_id = begin(database, office.student, "一", now=now, photos=1)
    new_id = begin(database, office.student, "二", now=now + HOUR, photos=2)
    with database.transaction() as session:
        old, new = session.get_one(Draft, old_id), session.get_one(Draft, new_id)
        new.service_point, new.kind_hint = session.merge(office.hall), "REPAIR"
        new.place_text = "大厅"
        drafts.merge(session, new, into=old, now=now + HOUR)
        assert drafts.text_of(session, old) == "一\n二"
        assert len(drafts.attachments_of(session, old)) == 3
        assert (old.service_point_id, old.place_text, old.kind_hint) == (office.hall.id, "大厅", "REPAIR")
        assert (new.state, old.updated_at) == (DraftState.CANCELLED, now + HOUR)
        assert drafts.content_of(session, new).is_empty


def test_merging_keeps_the_place_that_was_known(database: Database, office: Office, now: datetime) -> None:
    old_id, new_id = (begin(database, office.student, "一", now=now) for _ in range(2))
    with database.transaction() as session:
        old, new = session.get_one(Draft, old_id), session.get_one(Draft, new_id)
        old.service_point, new.service_point = session.merge(office.canteen), session.merge(office.hall)
        drafts.merge(session, new, into=old, now=now)
        assert old.service_point_id == office.canteen.id


def test_merged_and_empty_drafts_are_not_restored(database: Database, office: Office, now: datetime) -> None:
    old_id, new_id, empty_id = (
        begin(database, office.student, *texts, now=now) for texts in (("一",), ("二",), ())
    )
    with database.transaction() as session:
        drafts.merge(session, session.get_one(Draft, new_id), into=session.get_one(Draft, old_id), now=now)
        drafts.cancel(session.get_one(Draft, empty_id), now=now)
        assert drafts.restore(session, session.merge(office.student), now=now) == []


def test_last_dropped_is_restored_with_what_was_dropped_at_once(
    database: Database, office: Office, now: datetime
) -> None:
    ids = [begin(database, office.student, text, now=now) for text in ("一", "二", "三")]
    others = begin(database, office.friend, "别人的", now=now)
    with database.transaction() as session:
        for draft_id, minute in zip([*ids, others], (0, 1, 1, 1), strict=True):
            drafts.cancel(session.get_one(Draft, draft_id), now=now + timedelta(minutes=minute))
        later = now + timedelta(minutes=2)
        restored = drafts.restore(session, session.merge(office.student), now=later)
        assert [draft.id for draft in restored] == ids[1:]
        assert {(draft.state, draft.updated_at) for draft in restored} == {(DraftState.OPEN, later)}


def test_newest_draft_left_open_is_found_if_anything_is_in_it(
    database: Database, office: Office, now: datetime
) -> None:
    begin(database, office.student, "一", now=now)
    second = begin(database, office.student, now=now + HOUR, photos=1)
    begin(database, office.student, now=now + 2 * HOUR)
    begin(database, office.friend, "别人的", now=now + 3 * HOUR)
    with database.reading() as session:
        found = drafts.left_open(session, office.student)
        assert found is not None
        assert found.id == second


@pytest.fixture
def waiting(database: Database, office: Office, now: datetime) -> int:
    """A draft left alone for half an hour, whose person may be written to freely."""
    draft_id = begin(database, office.student, "饭里有虫子，昨天中午在二食堂三号窗口打的饭菜里面", now=now)
    with database.transaction() as session:
        open_window(session, session.merge(office.student), seconds=7200, messages=5, now=now)
    return draft_id


def remind(database: Database, now: datetime) -> int:
    with database.transaction() as session:
        return drafts.remind_waiting(session, now=now)


def test_waiting_draft_is_reminded_of_once(
    database: Database, office: Office, waiting: int, now: datetime
) -> None:
    later = now + timedelta(minutes=30)
    assert remind(database, later - timedelta(seconds=1)) == 0
    assert [remind(database, later), remind(database, later + HOUR)] == [1, 0]
    with database.reading() as session:
        notice = session.scalars(select(Notice)).one()
        assert (notice.key, notice.kind) == (f"draft:{waiting}", NoticeKind.DRAFT_WAITING)
        assert (notice.person_id, notice.title) == (office.student.id, "有一条诉求还没提交")
        assert notice.body == (
            "“饭里有虫子，昨天中午在二食堂三号窗口打的…”还没有提交。\n"
            "回复「提交」或「匿名」即可提交，回复「取消」不再保留，也可以接着补充。"
        )
        assert session.get_one(Draft, waiting).reminded_at == later


def test_draft_of_photos_is_named_by_what_it_is(database: Database, office: Office, now: datetime) -> None:
    begin(database, office.student, now=now, photos=1)
    with database.transaction() as session:
        open_window(session, session.merge(office.student), seconds=7200, messages=5, now=now)
    remind(database, now + HOUR)
    with database.reading() as session:
        assert session.scalars(select(Notice.body)).one().startswith("您发来的照片或语音还没有提交。")


@pytest.mark.parametrize("reason", ["window closed", "window used up", "left", "submitted", "empty"])
def test_nobody_is_reminded_in_vain(
    database: Database, office: Office, waiting: int, now: datetime, reason: str
) -> None:
    later = now + HOUR
    with database.transaction() as session:
        draft = session.get_one(Draft, waiting)
        if reason == "window closed":
            later = now + 2 * HOUR
        elif reason == "window used up":
            session.connection().exec_driver_sql("UPDATE service_window SET remaining = 0")
        elif reason == "left":
            session.merge(office.student).following = False
        elif reason == "submitted":
            drafts.cancel(draft, now=now)
        else:
            session.connection().exec_driver_sql("DELETE FROM draft_piece")
    assert remind(database, later) == 0


def test_words_that_are_gathered_are_there_for_whoever_reads(
    database: Database, factory: Factory, now: datetime
) -> None:
    with database.transaction() as session:
        person = factory.person(session)
        first, second = (drafts.begin(session, person, now=now) for _ in range(2))
        drafts.gather_texts(session)

        def say(draft: Draft, text: str) -> None:
            drafts.add_text(session, draft, text, sent_at=now, message_id="1", now=now)

        say(first, "灯坏了")
        assert drafts.content_of(session, first).texts == 1
        say(first, "很久了")
        assert drafts.text_of(session, first) == "灯坏了\n很久了"
        say(second, "汤是凉的")
        newest = drafts.left_open(session, person)
        assert newest is not None
        assert newest.id == second.id
        say(second, "米饭也是")
        drafts.merge(session, second, into=first, now=now)
        assert drafts.content_of(session, first).texts == 4
        say(second, "还有菜")
        assert [one.id for one in drafts.restore(session, person, now=now)] == [second.id]
        say(second, "还有茶")
        assert [row["text"] for row in drafts.take_texts(session)] == ["还有茶"]
        assert drafts.take_texts(session) == []
        say(second, "就这些")
        assert drafts.text_of(session, second) == "还有菜\n就这些"
