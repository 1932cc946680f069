"""The phone page in a real browser, against the real simulator and a stand-in for an account's server."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser, Frame, Locator, Page, expect, sync_playwright

from simulator import SimulatorConfig
from simulator.server import RunningSimulator
from tests.simulator.conftest import wait_until

pytestmark = pytest.mark.browser

TAG = re.compile(r"<(\w+)>(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))</\1>", re.DOTALL)


@dataclass
class Account:
    """What the account's server received, and how it answers: packet to text, or None for a failure."""

    base_url: str = ""
    packets: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[dict[str, str]], str | None] = lambda packet: f"收到：{packet.get('Content', '')}"


def _handler(account: Account) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            packet = {name: cdata or plain for name, cdata, plain in TAG.findall(body)}
            account.packets.append(packet)
            words = account.answer(packet)
            self._reply(500 if words is None else 200, _text_reply(packet, words or "success"), "text/xml")

        def do_GET(self) -> None:
            self._reply(
                200, "<!doctype html><meta charset=utf-8><h1>诉求进度</h1>", "text/html; charset=utf-8"
            )

        def _reply(self, status: int, body: str, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _text_reply(packet: dict[str, str], words: str) -> str:
    if words == "success":
        return words
    return (
        f"<xml><ToUserName><![CDATA[{packet['FromUserName']}]]></ToUserName>"
        f"<FromUserName><![CDATA[{packet['ToUserName']}]]></FromUserName><CreateTime>1790000000</CreateTime>"
        f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{words}]]></Content></xml>"
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def account() -> Iterator[Account]:
    account = Account()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(account))
    account.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield account
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def platform(account: Account) -> Iterator[RunningSimulator]:
    config = SimulatorConfig(
        callback_url=f"{account.base_url}/wechat", app_base_url=account.base_url, mode="plain", retries=1
    )
    with RunningSimulator(config) as running:
        yield running


@pytest.fixture
def page(browser: Browser, platform: RunningSimulator) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="zh-CN", reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(8000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(platform.base_url)
    page.locator("html[data-ready]").wait_for()
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def follower(page: Page, account: Account) -> Page:
    """The page of 林小雨, who follows the account already."""
    page.get_by_test_id("follow-button").click()
    expect(said(page, "account").last).to_contain_text("收到：")
    account.packets.clear()
    return page


def said(page: Page, speaker: str, kind: str = "text") -> Locator:
    """Return the messages of one side: me, account or system."""
    return page.locator(f'[data-testid="chat-item"][data-from="{speaker}"][data-type="{kind}"]')


def say(page: Page, words: str) -> None:
    page.get_by_test_id("message-input").fill(words)
    page.get_by_test_id("message-input").press("Enter")


def test_following_invites_to_write_and_greets(page: Page, account: Account) -> None:
    account.answer = lambda packet: f"你好，{packet['Event']}"
    expect(page.get_by_test_id("message-input")).to_be_hidden()
    page.get_by_test_id("phone-follow").click()
    expect(said(page, "account")).to_have_text(["你好，subscribe"])
    expect(page.get_by_test_id("message-input")).to_be_visible()
    expect(page.get_by_test_id("follow-button")).to_have_text("取消关注")


def test_text_is_sent_by_enter_and_answered(follower: Page, account: Account) -> None:
    say(follower, "三号楼停水了")
    expect(said(follower, "account").last).to_have_text("收到：三号楼停水了")
    expect(said(follower, "me")).to_have_text(["三号楼停水了"])
    expect(said(follower, "me")).to_have_attribute("data-state", "sent")
    assert [packet["Content"] for packet in account.packets] == ["三号楼停水了"]


def test_enter_sends_nothing_while_an_input_method_composes(follower: Page, account: Account) -> None:
    box = follower.get_by_test_id("message-input")
    box.fill("tingshui")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    box.press("Shift+Enter")
    expect(box).to_have_value("tingshui\n")
    expect(said(follower, "me")).to_have_count(0)
    follower.get_by_test_id("send-button").click()
    expect(said(follower, "account").last).to_have_text("收到：tingshui")
    assert [packet["Content"] for packet in account.packets] == ["tingshui"]


def test_message_nobody_took_keeps_a_red_mark_and_can_be_sent_again(follower: Page, account: Account) -> None:
    account.answer = lambda _: None
    say(follower, "有人吗")
    expect(said(follower, "system")).to_have_text(["该公众号提供的服务出现故障，请稍后再试"])
    expect(said(follower, "me")).to_have_attribute("data-state", "failed")
    follower.reload()
    expect(said(follower, "me")).to_have_attribute("data-state", "failed")
    account.answer = lambda _: "在的"
    follower.get_by_test_id("resend").click()
    follower.get_by_test_id("dialog-yes").click()
    expect(said(follower, "account").last).to_have_text("在的")
    expect(said(follower, "me").last).to_have_attribute("data-state", "sent")


def test_markup_of_the_account_stays_text_except_web_links(follower: Page, account: Account) -> None:
    words = '<img src=x onerror="document.title=1"><a href="javascript:alert(1)">点我</a>'
    account.answer = lambda _: f'{words}，<a href="{account.base_url}/h5/1">进度</a>'
    say(follower, "你好")
    answer = said(follower, "account").last
    expect(answer).to_have_text('<img src=x onerror="document.title=1">点我，进度')
    expect(answer.locator("img")).to_have_count(0)
    assert [link.get_attribute("href") for link in answer.locator("a").all()] == [f"{account.base_url}/h5/1"]


def test_link_opens_inside_the_phone_and_closes(follower: Page, account: Account) -> None:
    account.answer = lambda _: f'<a href="{account.base_url}/h5/1">查看进度</a>'
    say(follower, "查进度")
    said(follower, "account").last.get_by_role("link", name="查看进度").click()
    expect(follower.frame_locator('[data-testid="frame"]').locator("h1")).to_have_text("诉求进度")
    follower.get_by_test_id("frame-close").click()
    expect(follower.get_by_test_id("frame")).to_be_hidden()
    expect(follower.get_by_test_id("message-input")).to_be_visible()


def test_scanning_a_found_code_tells_the_account_its_scene(
    follower: Page, account: Account, platform: RunningSimulator
) -> None:
    platform.simulator.codes.post("point:7", title="东区第一食堂3号窗口", place="东区")
    platform.simulator.codes.post("point:8", title="图书馆二楼", place="教学区")
    account.answer = lambda packet: f"您在 {packet['EventKey']}"
    follower.get_by_test_id("scan-open").click()
    expect(follower.get_by_test_id("scan-item")).to_have_count(2)
    follower.get_by_test_id("scan-search").fill("食堂")
    expect(follower.get_by_test_id("scan-item")).to_have_count(1)
    follower.locator('[data-scene="point:7"]').click()
    expect(said(follower, "account").last).to_have_text("您在 point:7")
    assert [(packet["Event"], packet["EventKey"]) for packet in account.packets] == [("SCAN", "point:7")]


def test_several_photos_arrive_whole_and_in_order(
    follower: Page, account: Account, platform: RunningSimulator, tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in ("red.png", "blue.png")]
    for path in paths:
        Image.new("RGB", (40, 30), path.stem).save(path)
    follower.get_by_test_id("photo-input").set_input_files(paths)
    expect(said(follower, "account")).to_have_count(3)
    expect(said(follower, "me", "image").locator("img")).to_have_count(2)
    media = platform.simulator.media
    received = [media.content(packet["MediaId"]) for packet in account.packets]
    assert received == [path.read_bytes() for path in paths]


def test_menu_buttons_send_clicks_and_open_pages(
    page: Page, account: Account, platform: RunningSimulator
) -> None:
    view = {"type": "view", "name": "我的诉求", "url": f"{account.base_url}/h5/mine"}
    more = {"name": "办实事", "sub_button": [{"type": "click", "name": "本周清单", "key": "WEEK"}]}
    platform.simulator.set_menu({"button": [more, view]})
    account.answer = lambda packet: f"{packet['Event']} {packet['EventKey']}".strip()
    page.reload()
    page.get_by_test_id("follow-button").click()
    page.get_by_test_id("menu-button").first.click()
    page.get_by_test_id("menu-item").click()
    expect(said(page, "account").last).to_have_text("CLICK WEEK")
    page.get_by_test_id("menu-button").last.click()
    expect(page.frame_locator('[data-testid="frame"]').locator("h1")).to_have_text("诉求进度")
    # The page opens at once; the account is told of it beside that.
    wait_until(lambda: len(account.packets) == 3)
    assert [packet["Event"] for packet in account.packets] == ["subscribe", "CLICK", "VIEW"]


def test_each_user_has_a_chat_of_their_own_and_an_address(
    follower: Page, browser: Browser, platform: RunningSimulator
) -> None:
    say(follower, "我是小雨")
    expect(said(follower, "me")).to_have_text(["我是小雨"])
    other = follower.get_by_test_id("user-switch").nth(1)
    openid = other.get_attribute("data-openid")
    other.click()
    expect(said(follower, "me")).to_have_count(0)
    assert follower.url == f"{platform.base_url}/#{openid}"
    second = browser.new_page()
    second.goto(follower.url)
    expect(second.get_by_role("button", name="陈浩")).to_have_attribute("aria-pressed", "true")
    second.close()


NOTICE = {
    "template_id": "SIMTPL_BULLETIN",
    "page": "pages/bulletin?id=7",
    "data": {
        "thing1": {"value": "十一月通报"},
        "thing2": {"value": "办结 312 件"},
        "time3": {"value": "2026-11-30 18:00"},
    },
}


def api(platform: RunningSimulator, path: str, body: dict[str, Any]) -> Any:
    simulator = platform.simulator
    with simulator.state.lock:
        token = simulator.tokens.issue_stable(simulator.settings.app_id, force_refresh=False).value
    raw = json.dumps(body, ensure_ascii=False).encode()
    answer = requests.post(platform.base_url + path, params={"access_token": token}, data=raw, timeout=5)
    assert answer.json().get("errcode", 0) == 0, answer.text
    return answer.json()


def draft(platform: RunningSimulator, title: str) -> str:
    cover = platform.simulator.media.save(
        b"no picture", kind="thumb", filename="a.jpg", content_type="image/jpeg", material=True
    )
    article = {"title": title, "content": "<p>三号楼的水管修好了。</p>", "thumb_media_id": cover.media_id}
    return str(api(platform, "/cgi-bin/draft/add", {"articles": [article]})["media_id"])


def test_notice_of_the_mini_program_stands_in_a_list_of_its_own(
    follower: Page, platform: RunningSimulator
) -> None:
    openid = follower.url.split("#")[1]
    platform.simulator.actions.answer_popup(openid, template_id="SIMTPL_BULLETIN", status="accept")
    api(platform, "/cgi-bin/message/subscribe/send", NOTICE | {"touser": openid})
    expect(follower.locator("#others-unread")).to_have_text("1")
    expect(follower.get_by_test_id("chat").locator('[data-type="template"]')).to_have_count(0)
    follower.get_by_test_id("home-open").click()
    cell = follower.get_by_test_id("home-notices")
    expect(cell.locator(".badge")).to_have_text("1")
    cell.click()
    card = follower.get_by_test_id("service-notice")
    expect(card).to_contain_text("十一月通报")
    expect(card.locator(".template-more")).to_have_text("进入小程序查看")
    card.get_by_role("button").click()
    expect(follower.locator("#toast")).to_have_text("小程序页面：pages/bulletin?id=7")
    follower.keyboard.press("Escape")
    expect(cell.locator(".badge")).to_have_count(0)
    follower.reload()
    follower.get_by_test_id("home-open").click()
    expect(follower.get_by_test_id("home-notices").locator(".badge")).to_have_count(0)


def test_mass_sent_article_is_a_card_that_opens(follower: Page, platform: RunningSimulator) -> None:
    body = {"filter": {"is_to_all": True}, "msgtype": "mpnews"}
    api(
        platform,
        "/cgi-bin/message/mass/sendall",
        body | {"mpnews": {"media_id": draft(platform, "本周清单")}},
    )
    card = said(follower, "account", "news")
    expect(card).to_contain_text("本周清单")
    card.get_by_role("button").click()
    page = follower.frame_locator('[data-testid="frame"]')
    expect(page.locator("h1")).to_have_text("本周清单")
    expect(page.locator("article")).to_have_text("三号楼的水管修好了。")
    expect(follower.locator("#frame-title")).to_have_text("本周清单")


def test_published_article_is_found_in_the_panel_and_not_in_the_chat(
    follower: Page, platform: RunningSimulator
) -> None:
    api(platform, "/cgi-bin/freepublish/submit", {"media_id": draft(platform, "公示")})
    wait_until(lambda: platform.simulator.state.publications.newest(1)[0].status == 0)
    follower.reload()
    follower.get_by_test_id("article-row").click()
    expect(follower.frame_locator('[data-testid="frame"]').locator("h1")).to_have_text("公示")
    expect(said(follower, "account", "news")).to_have_count(0)


def test_menu_for_a_tag_is_shown_to_those_who_have_it(page: Page, platform: RunningSimulator) -> None:
    click = {"type": "click", "name": "提诉求", "key": "NEW"}
    openid = page.url.split("#")[1]
    api(platform, "/cgi-bin/menu/create", {"button": [click]})
    staff = {"button": [click | {"name": "派单"}], "matchrule": {"tag_id": "2"}}
    api(platform, "/cgi-bin/menu/addconditional", staff)
    page.get_by_test_id("follow-button").click()
    page.get_by_role("button", name="取消关注").wait_for()
    api(platform, "/cgi-bin/tags/members/batchtagging", {"openid_list": [openid], "tagid": 2})
    page.reload()
    expect(page.get_by_test_id("menu-button")).to_have_text(["派单"])
    page.get_by_test_id("user-switch").nth(1).click()
    expect(page.get_by_test_id("menu-button")).to_have_text(["提诉求"])


def test_page_may_ask_for_leave_and_the_other_phone_is_asked_who_reads(
    follower: Page, account: Account, platform: RunningSimulator
) -> None:
    platform.simulator.change_settings({"sign_in_url": f"{account.base_url}/h5/door?next="})
    view = {"type": "view", "name": "我的诉求", "url": f"{account.base_url}/h5/mine?tab=1"}
    platform.simulator.set_menu({"button": [view]})
    follower.reload()

    def opens(path: str) -> Frame:
        follower.get_by_test_id("menu-button").click()
        expect(follower.locator("#frame-screen")).to_be_visible()
        frame = follower.frames[1]
        frame.wait_for_url(account.base_url + path)
        return frame

    through_the_door = "/h5/door?next=%2Fh5%2Fmine%3Ftab%3D1"
    for path in (through_the_door, "/h5/mine?tab=1"):
        opens(path)
        follower.get_by_test_id("frame-close").click()
    follower.get_by_test_id("user-switch").nth(1).click()
    follower.get_by_test_id("follow-button").click()

    frame = opens(through_the_door)
    frame.evaluate(
        """() => {
            window.told = new Promise((done) => addEventListener("message", ({ data }) => done(data)));
            parent.postMessage({ type: "subscribe", templates: ["SIMTPL_RESOLVED", "T2"] }, "*");
        }"""
    )
    question = follower.get_by_role("alertdialog")
    expect(question).to_contain_text("想给你发送一次：办结评价通知、T2")
    question.get_by_test_id("dialog-yes").click()
    answers = {"SIMTPL_RESOLVED": "accept", "T2": "accept"}
    assert frame.evaluate("window.told") == {"type": "subscribed", "answers": answers}
    second = list(platform.simulator.state.users)[1]
    assert second.grants == {"SIMTPL_RESOLVED": 1, "T2": 1}
