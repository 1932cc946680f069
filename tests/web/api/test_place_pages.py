"""What was raised at a place, judging it by stars, and what others have raised already."""

from collections.abc import Callable

from flask import Flask

from domain import complaints
from models.enums import ComplaintStatus as S
from models.person import Person
from models.place_rating import PlaceRating
from models.service_point import ServicePoint
from tests.support.api_program import Program, refusal
from tests.web.h5.conftest import World

MakeProgram = Callable[[Person], Program]


def test_records_tell_words_only_of_what_was_released(app: Flask, world: World) -> None:
    canteen = world.office.canteen
    anybody, path = Program(app), f"/service-points/{canteen.code}/records"
    assert anybody.get(path) == {"items": [], "next_cursor": None}
    world.file(S.CLOSED, service_point=canteen, text="没有公开的")
    shown = world.file(S.IN_PROGRESS, service_point=canteen)
    world.do(shown, complaints.publish, staff=world.office.dispatcher, public_text="排队太久")

    first = anybody.get(path, limit=1)
    second = anybody.get(path, limit=1, cursor=first["next_cursor"])

    [released], [silent] = first["items"], second["items"]
    assert (released["number"], released["text"], released["may_join"]) == (shown, "排队太久", True)
    assert (silent["number"], silent["text"], silent["may_join"]) == (None, "", False)
    assert (silent["outcome"], silent["filed_on"]) == ("已解决，诉求人已评价", "2026-11-23")
    assert second["next_cursor"] is None
    with world.database.transaction() as session:
        session.get_one(ServicePoint, canteen.id).active = False
    assert refusal(anybody.call("GET", path)) == (410, "place_retired", None)
    assert refusal(anybody.call("GET", "/service-points/none/records"))[:2] == (404, "not_found")


def test_place_is_judged_once_a_day_by_each(program: MakeProgram, world: World) -> None:
    student, friend = program(world.office.student), program(world.office.friend)
    path = f"/service-points/{world.office.canteen.code}/rating"
    assert student.get(path)["today"] is None
    assert "态度好" in student.get(path)["good_tags"]

    first = student.post(path, {"stars": 5, "tags": ["态度好", "没有这个"], "words": "很好"})
    again = student.post(path, {"stars": 1})

    assert (first["today"]["stars"], first["today"]["tags"], first["today"]["words"]) == (
        5,
        ["态度好"],
        "很好",
    )
    assert again == first == student.get(path)
    assert friend.get(path)["today"] is None
    assert world.count(PlaceRating) == 1
    for body, field in (({"stars": 6}, "stars"), ({}, "stars"), ({"stars": 5, "words": "长" * 301}, "words")):
        assert refusal(friend.call("POST", path, body)) == (422, "invalid", field)
    assert refusal(friend.call("POST", "/service-points/none/rating", {"stars": 5}))[:2] == (404, "not_found")
    assert refusal(Program(student.app).call("POST", path, {"stars": 5}))[:2] == (401, "token_missing")


def test_what_others_raised_already_is_shown_to_who_writes_the_same(
    program: MakeProgram, world: World
) -> None:
    student, friend, canteen = (
        program(world.office.student),
        program(world.office.friend),
        world.office.canteen,
    )
    number = world.file(S.IN_PROGRESS, service_point=canteen, text="我的电话 13800000000，排队太久")
    assert friend.get("/complaints/alike", service_point=canteen.code)["items"] == []
    world.do(number, complaints.publish, staff=world.office.dispatcher, public_text="中午排队太久")

    [found] = friend.get("/complaints/alike", text="中午排队的时间太久了")["items"]

    assert (found["number"], found["text"], found["people"]) == (number, "中午排队太久", 1)
    assert found["is_mine"] is False
    [own] = student.get("/complaints/alike", service_point=canteen.code)["items"]
    assert own["is_mine"] is True
    assert friend.get("/complaints/alike", text="\0")["items"] == []
    long = friend.call("GET", "/complaints/alike", text="长" * 601)
    assert refusal(long) == (422, "invalid", "text")
    assert refusal(Program(student.app).call("GET", "/complaints/alike"))[:2] == (401, "token_missing")
