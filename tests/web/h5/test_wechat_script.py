"""What the phone pages do with WeChat's JS-SDK: the SDK in a browser, and a stand-in for WeChat's side."""

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from threading import Thread
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from config.settings import Settings
from domain import access_links, grants, message_templates
from models.attachment import Attachment
from models.complaint import Complaint
from models.database import Database
from models.enums import AttachmentKind, NoticeChannel, NoticeKind
from models.service_point import ServicePoint
from simulator.server import RunningSimulator
from tests.support.factories import Factory, Office
from web.application import create_web

pytestmark = pytest.mark.browser

ANDROID = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Mobile MicroMessenger/8.0.50"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 MicroMessenger/8.0.50"
# What WeChat puts into its browser, as far as the SDK asks for it.
WECHAT = """
window.asked = [];
window.WeixinJSBridge = { on() {}, invoke(name, values, answer) {
  if (name === "getNetworkType") return;
  window.asked.push([name, values]);
  const refused = window.refuses === name ? "fail" : "ok";
  const more = {
    chooseImage: { localIds: '["one","two"]' }, getLocalImgData: { localData: "%s" },
    scanQRCode: { resultStr: `{"scan_code": {"scan_result": "${location.origin}/h5/p/place-2"}}` },
    geoLocation: { latitude: 30.2637, longitude: 120.1213 },
    stopRecord: { localId: "voice" }, uploadVoice: { serverId: "server-voice-0001" },
  };
  setTimeout(() => answer({ errMsg: `${name}:${refused}`, ...more[name] }));
} };
"""


def bare_photo() -> str:
    data = BytesIO()
    Image.new("RGB", (20, 20), (10, 120, 80)).save(data, "JPEG")
    return base64.b64encode(data.getvalue()).decode()


@pytest.fixture
def now() -> datetime:
    """The real moment: a browser cannot be told another."""
    return datetime.now(UTC)


@pytest.fixture
def served(
    make_settings: Callable[..., Settings], database: Database, running: RunningSimulator
) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    base = f"http://127.0.0.1:{server.server_port}/"
    server.app = create_web(make_settings(base_url=base, wechat_api_base=running.base_url), database)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield base
    server.shutdown()


@pytest.fixture
def open_page(
    browser: Browser, served: str, database: Database, office: Office
) -> Iterator[Callable[..., Page]]:
    """Give a phone in which WeChat shows one page to the student."""
    contexts = []

    def take(path: str, *, agent: str = ANDROID, refuses: str = "") -> Page:
        context = browser.new_context(base_url=served, user_agent=agent, has_touch=True)
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(WECHAT % bare_photo() + f"window.refuses = {refuses!r};")
        with database.transaction() as session:
            token = access_links.create_link(session, person=office.student, path=path, now=datetime.now(UTC))
        page.goto(f"/h5/enter/{token}")
        page.wait_for_url(f"**{path}")
        return page

    yield take
    for context in contexts:
        context.close()


@pytest.fixture
def number(database: Database, office: Office, factory: Factory) -> str:
    with database.transaction() as session:
        return factory.complaint(session, office).number


def asked(page: Page) -> list[str]:
    return [name for name, _ in page.evaluate("window.asked")]


def test_scanner_is_offered_and_left_to_wechat(open_page: Callable[..., Page], served: str) -> None:
    page = open_page("/h5/complaints")
    button = page.get_by_role("button", name="现在扫一扫")
    button.click()

    name, values = page.evaluate("window.asked")[-1]
    assert (name, values["needResult"], values["scanType"]) == ("scanQRCode", 0, ["qrCode"])
    assert len(values["verifySignature"]) == 40
    assert page.evaluate("window.asked")[0][0] == "preVerifyJSAPI"
    assert served in page.url


def test_scanner_stays_hidden_when_wechat_refuses_the_page(open_page: Callable[..., Page]) -> None:
    page = open_page("/h5/complaints", refuses="preVerifyJSAPI")
    page.wait_for_function("() => window.asked.length > 0")
    page.wait_for_timeout(100)

    expect(page.get_by_text("现在扫一扫")).to_be_hidden()


def test_android_chooses_several_photos_with_wechat(open_page: Callable[..., Page], number: str) -> None:
    page = open_page(f"/h5/complaints/{number}")
    page.wait_for_function("() => window.asked.length > 0")
    page.wait_for_timeout(100)
    page.evaluate("document.querySelector('[data-photo-field]').closest('details')?.setAttribute('open', '')")
    page.locator("[data-photo-field] input[type=file]").first.evaluate("field => field.click()")

    expect(page.locator("[data-chosen] li")).to_have_count(2)
    assert asked(page) == ["preVerifyJSAPI", "chooseImage", "getLocalImgData", "getLocalImgData"]


def test_form_takes_place_and_voice_from_wechat(
    open_page: Callable[..., Page], database: Database, office: Office
) -> None:
    with database.transaction() as session:
        place = session.get_one(ServicePoint, office.hall.id)
        place.latitude, place.longitude = 30.2636, 120.1213
    page = open_page("/h5/report", agent=IPHONE)
    page.get_by_role("button", name="我在附近").click()
    expect(page.get_by_role("radio", name=f"{office.hall.full_name} 就在这里")).to_be_visible()
    page.get_by_role("button", name="扫现场的码").click()
    expect(page.locator("[data-where-name]")).to_have_text(office.canteen.full_name)
    page.get_by_role("button", name="按一下说话").click()
    page.get_by_role("button", name="正在录音").click()
    expect(page.locator("[data-voice-length]")).to_contain_text("随提交一起发出")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("heading", name="已提交")).to_be_visible()
    with database.reading() as session:
        (voice,) = session.scalars(select(Attachment))
        (complaint,) = session.scalars(select(Complaint))
    assert (voice.kind, voice.media_id) == (AttachmentKind.VOICE, "server-voice-0001")
    assert complaint.service_point_id == office.canteen.id


@pytest.mark.parametrize("refused", ["startRecord", "uploadVoice", "geoLocation"])
def test_form_says_what_to_do_when_wechat_gives_nothing(open_page: Callable[..., Page], refused: str) -> None:
    page = open_page("/h5/report", agent=IPHONE, refuses=refused)
    if refused == "geoLocation":
        page.get_by_role("button", name="我在附近").click()
        expect(page.locator("[data-where-offer]")).to_have_text("没有拿到位置。请搜一下，或直接写在哪里。")
        return
    page.get_by_role("button", name="按一下说话").click()
    if refused == "uploadVoice":
        page.get_by_role("button", name="正在录音").click()
    expect(page.locator("#voice-error")).to_be_visible()
    expect(page.get_by_role("button", name="按一下说话")).to_be_visible()


def test_iphone_keeps_its_own_field(open_page: Callable[..., Page], number: str) -> None:
    page = open_page(f"/h5/complaints/{number}", agent=IPHONE)
    page.wait_for_timeout(200)

    assert asked(page) == []
    assert page.evaluate("typeof window.wx") == "undefined"


def test_field_opens_itself_after_wechat_refused(open_page: Callable[..., Page], number: str) -> None:
    page = open_page(f"/h5/complaints/{number}", refuses="chooseImage")
    page.wait_for_function("() => window.asked.length > 0")
    page.wait_for_timeout(100)
    field = page.locator("[data-photo-field] input[type=file]").first
    field.evaluate("field => field.click()")
    page.wait_for_timeout(100)
    prevented = """field => {
        const click = new MouseEvent("click", { cancelable: true });
        field.addEventListener("click", (event) => {
            window.taken = event.defaultPrevented;
            event.preventDefault();
        });
        field.dispatchEvent(click);
        return window.taken;
    }"""

    assert field.evaluate(prevented) is False


SUBSCRIPTION = NoticeChannel.SUBSCRIPTION


@pytest.fixture
def offered(database: Database, office: Office) -> None:
    """Let the account tell three kinds of notices by two 订阅通知."""
    with database.transaction() as session:
        for kind, template in [("resolved", "SUB1"), ("answered", "SUB2"), ("asked", "SUB2")]:
            wish = message_templates.Wish(template, "", {"thing1": ["{subject}"]})
            message_templates.save(
                session, NoticeKind(kind), SUBSCRIPTION, wish, staff=office.admin, now=datetime.now(UTC)
            )


def told(page: Page, name: str, detail: dict[str, Any]) -> None:
    """Let WeChat's tag tell the page something."""
    page.locator("wx-open-subscribe").evaluate(
        "(tag, [name, detail]) => tag.dispatchEvent(new CustomEvent(name, { detail }))", [name, detail]
    )


@pytest.mark.usefixtures("offered")
def test_open_tag_asks_for_the_account_s_templates_and_vanishes_when_it_fails(
    open_page: Callable[..., Page], number: str, database: Database, office: Office
) -> None:
    page = open_page(f"/h5/complaints/{number}", agent=IPHONE)
    tag = page.locator("wx-open-subscribe")
    expect(tag).to_be_attached()
    assert tag.get_attribute("template") == "SUB1,SUB2"
    assert "订阅办理进度通知" in (tag.locator("script[type='text/wxtag-template']").text_content() or "")
    asked_for = page.evaluate("window.asked.find(([name]) => name === 'preVerifyJSAPI')[1]")
    assert asked_for["verifyOpenTagList"] == ["wx-open-subscribe"]

    told(page, "success", {"subscribeDetails": '{"SUB1":"{\\"status\\":\\"reject\\"}"}'})
    expect(page.locator("[data-subscribe-words]")).to_have_text("没有订阅也没关系，进展随时可以在这里看。")
    told(page, "success", {"subscribeDetails": '{"SUB1":"{\\"status\\":\\"accept\\"}"}'})
    expect(page.locator("[data-subscribe-words]")).to_have_text("已订阅，有结果会通知您。")
    expect(tag).to_have_count(0)
    # What the page hears is thanked for; only what the platform reports is counted.
    with database.reading() as session:
        assert grants.granted(session, office.student.id) == frozenset()

    page.reload()
    told(page, "error", {"errMsg": "subscribe:fail"})
    expect(page.locator("[data-subscribe]")).to_be_hidden()


@pytest.mark.usefixtures("offered")
def test_nobody_is_asked_outside_wechat_or_for_what_they_have_allowed(
    open_page: Callable[..., Page], number: str, database: Database, office: Office
) -> None:
    assert open_page(f"/h5/complaints/{number}", agent="Mozilla/5.0").locator("[data-subscribe]").count() == 0
    refused = open_page(f"/h5/complaints/{number}", agent=IPHONE, refuses="preVerifyJSAPI")
    refused.wait_for_function("() => window.asked.length > 0")
    expect(refused.locator("[data-subscribe]")).to_be_hidden()
    with database.transaction() as session:
        for template in ("SUB1", "SUB2"):
            grants.note_popup(
                session,
                office.student,
                template_id=template,
                accepted=True,
                event_key="tap",
                now=datetime.now(UTC),
            )
    assert open_page(f"/h5/complaints/{number}", agent=IPHONE).locator("[data-subscribe]").count() == 0


def test_wechat_passes_on_the_public_page_and_never_the_private_one(
    open_page: Callable[..., Page], database: Database, office: Office, factory: Factory, served: str
) -> None:
    with database.transaction() as session:
        canteen = session.merge(office.canteen)
        number = factory.complaint(session, office, service_point=canteen).number
    page = open_page(f"/h5/complaints/{number}", agent=IPHONE)
    expect(page.get_by_text("点右上角「···」，发给朋友或朋友圈。")).to_be_visible()
    shared = {name: values["link"] for name, values in page.evaluate("window.asked") if "link" in values}
    assert shared == {
        "updateAppMessageShareData": f"{served}h5/p/{office.canteen.code}",
        "updateTimelineShareData": f"{served}h5/p/{office.canteen.code}",
    }
    expect(page.get_by_role("button", name="分享", exact=True)).to_be_hidden()
