"""What the scripts add, and that nothing needs them: a real browser against the pages over HTTP."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from threading import Thread

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from config.settings import Settings
from domain import access_links, complaints, queries
from domain.actors import Actor
from models.attachment import Attachment
from models.database import Database
from models.enums import AttachmentKind, AttachmentPurpose, AttachmentState, Outcome
from models.enums import ComplaintStatus as S
from models.pending_upload import PendingUpload
from tests.support.factories import Factory, Office
from tests.support.many_filings import many_filings
from web.application import create_web

pytestmark = pytest.mark.browser

PHONE = {"width": 375, "height": 667}
LARGEST_PAGE = 60_000


@pytest.fixture
def now() -> datetime:
    """The real moment: a browser cannot be told another."""
    return datetime.now(UTC)


@pytest.fixture
def served(make_settings: Callable[..., Settings], database: Database) -> Iterator[tuple[Flask, str]]:
    app = create_web(make_settings(), database)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    with many_filings():
        yield app, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def open_phone(
    browser: Browser, served: tuple[Flask, str], database: Database, office: Office
) -> Iterator[Callable[..., Page]]:
    """Give a phone that has just tapped its link; every fault its scripts report fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def take(path: str = "/h5/complaints", *, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport=PHONE,  # type: ignore[arg-type]
            base_url=served[1],
            java_script_enabled=scripts,
            has_touch=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        with database.transaction() as session:
            token = access_links.create_link(session, person=office.student, path=path, now=datetime.now(UTC))
        page.goto(f"/h5/enter/{token}")
        if not scripts:
            page.get_by_role("button", name="打开").click()
        page.wait_for_url(f"**{path}")
        return page

    yield take
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def file(database: Database, office: Office, factory: Factory) -> Callable[..., str]:
    def make(status: S = S.SUBMITTED, **changes: object) -> str:
        with database.transaction() as session:
            return factory.complaint(session, office, status, **changes).number

    return make


def photo(side: int) -> bytes:
    # Noise does not compress, so that the file is as large as a phone's.
    data = BytesIO()
    Image.effect_noise((side, side), 90).convert("RGB").save(data, "JPEG", quality=92)
    return data.getvalue()


def stored(app: Flask, now: datetime, **changes: object) -> Attachment:
    data = photo(600)
    values: dict[str, object] = {
        "kind": AttachmentKind.PHOTO,
        "state": AttachmentState.STORED,
        "created_at": now,
        "content_type": "image/jpeg",
        "file_key": app.extensions["banshishi"].file_store.save(data, "jpg"),
        "size": len(data),
    }
    return Attachment(**(values | changes))


def test_link_opens_by_itself_and_without_scripts_by_its_button(
    open_phone: Callable[..., Page], file: Callable[..., str]
) -> None:
    number = file()
    for scripts in (True, False):
        page = open_phone(f"/h5/complaints/{number}", scripts=scripts)
        expect(page.get_by_role("heading", level=1)).to_have_text(f"投诉 {number}")


def test_rating_works_without_scripts(open_phone: Callable[..., Page], file: Callable[..., str]) -> None:
    number = file(S.RESOLVED)
    page = open_phone(f"/h5/complaints/{number}", scripts=False)
    page.get_by_role("link", name="评价办理结果").click()
    page.get_by_role("radio", name="没解决").check()
    page.get_by_role("radio", name="2 星 不满意").check()
    page.get_by_label("还想说点什么").fill("还是凉的")
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已退回重办")


def test_ready_sentences_follow_the_stars(open_phone: Callable[..., Page], file: Callable[..., str]) -> None:
    page = open_phone(f"/h5/complaints/{file(S.RESOLVED)}/rate")
    page.get_by_role("radio", name="5 星 很满意").check()
    expect(page.get_by_role("button", name="等得太久")).to_be_hidden()
    page.get_by_role("button", name="彻底解决了").click()
    page.get_by_role("button", name="态度很好").click()
    expect(page.get_by_label("还想说点什么")).to_have_value("彻底解决了，态度很好")


def test_typed_words_stay_until_they_are_sent(
    open_phone: Callable[..., Page], file: Callable[..., str]
) -> None:
    number = file()
    page = open_phone(f"/h5/complaints/{number}")
    page.get_by_text("补充情况").click()
    box = page.get_by_label("想补充什么")
    box.fill("门牌是 302")
    page.goto("/h5/notices")
    page.goto(f"/h5/complaints/{number}")
    expect(box).to_have_value("门牌是 302")
    page.get_by_role("button", name="提交补充").click()
    expect(page.locator(".said")).to_have_text("已收到您的补充，会马上转给经办人。")
    page.reload()
    expect(box).to_have_value("")


def test_words_typed_before_the_script_has_come_stay_too(
    open_phone: Callable[..., Page], file: Callable[..., str]
) -> None:
    number = file()
    page = open_phone("/h5/notices")
    on_its_way: list[Route] = []

    def hold(route: Route) -> None:
        on_its_way.append(route)

    page.route("**/forms.js*", hold)
    page.goto(f"/h5/complaints/{number}", wait_until="commit")
    page.get_by_text("补充情况").click()
    page.get_by_label("想补充什么").fill("门牌是 302")
    on_its_way[0].continue_()
    page.wait_for_load_state()
    page.unroute_all()
    page.goto("/h5/notices")
    page.goto(f"/h5/complaints/{number}")
    expect(page.get_by_label("想补充什么")).to_have_value("门牌是 302")


def test_typed_words_survive_a_session_that_ended(
    open_phone: Callable[..., Page], file: Callable[..., str]
) -> None:
    number = file(S.WAITING)
    page = open_phone(f"/h5/complaints/{number}")
    page.get_by_label("想补充什么").fill("昨天中午")
    page.route("**/supplement", lambda route: route.fulfill(status=200, body="<h1>断网了</h1>"))
    page.get_by_role("button", name="提交补充").click()
    page.wait_for_url("**/supplement")
    page.goto(f"/h5/complaints/{number}")
    expect(page.get_by_label("想补充什么")).to_have_value("昨天中午")


def test_photos_are_shown_taken_out_and_made_smaller(
    open_phone: Callable[..., Page], file: Callable[..., str], database: Database
) -> None:
    number = file(S.WAITING)
    page = open_phone(f"/h5/complaints/{number}")
    large = photo(2600)
    assert len(large) > 2_000_000
    chooser = page.get_by_label("照片（最多 9 张）")
    files = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": photo(200)} for n in (1, 2)]
    chooser.set_input_files([*files, {"name": "大.jpg", "mimeType": "image/jpeg", "buffer": large}])  # type: ignore[list-item]
    thumbs = page.locator("[data-chosen] img")
    expect(thumbs).to_have_count(3)
    page.get_by_role("button", name="去掉第 1 张照片").click()
    expect(thumbs).to_have_count(2)
    expect(page.locator(".photo-chosen[data-state=ready]")).to_have_count(2)
    with database.reading() as session:
        sizes = {each.name: each.size for each in session.scalars(select(PendingUpload))}
    assert sizes["2.jpg"] == len(files[1]["buffer"])  # type: ignore[arg-type]
    assert sizes["大.jpg"] < len(large) * 0.8
    page.get_by_role("button", name="提交补充").click()
    expect(page.locator(".record > li").first.locator("a[data-photo]")).to_have_count(2)
    with database.reading() as session:
        assert len(queries.attachments_of(session, queries.by_number(session, number))) == 2


def test_photos_open_over_the_whole_screen(
    open_phone: Callable[..., Page], served: tuple[Flask, str], file: Callable[..., str], now: datetime
) -> None:
    number = file(attachments=[stored(served[0], now), stored(served[0], now)])
    page = open_phone(f"/h5/complaints/{number}")
    page.locator("a[data-photo]").first.click()
    viewer = page.get_by_role("dialog", name="看照片")
    expect(viewer).to_contain_text("1 / 2")
    box = viewer.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (PHONE["width"], PHONE["height"])
    page.get_by_role("button", name="下一张").click()
    expect(viewer).to_contain_text("2 / 2")
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    assert page.url.endswith(f"/h5/complaints/{number}")


def test_more_rows_are_put_below(open_phone: Callable[..., Page], file: Callable[..., str]) -> None:
    for _ in range(12):
        file()
    page = open_phone()
    expect(page.locator("#rows > li")).to_have_count(10)
    page.get_by_role("link", name="加载更多").click()
    expect(page.locator("#rows > li")).to_have_count(12)
    expect(page.locator("#more")).to_have_text("没有更多了")
    assert page.url.endswith("/h5/complaints")


@pytest.mark.parametrize("width", [320, 375, 430])
def test_pages_fit_a_phone_and_fingers(
    open_phone: Callable[..., Page],
    served: tuple[Flask, str],
    file: Callable[..., str],
    now: datetime,
    width: int,
) -> None:
    number = file(
        S.RESOLVED,
        text="很长的网址 https://example.edu.cn/" + "a" * 120,
        attachments=[stored(served[0], now)],
    )
    waiting = file(S.WAITING)
    page = open_phone()
    page.set_viewport_size({"width": width, "height": 667})
    for path in ("", f"/{number}", f"/{number}/rate", f"/{waiting}"):
        page.goto(f"/h5/complaints{path}")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        small = page.evaluate(
            """[...document.querySelectorAll("a, button, summary, textarea, label.star, label.choice")]
            .filter((each) => each.checkVisibility() && !each.closest(".facts, .small"))
            .map((each) => [each.textContent.trim(), each.getBoundingClientRect()])
            .filter(([, box]) => box.height < 44 || box.width < 44).map(([words]) => words)"""
        )
        assert small == []


def test_complaint_page_is_light(
    open_phone: Callable[..., Page],
    served: tuple[Flask, str],
    file: Callable[..., str],
    office: Office,
    database: Database,
    now: datetime,
) -> None:
    """A long one, on a phone that keeps nothing, over a server that compresses nothing; photos are apart."""
    number = file(S.IN_PROGRESS, attachments=[stored(served[0], now)])
    with database.transaction() as session:
        complaint, handler = queries.by_number(session, number), Actor.of_staff(office.handler)
        for _ in range(12):
            complaints.progress(session, complaint, words="在办，" * 30, actor=handler, now=now)
        complaints.resolve(
            session,
            complaint,
            words="已修好" * 30,
            outcome=Outcome.SOLVED,
            attachments=[stored(served[0], now, purpose=AttachmentPurpose.AFTER)],
            actor=handler,
            now=now,
        )
    page = open_phone("/h5/notices")
    page.context.route("**/*", lambda route: route.continue_())  # routing switches the browser's cache off
    sizes: dict[str, int] = {}

    def note(request: Request) -> None:
        if request.resource_type != "image":
            sent = request.sizes()
            sizes[request.url] = sent["responseBodySize"] + sent["responseHeadersSize"]

    page.on("requestfinished", note)
    page.goto(f"/h5/complaints/{number}")
    page.wait_for_load_state("networkidle")
    assert len(sizes) == 8, sizes  # the page, its icon, two style sheets, four scripts
    assert 10_000 < sum(sizes.values()) < LARGEST_PAGE


def test_place_page_leads_a_reporter_to_a_receipt_on_a_small_phone_at_night(
    open_phone: Callable[..., Page], database: Database, office: Office, factory: Factory
) -> None:
    with database.transaction() as session:
        place = session.merge(office.canteen)
        for _ in range(10):
            factory.complaint(session, office, S.CLOSED, now=datetime.now(UTC), service_point=place)
    page = open_phone(f"/h5/p/{office.canteen.code}")
    page.emulate_media(color_scheme="dark")
    fits = "document.documentElement.scrollWidth <= 375"
    expect(page.locator("#rows > li")).to_have_count(8)
    page.get_by_role("link", name="加载更多").click()
    expect(page.locator("#rows > li")).to_have_count(10)
    assert page.evaluate(fits)

    page.get_by_role("link", name="报修").click()
    expect(page.get_by_label("报修", exact=True)).to_be_checked()
    page.wait_for_load_state()  # what keeps the words has come as well
    page.get_by_label("怎么称呼").fill("李同学")
    page.get_by_label("说说情况").fill("保温台不热了")
    page.reload()
    expect(page.get_by_label("说说情况")).to_have_value("保温台不热了")
    page.get_by_role("checkbox", name="匿名提交").check()
    expect(page.get_by_text("留联系方式")).to_be_hidden()
    page.locator("#report-photos").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo(300)}
    )
    expect(page.locator("[data-chosen] li")).to_have_count(1)
    assert page.evaluate(fits)
    page.get_by_role("button", name="提交", exact=True).click()

    expect(page.get_by_role("heading", name="已提交")).to_be_visible()
    assert page.evaluate(fits)
    page.get_by_role("link", name="看办理进度").click()
    expect(page.get_by_role("heading", name="报修")).to_be_visible()
    with database.reading() as session:
        found = queries.by_number(session, page.url.rpartition("/")[2])
        assert (found.anonymous, found.contact_name, found.text) == (True, "", "保温台不热了")
    page.goto(f"/h5/p/{office.canteen.code}/report")
    expect(page.get_by_label("说说情况")).to_have_value("")
