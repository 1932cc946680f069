"""From the code on the wall to the receipt, on a small phone: with scripts, without, and on a bad network."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect
from sqlalchemy import select

from config.settings import Settings
from domain import access_links, complaints, queries
from domain.actors import Actor
from models.attachment import Attachment
from models.complaint import Complaint, ComplaintFollower
from models.database import Database
from models.enums import AttachmentKind, ComplaintKind
from models.enums import ComplaintStatus as S
from models.service_point import ServicePoint
from tests.support.desk_browser import axe_problems, overflow, served
from tests.support.factories import Factory, Office
from tests.support.many_filings import many_filings
from tests.support.photo_files import jpeg
from web.application import create_web

pytestmark = pytest.mark.browser

PHONE = {"width": 375, "height": 667}
PLACE = "/h5/p/place-2"
MOST_BYTES = 60_000
# "Slow 4G" as Lighthouse has it: 150 ms there and back, 1.6 Mbit/s down, 750 kbit/s up.
# https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md
SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6 * 1024 * 1024 / 8,
    "uploadThroughput": 750 * 1024 / 8,
}
LARGEST_PAINT = """() => new Promise((done) => new PerformanceObserver((list) => {
  done(list.getEntries().at(-1).startTime);
}).observe({ type: "largest-contentful-paint", buffered: true }))"""

Open = Callable[..., Page]


@pytest.fixture
def now() -> datetime:
    """The real moment: a browser cannot be told another."""
    return datetime.now(UTC)


@pytest.fixture
def app(make_settings: Callable[..., Settings], database: Database) -> Iterator[Flask]:
    web = create_web(make_settings(), database)
    with many_filings():
        yield web


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture
def shared(database: Database, office: Office, factory: Factory, app: Flask, now: datetime) -> str:
    """A place with all that can be shown, and something that others raised there; gives its number."""
    photo = app.extensions["banshishi"].file_store.save(picture(640), "jpg")
    with database.transaction() as session:
        place = session.get_one(ServicePoint, office.canteen.id)
        place.photo_file_key, place.in_charge, place.party_member = photo, "胡秀英（食堂主管）", True
        place.standard, place.pledge = "热菜不低于 60℃", "凉了热，少了补"
        friend = factory.person(session, "oWhoRaisedIt")
        for _ in range(10):
            factory.complaint(session, office, S.CLOSED, now=now, service_point=place)
        complaint = factory.complaint(
            session, office, S.IN_PROGRESS, now=now, service_point=place, reporter=friend
        )
        desk = Actor.of_staff(office.dispatcher)
        complaints.publish(session, complaint, public_text="高峰时排队超过二十分钟", actor=desk, now=now)
        return complaint.number


@pytest.fixture
def open_phone(browser: Browser, address: str, database: Database, office: Office) -> Iterator[Open]:
    """Give a phone, signed in as the student unless told otherwise; faults of its scripts fail the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def take(path: str, *, signed_in: bool = True, **options: Any) -> Page:
        wanted = {"base_url": address, "viewport": PHONE, "has_touch": True, "reduced_motion": "reduce"}
        context = browser.new_context(**(wanted | options))
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        if signed_in:
            sign_in(page, database, office, path, by_hand=not options.get("java_script_enabled", True))
        else:
            page.goto(path)
        return page

    yield take
    for context in contexts:
        context.close()
    assert faults == []


def sign_in(page: Page, database: Database, office: Office, path: str, *, by_hand: bool = False) -> None:
    with database.transaction() as session:
        token = access_links.create_link(session, person=office.student, path=path, now=datetime.now(UTC))
    page.goto(f"/h5/enter/{token}")
    if by_hand:
        page.get_by_role("button", name="打开").click()
    page.wait_for_url(f"**{path}")


def picture(side: int) -> bytes:
    data = BytesIO()
    Image.new("RGB", (side, side), (200, 60, 40)).save(data, "JPEG")
    return data.getvalue()


def photo(name: str) -> Any:
    return {"name": name, "mimeType": "image/jpeg", "buffer": picture(300)}


def choose_nine_photos(page: Page) -> None:
    """As many as there may be, one of them as a new phone takes it; they are on their way afterwards."""
    large = {"name": "0.jpg", "mimeType": "image/jpeg", "buffer": jpeg(2600, noise=True, quality=60)}
    small = [photo(f"{number}.jpg") for number in range(1, 9)]
    page.locator("#report-photos").set_input_files([large, *small])


def count_photos(database: Database, complaint: Complaint) -> int:
    with database.reading() as session:
        return len(queries.attachments_of(session, complaint))


def filed(database: Database) -> list[Complaint]:
    with database.reading() as session:
        mine = select(Complaint).where(Complaint.text.contains("保温台"))
        return list(session.scalars(mine.order_by(Complaint.id)))


@pytest.mark.usefixtures("shared")
def test_student_scans_writes_is_cut_off_and_gets_one_receipt(
    open_phone: Open, database: Database, office: Office
) -> None:
    page = open_phone(PLACE)
    expect(page.get_by_role("heading", level=1)).to_have_text("一食堂 3 号窗口")
    page.get_by_role("link", name="报修").click()
    expect(page.get_by_label("报修", exact=True)).to_be_checked()
    expect(page.locator("[data-where-name]")).to_have_text("一食堂 3 号窗口")
    expect(page.get_by_text("这里正在办 1 件")).to_be_visible()
    words, send = page.get_by_label("说说情况"), page.get_by_role("button", name="提交", exact=True)

    page.get_by_label("电话").fill("138")
    send.click()
    expect(page.locator("#words-error")).to_have_text("请写几句话说明情况，或附上照片、语音。")
    expect(words).to_be_focused()
    words.fill("保温台有燃气味")
    expect(page.get_by_role("link", name="打应急电话")).to_be_visible()
    words.fill("保温台不热了")
    expect(page.get_by_role("link", name="打应急电话")).to_be_hidden()
    send.click()
    expect(page.locator("#contact_phone-error")).to_contain_text("这个电话好像不对")
    expect(page.locator("#words-error")).to_be_hidden()

    page.reload()
    expect(words).to_have_value("保温台不热了")
    key = page.locator("[name=key]").input_value()
    choose_nine_photos(page)
    expect(page.locator("[data-chosen] li")).to_have_count(9)

    page.context.set_offline(True)
    send.click()
    expect(page.locator("[data-send-note]")).to_contain_text("没有网络")
    assert filed(database) == []
    # The answer gets lost on its way back; what was sent has arrived.
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/report", lose, times=1)
    page.context.set_offline(False)
    expect(page.locator("[data-send-note]")).to_contain_text("没有收到回应")
    assert lost == [200]
    page.reload()
    expect(words).to_have_value("保温台不热了")
    assert page.locator("[name=key]").input_value() == key
    send.dblclick()

    expect(page.get_by_role("heading", name="已提交")).to_be_visible()
    (found,) = filed(database)
    assert (found.kind, found.service_point_id) == (ComplaintKind.REPAIR, office.canteen.id)
    expect(page.locator(".filed-number")).to_contain_text(found.number)
    expect(page.locator(".next-title")).to_contain_text("前给您第一次答复")
    assert count_photos(database, found) == 9
    page.goto(f"{PLACE}/report")
    expect(words).to_have_value("")


@pytest.mark.usefixtures("shared")
def test_what_was_typed_is_there_after_signing_in_anew(
    open_phone: Open, database: Database, office: Office
) -> None:
    page = open_phone("/h5/report")
    page.get_by_label("在哪里").fill("三号窗口")
    page.get_by_label("一食堂 3 号窗口", exact=True).click()
    expect(page.locator("[data-where-name]")).to_have_text("一食堂 3 号窗口")
    words = page.get_by_label("说说情况")
    words.fill("保温台不热了，等得太久")
    page.get_by_role("checkbox", name="匿名提交").check()
    page.context.clear_cookies()
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("请从公众号进入")
    assert filed(database) == []

    sign_in(page, database, office, "/h5/report")
    expect(words).to_have_value("保温台不热了，等得太久")
    expect(page.locator("[data-where-name]")).to_have_text("一食堂 3 号窗口")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("heading", name="已提交")).to_be_visible()
    (found,) = filed(database)
    assert (found.anonymous, found.service_point_id) == (True, office.canteen.id)


def test_what_others_raised_is_joined_in_one_tap_without_leaving(
    open_phone: Open, shared: str, database: Database, office: Office
) -> None:
    page = open_phone("/h5/report")
    words = page.get_by_label("说说情况")
    words.fill("空调不冷")
    page.wait_for_timeout(700)
    expect(page.locator("[data-alike-list] li")).to_have_count(0)
    words.fill("中午排队太久，等了二十分钟")
    page.get_by_role("button", name="我也遇到").click()
    expect(page.locator(".alike-joined")).to_contain_text("已记下您也遇到了")
    assert page.url.endswith("/h5/report")
    with database.reading() as session:
        followers = session.scalars(select(ComplaintFollower.person_id))
        assert list(followers) == [office.student.id]
    page.get_by_role("link", name="看进展").click()
    expect(page).to_have_url(page.url.replace("/h5/report", f"/h5/complaints/{shared}"))


@pytest.mark.usefixtures("shared")
def test_place_is_judged_in_three_taps(open_phone: Open) -> None:
    page = open_phone(PLACE)
    page.get_by_role("link", name="4 星").click()
    expect(page.get_by_role("radio", name="4 星 满意")).to_be_checked()
    expect(page.get_by_label("等得太久")).to_be_hidden()
    page.get_by_label("干净整洁").check()
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("谢谢您的评价")
    page.get_by_role("link", name="回到这个地点").click()
    expect(page.locator(".rate-here")).to_contain_text("今天评价过了")
    expect(page.get_by_text("已有 1 人评价，满 10 人才显示平均分。")).to_be_visible()


@pytest.mark.usefixtures("shared")
def test_without_scripts_the_same_form_finds_a_place_and_is_sent(
    open_phone: Open, database: Database, office: Office
) -> None:
    page = open_phone("/h5/report", java_script_enabled=False)
    page.get_by_label("说说情况").fill("保温台不热了")
    page.get_by_label("在哪里").fill("三号窗口")
    page.get_by_role("button", name="找", exact=True).click()
    expect(page.get_by_label("说说情况")).to_have_value("保温台不热了")
    page.get_by_label("一食堂 3 号窗口", exact=True).check()
    page.locator("#report-photos").set_input_files([photo("a.jpg")])
    page.get_by_text("留联系方式").click()
    page.get_by_label("电话").fill("138")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("#contact_phone-error")).to_be_visible()
    page.get_by_label("电话").fill("13800000000")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("heading", name="已提交")).to_be_visible()
    (found,) = filed(database)
    assert (found.service_point_id, found.contact_phone) == (office.canteen.id, "13800000000")
    with database.reading() as session:
        assert len(queries.attachments_of(session, found)) == 1


@pytest.mark.usefixtures("office")
def test_voice_note_is_recorded_where_the_browser_can(open_phone: Open, database: Database) -> None:
    # A steady tone takes the microphone's place: the machine that tests has none.
    tone = """navigator.mediaDevices.getUserMedia = async () => {
      const context = new AudioContext();
      const target = context.createMediaStreamDestination();
      const tone = context.createOscillator();
      tone.connect(target);
      tone.start();
      return target.stream;
    };"""
    page = open_phone("/h5/notices")
    page.add_init_script(tone)
    page.goto(f"{PLACE}/report")
    page.get_by_role("button", name="按一下说话").click()
    page.wait_for_timeout(1200)
    page.get_by_role("button", name="正在录音").click()
    expect(page.locator("[data-voice-length]")).to_contain_text("秒，随提交一起发出")
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("heading", name="已提交")).to_be_visible()
    with database.reading() as session:
        (voice,) = session.scalars(select(Attachment))
    assert voice.kind is AttachmentKind.VOICE
    assert voice.size > 500


@pytest.mark.parametrize(("dark", "width", "size"), [(True, 320, 16), (False, 375, 24)])
def test_pages_are_readable_by_everybody_and_fit(
    open_phone: Open, shared: str, dark: bool, width: int, size: int
) -> None:
    page = open_phone(PLACE, color_scheme="dark" if dark else "light")
    page.set_viewport_size({"width": width, "height": 667})
    paths = (PLACE, f"{PLACE}/report", "/h5/report", f"{PLACE}/rate", f"{PLACE}/join/{shared}")
    for path in paths:
        page.goto(path)
        page.evaluate(f"document.documentElement.style.fontSize = '{size}px'")
        if path.endswith("/report"):
            page.get_by_label("说说情况").fill("有燃气味，排队超过二十分钟")
            expect(page.get_by_role("button", name="我也遇到")).to_be_visible()
        assert (path, overflow(page), axe_problems(page)) == (path, 0, [])
        small = page.evaluate(
            """[...document.querySelectorAll("main :is(a, button, summary, textarea, .kind, .star)")]
            .filter((each) => each.checkVisibility() && !each.closest(".small"))
            .map((each) => [each.textContent.trim(), each.getBoundingClientRect()])
            .filter(([, box]) => box.height < 44 || box.width < 44).map(([words]) => words)"""
        )
        assert (path, small) == (path, [])


@pytest.mark.alone
@pytest.mark.usefixtures("shared")
def test_place_page_is_light_and_soon_there(open_phone: Open) -> None:
    """On slow 4G, over a connection that has nothing yet, for a stranger who has just scanned."""
    page = open_phone("/healthz", signed_in=False)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.clearBrowserCache")
    network.send("Network.emulateNetworkConditions", SLOW_4G)
    sizes: dict[str, int] = {}

    def note(request: Request) -> None:
        sent = request.sizes()
        sizes[request.url] = sent["responseBodySize"] + sent["responseHeadersSize"]

    page.on("requestfinished", note)
    page.goto(PLACE)
    page.wait_for_load_state("networkidle")
    largest = page.evaluate(LARGEST_PAINT)
    with_photo = [url for url in sizes if "/photo" in url]
    light = sum(size for url, size in sizes.items() if url not in with_photo)
    print(f"{largest:.0f} ms, {light} bytes in {len(sizes) - len(with_photo)} answers")  # noqa: T201 (with -s)

    assert {url.split("/")[2] for url in sizes} == {page.url.split("/")[2]}
    assert len(with_photo) == 1
    assert light < MOST_BYTES
    assert largest < 1000
