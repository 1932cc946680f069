"""Filing and following by GeoReport v2: strict in what is sent, silent on what is not for the reader."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select, update

from domain import complaints, hiding, queries, release
from domain.actors import Actor
from domain.connected_systems import Rights
from domain.coordinates import to_chinese_map
from domain.hiding import Target
from domain.release import Wish
from models.attachment import Attachment
from models.board_words import BoardPart
from models.complaint import Complaint, ComplaintEvent
from models.connected_system import ConnectedSystem
from models.enums import (
    ActorKind,
    AttachmentKind,
    AttachmentState,
    Channel,
    ComplaintStatus,
    ServicePointKind,
)
from tests.web.h5.conftest import World
from tests.web.open311.conftest import MakePortal, Portal
from web.clock import now
from web.rate_limits import limiter

S = ComplaintStatus


def kept(world: World, number: str) -> Complaint:
    with world.database.reading() as session:
        return queries.by_number(session, number)


def released(world: World, **changes: Any) -> Complaint:
    """Something of the student that everybody may read."""
    with world.database.transaction() as session:
        office, canteen = world.office, session.merge(world.office.canteen)
        made = world.make.complaint(
            session,
            office,
            S.IN_PROGRESS,
            service_point=canteen,
            text="我 412 的，窗口排队太久",
            **changes,
        )
        photo = Attachment(
            complaint_id=made.id,
            kind=AttachmentKind.PHOTO,
            state=AttachmentState.STORED,
            created_at=now(),
            file_key="a.jpg",
        )
        session.add(photo)
        session.flush()
        wish = Wish("窗口排队太久", "已加开窗口", [photo.id])
        release.release(session, made, wish, confirmed=True, staff=office.dispatcher, now=now())
        return made


def test_request_is_filed_as_everybodys_by_the_system(portal: MakePortal, world: World) -> None:
    city = portal("市 12345 热线")
    [answer] = city.post(
        {
            "service_code": "other",
            "description": "三楼水龙头关不紧\r\n一直滴水",
            "address_string": "三楼水房",
            "address_id": world.office.canteen.code,
            "attribute[kind]": "repair",
            "last_name": "周",
            "first_name": "大川",
            "phone": "13800000000",
            "email": "zhou@example.edu.cn",
            "account_id": "u-77",
            "media_url": "https://pictures.example/1.jpg",
        }
    )

    assert (answer["service_notice"], answer["account_id"]) == ("已派给饮食服务中心。", "u-77")
    with world.database.reading() as session:
        filed = queries.by_number(session, answer["service_request_id"])
        assert filed.text == (
            "三楼水龙头关不紧\n一直滴水\n\n对方平台附的图片链接（系统没有打开过）：https://pictures.example/1.jpg"
        )
        assert (filed.channel, filed.kind.value, filed.status) == (Channel.CONNECTED, "repair", S.ASSIGNED)
        assert (filed.contact_name, filed.contact_phone) == ("周大川", "13800000000")
        assert (filed.reporter_id, filed.recorded_by_id, filed.place_text) == (None, None, "三楼水房")
        first = filed.events[0]
        assert (first.actor_kind, first.actor_label) == (ActorKind.REPORTER, "市 12345 热线")
        assert "example.edu.cn" not in repr([vars(filed), first.details])
        assert session.scalar(select(ConnectedSystem.last_used_at)) == now()


def test_safety_words_make_it_urgent_and_the_answer_names_the_emergency_telephone(
    portal: MakePortal, world: World
) -> None:
    root = portal().post(
        {
            "service_code": "other",
            "description": "配电箱漏电",
            "address_string": "东区",
            "first_name": "Ann",
            "last_name": "Lee",
        },
        path="/v2/requests.xml",
    )

    filed = kept(world, root.findtext("request/service_request_id"))
    assert (filed.urgent, filed.contact_name) == (True, "Ann Lee")
    assert root.findtext("request/service_notice").endswith("请马上拨打 0571-88886110。")


def test_position_goes_in_and_out_as_it_came(portal: MakePortal, world: World) -> None:
    city = portal()
    number = city.file(address_string="", lat="30.263842", long="120.118731")

    [found] = city.get(f"/v2/requests/{number}.json")
    assert (found["lat"], found["long"]) == (30.263842, 120.118731)
    assert found["address"] == "地图上的位置，见附件"
    with world.database.reading() as session:
        position = session.scalars(select(Attachment)).one()
    assert (position.latitude, position.longitude) == to_chinese_map(30.263842, 120.118731)


def test_same_request_sent_again_files_nothing_more(
    portal: MakePortal, world: World, clock: time_machine.Traveller
) -> None:
    city, other = portal(), portal("门户")
    key = "6f0c6a1b-2c3d-4a53-9d43-0b9f5a1e6d0c"
    form = {"service_code": "other", "description": "灯坏了", "address_string": "东区"}
    first = city.post(form, Idempotency_Key=key)
    again = city.post(form, Idempotency_Key=key)
    [changed] = city.post(form | {"description": "灯又坏了"}, Idempotency_Key=key, status=400)
    without = [city.post(form), city.post(form), other.post(form)]
    clock.shift(timedelta(hours=25))
    later = city.post(form)

    assert again == first
    assert changed["description"].startswith("Idempotency-Key：这个 Idempotency-Key 已经用于另一个请求")
    assert without[0] == without[1]
    numbers = {one[0]["service_request_id"] for one in (first, *without, later)}
    assert (len(numbers), world.count(Complaint)) == (4, 4)
    city.post(form, Idempotency_Key="short", status=400)


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"service_code": ""}, "service_code："),
        ({"description": ""}, "description："),
        ({"description": "。。。"}, "description："),
        ({"description": "长" * 4001}, "description："),
        ({"address_string": ""}, "address_string："),
        ({"address_string": "长" * 101}, "address_string："),
        ({"address_id": "nowhere"}, "address_id："),
        ({"attribute[service_point]": "nowhere"}, "address_id："),
        ({"attribute[kind]": "wish"}, "attribute[kind]："),
        ({"lat": "30"}, "lat："),
        ({"lat": "91", "long": "0"}, "lat："),
        ({"lat": "nan", "long": "0"}, "lat："),
        ({"phone": "12"}, "phone："),
        ({"last_name": "长" * 41}, "first_name："),
        ({"media_url": "javascript:1"}, "media_url："),
        ({"media_url": "http://[1"}, "media_url："),
    ],
)
def test_what_cannot_be_taken_is_told_with_its_argument(
    portal: MakePortal, world: World, changes: dict[str, object], start: str
) -> None:
    form: dict[str, object] = {"service_code": "other", "description": "灯坏了", "address_string": "东区"}
    [told] = portal().post(form | changes, status=400)

    assert (told["code"], told["description"].startswith(start)) == (400, True)
    assert world.count(Complaint) == 0


def test_only_a_key_with_the_right_files(portal: MakePortal, stranger: Portal, world: World) -> None:
    reader = portal("门户", rights=Rights(read=True, submit=False, hook=False))
    form: dict[str, object] = {"service_code": "other", "description": "灯坏了", "address_string": "东区"}

    assert stranger.post(form, status=403) == [
        {"code": 403, "description": "缺少 api_key。请向后勤处的系统管理员申请。"}
    ]
    Portal(stranger.app, "bss_wrong").post(form, status=403)
    Portal(stranger.app, "bss_wrong").get("/v2/requests.xml", answers=403)
    [told] = reader.post(form, status=403)
    assert told["description"].startswith("这个接入系统没有提交诉求的权限")
    portal("热线").post({**form, "service_code": "none"}, status=404)
    answer = stranger.app.test_client().post(
        "/open311/v2/requests.json", json=form, headers={"Authorization": f"Bearer {portal('市').key}"}
    )
    assert (answer.status_code, answer.get_json()[0]["description"][:12]) == (400, "Content-Type")
    assert world.count(Complaint) == 0


def test_strangers_read_what_was_released_and_nothing_else(
    stranger: Portal, portal: MakePortal, world: World
) -> None:
    with world.database.transaction() as session:
        canteen = session.merge(world.office.canteen)
        canteen.latitude, canteen.longitude = to_chinese_map(30.26, 120.11)
    city = portal()
    secret = city.file(description="汤是凉的", phone="13800000000")
    public = released(world)
    [found] = stranger.get("/v2/requests.json")
    xml = stranger.get("/v2/requests.xml")

    assert found == {
        "service_request_id": public.number,
        "status": "open",
        "status_notes": "处理中：已加开窗口",
        "service_name": "其他",
        "service_code": "other",
        "description": "窗口排队太久",
        "agency_responsible": "饮食服务中心",
        "service_notice": None,
        "requested_datetime": "2026-11-23T10:00:00+08:00",
        "updated_datetime": "2026-11-23T10:00:00+08:00",
        "expected_datetime": None,
        "address": "一食堂 3 号窗口",
        "address_id": None,
        "zipcode": None,
        "lat": 30.26,
        "long": 120.11,
        "media_url": "http://127.0.0.1:8000/h5/board/photos/1",
    }
    assert [one.findtext("description") for one in xml] == ["窗口排队太久"]
    [hidden] = stranger.get(f"/v2/requests/{secret}.json", answers=404)
    assert [hidden] == stranger.get("/v2/requests/2026-0101-0001.json", answers=404)
    assert stranger.get("/v2/requests/none.json", answers=404) == [hidden]
    assert stranger.get(f"/v2/tokens/{public.number}.json") == [
        {"service_request_id": public.number, "token": public.number}
    ]
    stranger.get(f"/v2/tokens/{secret}.xml", answers=404)


def test_system_reads_its_own_as_the_one_who_raised_it(
    portal: MakePortal, world: World, clock: time_machine.Traveller
) -> None:
    city = portal("热线", rights=Rights(read=False, submit=True, hook=False))
    town = portal("门户")
    number = city.file(address_id=world.office.canteen.code, address_string="里间")
    public = released(world)
    clock.shift(timedelta(hours=1))
    with world.database.transaction() as session:
        filed, handler = queries.by_number(session, number), session.merge(world.office.handler)
        act: dict[str, Any] = {"actor": Actor.of_staff(handler), "now": now()}
        complaints.accept(session, filed, **act)
        complaints.note(session, filed, words="内部的话", **act)
        said = complaints.reply(session, filed, words="师傅下午到，请等 13800000000", **act)

    [found] = city.get("/v2/requests.json")
    assert (found["service_request_id"], found["description"]) == (number, "水龙头关不紧")
    assert found["status_notes"] == "处理中：师傅下午到，请等 13800000000"
    assert (found["address"], found["address_id"]) == ("一食堂 3 号窗口，里间", world.office.canteen.code)
    assert found["updated_datetime"] == "2026-11-23T11:00:00+08:00"
    assert found["expected_datetime"] == "2026-11-26T10:00:00+08:00"
    city.get(f"/v2/requests/{public.number}.json", answers=404)
    assert [one["service_request_id"] for one in town.get("/v2/requests.json")] == [public.number]
    town.get(f"/v2/requests/{number}.json", answers=404)

    with world.database.transaction() as session:
        filed, by = queries.by_number(session, number), session.merge(world.office.dispatcher)
        target = Target(BoardPart.WORDS, said.id)
        hiding.hide(session, filed, target, reason="泄露个人信息", staff=by, now=now())
    [found] = city.get(f"/v2/requests/{number}.json")
    assert found["status_notes"] == "处理中：内容已隐藏：泄露个人信息"


def test_list_is_narrowed_and_paged(portal: MakePortal, world: World, clock: time_machine.Traveller) -> None:
    city = portal()
    with world.database.transaction() as session:
        world.make.category(session, "shower", name="浴室")
    old = city.file(description="旧的")
    clock.shift(timedelta(days=91))
    bath = city.file(service_code="shower")
    newest = city.file()
    with world.database.transaction() as session:
        filed, office = queries.by_number(session, newest), world.office
        by = Actor.of_staff(session.merge(office.dispatcher))
        into = world.make.complaint(session, office, now=now())
        complaints.merge(session, filed, into=into, actor=by, now=now())

    def numbers(**query: Any) -> list[str]:
        return [one["service_request_id"] for one in city.get("/v2/requests.json", **query)]

    assert numbers() == [newest, bath]
    assert numbers(status="closed") == [newest]
    assert numbers(status="open") == [bath]
    assert numbers(status="open,closed", service_code="shower,none") == [bath]
    assert numbers(page_size=1, page=2) == [bath]
    assert numbers(page=9) == []
    assert numbers(start_date="2026-11-01", end_date="2026-12-01T00:00:00Z") == [old]
    assert numbers(start_date="2026-11-23T09:00:00+08:00", status="") == [old]
    assert numbers(end_date="2026-12-01T00:00:00+08:00") == [old]
    assert numbers(service_request_id=f"{old}, {bath},x", status="closed") == [bath, old]
    assert numbers(service_request_id="x") == []
    [closed] = city.get(f"/v2/requests/{newest}.json")
    assert (closed["status"], closed["status_notes"], closed["updated_datetime"]) == (
        "closed",
        "已并案",
        "2027-02-22T10:00:00+08:00",
    )
    for wrong in (
        {"status": "new"},
        {"status": "open,closed,open,x"},
        {"start_date": "yesterday"},
        {"start_date": "0001-01-01"},
        {"start_date": "2026-01-01", "end_date": "2026-12-01"},
        {"start_date": "2026-02-01", "end_date": "2026-01-01"},
        {"page": "0"},
        {"page_size": "1001"},
        {"service_request_id": ",".join(map(str, range(101)))},
    ):
        city.get("/v2/requests.json", answers=400, **wrong)


def test_deferred_one_tells_when_it_goes_on_and_a_room_is_not_named(stranger: Portal, world: World) -> None:
    made = released(world)
    with world.database.transaction() as session:
        filed = session.get_one(Complaint, made.id)
        room = world.make.place(session, "412 室", parent=session.merge(world.office.canteen))
        room.kind = ServicePointKind.ROOM
        filed.service_point_id = room.id
        filed.deferred_until = now() + timedelta(days=7)
        session.execute(update(Complaint).where(Complaint.id == made.id).values(status=S.DEFERRED))

    [found] = stranger.get("/v2/requests.json")
    assert found["expected_datetime"] == "2026-11-30T10:00:00+08:00"
    assert found["address"] == "一食堂 3 号窗口"


def test_a_number_of_requests_asks_the_database_as_often_as_one(
    portal: MakePortal, world: World, count_queries: Any
) -> None:
    city = portal()
    city.file()
    with count_queries() as for_one:
        city.get("/v2/requests.json")
    for number in range(3):
        city.file(description=f"灯坏了 {number}")
        released(world)
    with count_queries() as for_many:
        assert len(city.get("/v2/requests.json")) == 7

    assert len(for_many) == len(for_one)


def test_too_many_are_told_when_to_come_again(portal: MakePortal, world: World) -> None:
    city = portal()
    limiter.reset()
    for _ in range(60):
        city.post({}, status=400)
    answer = city.app.test_client().post("/open311/v2/requests.json", data={"api_key": city.key})
    limiter.reset()

    assert (answer.status_code, answer.get_json()[0]["code"]) == (429, 429)
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert world.count(Complaint) == 0


def test_what_xml_cannot_hold_is_left_out(portal: MakePortal, world: World) -> None:
    city = portal()
    number = city.file(description="灯坏了\x0b <b>&amp;</b>")

    root = city.get(f"/v2/requests/{number}.xml")
    assert root.findtext("request/description") == "灯坏了 <b>&amp;</b>"
    assert world.count(Complaint) == 1
    with world.database.reading() as session:
        assert session.scalar(select(func.count(ComplaintEvent.id))) == 1
