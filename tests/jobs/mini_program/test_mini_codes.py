"""Mini-program codes of places: drawn by the platform, kept, shown, downloaded, and read back."""

import zipfile
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select, update

from config.settings import MiniProgramEnv
from domain import mini_codes, platform_alerts
from domain.mini_code_printing import MiniCodeReport
from jobs.background import Background
from jobs.mini_program import make_mini_codes
from models.background_task import BackgroundTask
from models.mini_program_code import MiniProgramCode
from models.service_point import ServicePoint
from tests.support.mini_platform import MiniPlatform
from tests.support.pages import Visitor
from wechat.mini_program import build_mini_program
from wechat.troubles import describe

PATH = "/wxa/getwxacodeunlimit"


def codes(mini: MiniPlatform) -> list[tuple[str, str, str]]:
    with mini.database.reading() as session:
        rows = session.scalars(select(MiniProgramCode).order_by(MiniProgramCode.scene))
        return [(row.scene, row.page, row.env_version) for row in rows]


def asked(mini: MiniPlatform) -> int:
    return len(mini.platform.calls.find(path=PATH, limit=99))


def set_up(mini: MiniPlatform, **changes: object) -> None:
    """Let the worker go on with other settings."""
    settings = mini.settings.model_copy(update=changes)
    calls = build_mini_program(settings, mini.database)
    mini.context = replace(mini.context, settings=settings, mini_program=calls)


def alerts(mini: MiniPlatform) -> list[tuple[str, str]]:
    with mini.database.reading() as session:
        found = [describe(alert, now=mini.now()) for alert in platform_alerts.open_alerts(session)]
        return [(each.title, each.remedy) for each in found]


def test_each_place_gets_one_and_another_when_the_page_changes(mini: MiniPlatform) -> None:
    place, hall = mini.office.canteen.code, mini.office.hall.code
    make_mini_codes(mini.context)
    make_mini_codes(mini.context)

    assert codes(mini) == [(place, "", "release"), (hall, "", "release")]
    assert asked(mini) == 2
    set_up(
        mini,
        miniprogram_page="pages/place/place",
        miniprogram_env=MiniProgramEnv.TRIAL,
        miniprogram_check_path=False,
    )
    mini.platform.change_settings({"mini_pages": ["pages/other"]})
    make_mini_codes(mini.context)
    assert codes(mini) == [(place, "pages/place/place", "trial"), (hall, "pages/place/place", "trial")]
    assert mini.context.mini_program is not None
    mini.context.mini_program.flush_counts()


def test_page_that_is_not_published_stops_it_and_is_told_with_its_remedy(mini: MiniPlatform) -> None:
    mini.platform.change_settings({"mini_pages": ["pages/other"]})
    set_up(mini, miniprogram_page="pages/place/place")
    make_mini_codes(mini.context)
    make_mini_codes(mini.context)

    assert (codes(mini), asked(mini)) == ([], 1)
    [(title, remedy)] = alerts(mini)
    assert (title, "MINIPROGRAM_PAGE" in remedy) == ("微信没有给出服务点的小程序码", True)
    mini.platform.change_settings({"mini_pages": []})
    mini.moved += mini_codes.PAUSE
    make_mini_codes(mini.context)
    assert (len(codes(mini)), alerts(mini)) == (2, [])


@pytest.mark.parametrize("fault", [{"kind": "http_502"}, {"errcode": -1}, {"kind": "truncated_json"}])
def test_passing_trouble_is_no_alert(mini: MiniPlatform, fault: dict[str, object]) -> None:
    mini.platform.faults.add(**({"path": PATH, "kind": "errcode", "times": 1} | fault))  # type: ignore[arg-type]

    make_mini_codes(mini.context)

    assert (codes(mini), alerts(mini)) == ([], [])
    make_mini_codes(mini.context)
    assert len(codes(mini)) == 2


def test_nothing_is_drawn_by_a_worker_that_stops_or_without_a_mini_program(mini: MiniPlatform) -> None:
    stopped = replace(mini.context, stopping=type(mini.context.stopping)())
    stopped.stopping.set()
    make_mini_codes(stopped)
    make_mini_codes(replace(mini.context, mini_program=None))

    assert (codes(mini), asked(mini)) == ([], 0)


def test_scene_that_wechat_would_not_take_is_not_asked_for(mini: MiniPlatform) -> None:
    long = "p" * 33
    with mini.database.transaction() as session:
        session.execute(update(ServicePoint).where(ServicePoint.id == mini.office.hall.id).values(code=long))
    make_mini_codes(mini.context)

    assert ([code[0] for code in codes(mini)], asked(mini)) == ([mini.office.canteen.code], 1)
    page = Visitor(mini.app).sign_in("dispatcher").get(f"/admin/places/{mini.office.hall.id}")
    assert "不能做小程序码" in page.select_one("[aria-labelledby=mini-code-title]").get_text()
    with mini.database.transaction() as session:
        change = update(ServicePoint).where(ServicePoint.id == mini.office.hall.id)
        session.execute(change.values(code=mini.office.hall.code))


def test_code_is_shown_and_downloaded_beside_the_qr_code_and_packed_into_a_zip(mini: MiniPlatform) -> None:
    desk = Visitor(mini.app).sign_in("dispatcher")
    address = f"/admin/places/{mini.office.canteen.id}"
    waiting = desk.get(address).select_one("[aria-labelledby=mini-code-title]")
    assert (waiting.img, "还在生成" in waiting.get_text()) == (None, True)
    desk.get(f"{address}/mini-code", status=404)
    with mini.database.transaction() as session:
        outside = session.get_one(ServicePoint, mini.office.hall.id)
        outside.active = False
    make_mini_codes(mini.context)

    card = desk.get(address).select_one("[aria-labelledby=mini-code-title]")
    answer = desk.client.get(card.a["href"])
    assert answer.headers["Content-Disposition"].startswith("attachment")
    shown = desk.client.get(card.img["src"])
    assert (shown.headers["Content-Type"], Image.open(BytesIO(shown.data)).format) == ("image/jpeg", "JPEG")
    with mini.database.transaction() as session:
        session.get_one(ServicePoint, mini.office.hall.id).active = True
    assert len(desk.get("/admin/places/codes").select("input[name=form][value=mini]")) == 1
    given = {"scope": "all", "layout": "sticker", "form": "mini"}
    asked_for = desk.post("/admin/places/codes", given)
    assert asked_for.status_code == 303
    assert Background(mini.context).do_one()
    with mini.database.reading() as session:
        task = session.scalars(select(BackgroundTask).order_by(BackgroundTask.id.desc())).first()
        assert task is not None
        missing = "还有 1 个没有生成，请过几分钟再试：图书馆大厅。"
        told = ["共 1 个小程序码。", missing]
        assert (task.title, task.result["lines"]) == ("小程序码（2 个服务点）", told)
        packed = zipfile.ZipFile(BytesIO(mini.context.files.read(task.result_file_key)))
        assert packed.namelist() == [f"0001 一食堂 3 号窗口 {mini.office.canteen.code}.jpg"]


def test_what_a_program_reads_from_a_code_leads_to_its_place(mini: MiniPlatform) -> None:
    code = mini.office.canteen.code
    for text in (code, f"p={code}", f"pages/place/place?scene={code}", f"/pages/a?x=1&scene=p%3D{code}&y=2"):
        assert mini.program.get("/scans", text=text)["code"] == code, text
    assert mini.program.call("GET", "/scans", text="pages/a?scene=nobody").status_code == 404


def test_many_missing_codes_are_told_in_short() -> None:
    assert MiniCodeReport(3, []).lines() == ["共 3 个小程序码。"]
    told = MiniCodeReport(0, [f"{number}号楼" for number in range(12)]).lines()
    assert told[1].startswith("还有 12 个没有生成，请过几分钟再试：0号楼、")
    assert told[1].endswith("9号楼等 12 处。")
