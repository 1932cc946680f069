"""Categories and service points: in their tree, by name, by what is near, and by what was scanned."""

from collections.abc import Callable

from flask import Flask

from domain import pioneer_posts, place_ratings
from domain.figure_rules import SMALLEST_GROUP
from models.enums import ServicePointKind
from models.person import Person
from models.qr_code import QrCode
from models.service_point import ServicePoint
from tests.support.api_program import Program, refusal
from tests.support.appraisal import apply_for
from tests.web.h5.conftest import World

MakeProgram = Callable[[Person], Program]


def _in_use(world: World, place: ServicePoint, **changes: object) -> None:
    with world.database.transaction() as session:
        found = session.get_one(ServicePoint, place.id)
        for name, value in changes.items():
            setattr(found, name, value)


def test_categories_are_told_again_only_when_they_change(app: Flask, world: World) -> None:
    anybody = Program(app)

    first = anybody.call("GET", "/categories")
    anybody.headers["If-None-Match"] = first.headers["ETag"]
    again = anybody.call("GET", "/categories")
    with world.database.transaction() as session:
        world.make.category(session, "canteen", parent_id=world.office.category.id, name="食堂")
    changed = anybody.call("GET", "/categories")

    assert first.json == {"items": [{"code": "other", "name": "其他", "parent": None}]}
    assert (again.status_code, again.data, changed.status_code) == (304, b"", 200)
    assert changed.json["items"][1] == {"code": "canteen", "name": "食堂", "parent": "other"}


def test_tree_is_opened_page_by_page(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    with world.database.transaction() as session:
        hall = session.get_one(ServicePoint, world.office.hall.id)
        rooms = [world.make.place(session, f"{number} 室", parent=hall) for number in range(5)]

    top = student.get("/service-points")
    first = student.get("/service-points", parent=hall.code, limit=2)
    second = student.get("/service-points", parent=hall.code, limit=2, cursor=first["next_cursor"])
    last = student.get("/service-points", parent=hall.code, limit=2, cursor=second["next_cursor"])

    assert {each["code"]: each["has_more"] for each in top["items"]} == {
        world.office.canteen.code: False,
        hall.code: True,
    }
    shown = [each["code"] for page in (first, second, last) for each in page["items"]]
    assert shown == [room.code for room in rooms]
    assert last["next_cursor"] is None
    elsewhere = student.call("GET", "/service-points", cursor=first["next_cursor"])
    assert refusal(elsewhere) == (422, "invalid", "cursor")
    assert refusal(student.call("GET", "/service-points", parent="pnone"))[:2] == (404, "not_found")


def test_place_is_found_by_name_and_by_what_is_near(program: MakeProgram, world: World) -> None:
    student = program(world.office.student)
    _in_use(world, world.office.hall, latitude=30.3, longitude=120.1)

    named = student.get("/service-points", q="图书馆")
    near = student.get("/service-points", latitude=30.301, longitude=120.1)

    assert [each["full_name"] for each in named["items"]] == ["图书馆大厅"]
    assert [(each["name"], each["metres"]) for each in near["items"]] == [("图书馆大厅", 111)]
    for query, field in (
        ({"latitude": 30.3}, None),
        ({"q": "a", "parent": "b"}, None),
        ({"latitude": "1_0", "longitude": 1}, "latitude"),
        ({"limit": "2.0"}, "limit"),
        ({"q": ["a", "b"]}, "q"),
    ):
        assert refusal(student.call("GET", "/service-points", **query)) == (422, "invalid", field)


def test_scan_is_recognised_whatever_it_gave(app: Flask, world: World) -> None:
    anybody, canteen = Program(app), world.office.canteen
    with world.database.transaction() as session:
        url = "http://weixin.qq.com/q/02abc"
        session.add(QrCode(app_id="wx1", scene=canteen.code, url=url, made_at=world.now))

    found = [
        anybody.get("/scans", text=text)["code"]
        for text in (canteen.code, f"p={canteen.code}", f"https://x/h5/p/{canteen.code}?a=1", url)
    ]

    assert found == [canteen.code] * 4
    assert refusal(anybody.call("GET", "/scans", text="https://example.com"))[:2] == (404, "not_found")


def test_place_tells_who_answers_and_a_retired_one_that_it_is_gone(app: Flask, world: World) -> None:
    anybody, canteen = Program(app), world.office.canteen
    world.file(service_point=canteen)
    _in_use(
        world,
        canteen,
        in_charge="王师傅",
        category_id=world.office.category.id,
        kind=ServicePointKind.WINDOW,
        parent_id=world.office.hall.id,
    )

    shown = anybody.get(f"/service-points/{canteen.code}")
    _in_use(world, canteen, active=False)
    gone = anybody.call("GET", f"/service-points/{canteen.code}")

    assert (shown["team"], shown["in_charge"], shown["open_complaints"]) == ("饮食服务中心", "王师傅", 1)
    assert (shown["category"]["code"], shown["parent"]["full_name"]) == ("other", "图书馆大厅")
    assert refusal(gone) == (410, "place_retired", None)
    assert refusal(anybody.call("GET", "/service-points/none"))[:2] == (404, "not_found")


def test_place_shows_its_badge_its_stars_and_whose_standard_it_is(
    app: Flask, world: World, photo: bytes
) -> None:
    canteen, office = world.office.canteen, world.office
    path = f"/service-points/{canteen.code}"
    plain = Program(app).get(path)
    assert (plain["pioneer_post"], plain["party_member"], plain["photo_path"]) == (None, False, None)
    assert plain["standing"] == {"people": 0, "mean": None}
    assert plain["rates"] == {"response": None, "resolution": None, "satisfaction": None}
    with world.database.transaction() as session:
        place = session.get_one(ServicePoint, canteen.id)
        place.photo_file_key = app.extensions["banshishi"].file_store.save(photo, "jpg")
        place.label_number = "A-017"
        place.team.pledge = "意见当天答复"
        post = apply_for(session, place, office.lead, now=world.now)
        pioneer_posts.decide(session, post, award=True, words="", staff=office.leader, now=world.now)
        for _ in range(SMALLEST_GROUP):
            place_ratings.rate(session, place, person=world.make.person(session), stars=4, now=world.now)

    shown = Program(app).get(path)

    assert shown["pioneer_post"] == {"holder": "胡秀英（食堂主管）", "last_day": "2027-11-22"}
    assert (shown["party_member"], shown["label_number"]) == (True, "A-017")
    assert (shown["pledge"], shown["pledge_of_team"], shown["standard_of_team"]) == (
        "意见当天答复",
        True,
        False,
    )
    assert shown["standing"] == {"people": 10, "mean": 4.0}
    assert app.test_client().get(shown["photo_path"]).mimetype == "image/jpeg"


def test_places_lately_used_are_ones_own(program: MakeProgram, world: World) -> None:
    world.file(service_point=world.office.canteen)

    own = program(world.office.student).get("/service-points", recent="true")
    others = program(world.office.friend).get("/service-points", recent="true")

    assert [each["code"] for each in own["items"]] == [world.office.canteen.code]
    assert others["items"] == []
