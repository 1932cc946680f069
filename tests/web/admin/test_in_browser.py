"""The admin pages in a real browser: keys, the side sheet, colours one can read, and a narrow screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, text

from models.complaint import Complaint
from models.database import Database
from models.desk import ActDraft
from models.enums import ComplaintKind, ComplaintStatus
from tests.support.desk_browser import Desks, axe_problems, sign_in
from tests.support.factories import Office

pytestmark = pytest.mark.browser
Filed = Callable[..., Complaint]
S = ComplaintStatus


@pytest.fixture
def open_page(desks: Desks) -> Callable[..., Page]:
    """Open a browser in which somebody is signed in and looks at the inbox."""

    def make(username: str, *, width: int = 1366, dark: bool = False) -> Page:
        page = desks.enter(username, width=width, dark=dark)
        page.goto("/admin/inbox")
        return page

    return make


def _stored(database: Database, complaint: Complaint) -> Complaint:
    with database.reading() as session:
        return session.get_one(Complaint, complaint.id)


def test_a_complaint_is_found_and_answered_without_a_mouse(
    open_page: Callable[..., Page], file: Filed, database: Database
) -> None:
    complaint = file(S.IN_PROGRESS, kind=ComplaintKind.REPAIR)
    page = open_page("handler")

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/admin/complaints/{complaint.number}")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("d")
    expect(page.locator("#act-words")).to_be_focused()
    page.keyboard.type("换了新的灯管")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#error-attachments")).to_contain_text("请附上维修后的照片")
    expect(page.locator("#act-words")).to_have_value("换了新的灯管")
    page.fill("#act-no-photo", "天花板里面")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".flash")).to_have_text("已办结。等诉求人评价。")
    assert _stored(database, complaint).status is S.RESOLVED
    page.keyboard.press("u")
    page.wait_for_url("**/admin/inbox")


def test_keys_do_nothing_while_somebody_types(open_page: Callable[..., Page], file: Filed) -> None:
    file(S.SUBMITTED)
    page = open_page("dispatcher")

    page.keyboard.press("/")
    page.keyboard.type("jk?gi")

    expect(page.locator("[data-search]")).to_have_value("jk?gi")
    expect(page.locator("#help")).not_to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()


def test_the_sheet_offers_the_handlers_of_the_chosen_team(
    open_page: Callable[..., Page], file: Filed, office: Office
) -> None:
    complaint = file(S.SUBMITTED)
    page = open_page("dispatcher")
    page.goto(f"/admin/complaints/{complaint.number}")

    page.click("[data-act=assign]")
    page.select_option("#act-team", str(office.other_team.id))
    offered = page.locator("#act-handler optgroup:not([hidden]) option").all_inner_texts()

    assert offered == [f"{office.outsider.name}（{office.outsider.post}）"]


def test_words_are_kept_while_they_are_typed_and_colleagues_are_offered(
    open_page: Callable[..., Page],
    file: Filed,
    office: Office,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("models.database.LOCK_WAIT_SECONDS", 1)
    complaint = file(S.IN_PROGRESS)
    page = open_page("handler")
    page.goto(f"/admin/complaints/{complaint.number}")
    page.keyboard.press("n")
    expect(page.locator("#act-words")).to_be_focused()
    page.keyboard.type("请看 @")
    expect(page.locator(".suggest li").first).to_contain_text(office.colleague.name)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#act-words")).to_have_value(f"请看 @{office.lead.name} ")
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已保存")
    page.keyboard.type("写了一半")

    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).not_to_be_visible()
    page.reload()
    page.keyboard.press("n")
    expect(page.locator("#act-words")).to_have_value(f"请看 @{office.lead.name} 写了一半")
    expect(page.locator("#act-words")).to_be_focused()
    with database.transaction() as session:
        session.execute(text("SELECT 1"))  # somebody writes, and does not end
        page.keyboard.press("Control+Enter")
        expect(page.locator(".form-told")).to_contain_text("系统正忙")
    expect(page.locator(".form-told")).to_contain_text("写的内容还在")
    expect(page.locator("#act-words")).to_have_value(f"请看 @{office.lead.name} 写了一半")
    page.locator("#act-words").press("Control+Enter")

    expect(page.locator("#sheet")).not_to_be_visible()
    expect(page.locator(".entry-internal .said")).to_have_text(f"请看 @{office.lead.name} 写了一半")
    page.click("label[for=show-system]")
    expect(page.locator(".entry-internal")).not_to_be_visible()
    with database.reading() as session:
        assert session.scalars(select(ActDraft)).all() == []


def test_the_second_of_two_sees_the_fresh_state_behind_the_sheet(
    open_page: Callable[..., Page], file: Filed
) -> None:
    complaint = file(S.SUBMITTED)
    first, second = open_page("dispatcher"), open_page("dispatcher2")
    for page in (first, second):
        page.goto(f"/admin/complaints/{complaint.number}")
        page.click("[data-act=assign]")
        page.select_option("#act-team", label="饮食服务中心" if page is first else "维修服务中心")
    second.fill("#act-words", "请维修中心看看")
    first.keyboard.press("Control+Enter")
    expect(first.locator(".flash")).to_have_text("已派单。等饮食服务中心接单。")

    second.click("#sheet button[type=submit]")

    expect(second.locator("#sheet [role=alert]")).to_contain_text("先做了「派单」")
    expect(second.locator("#act-words")).to_have_value("请维修中心看看")
    expect(second.locator(".story .badges")).to_contain_text("已派单")


def test_words_survive_the_end_of_a_session(open_page: Callable[..., Page], file: Filed) -> None:
    complaint = file(S.IN_PROGRESS)
    page = open_page("handler")
    page.goto(f"/admin/complaints/{complaint.number}")
    page.click("[data-act=reply]")
    page.fill("#act-words", "打了很久的字")
    page.context.clear_cookies()
    page.click("#sheet button[type=submit]")
    expect(page.locator(".form-told")).to_contain_text("请在新窗口登录")

    sign_in(page.context.new_page(), "handler")
    page.click("#sheet button[type=submit]")
    expect(page.locator(".form-told")).to_contain_text("请再点一次提交")
    page.click("#sheet button[type=submit]")

    expect(page.locator(".entry .said").first).to_have_text("打了很久的字")


def test_chosen_photos_survive_a_refusal(open_page: Callable[..., Page], file: Filed, photo: bytes) -> None:
    complaint = file(S.IN_PROGRESS)
    page = open_page("handler")
    page.goto(f"/admin/complaints/{complaint.number}")
    page.click("[data-act=progress]")
    page.set_input_files("#act-photos", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo})
    page.eval_on_selector("#act-words", "field => field.required = false")
    page.click("#sheet button[type=submit]")
    expect(page.locator("#error-words")).to_be_visible()

    page.fill("#act-words", "请看照片")
    page.click("#sheet button[type=submit]")

    expect(page.locator(".entry .photo img")).to_have_count(1)
    page.click(".entry .photo")
    expect(page.locator("#viewer")).to_be_visible()
    expect(page.locator(".viewer-words")).to_contain_text("（1/1）")
    for key in ("r", "+", "ArrowRight", "r", "+"):
        page.keyboard.press(key)
    turned = page.locator(".viewer-one").evaluate("image => image.style.transform")
    assert turned == "translate(0px, 0px) rotate(90deg) scale(1.5)", "another photo begins upright"
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).not_to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_can_be_read_by_everybody(open_page: Callable[..., Page], file: Filed, *, dark: bool) -> None:
    complaint = file(S.IN_PROGRESS, urgent=True)
    for status in (S.SUBMITTED, S.ASSIGNED, S.WAITING, S.DEFERRED, S.RESOLVED, S.CLOSED, S.REJECTED):
        file(status)
    page = open_page("dispatcher", dark=dark)
    found: dict[str, list[str]] = {}
    for path in ("/admin/inbox?tab=all&kind=complaint", f"/admin/complaints/{complaint.number}", "sheet"):
        if path == "sheet":
            page.click("[data-act=assign]")
            page.wait_for_selector("#act-words")
        else:
            page.goto(path)
        found[path] = axe_problems(page)

    assert {path: problems for path, problems in found.items() if problems} == {}


def test_nothing_sticks_out_on_a_narrow_screen(open_page: Callable[..., Page], file: Filed) -> None:
    complaint = file(S.IN_PROGRESS, text="很长的一段话" * 40, contact_phone="1" * 40)
    page = open_page("dispatcher", width=375)
    widths = {}
    own = f"/admin/complaints/{complaint.number}"
    for path in ("/admin/inbox?tab=all&kind=complaint", own, f"{own}/acts/classify"):
        page.goto(path)
        widths[path] = page.evaluate("document.documentElement.scrollWidth")

    assert {path: width for path, width in widths.items() if width > 375} == {}
