"""What a person does to a complaint from its page."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from config.settings import Settings
from domain import complaints, queries
from models.attachment import Attachment
from models.complaint import ComplaintEvent, ComplaintFollower
from models.enums import ComplaintStatus as S
from models.enums import StepName
from tests.support.pages import words_of
from tests.web.h5.conftest import Phone, World

TakePhone = Callable[..., Phone]


def events(world: World, number: str, step: StepName) -> list[ComplaintEvent]:
    with world.database.reading() as session:
        return [e for e in queries.by_number(session, number).events if e.step is step]


def test_supplement_with_photos_answers_what_was_asked(world: World, phone: TakePhone, photo: bytes) -> None:
    number = world.file(S.WAITING)
    student = phone(world.office.student)
    page = student.get(f"/h5/complaints/{number}")
    answer = student.submit(
        page,
        "/supplement",
        words=" 昨天中午 ",
        attachments=[(BytesIO(photo), "一.jpg"), (BytesIO(photo), "二.jpg")],
    )
    assert (answer.status_code, answer.location) == (303, f"/h5/complaints/{number}")
    after = student.get(answer.location)
    assert words_of(after.select_one(".said")) == "已收到您的补充，会马上转给经办人。"
    assert world.status(number) is S.IN_PROGRESS
    assert [event.words for event in events(world, number, StepName.SUPPLEMENT)] == ["昨天中午"]
    first_entry = after.select_one(".record > li")
    assert first_entry is not None
    assert len(first_entry.select("a[data-photo]")) == 2
    assert student.client.get(str(first_entry.select("img")[0]["src"])).status_code == 200


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"#!/bin/sh\nrm -rf /", "photo.jpg", "这不是照片，或者格式不支持"),
        (b"", "empty.jpg", "「empty.jpg」"),
        (b"\xff\xd8\xff\xe0" + b"0" * 400, "broken.jpg", "broken.jpg"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "x.svg", "这不是照片"),
    ],
)
def test_what_is_no_photo_is_refused_and_the_words_are_kept(
    world: World,
    phone: TakePhone,
    make_settings: Callable[..., Settings],
    content: bytes,
    name: str,
    message: str,
) -> None:
    number = world.file(S.WAITING)
    student = phone(world.office.student)
    student.get(f"/h5/complaints/{number}")
    page = student.refused(
        f"/h5/complaints/{number}/supplement",
        {"words": "昨天中午", "attachments": (BytesIO(content), name)},
    )
    refusal = words_of(page.select_one('[role="alert"]'))
    assert message in refusal
    assert words_of(page.select_one("#supplement-words")) == "昨天中午"
    assert world.status(number) is S.WAITING
    assert world.count(Attachment) == 0
    assert not Path(make_settings().upload_dir).exists()


def test_ten_photos_are_too_many(world: World, phone: TakePhone, photo: bytes) -> None:
    number = world.file()
    student = phone(world.office.student)
    student.get(f"/h5/complaints/{number}")
    page = student.refused(
        f"/h5/complaints/{number}/supplement",
        {"attachments": [(BytesIO(photo), f"{n}.jpg") for n in range(10)]},
    )
    assert "一次最多上传 9 张照片" in words_of(page.select_one('[role="alert"]'))
    assert page.select_one("details#supplement[open]") is not None


def test_supplement_of_nothing_is_refused_in_its_form(world: World, phone: TakePhone) -> None:
    number = world.file()
    student = phone(world.office.student)
    student.get(f"/h5/complaints/{number}")
    page = student.refused(f"/h5/complaints/{number}/supplement", {"words": "  "})
    assert words_of(page.select_one('#supplement [role="alert"]')) == "请写几句话，或附上照片。"


def test_photos_for_a_closed_complaint_are_not_kept(
    world: World, phone: TakePhone, photo: bytes, make_settings: Callable[..., Settings]
) -> None:
    number = world.file(S.CLOSED)
    student = phone(world.office.student)
    student.get(f"/h5/complaints/{number}")
    fields = {"words": "还有", "attachments": (BytesIO(photo), "a.jpg")}
    student.refused(f"/h5/complaints/{number}/supplement", fields, status=403)
    assert not Path(make_settings().upload_dir).exists()


def test_same_words_sent_twice_are_taken_once(world: World, phone: TakePhone) -> None:
    number = world.file()
    student = phone(world.office.student)
    student.get(f"/h5/complaints/{number}")
    for words in ("门牌是 302", "门牌是 302", "不对，是 303"):
        student.send(f"/h5/complaints/{number}/supplement", {"words": words})
    assert [event.words for event in events(world, number, StepName.SUPPLEMENT)] == [
        "门牌是 302",
        "不对，是 303",
    ]


def test_urging_twice_says_that_it_was_passed_on(world: World, phone: TakePhone) -> None:
    number = world.file(S.IN_PROGRESS)
    student = phone(world.office.student)
    student.get(f"/h5/complaints/{number}")
    path = f"/h5/complaints/{number}/urge"
    assert student.send(path) == f"/h5/complaints/{number}"
    assert student.send(path) == f"/h5/complaints/{number}"  # a second tap
    world.do(number, complaints.progress, staff=world.office.handler, words="在办")
    page = student.refused(path, status=403)
    assert words_of(page.select_one('.acts [role="alert"]')).startswith("24 小时内只能催办一次")
    assert len(events(world, number, StepName.URGE)) == 1


@pytest.mark.parametrize(
    ("status", "act", "words", "becomes"),
    [
        (S.SUBMITTED, "withdraw", "", S.WITHDRAWN),
        (S.CLOSED, "reopen", "又凉了", S.IN_PROGRESS),
        (S.REJECTED, "appeal", "确实归后勤管", S.SUBMITTED),
    ],
)
def test_act_changes_the_status_once(
    world: World, phone: TakePhone, status: S, act: str, words: str, becomes: S
) -> None:
    number = world.file(status)
    student = phone(world.office.student)
    page = student.get(f"/h5/complaints/{number}")
    for _ in range(2):
        assert student.submit(page, f"/{act}", words=words).status_code == 303
    assert world.status(number) is becomes
    assert len(events(world, number, StepName(act))) == 1


@pytest.mark.parametrize(("status", "act"), [(S.CLOSED, "reopen"), (S.REJECTED, "appeal")])
def test_reason_is_required(world: World, phone: TakePhone, status: S, act: str) -> None:
    number = world.file(status)
    student = phone(world.office.student)
    page = student.get(f"/h5/complaints/{number}")
    assert page.select_one(f"#{act} textarea[required]") is not None
    page = student.refused(f"/h5/complaints/{number}/{act}", {"words": " "})
    assert words_of(page.select_one(f'#{act}[open] [role="alert"]')).startswith("请填写")


def test_page_that_was_overtaken_changes_nothing_and_keeps_the_words(world: World, phone: TakePhone) -> None:
    number = world.file(S.ASSIGNED)
    student = phone(world.office.student)
    page = student.get(f"/h5/complaints/{number}")
    world.do(number, complaints.accept, staff=world.office.handler)
    answer = student.submit(page, "/withdraw", words="不用了")
    assert answer.status_code == 409
    assert "先做了「接单」" in answer.get_data(as_text=True)
    assert "不用了</textarea>" in answer.get_data(as_text=True)
    assert world.status(number) is S.IN_PROGRESS


@pytest.mark.parametrize("act", ["reopen", "appeal", "urge", "withdraw"])
def test_act_the_status_forbids_is_refused(world: World, phone: TakePhone, act: str) -> None:
    number = world.file(S.RESOLVED)
    student = phone(world.office.student)
    student.get(f"/h5/complaints/{number}")
    student.refused(f"/h5/complaints/{number}/{act}", {"words": "x"}, status=403)
    assert world.status(number) is S.RESOLVED


def test_follower_may_do_nothing_but_leave(world: World, phone: TakePhone) -> None:
    office = world.office
    number = world.file(S.RESOLVED)
    world.write(number, lambda s, c: s.add(follower_row(c.id, office.friend.id, world)))
    friend = phone(office.friend)
    page = friend.get(f"/h5/complaints/{number}")
    for act in ("supplement", "urge", "withdraw", "reopen", "appeal"):
        friend.refused(f"/h5/complaints/{number}/{act}", {"words": "x"}, status=403)
    friend.refused(f"/h5/complaints/{number}/rate", {"solved": "yes", "stars": "5"}, status=403)
    assert friend.leads_to(f"/h5/complaints/{number}/rate") == f"/h5/complaints/{number}"
    answer = friend.submit(page, "/unfollow")
    assert answer.location == "/h5/complaints"
    assert world.count(ComplaintFollower) == 0
    said = words_of(friend.get("/h5/complaints").select(".said")[-1])
    assert said == "已取消关注，不再收到这件诉求的通知。"
    friend.get(f"/h5/complaints/{number}", status=404)


def follower_row(complaint_id: int, person_id: int, world: World) -> ComplaintFollower:
    return ComplaintFollower(complaint_id=complaint_id, person_id=person_id, since=world.now)


def test_without_the_token_nothing_happens_and_the_words_are_shown(world: World, phone: TakePhone) -> None:
    number = world.file()
    student = phone(world.office.student)
    page = student.refused(
        f"/h5/complaints/{number}/supplement", {"words": "写了很久<b>", "csrf_token": None}, status=400
    )
    assert words_of(page.h1) == "页面已过期"
    assert words_of(page.select_one("#typed")) == "写了很久<b>"
    assert events(world, number, StepName.SUPPLEMENT) == []


def test_words_are_shown_again_when_the_session_has_ended(world: World, phone: TakePhone) -> None:
    number = world.file()
    student = phone(world.office.student)
    student.get(f"/h5/complaints/{number}")
    student.client.delete_cookie("banshishi")
    page = student.refused(f"/h5/complaints/{number}/supplement", {"words": "写了很久"}, status=401)
    assert words_of(page.h1) == "请从公众号进入"
    assert words_of(page.select_one("#typed")) == "写了很久"


def test_too_many_in_a_short_time_wait(world: World, phone: TakePhone) -> None:
    number = world.file()
    student = phone(world.office.student)
    student.get(f"/h5/complaints/{number}")
    for count in range(20):
        student.send(f"/h5/complaints/{number}/supplement", {"words": f"第 {count} 句"})
    page = student.refused(f"/h5/complaints/{number}/supplement", {"words": "再一句"}, status=429)
    assert words_of(page.h1) == "操作太频繁了"
    assert words_of(page.select_one("#typed")) == "再一句"


def test_request_too_large_to_read_is_explained(world: World, phone: TakePhone) -> None:
    number = world.file()
    student = phone(world.office.student)
    student.get(f"/h5/complaints/{number}")
    world.app.config["MAX_CONTENT_LENGTH"] = 2000
    page = student.refused(f"/h5/complaints/{number}/supplement", {"words": "长" * 2000}, status=413)
    assert words_of(page.h1) == "照片太大了"
    with world.database.reading() as session:
        assert session.scalars(select(Attachment)).all() == []
