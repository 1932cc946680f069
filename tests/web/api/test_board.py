"""The public board through the API: for everybody, of what was not released only what had to be told."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from models.board import AbuseReport
from models.board_words import AbuseReason, BoardPart
from models.enums import ComplaintStatus as S
from models.person import Person
from tests.support.api_program import Program, refusal
from tests.web.h5.conftest import World
from tests.web.h5.on_board import put, with_photo

MakeProgram = Callable[[Person], Program]


def test_board_is_narrowed_and_read_on_by_anybody(app: Flask, world: World) -> None:
    anybody, office = Program(app), world.office
    assert anybody.get("/board") == {"items": [], "next_cursor": None, "total": 0}
    first = put(world, service_point=office.canteen)
    put(world, S.CLOSED, "空调不冷。")
    world.file(S.IN_PROGRESS, text="没有公开的")
    refused = world.file(S.REJECTED)

    page = anybody.get("/board", limit=1)
    rest = anybody.get("/board", limit=1, cursor=page["next_cursor"])
    assert (page["total"], rest["next_cursor"]) == (2, None)
    assert {page["items"][0]["text"], rest["items"][0]["text"]} == {"高峰时排队太久。", "空调不冷。"}
    assert refusal(anybody.call("GET", "/board", limit=2, cursor=page["next_cursor"]))[2] == "cursor"
    for narrowed, numbers in (
        ({"q": "排队"}, [first]),
        ({"service_point": office.canteen.code}, [first]),
        ({"show": "open"}, [first]),
        ({"show": "refused"}, [refused]),
        ({"category": "other", "q": "没有这个"}, []),
    ):
        assert [each["number"] for each in anybody.get("/board", **narrowed)["items"]] == numbers
    [untold] = anybody.get("/board", show="refused")["items"]
    assert (untold["released"], untold["text"], untold["place"]) == (False, "", "")
    assert untold["rejection_reason"]
    assert "没有公开的" not in str(anybody.get("/board", q="没有公开的"))
    for unknown in ({"service_point": "pnone"}, {"category": "none"}):
        assert refusal(anybody.call("GET", "/board", **unknown))[:2] == (404, "not_found")
    assert refusal(anybody.call("GET", "/board", show="x")) == (422, "invalid", "show")


def test_one_tells_what_was_released_and_leads_to_joining(
    app: Flask, program: MakeProgram, world: World, photo: bytes
) -> None:
    office = world.office
    number = put(world, service_point=office.canteen, text="我是林小溪，汤是凉的")
    photo_id = with_photo(world, number, photo)
    friend = program(office.friend)

    shown = Program(app).get(f"/board/{number}")

    assert (shown["text"], shown["answer"], shown["team"]) == (
        "高峰时排队太久。",
        "已加开两个窗口。",
        "饮食服务中心",
    )
    assert (shown["may_join"], shown["met"], shown["dates"][0]) == (
        True,
        0,
        {"title": "提出", "on": "2026-11-23"},
    )
    assert "林小溪" not in str(shown)
    [picture] = shown["photos"]
    assert picture["id"] == photo_id
    assert app.test_client().get(picture["small_path"]).mimetype == "image/jpeg"
    assert friend.put(f"/complaints/{number}/following", {})["own"] is False
    assert Program(app).get(f"/board/{number}")["met"] == 1
    hidden = world.file(S.IN_PROGRESS)
    for unknown in (hidden, "2026-1123-9999", "x"):
        assert refusal(Program(app).call("GET", f"/board/{unknown}"))[:2] == (404, "not_found")


def test_overview_and_rates_show_no_small_group(app: Flask, world: World) -> None:
    for _ in range(2):
        put(world, S.CLOSED, service_point=world.office.canteen)

    overview, rates = Program(app).get("/board/overview"), Program(app).get("/board/rates")

    assert (overview["fixed_this_week"], overview["released_this_week"]) == (2, 2)
    assert [each["code"] for each in overview["service_points"]] == [world.office.canteen.code]
    assert [each["code"] for each in overview["categories"]] == ["other"]
    assert (rates["teams"], rates["left_out"], rates["smallest"]) == ([], ["饮食服务中心"], 10)
    assert rates["everybody"]["satisfaction"] is None


def test_abuse_is_reported_by_people_and_not_with_their_name(
    program: MakeProgram, world: World, photo: bytes
) -> None:
    friend = program(world.office.friend)
    number = put(world)
    photo_id = with_photo(world, number, photo)
    path = f"/board/{number}/abuse"

    assert friend.call("POST", path, {"reason": "false", "words": "不实"}).status_code == 204
    body = {"reason": "privacy", "about": "photo", "photo": photo_id}
    assert friend.call("POST", path, body).status_code == 204

    with world.database.reading() as session:
        kept = session.scalars(select(AbuseReport).order_by(AbuseReport.id)).all()
    assert [(one.part, one.attachment_id, one.reason) for one in kept] == [
        (BoardPart.TEXT, None, AbuseReason.FALSE),
        (BoardPart.PHOTO, photo_id, AbuseReason.PRIVACY),
    ]
    assert refusal(friend.call("POST", path, {"reason": "other"})) == (422, "invalid", "words")
    assert refusal(friend.call("POST", path, {"reason": "x"})) == (422, "invalid", "reason")
    other = {"reason": "false", "about": "photo", "photo": photo_id + 1}
    assert refusal(friend.call("POST", path, other))[:2] == (404, "not_found")
    hidden = world.file(S.IN_PROGRESS)
    assert refusal(friend.call("POST", f"/board/{hidden}/abuse", {"reason": "false"}))[:2] == (
        404,
        "not_found",
    )
    unsigned = Program(friend.app).call("POST", path, {"reason": "false"})
    assert refusal(unsigned)[:2] == (401, "token_missing")
    assert world.count(AbuseReport) == 2
