"""我的数据: taken away as one file, and deleted without a trace of whose it was."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from domain import complaints, hiding, matters, my_data_deletion, place_ratings, queries, survey_sheets
from domain.actors import Actor
from domain.file_store import LocalFileStore
from domain.former_people import left_at
from domain.hiding import Target
from domain.my_data_deletion import naming_columns
from domain.people import person_by_openid
from models.attachment import Attachment
from models.audit import AuditEntry
from models.board_words import BoardPart
from models.complaint import Complaint
from models.enums import AttachmentKind, AttachmentState
from models.enums import ComplaintStatus as S
from models.person import Person
from models.personal_settings import FormerPerson
from models.rating import Rating
from models.tables import Base
from tests.support.matters import matter
from tests.support.pages import words_of
from tests.support.retention import drop
from tests.support.surveys import BOX, filled, open_survey, write_survey
from tests.support.whole_person import FILES, MARKS, NAME, OPENID, PHONE, give_everything
from tests.web.h5.conftest import Phone, World

TakePhone = Callable[..., Phone]


@pytest.fixture
def files(world: World) -> LocalFileStore:
    store = world.app.extensions["banshishi"].file_store
    assert isinstance(store, LocalFileStore)
    return store


def furnish(world: World, files: LocalFileStore) -> str:
    """Give the student one of everything, and the number of a complaint they have rated."""
    shared = world.file(S.IN_PROGRESS, reporter=world.office.friend, text="别人的事")
    number = world.file(S.RESOLVED, text=f"饭是凉的，电话{PHONE}", contact_name=NAME, contact_phone=PHONE)
    world.do(number, complaints.rate, solved=True, stars=5, words="办得好")
    world.file(S.IN_PROGRESS, text="灯不亮")
    with world.database.transaction() as session:
        person = session.get_one(Person, world.office.student.id)
        own, other = (queries.by_number(session, each) for each in (number, shared))
        give_everything(session, person, own=own, followed=other, files=files)
    return number


def take_part(world: World) -> None:
    """Let the student follow a matter, judge a place, fill in a survey; hide what was said of their lamp."""
    office, now = world.office, world.now
    desk = {"reason": "不实", "staff": office.dispatcher, "now": now}
    with world.database.transaction() as session:
        person = session.get_one(Person, office.student.id)
        matters.follow(
            session, matter(session, office, now=now, title="换路灯"), person, wanted=True, now=now
        )
        place_ratings.rate(session, office.canteen, person=person, stars=4, now=now)
        teams = {"team": office.team, "other_team": office.other_team}
        survey = write_survey(session, office.admin, now=now, **teams)
        open_survey(session, survey, office.admin, now=now)
        survey_sheets.hand_in(session, survey.id, person, filled(survey), box=BOX, now=now)
        lamp = session.scalars(select(Complaint).where(Complaint.text == "灯不亮")).one()
        by = (Actor.of_person(person), Actor.of_staff(office.handler))
        own = complaints.supplement(session, lamp, words="我原来写的话", actor=by[0], now=now)
        answer = complaints.reply(session, lamp, words="您记错了", actor=by[1], now=now)
        for event in (own, answer):
            hiding.hide(session, lamp, Target(BoardPart.WORDS, event.id), **desk)


def everything(world: World) -> Iterator[tuple[str, str]]:
    """Give each row of each table, and each file, as text."""
    with world.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)):
                yield table.name, repr(tuple(row))
    for path in Path(world.app.extensions["banshishi"].settings.upload_dir).rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes().decode("utf-8", "replace")


def marks_in(world: World) -> set[tuple[str, str]]:
    return {(mark, where) for where, text in everything(world) for mark in MARKS if mark in text}


def delete(phone: Phone) -> None:
    page = phone.get("/h5/my-data/delete")
    assert phone.submit(page, "/my-data/delete", word=" 「删除」").location == "/h5/deleted"


def test_all_that_is_held_of_a_person_comes_as_one_file(
    world: World, phone: TakePhone, files: LocalFileStore
) -> None:
    number = furnish(world, files)
    take_part(world)
    with world.database.reading() as session:  # one of the files has been lost
        photos = select(Attachment).where(Attachment.kind == AttachmentKind.PHOTO)
        lost = session.scalars(photos.where(Attachment.complaint_id.is_not(None))).one()
    files.delete(lost.file_key)
    answer = phone(world.office.student).client.get("/h5/my-data/file")
    assert (answer.content_type, answer.headers["Cache-Control"]) == ("application/zip", "no-store")
    with ZipFile(BytesIO(answer.data)) as packed:
        assert packed.testzip() is None
        told = json.loads(packed.read("我的数据.json"))
        page = packed.read("我的数据.html").decode()
        assert sorted(packed.read(name).decode() for name in packed.namelist()[2:]) == sorted(FILES[:2])
    assert (told["我的诉求"][0]["编号"], told["我的诉求"][0]["电话"]) == (number, PHONE)
    assert told["账号"]["微信编号（openid）"] == OPENID
    assert told["没有提交的草稿"][0]["内容"] == "没交的草稿"
    assert "6 号楼门口" in told["没有提交的草稿"][0]["文件"]
    [followed] = told["我关注的"]
    assert (followed["方式"], followed["公开的内容"]) == ("我也遇到", "")
    assert [one["标题"] for one in told["关注和支持的事项"]] == ["换路灯"]
    assert told["满意度测评"]["正在进行、您已交卷的"] == ["秋季学期测评"]
    assert [one["几颗星"] for one in told["对服务点的评价"]] == [4]
    said = [one["说了什么"] for one in told["我的诉求"][1]["办理记录"]]
    assert said[-2:] == ["我原来写的话", "内容已隐藏：不实"]
    assert [one["几颗星"] for one in told["对办理结果的评价"]] == [5]
    assert told["设置"]["免打扰时间"] == "23:00–07:00"
    assert len(told["发给公众号的消息"]) == 2
    assert [mark for mark in MARKS if mark not in page and mark not in FILES] == []
    stranger = phone(world.office.friend).client.get("/h5/my-data/file")
    with ZipFile(BytesIO(stranger.data)) as packed:
        words = "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    assert [mark for mark in MARKS if mark in words] == []


def test_nothing_is_left_of_who_had_themselves_deleted(
    world: World, phone: TakePhone, files: LocalFileStore
) -> None:
    number = furnish(world, files)
    student, second = phone(world.office.student), phone(world.office.student)
    unused = student.link(world.office.student)
    assert {mark for mark, _ in marks_in(world)} == set(MARKS), "each is there before"
    delete(student)
    assert marks_in(world) == set()

    for held in (student, second):
        assert held.client.get("/h5/complaints").status_code == 401
        assert held.client.get("/h5/my-data/file").status_code == 401
    assert second.client.get(f"/h5/enter/{unused}").status_code == 410
    assert words_of(student.get("/h5/deleted").select_one("h1")) == "已注销"
    with world.database.reading() as session:
        check_what_stays(list(session.scalars(select(Complaint).order_by(Complaint.id))), number)
        assert [(rating.stars, rating.words) for rating in session.scalars(select(Rating))] == [(5, "办得好")]
        states = session.execute(select(Attachment.kind, Attachment.state).order_by(Attachment.id)).all()
        assert [tuple(row) for row in states] == [
            (AttachmentKind.VOICE, AttachmentState.FAILED),
            (AttachmentKind.PHOTO, AttachmentState.STORED),
        ]
        blank = session.get_one(Person, world.office.student.id)
        assert (blank.openid, blank.followed_at, blank.following) == (None, None, False)
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "person.delete"))
        assert (entry.subject, entry.address, entry.request_id, entry.staff_id) == ("", "", "", None)
        assert entry.words == "一位师生注销了自己的账号，2 件工单去掉姓名后保留"


def check_what_stays(kept: list[Complaint], number: str) -> None:
    assert [one.text for one in kept] == ["别人的事", "饭是凉的，电话＊＊＊", "灯不亮"]
    assert [one.reporter_id is None for one in kept] == [False, True, True]
    assert (kept[1].number, kept[1].status) == (number, S.CLOSED)
    assert [event.words for event in kept[1].events][-2:] == ["已更换保温设备", "办得好"]


def test_who_writes_again_is_somebody_new(world: World, phone: TakePhone, files: LocalFileStore) -> None:
    furnish(world, files)
    delete(phone(world.office.student))
    with world.database.transaction() as session:
        again = person_by_openid(session, OPENID, now=datetime.now(UTC))
        assert again.id != world.office.student.id
        [mark] = session.scalars(select(FormerPerson.mark))
        assert left_at(session, mark) is not None
    page = phone(again).get("/h5/complaints")
    assert words_of(page.select_one(".empty h2")) == "还没有诉求"


def test_deleting_asks_for_the_word_and_tells_what_is_still_open(world: World, phone: TakePhone) -> None:
    world.file(S.IN_PROGRESS)
    student = phone(world.office.student)
    page = student.get("/h5/my-data/delete")
    assert "您还有 1 件诉求在办" in words_of(page.select_one(".refusal"))
    page = student.refused("/h5/my-data/delete", {"word": "好的"})
    assert "请在框里输入「删除」两个字" in words_of(page.select_one("#delete-error"))
    student.get("/h5/complaints")
    with world.database.transaction() as session:
        person = session.get_one(Person, world.office.student.id)
        assert my_data_deletion.open_complaints(session, person) == 1
    delete(student)
    with world.database.transaction() as session:  # the other of two taps
        person = session.get_one(Person, world.office.student.id)
        again = my_data_deletion.delete_person(session, person, box=BOX, now=datetime.now(UTC))
        assert again == my_data_deletion.Deleted(0, frozenset())
    with world.database.transaction() as session:
        assert drop(session, "former", now=datetime.now(UTC) + timedelta(days=364)) == 0
        assert drop(session, "former", now=datetime(2030, 1, 1, tzinfo=UTC)) == 1


def test_link_leads_another_browser_to_the_file(world: World, phone: TakePhone) -> None:
    student = phone(world.office.student)
    page = student.submit(student.get("/h5/my-data"), "/my-data/link")
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    token = text.split("/h5/enter/")[1].split('"')[0]
    computer = phone()
    computer.get(f"/h5/enter/{token}")
    assert computer.send("/h5/enter", {"token": token}) == "/h5/my-data"
    assert computer.client.get("/h5/my-data/file").status_code == 200


def test_every_column_that_names_a_person_is_known() -> None:
    named = {f"{column.table.name}.{column.name}" for column in naming_columns()}
    assert named >= {"complaint.reporter_id", "notice.person_id", "rating.person_id", "staff.person_id"}
