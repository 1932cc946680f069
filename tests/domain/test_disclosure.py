"""What each of the people around a complaint reads of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain import complaints
from domain.disclosure import (
    Closeness,
    closeness_of,
    hears_of,
    masked,
    may_open_file,
    may_take_away,
    place_for_follower,
    text_for_follower,
    words_for,
    words_to_take_away,
)
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintEvent
from models.enums import ActorKind, ServicePointKind, StepName
from models.enums import AttachmentPurpose as P
from models.enums import ComplaintStatus as S
from models.service_point import ServicePoint
from tests.support.story import Story

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("电话13800001111，谢谢", "电话＊＊＊，谢谢"),
        ("电话 138 0000 1111", "电话 ＊＊＊"),
        ("0571-88886110 转 8", "＊＊＊ 转 8"),
        ("身份证33010120000101001X", "身份证＊＊＊"),
        ("请写信到 li.ming@example.edu.cn。", "请写信到 ＊＊＊。"),
        ("3号楼412室，2026-11-21 14:05 停水", "3号楼412室，2026-11-21 14:05 停水"),
        ("同 2026-1121-0007", "同 2026-1121-0007"),
    ],
)
def test_masking_takes_numbers_that_reach_people_and_leaves_rooms_and_dates(words: str, shown: str) -> None:
    assert masked(words) == shown


def test_follower_reads_nothing_but_the_public_text_as_long_as_it_is_public() -> None:
    told = []
    for published_at, status in ((None, S.CLOSED), (NOW, S.CLOSED), (NOW, S.REJECTED)):
        complaint = Complaint(text="我是王同学", public_text="食堂饭菜偏凉", published_at=published_at)
        complaint.status = status
        told.append(text_for_follower(complaint))
    assert told == ["", "食堂饭菜偏凉", ""]


def test_place_of_a_room_is_the_floor_it_lies_on_and_never_in_the_reporters_words() -> None:
    floor = ServicePoint(full_name="3号楼3层", kind=ServicePointKind.FLOOR)
    room = ServicePoint(full_name="3号楼302", kind=ServicePointKind.ROOM, parent=floor)
    places = (room, floor, None)
    told = [place_for_follower(Complaint(service_point=each, place_text="我的床边")) for each in places]
    assert told == ["3号楼3层", "3号楼3层", ""]


def event(step: StepName, kind: ActorKind = ActorKind.STAFF, **changes: Any) -> ComplaintEvent:
    values: dict[str, Any] = {"words": "请打 88886110", "hidden_reason": "", "from_status": S.IN_PROGRESS}
    moved = {"to_status": S.IN_PROGRESS if step is StepName.REPLY else S.RESOLVED}
    return ComplaintEvent(step=step, actor_kind=kind, **(values | moved | changes))


def test_words_of_decisions_are_for_who_was_merged_and_other_words_for_the_reporter() -> None:
    said = (
        event(StepName.REPLY),
        event(StepName.RESOLVE),
        event(StepName.RESOLVE, hidden_reason="不实"),
        event(StepName.RATE, ActorKind.REPORTER, words="我住 412"),
    )
    read = {closeness: [words_for(each, closeness) for each in said] for closeness in Closeness}
    assert read == {
        Closeness.REPORTER: ["请打 88886110", "请打 88886110", "内容已隐藏：不实", "我住 412"],
        Closeness.MERGED: ["", "请打 ＊＊＊", "内容已隐藏：不实", ""],
        Closeness.JOINED: ["", "", "", ""],
    }


def test_who_joined_hears_how_far_it_is_and_not_what_went_on_between_reporter_and_office() -> None:
    still = {"from_status": S.IN_PROGRESS, "to_status": S.IN_PROGRESS}
    happened = (
        event(StepName.RESOLVE),
        event(StepName.REPLY),
        event(StepName.RATE, ActorKind.REPORTER),
        event(StepName.SUPPLEMENT, ActorKind.REPORTER, **still),
        event(StepName.SUPERVISE, **still),
    )
    heard = {each: [hears_of(one, each) for one in happened] for each in Closeness}
    for_others = [True, True, True, False, False]
    assert heard == {
        Closeness.REPORTER: [True] * 5,
        Closeness.MERGED: for_others,
        Closeness.JOINED: for_others,
    }


@pytest.mark.parametrize(
    ("purpose", "public", "hidden", "by_whom"),
    [
        (P.REPORT, True, "", {Closeness.REPORTER}),
        (P.PROGRESS, True, "", {Closeness.REPORTER}),
        (P.AFTER, True, "", {Closeness.REPORTER, Closeness.MERGED}),
        (P.AFTER, False, "", set()),
        (P.AFTER, True, "有人脸", set()),
    ],
)
def test_files_are_opened_by(purpose: P, *, public: bool, hidden: str, by_whom: set[Closeness]) -> None:
    file = Attachment(purpose=purpose, public=public, hidden_reason=hidden)
    assert {each for each in Closeness if may_open_file(file, each)} == by_whom


def test_own_words_and_files_are_taken_away_hidden_or_not_and_those_of_others_as_they_show() -> None:
    told = []
    for kind in (ActorKind.REPORTER, ActorKind.STAFF):
        hidden = event(StepName.REPLY, kind, words="原话", hidden_reason="不实")
        photo = Attachment(public=True, hidden_reason="有人脸")
        told.append((words_to_take_away(hidden), may_take_away(photo, hidden)))
    assert told == [("原话", True), ("内容已隐藏：不实", False)]
    assert not may_take_away(Attachment(public=False, hidden_reason=""), event(StepName.REPLY))


def test_who_was_merged_is_known_over_two_merges_and_others_only_joined(story: Story) -> None:
    session, office = story.session, story.office
    first, second, third = (
        story.complaint(S.IN_PROGRESS, reporter=story.factory.person(session, f"oMerged{n}"))
        for n in range(3)
    )
    for complaint, into in ((first, second), (second, third)):
        complaints.merge(session, complaint, into=into, **story.by(office.dispatcher))
    complaints.follow(session, third, person=office.friend, now=story.now)
    people = [first.reporter, second.reporter, third.reporter, office.friend]
    near = [closeness_of(session, third, person) for person in people if person is not None]
    assert near == [Closeness.MERGED, Closeness.MERGED, Closeness.REPORTER, Closeness.JOINED]
