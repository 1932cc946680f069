"""打印二维码: choosing places, asking for the file, and the mark in the middle of codes."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from domain import code_choice, print_mark
from domain.errors import Invalid
from models.audit import AuditEntry
from models.background_task import BackgroundTask
from models.database import Database
from models.enums import ServicePointKind
from models.service_point import ServicePoint
from tests.support.factories import Factory, Office
from tests.support.pages import Visitor, words_of
from web.admin import codes as pages

SignedIn = Callable[[str], Visitor]
PAGE = "/admin/places/codes"


@pytest.fixture
def campus(database: Database, office: Office, factory: Factory) -> dict[str, ServicePoint]:
    """A building with two rooms, beside the canteen window and the hall of the office."""
    del office
    with database.transaction() as session:
        building = factory.place(session, "12号楼")
        building.kind = ServicePointKind.BUILDING
        rooms = [factory.place(session, name, parent=building, team=None) for name in ("10室", "9室")]
        rooms[1].label_number = "DX-12-101"
        gone = factory.place(session, "11室", parent=building)
        gone.active = False
        return {"building": building, "second": rooms[0], "first": rooms[1], "gone": gone}


def listed(page: Any) -> list[str]:
    return [words_of(item) for item in page.select(".codes-places li")]


def asked_for(database: Database) -> tuple[str, dict[str, Any]]:
    with database.reading() as session:
        task = session.scalars(select(BackgroundTask).order_by(BackgroundTask.id.desc())).first()
        assert task
        assert task.kind == "qr_sheets"
        return task.title, task.parameters


def test_places_are_found_by_where_kind_team_and_number(
    signed_in: SignedIn, office: Office, campus: dict[str, ServicePoint]
) -> None:
    visitor = signed_in("dispatcher")
    first = f"12号楼 9室 {campus['first'].label_number}"
    second = f"12号楼 10室 {campus['second'].code}"
    building = f"12号楼 {campus['building'].code}"
    canteen, hall = f"一食堂 3 号窗口 {office.canteen.code}", f"图书馆大厅 {office.hall.code}"
    assert listed(visitor.get(PAGE)) == [building, first, second, canteen, hall]
    assert listed(visitor.get(f"{PAGE}?place=12号楼")) == [building, first, second]
    assert listed(visitor.get(f"{PAGE}?kind=building")) == [building]
    assert listed(visitor.get(f"{PAGE}?team={office.team.id}")) == [canteen]
    assert listed(visitor.get(f"{PAGE}?words=12-101")) == [first]
    none = visitor.get(f"{PAGE}?words=没有&kind=building")
    assert "没有符合条件的服务点" in words_of(none)
    unknown = visitor.get(f"{PAGE}?place=火星基地&kind=moon&page=99")
    assert "没有找到「火星基地」" in words_of(unknown.select_one("[role=alert]"))


def test_file_is_asked_for_all_found_or_for_the_ticked(
    signed_in: SignedIn, database: Database, campus: dict[str, ServicePoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = signed_in("dispatcher")
    visitor.get(PAGE)
    wish = {"scope": "all", "place": "12号楼", "layout": "door", "form": "pdf"}
    assert visitor.send(PAGE, wish) == "/admin/tasks/1"
    assert asked_for(database) == (
        "二维码门牌（3 个服务点）",
        {
            "ids": [campus[name].id for name in ("building", "first", "second")],
            "layout": "door",
            "form": "pdf",
        },
    )
    ticked = wish | {
        "scope": "ticked",
        "places": [campus["second"].id, campus["gone"].id, 0, 2**40],
        "form": "png",
    }
    visitor.send(PAGE, ticked)
    assert asked_for(database) == (
        "二维码PNG 图片（1 个服务点）",
        {"ids": [campus["second"].id], "layout": "door", "form": "png"},
    )

    def refused(**changes: Any) -> str:
        page = visitor.refused(PAGE, ticked | changes)
        return words_of(page.select_one("[role=alert]"))

    assert refused(places=None) == "请先勾选要打印的服务点。"
    assert refused(places=[campus["gone"].id]) == "勾选的服务点已停用，请重新选择。"
    assert refused(layout="poster_a0") == "请选一种版式。"
    assert refused(form="docx") == "请选择要 PDF 还是图片。"
    kept = visitor.refused(PAGE, ticked | {"layout": "", "places": [campus["second"].id]})
    assert [box["value"] for box in kept.select(".codes-places [checked]")] == [str(campus["second"].id)]
    assert kept.select_one("input[name=scope][value=ticked][checked]")
    monkeypatch.setattr(code_choice, "MOST_CODES", 2)
    assert refused(scope="all") == "一次最多打印 2 个，现在选了 3 个，请按校区或楼宇分几次。"


def test_long_lists_have_pages(
    signed_in: SignedIn, campus: dict[str, ServicePoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PER_PAGE", 2)
    page = signed_in("dispatcher").get(f"{PAGE}?place=12号楼")
    link = page.select_one("a[rel=next]")
    assert link
    following = signed_in("dispatcher").get(str(link["href"]))
    assert listed(following) == [f"12号楼 10室 {campus['second'].code}"]
    assert "筛选出的 全部 3 个" in words_of(following) or "筛选出的全部 3 个" in words_of(following)


def test_preview_shows_the_place(signed_in: SignedIn, campus: dict[str, ServicePoint]) -> None:
    client = signed_in("dispatcher").client
    answer = client.get(f"{PAGE}/preview/sticker.svg?place={campus['first'].id}")
    assert (answer.content_type, answer.text.count("DX-12-101")) == ("image/svg+xml; charset=utf-8", 9)
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; img-src data:; sandbox"
    assert client.get(f"{PAGE}/preview/sticker.svg").text.count("EC-2-03") == 9
    assert client.get(f"{PAGE}/preview/none.svg").status_code == 404


def test_empty_register_says_what_to_do(signed_in: SignedIn, database: Database, office: Office) -> None:
    with database.transaction() as session:
        for place in (office.canteen, office.hall):
            session.get_one(ServicePoint, place.id).active = False
    assert "还没有服务点" in words_of(signed_in("admin").get(PAGE))


@pytest.mark.usefixtures("office")
def test_mark_is_changed_by_administrators_and_written_down(signed_in: SignedIn, database: Database) -> None:
    def picture(size: tuple[int, int], colour: str, kind: str = "PNG") -> bytes:
        output = BytesIO()
        Image.new("RGB", size, colour).save(output, kind)
        return output.getvalue()

    admin = signed_in("admin")
    admin.get(PAGE)
    own = admin.client.get(f"{PAGE}/mark.png").data

    def send(data: bytes, name: str = "校徽.png") -> None:
        admin.send(f"{PAGE}/mark", {"mark": (BytesIO(data), name)})

    send(picture((800, 400), "red", "JPEG"))
    shown = Image.open(BytesIO(admin.client.get(f"{PAGE}/mark.png").data))
    assert (shown.size, shown.getpixel((0, 0)), shown.getpixel((240, 240))) == (
        (480, 480),
        (255, 255, 255, 0),
        (254, 0, 0, 255),
    )
    assert "现在用的是本单位上传的标志" in words_of(admin.get(PAGE))
    admin.send(f"{PAGE}/mark", {"remove": "1"})
    assert admin.client.get(f"{PAGE}/mark.png").data == own
    for bad in (b"", b"<svg/>", b"x" * (print_mark.MAX_BYTES + 1)):
        page = admin.refused(f"{PAGE}/mark", {"mark": (BytesIO(bad), "a.png")})
        assert page.select_one("[role=alert]")
    assert "请先选择" in words_of(admin.refused(f"{PAGE}/mark", {}))
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "print_mark.change")).all()
        assert [entry.words for entry in entries] == [
            "更换打印二维码用的标志",
            "打印二维码恢复用系统自带的标志",
        ]
    dispatcher = signed_in("dispatcher")
    assert dispatcher.get(PAGE).select_one("input[type=file]") is None
    dispatcher.refused(f"{PAGE}/mark", {"remove": "1"}, status=403)


def test_picture_of_too_many_pixels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(print_mark, "_MOST_PIXELS", 99)
    output = BytesIO()
    Image.new("L", (10, 10)).save(output, "PNG")
    with pytest.raises(Invalid, match="像素太多"):
        print_mark.clean_mark(output.getvalue())


@pytest.mark.usefixtures("office")
def test_others_are_told_who_prints(signed_in: SignedIn) -> None:
    assert "由受理员、系统管理员或单位负责人打印" in words_of(signed_in("handler").get(PAGE, status=403))


def test_leads_print_the_codes_of_their_own_places_and_no_others(
    signed_in: SignedIn, database: Database, office: Office, campus: dict[str, ServicePoint]
) -> None:
    lead = signed_in("lead")
    door = lead.get("/admin/places").select_one(".place-acts a")
    assert door
    assert (door["href"], words_of(door)) == (PAGE, "打印本单位的二维码")
    page = lead.get(f"{PAGE}?team={office.other_team.id}")
    assert listed(page) == [f"一食堂 3 号窗口 {office.canteen.code}"]
    assert page.select("select[name=team]") == []

    ticked = {"scope": "ticked", "places": [office.canteen.id, office.hall.id, campus["first"].id]}
    lead.send(PAGE, ticked | {"layout": "door", "form": "pdf"})
    assert asked_for(database)[1]["ids"] == [office.canteen.id]
    lead.refused(PAGE, ticked | {"places": [office.hall.id], "layout": "door", "form": "pdf"})

    def prints(place: ServicePoint) -> bool:
        return bool(lead.get(f"/admin/places/{place.id}").select(f'a[href^="{PAGE}"]'))

    assert (prints(office.canteen), prints(office.hall)) == (True, False)
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "codes.print")).one()
        assert entry.words == "打印二维码：1 个服务点"
