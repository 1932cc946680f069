"""Releasing to the public board, taking back, and hiding what was reported: what the desk sees and does."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from domain import abuse, complaints, hiding, ledger, queries
from domain.actors import Actor
from domain.filters import Filters
from domain.hiding import Target
from models.attachment import Attachment
from models.audit import AuditEntry
from models.board_words import AbuseReason, BoardPart
from models.complaint import Complaint
from models.database import Database
from models.enums import AttachmentKind, AttachmentState
from models.enums import ComplaintStatus as S
from tests.support.desk_browser import Desks, axe_problems
from tests.support.factories import Factory, Office
from tests.support.pages import Visitor, words_of

Filed = Callable[..., Complaint]
SignedIn = Callable[..., Visitor]


def address(complaint: Complaint, *more: str) -> str:
    return "/".join(("/admin/board", complaint.number, *more))


@pytest.fixture
def photo(database: Database, factory: Factory, app: object) -> Callable[[Complaint], int]:
    def add(complaint: Complaint) -> int:
        with database.transaction() as session:
            row = Attachment(
                complaint_id=complaint.id,
                event_id=queries.by_number(session, complaint.number).events[0].id,
                kind=AttachmentKind.PHOTO,
                state=AttachmentState.STORED,
                created_at=factory.now,
                file_key="none.jpg",
                content_type="image/jpeg",
            )
            session.add(row)
            session.flush()
            return row.id

    del app
    return add


def test_desk_edits_checks_looks_and_releases(
    signed_in: SignedIn, file: Filed, photo: Callable[[Complaint], int]
) -> None:
    complaint = file(S.CLOSED, text="我是小李，电话13812345678，排队太久")
    photo_id, desk = photo(complaint), signed_in("dispatcher")
    page = desk.get(address(complaint))
    assert "13812345678" in words_of(page.select_one(".release-original"))
    assert [words_of(row) for row in page.select(".found li")] == ["姓名 小李", "电话号码 13812345678"]

    wish = {"public_text": "我是小李，排队太久", "public_answer": "已加开窗口", "photo": str(photo_id)}
    found = desk.post(address(complaint, "check"), wish).get_data(as_text=True)
    assert ("小李" in found, "138" in found) == (True, False)
    refused = desk.refused(address(complaint), wish)
    assert "可能有姓名「小李」" in words_of(refused.select_one("#refusal"))
    assert words_of(refused.select_one("#public_text")) == "我是小李，排队太久"
    preview = desk.refused(address(complaint, "preview"), wish, status=200)
    assert "已加开窗口" in words_of(preview.select_one(".said-by-staff"))
    answer = desk.post(address(complaint, "preview"), wish)
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers

    desk.send(address(complaint), wish | {"confirmed": "1"})
    kept = desk.get(address(complaint))
    assert [box.has_attr("checked") for box in kept.select("input[name=photo]")] == [True]
    listed = desk.get("/admin/board?shelf=on_board")
    assert [words_of(row) for row in listed.select(".release-text")] == ["我是小李，排队太久"]
    assert "请填写取消公开的原因" in words_of(desk.refused(address(complaint, "take-back"), {"words": ""}))
    desk.send(address(complaint, "take-back"), {"words": "本人要求"})
    assert words_of(desk.get("/admin/board?shelf=on_board").select_one(".empty-title")) == "公示栏还是空的"


def test_what_cannot_be_released_says_so(signed_in: SignedIn, file: Filed) -> None:
    complaint, desk = file(S.SUBMITTED), signed_in("dispatcher")
    page = desk.get(address(complaint))
    assert "现在的状态是「待受理」，不能公开" in words_of(page)
    assert page.select(".release-form .btn-primary") == []
    desk.refused(address(complaint), {"public_text": "排队"}, status=403)
    desk.refused(address(complaint), {"public_text": " "}, status=422)
    for shelf in ("suggested", "outdated", "taken_back"):
        assert desk.get(f"/admin/board?shelf={shelf}").select_one(".empty-title") is not None


def test_reported_words_are_hidden_or_kept_and_shown_again(
    signed_in: SignedIn, file: Filed, database: Database, office: Office, factory: Factory
) -> None:
    complaint = file(S.IN_PROGRESS)
    with database.transaction() as session:
        one, desk_staff = queries.by_number(session, complaint.number), session.merge(office.dispatcher)
        act = {"actor": Actor.of_staff(desk_staff), "now": factory.now}
        complaints.publish(session, one, public_text="排队太久", public_answer="已加开窗口", **act)
        for part in (BoardPart.TEXT, BoardPart.ANSWER):
            told = {"reason": AbuseReason.FALSE, "words": "不是真的", "now": factory.now}
            abuse.report(session, one, Target(part), **told)
    desk, inspector = signed_in("dispatcher"), signed_in("inspector")
    assert inspector.get("/admin/abuse").select(".abuse-form") == []
    waiting = desk.get("/admin/abuse")
    assert [words_of(case.h2) for case in waiting.select(".abuse-case")] == [
        f"{complaint.number} 的公开的诉求 1 条举报",
        f"{complaint.number} 的公开的答复 1 条举报",
    ]
    deciding = f"/admin/abuse/{complaint.number}"
    assert "请写明理由" in words_of(desk.refused(f"{deciding}/text-0", {"do": "hide", "words": ""}))
    desk.send(f"{deciding}/text-0", {"do": "hide", "words": "内容不实"})
    desk.send(f"{deciding}/answer-0", {"do": "keep", "words": "属实"})
    desk.refused(f"{deciding}/answer-0", {"do": "keep", "words": "属实"}, status=403)
    assert words_of(desk.get("/admin/abuse").select_one(".empty-title")) == "没有待处理的举报"
    decided = desk.get("/admin/abuse?state=decided").select(".abuse-decision .badge")
    assert sorted(words_of(badge) for badge in decided) == ["保留", "已隐藏"]
    assert "对外已隐藏，原因：内容不实" in words_of(desk.get(address(complaint)))

    hiding = f"/admin/complaints/{complaint.number}/hiding/text-0"
    assert words_of(desk.get(hiding).h1) == "恢复显示"
    desk.send(f"{hiding}/show")
    assert words_of(desk.get(hiding).h1) == "隐藏公开的诉求"
    assert "请写明隐藏的原因" in words_of(desk.refused(hiding, {"words": " "}))
    desk.send(hiding, {"words": "不实"})
    with database.reading() as session:
        acts = select(AuditEntry.action).where(AuditEntry.action.regexp_match("hide|keep|show"))
        done = list(session.scalars(acts.order_by(AuditEntry.position)))
    assert done == ["complaint.hide", "abuse.hide", "abuse.keep", "complaint.show", "complaint.hide"]


def test_hidden_record_and_photo_are_marked_for_the_desk_and_gone_for_the_team(
    signed_in: SignedIn, file: Filed, database: Database, office: Office, photo: Callable[[Complaint], int]
) -> None:
    complaint = file(S.IN_PROGRESS)
    photo_id = photo(complaint)
    with database.transaction() as session:
        act = {"actor": Actor.of_staff(office.handler), "now": complaint.filed_at}
        one = queries.by_number(session, complaint.number)
        event = complaints.reply(session, one, words="请找蓝色的门", **act)
    desk, lead = signed_in("dispatcher"), signed_in("lead")
    page = f"/admin/complaints/{complaint.number}"
    links = [str(link["href"]) for link in desk.get(page).select(".hide-link")]
    assert {f"{page}/hiding/words-{event.id}", f"{page}/hiding/photo-{photo_id}"} <= set(links)
    assert lead.get(page).select(".hide-link") == []
    for link in (f"{page}/hiding/words-{event.id}", f"{page}/hiding/photo-{photo_id}"):
        desk.get(link)
        desk.send(link, {"words": "不实"})

    for address_of in (page, f"{page}/print"):
        theirs, ours = (words_of(one.get(address_of)) for one in (lead, desk))
        assert ("蓝色的门" in theirs, "内容已隐藏：不实" in theirs) == (False, True)
        assert "蓝色的门" in ours
    assert lead.client.get(f"/admin/attachments/{photo_id}").status_code == 404
    assert lead.client.get(f"/admin/attachments/{photo_id}/small").status_code == 404


def test_hidden_words_of_a_rating_are_gone_from_the_page_the_print_and_the_ledger(
    signed_in: SignedIn, file: Filed, database: Database, office: Office, factory: Factory
) -> None:
    complaint = file(S.RESOLVED)
    with database.transaction() as session:
        one = queries.by_number(session, complaint.number)
        act = {"actor": Actor.of_person(office.student), "now": factory.now}
        complaints.rate(session, one, solved=False, stars=1, words="骂人的话", **act)
        target = Target(BoardPart.WORDS, one.events[-1].id)
        hiding.hide(session, one, target, reason="辱骂", staff=office.dispatcher, now=factory.now)
    page = f"/admin/complaints/{complaint.number}"
    for path in (page, f"{page}/print"):
        theirs = words_of(signed_in("lead").get(path))
        assert ("骂人的话" in theirs, "内容已隐藏：辱骂" in theirs) == (False, True)
    with database.reading() as session:
        lead = session.merge(office.lead, load=False)
        found = ledger._slice(session, lead, Filters(), after=None, now=factory.now)
        (cells,) = ledger._lines(session, found, contacts=False, now=factory.now)
    assert ("骂人的话" in cells, "内容已隐藏：辱骂" in cells) == (False, True)


@pytest.mark.browser
def test_from_the_desk_to_the_phone_and_back(desks: Desks, file: Filed, office: Office) -> None:
    complaint = file(S.IN_PROGRESS, text="我是小李，食堂排队太久", service_point=office.canteen)
    desk = desks.enter("dispatcher")
    desk.goto(f"/admin/complaints/{complaint.number}")
    desk.keyboard.press("b")
    desk.wait_for_url("**/admin/board/*")
    expect(desk.frame_locator(".phone").locator(".own-words")).to_have_text("我是小李，食堂排队太久")
    desk.get_by_role("textbox", name="公开的诉求").fill("中午食堂排队太久")
    expect(desk.locator("#found")).to_contain_text("没有发现")
    expect(desk.frame_locator(".phone").locator(".own-words")).to_have_text("中午食堂排队太久")
    assert axe_problems(desk) == []
    desk.get_by_role("button", name="公开", exact=True).click()
    expect(desk.locator(".flash")).to_contain_text("已公开")

    for dark in (False, True):
        phone = desks.open(width=375, height=720, dark=dark)
        for path in ("/h5/board", f"/h5/board/{complaint.number}", "/h5/board/rates"):
            phone.goto(path)
            assert axe_problems(phone) == [], path
            assert phone.evaluate("document.documentElement.scrollWidth") == 375
    phone.goto("/h5/board")
    phone.get_by_text("中午食堂排队太久").click()
    phone.get_by_role("link", name="举报").first.click()
    phone.get_by_label("内容不实").check()
    phone.get_by_label("补充说明").fill("没有这回事")
    assert axe_problems(phone) == []
    phone.get_by_role("button", name="提交举报").click()
    expect(phone.get_by_role("heading", name="已收到举报")).to_be_visible()

    desk.goto("/admin/abuse")
    assert axe_problems(desk) == []
    desk.get_by_label("理由").fill("内容不实")
    desk.get_by_role("button", name="隐藏").click()
    expect(desk.locator(".flash")).to_contain_text("已隐藏")

    def seen() -> str:
        phone.goto("/h5/board")
        return phone.inner_text(".board-text")

    for _ in range(40):
        if seen() == "内容已隐藏：内容不实":
            break
        phone.wait_for_timeout(100)
    assert seen() == "内容已隐藏：内容不实"
