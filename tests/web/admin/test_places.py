"""The pages of the registry: tree, one place, forms, moving, retiring, photos; who may do what."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask

from models.audit import AuditEntry
from models.database import Database
from models.enums import ComplaintStatus, ServicePointKind
from models.service_point import ServicePoint
from tests.support.campus import Campus, build_campus
from tests.support.factories import Factory
from tests.support.pages import Visitor, words_of
from web.parts import Parts

SignedIn = Callable[[str], Visitor]
K = ServicePointKind


@pytest.fixture
def campus(database: Database, factory: Factory) -> Campus:
    """东校区 with a canteen of the lead's team and a building of nobody's."""
    with database.transaction() as session:
        return build_campus(session, factory)


def stored(database: Database, place: ServicePoint) -> ServicePoint:
    with database.reading() as session:
        return session.get_one(ServicePoint, place.id)


def address(place: ServicePoint, act: str = "") -> str:
    return f"/admin/places/{place.id}" + (f"/{act}" if act else "")


def fields_of(visitor: Visitor, path: str) -> dict[str, str]:
    """What the form of a page would send as it is."""
    form = visitor.get(path).select_one("form.place-form")
    assert form is not None
    typed = form.select("input[type=text], input:not([type]), input[type=hidden]")
    fields = {str(one["name"]): str(one.get("value", "")) for one in typed}
    fields |= {str(one["name"]): one.get_text() for one in form.select("textarea")}
    for select in form.select("select"):
        chosen = select.select_one("option[selected]")
        fields[str(select["name"])] = str(chosen["value"]) if chosen else ""
    return fields


def test_the_tree_opens_branch_by_branch(signed_in: SignedIn, campus: Campus) -> None:
    visitor = signed_in("handler")
    page = visitor.get("/admin/places")
    tops = [words_of(one) for one in page.select(".tree > .branch > .place-line > .place-name")]
    assert tops == ["一食堂 3 号窗口", "图书馆大厅", "东校区"]
    assert page.select_one(f"details[hx-get='{address(campus.campus, 'below')}']")
    assert page.select(".place-acts") == []

    below = visitor.get(address(campus.campus, "below"), fragment=True)
    assert [words_of(one) for one in below.select(".place-name")] == ["第二食堂", "3号楼"]
    shown = visitor.get(f"/admin/places?open={campus.room.id}")
    opened = shown.select(".branch:has(> details[open]) > .place-line > .place-name")
    assert [words_of(one) for one in opened] == ["东校区", "3号楼", "3层"]
    assert [words_of(one) for one in shown.select(".place-name")][-2:] == ["302", "303"]
    assert len(visitor.get("/admin/places/top?start=1", fragment=True).select(".branch")) == 2


def test_words_and_filters_make_a_list(signed_in: SignedIn, campus: Campus) -> None:
    del campus
    visitor = signed_in("dispatcher")
    for query, names in (
        ("q=302", ["东校区3号楼302"]),
        ("lacking=team&kind=room", ["东校区3号楼302", "东校区3号楼303"]),
        ("team=1", ["一食堂 3 号窗口", "东校区第二食堂"]),
        ("q=nothing&team=abc&kind=x", []),
    ):
        page = visitor.get(f"/admin/places?{query}")
        assert [words_of(one) for one in page.select(".tree .place-name")] == names, query
    assert "没有责任单位 7 个" in words_of(page.select_one(".place-totals"))


def test_a_dispatcher_adds_edits_and_moves_places(
    signed_in: SignedIn, database: Database, campus: Campus
) -> None:
    visitor = signed_in("dispatcher")
    form = fields_of(visitor, f"/admin/places/new?parent={campus.canteen.id}")
    assert (form["kind"], form["team_id"]) == ("window", str(campus.office.team.id))
    refused = visitor.refused("/admin/places/new", form | {"name": "３号窗口", "pledge": "凉了热"})
    assert words_of(refused.select_one("#name-error")) == "同一个上级下面已经有「3号窗口」。"
    assert words_of(refused.select_one("#pledge")) == "凉了热"
    assert visitor.send("/admin/places/new", form | {"name": "4号窗口", "again": "1"}).endswith(
        f"parent={campus.canteen.id}"
    )
    assert visitor.send("/admin/places/new", form | {"name": "5号窗口"}).startswith("/admin/places/")
    visitor.refused("/admin/places/new", form | {"name": "6号窗口", "kind": "x"})

    form = fields_of(visitor, address(campus.building, "edit"))
    changed = form | {
        "name": "三号楼",
        "label_number": "D-03",
        "in_charge": "李红",
        "party_member": "1",
        "position": "120.1213，30.2636",
    }
    nowhere = visitor.refused(address(campus.building, "edit"), changed | {"position": "东门"})
    assert "坐标写成「纬度,经度」" in words_of(nowhere.select_one("#position-error"))
    visitor.send(address(campus.building, "edit"), changed)
    building = stored(database, campus.building)
    assert (building.latitude, building.longitude) == (30.2636, 120.1213)
    assert (building.label_number, building.party_member, stored(database, campus.room).full_name) == (
        "D-03", True, "东校区三号楼302",
    )  # fmt: skip
    again = visitor.refused(address(campus.building, "edit"), changed | {"pledge": "马上"}, status=409)
    assert "就以您写的为准" in words_of(again.select_one("[role=alert]"))
    seen = again.select_one("input[name=seen]")
    assert seen is not None
    visitor.send(address(campus.building, "edit"), changed | {"pledge": "马上", "seen": str(seen["value"])})
    assert stored(database, campus.building).pledge == "马上"
    as_it_is = fields_of(visitor, address(campus.building, "edit"))
    visitor.send(address(campus.building, "edit"), as_it_is | {"party_member": "1"})

    assert "3 个服务点一起移" in words_of(visitor.get(address(campus.building, "move")))
    for words in ("", "没有的地方", "东校区三号楼302"):
        visitor.refused(address(campus.building, "move"), {"place": words})
    visitor.send(address(campus.canteen, "move"), {"place": "D-03"})
    visitor.send(address(campus.building, "move"), {"top": "1"})
    assert stored(database, campus.window).full_name == "三号楼第二食堂3号窗口"
    visitor.send(address(campus.canteen, "order"), {"to": "first"})
    with database.reading() as session:
        said = [row.words for row in session.query(AuditEntry).order_by(AuditEntry.position)]
    assert "修改服务点「东校区三号楼」的编号、名称、负责人、中共党员、纬度、经度" in said
    deeds = visitor.get(address(campus.building)).select(".deed-words")
    assert words_of(deeds[0]) == "把服务点「东校区三号楼」移到最上级"


def test_retiring_warns_of_open_complaints_and_can_be_undone(
    signed_in: SignedIn, app: Flask, database: Database, campus: Campus, factory: Factory
) -> None:
    with database.transaction() as session:
        room = session.get_one(ServicePoint, campus.room.id)
        factory.complaint(session, campus.office, ComplaintStatus.SUBMITTED, service_point=room)
    visitor, scanner = signed_in("admin"), Visitor(app, check=False)
    assert "还有 1 件" in words_of(visitor.get(address(campus.building, "retire")).select_one(".alert"))
    assert "1 件还没办完" in words_of(visitor.get(address(campus.building)))
    visitor.refused(address(campus.building, "retire"))
    visitor.send(address(campus.building, "retire"), {"despite_open": "1"})
    assert "已停用 4 个服务点" in words_of(visitor.get(address(campus.building)).select_one(".flash"))

    assert "这个服务点已停用" in words_of(scanner.get(f"/h5/p/{campus.room.code}", status=410))
    visitor.send(address(campus.floor, "back"))
    assert "请先恢复上级" in words_of(visitor.get(address(campus.floor)).select_one(".flash"))
    assert len(visitor.get("/admin/places?retired=1").select(".leaf")) == 4
    visitor.send(address(campus.building, "back"), {"with_below": "1"})
    scanner.get(f"/h5/p/{campus.room.code}")

    visitor.send(address(campus.room, "code"))
    assert "没有认出这个二维码" in words_of(scanner.get(f"/h5/p/{campus.room.code}", status=404))
    drawn = visitor.client.get(address(campus.room, "code.svg"))
    assert (drawn.mimetype, drawn.data[:4]) == ("image/svg+xml", b"<svg")


def test_a_lead_describes_and_pictures_the_places_of_the_own_team(
    signed_in: SignedIn, app: Flask, database: Database, campus: Campus, photo: bytes
) -> None:
    visitor = signed_in("lead")
    form = fields_of(visitor, address(campus.canteen, "edit"))
    assert "name" not in form
    visitor.send(address(campus.canteen, "edit"), form | {"standard": "热菜不低于 60℃"})
    form = fields_of(visitor, address(campus.canteen, "edit"))
    refused = visitor.refused(address(campus.canteen, "edit"), form | {"in_charge": "字" * 61})
    assert "负责人最多 60 个字" in words_of(refused)
    for files, words in (
        ({}, "请先选一张照片。"),
        ({"photo": (BytesIO(b"MZ"), "a.jpg")}, "「a.jpg」：这不是照片"),
        ({"photo": (BytesIO(photo), "a.jpg")}, "照片已更新。"),
    ):
        visitor.send(address(campus.canteen, "photo"), files)
        assert words in words_of(visitor.get(address(campus.canteen)).select_one(".flash"))
    parts: Parts = app.extensions["banshishi"]
    key = stored(database, campus.canteen).photo_file_key
    for path in (address(campus.canteen, "photo"), f"/h5/p/{campus.canteen.code}/photo"):
        sent = visitor.client.get(path)
        assert (sent.mimetype, sent.data) == ("image/jpeg", parts.file_store.read(key))
    visitor.send(address(campus.canteen, "photo"), {"remove": "1"})
    visitor.get(address(campus.canteen, "photo"), status=404)


def test_what_a_role_may_not_do_has_no_button_and_answers_403(
    signed_in: SignedIn, database: Database, campus: Campus
) -> None:
    place = campus.canteen
    pages = ["/admin/places/new", address(place, "move"), address(place, "retire"), "/admin/places/import"]
    pages += ["/admin/places/import/template.xlsx"]
    posts = [address(place, act) for act in ("move", "order", "retire", "back", "code")]
    posts += ["/admin/places/new", "/admin/places/export", "/admin/places/import"]
    before = stored(database, place)
    for username in ("lead", "outsider", "handler", "leader", "inspector"):
        visitor = signed_in(username)
        page = visitor.get(address(place))
        own = username == "lead"
        acts = [words_of(one) for one in page.select(".place-acts a")]
        assert acts == (["修改"] if own else []), username
        assert bool(page.select(".photo-form")) == own
        assert page.select(f"form[action='{address(place, 'code')}']") == []
        for path in pages:
            visitor.get(path, status=403)
        for path in posts:
            visitor.refused(path, {"top": "1", "to": "up", "name": "X", "kind": "room"}, status=403)
        if not own:
            visitor.get(address(place, "edit"), status=403)
            visitor.refused(address(place, "edit"), {"pledge": "X"}, status=403)
    lead = signed_in("lead")
    lead.refused(address(place, "edit"), {"name": "X"}, status=403)
    lead.refused(address(campus.building, "edit"), {"pledge": "X"}, status=403)
    after = stored(database, place)
    assert (after.name, after.pledge, after.active, after.code) == (
        before.name, before.pledge, before.active, before.code,
    )  # fmt: skip
