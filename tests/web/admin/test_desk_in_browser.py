"""A dispatcher's hour in a real browser, with the keyboard alone."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from domain import complaints
from domain.actors import Actor
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus
from models.team import Team
from tests.support.act_pages import stored
from tests.support.desk_browser import Desks
from tests.support.factories import Office

pytestmark = pytest.mark.browser
File = Callable[..., Complaint]
S = ComplaintStatus


@pytest.fixture
def page(desks: Desks, office: Office) -> Page:
    """A browser in which the dispatcher is signed in."""
    return desks.enter(office.dispatcher.username)


@pytest.fixture
def before(file: File, office: Office, database: Database, now: datetime) -> Callable[[str, Team], None]:
    """Have something been dispatched before."""

    def dispatched(text: str, team: Team) -> None:
        complaint = file(text=text)
        with database.transaction() as session:
            complaints.assign(
                session,
                session.get_one(Complaint, complaint.id),
                team=session.get_one(Team, team.id),
                actor=Actor.of_staff(session.merge(office.dispatcher)),
                now=now,
            )

    return dispatched


def _press(page: Page, *keys: str) -> None:
    """Press keys on a page whose scripts have all begun; a browser shows the page before that."""
    for key in keys:
        page.wait_for_load_state()
        page.keyboard.press(key)


def test_an_hour_at_the_desk_needs_no_mouse(
    page: Page, file: File, before: Callable[[str, Team], None], office: Office, database: Database
) -> None:
    before("二楼水房水管漏水", office.other_team)
    before("楼道灯管不亮", office.other_team)
    before("饭菜太咸没法吃", office.team)
    main = file(S.IN_PROGRESS, text="大厅空调不制冷", service_point=office.hall)
    leak, lamp, salt = file(text="三楼水房水管漏水"), file(text="走廊灯管不亮"), file(text="今天饭菜太咸")
    twin = file(text="大厅的空调不制冷了", service_point=office.hall)
    wanted = {leak.number: "维修服务中心", lamp.number: "维修服务中心", salt.number: "饮食服务中心"}

    _press(page, "g", "t")
    for left, (number, team) in zip((4, 3, 2), wanted.items(), strict=True):
        expect(page.locator(".triage-left")).to_have_text(f"还有 {left} 件待受理")
        expect(page.locator("a[data-key=o]")).to_have_text(number)
        expect(page.locator(".suggestion[aria-pressed=true] strong")).to_have_text(team)
        _press(page, "a")
        expect(page.locator(".triage-send")).to_be_focused()
        _press(page, "Enter")
        expect(page.locator(".triage-last")).to_contain_text(f"{number} 已派给{team}")
    _press(page, "m")
    expect(page.locator("#sheet button[type=submit]")).to_be_focused()
    _press(page, "Enter")
    expect(page.locator(".triage-left")).to_have_text("待受理的都处理完了")

    _press(page, "g", "i")
    page.wait_for_url("**/admin/inbox")
    _press(page, "/")
    page.keyboard.type("水房")
    _press(page, "Enter")
    expect(page.locator("a.number")).to_have_text([leak.number, "2026-1123-0001"])
    _press(page, "j", "x", "j", "x")
    expect(page.locator("[data-tick-count]")).to_have_text("2")
    _press(page, "a")
    expect(page.locator("#bulk [data-team-select]")).to_be_focused()
    _press(page, "Escape", "k", "x", "o")
    page.wait_for_url(f"**/admin/complaints/{leak.number}")
    page.wait_for_load_state("networkidle")
    for key, words, said in (("r", "师傅已出发", "已答复。"), ("n", "钥匙在值班室", "已写内部备注。")):
        _press(page, key)
        expect(page.locator("#act-words")).to_be_focused()
        page.keyboard.type(words)
        _press(page, "Control+Enter")
        expect(page.locator(".flash")).to_contain_text(said[:3])
        expect(page.locator(".entry .said").first).to_have_text(words)
    _press(page, "u")
    page.wait_for_url("**/admin/inbox?*")
    _press(page, "?")
    expect(page.locator("#help")).to_contain_text("派单，看下一件")

    teams = {each.number: stored(database, each).team_id for each in (leak, lamp, salt)}
    assert teams == {
        leak.number: office.other_team.id,
        lamp.number: office.other_team.id,
        salt.number: office.team.id,
    }
    assert stored(database, twin).merged_into_id == main.id


def test_keys_typed_faster_than_pages_come_never_hit_the_wrong_thing(
    page: Page, file: File, before: Callable[[str, Team], None], office: Office, database: Database
) -> None:
    before("楼道灯管不亮", office.other_team)
    file(S.IN_PROGRESS, text="大厅空调不制冷", service_point=office.hall)
    first = file(text="大厅的空调不制冷", service_point=office.hall)
    lamp, twin = file(text="走廊灯管不亮"), file(text="大厅的空调不制冷了", service_point=office.hall)
    asked: list[str] = []
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    def wait_for_request() -> None:
        # The page knows that it has asked before the request is handed to us.
        while not held:
            page.wait_for_timeout(20)

    def let_go() -> None:
        wait_for_request()
        held.pop().continue_()

    page.on("request", lambda request: asked.append(f"{request.method} {urlsplit(request.url).path}"))
    page.goto("/admin/triage")

    # The preview is still on its way when Enter comes: what stands behind it must not be sent.
    page.route("**/merge/*", hold)
    _press(page, "a", "m", "Enter")
    expect(page.locator("#sheet")).to_have_attribute("aria-busy", "true")
    let_go()
    expect(page.locator("#sheet button[type=submit]")).to_be_focused()
    _press(page, "Escape")
    expect(page.locator("#sheet")).to_be_hidden()
    assert stored(database, first).status is S.SUBMITTED

    # One that is being sent takes no more keys, nor does it once it has made room for the next.
    page.unroute("**/merge/*")
    page.route("**/assign", hold)
    _press(page, "a", "Enter")
    expect(page.locator("#triage")).to_have_attribute("aria-busy", "true")
    wait_for_request()
    asked.clear()
    _press(page, "m", "j", "r", "o")
    let_go()
    expect(page.locator("a[data-key=o]")).to_have_text(lamp.number)
    assert [each for each in asked if "/static/" not in each] == ["GET /admin/triage"]
    page.unroute("**/assign")

    # The moment the next one is seen, its keys work.
    page.evaluate(
        """() => {
            const key = {key: "m", bubbles: true};
            const press = () => document.body.dispatchEvent(new KeyboardEvent("keydown", key));
            new MutationObserver(press).observe(document.querySelector("#triage"), {childList: true});
        }"""
    )
    _press(page, "a", "Enter")
    expect(page.locator("#sheet button[type=submit]")).to_be_focused()
    expect(page.locator("a[data-key=o]")).to_have_text(twin.number)
    assert urlsplit(page.url).path == "/admin/triage"
