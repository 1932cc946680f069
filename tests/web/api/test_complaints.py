"""Filing through the API and what follows: the same rules as on the phone pages."""

from collections.abc import Callable
from datetime import timedelta

import time_machine

from domain import complaints, queries
from models.complaint import Complaint
from models.enums import Channel, ComplaintStatus, Outcome
from models.person import Person
from models.rating import Rating
from tests.support.api_program import Program, refusal
from tests.web.h5.conftest import World

S = ComplaintStatus
KEY = "0b9f5a1e-6d0c-4a53-9d43-0f0c6a1b2c3d"
MakeProgram = Callable[[Person], Program]


def test_complaint_is_filed_with_all_that_was_said(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    body = {
        "kind": "repair",
        "text": "水龙头关不紧",
        "service_point": world.office.canteen.code,
        "contact_name": "小林",
        "contact_phone": "13800000000",
    }

    answer = student.call("POST", "/complaints", body, key=KEY)
    filed = answer.json

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/complaints/{filed['number']}"
    assert (filed["kind_label"], filed["status"], filed["own"]) == ("报修", "assigned", True)
    assert filed["service_point"]["full_name"] == "一食堂 3 号窗口"
    assert filed["filed_at"] == "2026-11-23T10:00:00+08:00"
    assert filed["acts"] == ["supplement", "urge", "withdraw"]
    assert [each["title"] for each in filed["timeline"]] == ["派给饮食服务中心", "提交诉求"]
    assert filed["share"]["opens"]["id"] == world.office.canteen.code
    with world.database.reading() as session:
        kept = queries.by_number(session, filed["number"])
        assert (kept.channel, kept.contact_phone) == (Channel.MINI_PROGRAM, "13800000000")


def test_same_key_files_once_whatever_happened_to_the_answer(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    body = {"kind": "suggestion", "text": "希望图书馆多开一个小时"}

    first, again = (student.post("/complaints", body, key=KEY) for _ in range(2))
    other = student.call("POST", "/complaints", body | {"text": "别的"}, key=KEY)
    friend = program(world.office.friend).post("/complaints", body, key=KEY)

    assert again == first
    assert refusal(other) == (422, "idempotency_key_reused", "Idempotency-Key")
    assert friend["number"] != first["number"]
    assert world.count(Complaint) == 2


def test_refused_request_leaves_its_key_free(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    body = {"kind": "complaint", "text": "饭菜是凉的", "service_point": "pnone"}

    assert refusal(student.call("POST", "/complaints", body, key=KEY)) == (422, "invalid", "service_point")
    assert refusal(student.call("POST", "/complaints", body)) == (422, "invalid", "Idempotency-Key")
    filed = student.post("/complaints", body | {"service_point": world.office.canteen.code}, key=KEY)

    assert filed["text"] == "饭菜是凉的"


def test_what_cannot_be_taken_is_told_at_its_field(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    wrong: list[tuple[dict[str, object], str]] = [
        ({"kind": "repair", "text": "坏了"}, "place_text"),
        ({"kind": "suggestion"}, "text"),
        ({"kind": "suggestion", "text": "。。。"}, "text"),
        ({"kind": "suggestion", "text": "好", "contact_phone": "12"}, "contact_phone"),
        ({"kind": "suggestion", "text": "好", "category": "none"}, "category"),
        ({"kind": "suggestion", "text": "好", "uploads": ["none"]}, "uploads"),
        ({"kind": "wish", "text": "好"}, "kind"),
        ({"kind": "suggestion", "text": 1}, "text"),
        ({"kind": "suggestion", "text": "好", "colour": "red"}, "colour"),
    ]

    told = [refusal(student.call("POST", "/complaints", body, key=KEY)) for body, _ in wrong]

    assert told == [(422, "invalid", field) for _, field in wrong]
    assert world.count(Complaint) == 0


def test_position_is_kept_where_no_place_was_chosen(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)

    filed = student.file(
        latitude=30.3, longitude=120.1, place_text="北门外", category="other", anonymous=True
    )

    [position] = filed["timeline"][-1]["attachments"]
    assert (position["kind"], position["latitude"], position["path"]) == ("location", 30.3, None)
    assert (filed["anonymous"], filed["category"]["code"], filed["place"]) == (True, "other", "北门外")


def test_list_goes_on_where_it_stopped_although_more_is_filed(
    program: MakeProgram, world: World, clock: time_machine.Traveller
) -> None:
    student = program(world.office.student)
    numbers = []
    for _ in range(5):
        numbers.append(student.file()["number"])
        clock.shift(timedelta(minutes=1))

    first = student.get("/complaints", limit=2)
    student.file()
    second = student.get("/complaints", limit=2, cursor=first["next_cursor"])
    last = student.get("/complaints", limit=2, cursor=second["next_cursor"])
    shown = [each["number"] for page in (first, second, last) for each in page["items"]]

    assert shown == numbers[::-1]
    assert last["next_cursor"] is None
    for wrong in ({"tab": "open"}, {"q": "图书馆"}):
        stale = student.call("GET", "/complaints", limit=2, cursor=first["next_cursor"], **wrong)
        assert refusal(stale) == (422, "invalid", "cursor")
    stranger = program(world.office.friend).call("GET", "/complaints", cursor=first["next_cursor"])
    assert refusal(stranger) == (422, "invalid", "cursor")
    assert student.get("/complaints", tab="ended")["items"] == []
    assert len(student.get("/complaints", q=numbers[0])["items"]) == 1


def test_life_of_a_complaint_from_urging_to_its_second_closing(
    program: MakeProgram, world: World, clock: time_machine.Traveller
) -> None:
    student, office = program(world.office.student), world.office
    number = student.file(service_point=office.canteen.code)["number"]
    path = f"/complaints/{number}"

    urged = student.post(f"{path}/urge", {"words": "快一点"}, key=KEY)
    again = student.post(f"{path}/urge", {"words": "快一点"}, key=KEY)
    assert again["timeline"] == urged["timeline"]
    assert refusal(student.call("POST", f"{path}/urge", {})) == (403, "not_allowed", None)
    world.do(number, complaints.accept, staff=office.handler)
    world.do(number, complaints.ask, staff=office.handler, words="哪一天？")
    asked = student.get(path)
    assert (asked["asked"]["words"], asked["status_label"]) == ("哪一天？", "待您补充")
    assert student.post(f"{path}/supplement", {"words": "周一"})["status"] == "in_progress"
    world.do(number, complaints.resolve, staff=office.handler, words="已加开", outcome=Outcome.SOLVED)
    resolved = student.get(path)
    assert (resolved["answer"]["words"], resolved["acts"]) == ("已加开", ["supplement", "rate"])
    late = student.call("POST", f"{path}/rate", {"solved": True, "stars": 5, "seen": 1})
    assert refusal(late) == (409, "too_late", None)
    closed = student.post(f"{path}/rate", {"solved": True, "stars": 4, "words": "好"})
    assert (closed["status"], closed["rating"]["stars"], closed["acts"]) == ("closed", 4, ["reopen"])
    clock.shift(timedelta(days=1))
    reopened = student.post(f"{path}/reopen", {"words": "又不行了", "seen": closed["revision"]})
    assert reopened["status"] == "in_progress"
    assert world.count(Rating) == 1


def test_withdrawn_and_refused_complaints(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    withdrawn = student.post(f"/complaints/{student.file()['number']}/withdraw", {"words": "弄错了"})
    rejected = world.file(S.REJECTED)

    appealed = student.post(f"/complaints/{rejected}/appeal", {"words": "请再看看"})

    assert (withdrawn["status"], withdrawn["acts"]) == ("withdrawn", [])
    assert appealed["status"] == "submitted"
    assert refusal(student.call("POST", f"/complaints/{rejected}/appeal", {})) == (422, "invalid", "words")


def test_released_complaint_can_be_joined_and_left(program: MakeProgram, world: World) -> None:
    friend, office = program(world.office.friend), world.office
    number = world.file(S.IN_PROGRESS, service_point=office.canteen, text="汤是凉的，我的电话 13800000000")
    path = f"/complaints/{number}/following"
    hidden = friend.call("PUT", path, {})
    world.do(number, complaints.publish, staff=office.dispatcher, public_text="汤是凉的")

    joined = friend.put(path, {"met": False})
    again = friend.put(path, {})

    assert refusal(hidden)[:2] == (404, "not_found")
    assert (joined["own"], joined["acts"], joined["text"]) == (False, ["unfollow"], "汤是凉的")
    assert again["number"] == number
    assert (joined["share"]["title"], joined["share"]["opens"]["kind"]) == ("汤是凉的", "board")
    assert [each["number"] for each in friend.get("/complaints", whose="followed")["items"]] == [number]
    friend.delete(path)
    assert refusal(friend.call("GET", f"/complaints/{number}"))[:2] == (404, "not_found")


def test_reading_a_complaint_reads_its_notices(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    number = student.file(service_point=world.office.canteen.code)["number"]
    world.do(number, complaints.reply, staff=world.office.handler, words="收到")
    before = student.get("/me")

    [row] = student.get("/complaints")["items"]
    student.get(f"/complaints/{number}")

    assert row["has_news"] is True
    assert before["unread_notices"] > 0
    assert before["complaints"] == {"all": 1, "open": 1, "to_rate": 0, "to_supplement": 0, "ended": 0}
    assert student.get("/me")["unread_notices"] == 0
