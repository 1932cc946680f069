"""The inbox: tabs, filters in the address, paging, and what a row says."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup

from domain import complaints
from domain.actors import Actor
from models.attachment import Attachment
from models.complaint import Complaint
from models.database import Database
from models.enums import AttachmentKind, AttachmentState, ComplaintKind, ComplaintStatus
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of

SignedIn = Callable[[str], Visitor]
S = ComplaintStatus


def _numbers(page: BeautifulSoup) -> list[str]:
    return [words_of(link) for link in page.select("a.number")]


def _counts(page: BeautifulSoup) -> dict[str, str]:
    return {words_of(tab).rsplit(" ", 1)[0]: words_of(tab).rsplit(" ", 1)[1] for tab in page.select("a.tab")}


@pytest.mark.parametrize(
    ("username", "tab"),
    [
        ("dispatcher", "待受理"),
        ("handler", "我的待办"),
        ("lead", "我的待办"),
        ("leader", "我的待办"),
        ("inspector", "超期"),
        ("admin", "超期"),
    ],
)
def test_the_day_starts_with_the_tab_of_the_role(
    signed_in: SignedIn, office: Office, username: str, tab: str
) -> None:
    del office
    page = signed_in(username).get("/admin/inbox")

    current = page.select_one(".tab[aria-current]")
    assert words_of(current).split(" ")[0] == tab


@pytest.mark.parametrize("tab", ["to_dispatch", "mine", "to_decide", "near", "overdue", "to_rate", "all"])
def test_an_empty_tab_says_what_will_come_there(signed_in: SignedIn, office: Office, tab: str) -> None:
    page = signed_in(office.dispatcher.username).get(f"/admin/inbox?tab={tab}")

    assert page.select_one("table") is None
    assert len(words_of(page.select_one(".empty-card"))) > 15


def test_tabs_count_what_this_person_may_see(signed_in: SignedIn, file: Callable[..., Complaint]) -> None:
    file()
    file(S.ASSIGNED)
    file(S.IN_PROGRESS)
    file(S.RESOLVED)

    desk = _counts(signed_in("dispatcher").get("/admin/inbox"))
    team = _counts(signed_in("handler").get("/admin/inbox"))
    others = _counts(signed_in("outsider").get("/admin/inbox"))

    assert desk == {
        "待受理": "1",
        "我的待办": "1",
        "待审定": "0",
        "临期": "0",
        "超期": "0",
        "待评价": "1",
        "全部": "4",
    }
    assert team == {
        "待受理": "0",
        "我的待办": "2",
        "待审定": "0",
        "临期": "0",
        "超期": "0",
        "待评价": "1",
        "全部": "3",
    }
    assert set(others.values()) == {"0"}


def test_a_row_says_what_where_who_and_how_long(
    signed_in: SignedIn, file: Callable[..., Complaint], office: Office, database: Database, now: datetime
) -> None:
    complaint = file(S.IN_PROGRESS, service_point=office.canteen, urgent=True)
    with database.transaction() as session:
        session.add(
            Attachment(
                complaint_id=complaint.id,
                kind=AttachmentKind.PHOTO,
                state=AttachmentState.PENDING,
                created_at=now,
            )
        )
        complaints.request_transfer(
            session,
            session.get_one(Complaint, complaint.id),
            reason="不归我们",
            actor=Actor.of_staff(office.handler),
            now=now,
        )

    row = signed_in("dispatcher").get("/admin/inbox?tab=all").select_one("tbody tr")
    assert row is not None

    assert words_of(row.select_one(".cell-number")) == f"{complaint.number} 刚刚"
    assert words_of(row.select_one(".words")) == "紧急 饭菜是凉的，窗口排队太久"
    assert words_of(row.select_one(".meta")) == "投诉 · 其他 一食堂 3 号窗口 1 张照片 转办待审"
    assert words_of(row.select_one(".cell-team")) == f"饮食服务中心 {office.handler.name}"
    assert words_of(row.select_one(".cell-status")) == "处理中"
    assert words_of(row.select_one(".cell-left")) == "首次答复 还剩 30 分钟"


def test_overdue_is_said_in_words_and_colour(
    signed_in: SignedIn, file: Callable[..., Complaint], clock: time_machine.Traveller, now: datetime
) -> None:
    file()
    clock.move_to(now + timedelta(minutes=45))

    page = signed_in("dispatcher").get("/admin/inbox?tab=overdue")

    assert words_of(page.select_one(".left-overdue")) == "受理派单 已超 15 分钟"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=凉", ["凉菜"]),
        ("status=assigned", ["窗口"]),
        ("kind=praise", ["表扬"]),
        ("urgent=1", ["漏电"]),
        ("place=图书馆大厅", ["漏电"]),
        ("place=没有的地方", []),
        ("from=2026-11-23&to=2026-11-23", ["凉菜", "漏电", "窗口", "表扬"]),
        ("to=2026-11-22", []),
        ("q=凉&status=assigned", []),
        ("q=%25", []),
    ],
)
def test_filters_narrow_the_list(
    signed_in: SignedIn, file: Callable[..., Complaint], office: Office, query: str, found: list[str]
) -> None:
    made = {
        "凉菜": file(text="凉菜不新鲜"),
        "漏电": file(text="插座漏电", service_point=office.hall),
        "窗口": file(S.ASSIGNED, text="窗口太少"),
        "表扬": file(text="阿姨很好", kind=ComplaintKind.PRAISE),
    }

    page = signed_in("dispatcher").get(f"/admin/inbox?tab=all&{query}")

    assert sorted(_numbers(page)) == sorted(made[name].number for name in found)


def test_filters_by_team_and_category_keep_their_choice(
    signed_in: SignedIn, file: Callable[..., Complaint], office: Office
) -> None:
    file()
    assigned = file(S.ASSIGNED)

    page = signed_in("dispatcher").get(
        f"/admin/inbox?tab=all&team={office.team.id}&category={office.category.id}"
    )

    assert _numbers(page) == [assigned.number]
    chosen = [words_of(tick.find_parent("label")) for tick in page.select(".filter-form input[checked]")]
    chosen += [words_of(option) for option in page.select("select option[selected]")]
    assert chosen == [office.category.name, office.team.name]
    assert "team=" in str(page.select("a.tab")[0]["href"]), "tabs keep the filters"


@pytest.mark.parametrize(
    "query",
    [
        "tab=nonsense",
        "page=0",
        "page=-3",
        "page=99999999999999999999",
        "status=nonsense",
        "team=99999999999999999999",
        "team=x",
        "from=0001-01-01",
        "to=9999-12-31",
        "from=gestern",
        "q=" + "x" * 5000,
    ],
)
def test_nonsense_in_the_address_is_left_out(signed_in: SignedIn, office: Office, query: str) -> None:
    signed_in(office.dispatcher.username).get(f"/admin/inbox?{query}")


def test_searching_a_whole_number_opens_the_complaint(
    signed_in: SignedIn, file: Callable[..., Complaint]
) -> None:
    complaint = file()

    leads = signed_in("dispatcher").leads_to(f"/admin/inbox?tab=all&q={complaint.number}")

    assert leads == f"/admin/complaints/{complaint.number}"
    assert _numbers(signed_in("outsider").get(f"/admin/inbox?tab=all&q={complaint.number}")) == []


def test_long_lists_are_paged_and_keep_their_filters(
    signed_in: SignedIn, file: Callable[..., Complaint]
) -> None:
    for _ in range(26):
        file()
    visitor = signed_in("dispatcher")

    first = visitor.get("/admin/inbox?tab=to_dispatch&kind=complaint")
    following = first.select_one("a[rel=next]")
    assert following is not None
    second = visitor.get(str(following["href"]))

    assert (len(_numbers(first)), len(_numbers(second))) == (25, 1)
    assert words_of(second.select_one(".pager span")) == "第 2 页，共 2 页，26 件"
    assert set(_numbers(first)).isdisjoint(_numbers(second))


def test_the_number_of_queries_does_not_grow_with_the_rows(
    signed_in: SignedIn,
    file: Callable[..., Complaint],
    office: Office,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    visitor = signed_in("dispatcher")
    file(S.IN_PROGRESS, service_point=office.canteen)
    with count_queries() as with_one:
        visitor.get("/admin/inbox?tab=all")
    file(S.IN_PROGRESS, service_point=office.hall)
    file(S.RESOLVED)
    with count_queries() as with_three:
        visitor.get("/admin/inbox?tab=all")

    assert len(with_three) == len(with_one)
    assert len(with_one) <= 24


def test_the_poll_tells_of_new_arrivals(signed_in: SignedIn, file: Callable[..., Complaint]) -> None:
    visitor = signed_in("dispatcher")
    poll = str(visitor.get("/admin/inbox").select("#inbox-tabs")[0]["hx-get"])
    assert visitor.get(poll, fragment=True).select_one(".arrived") is None

    file()
    file()

    fresh = visitor.get(poll, fragment=True)
    assert words_of(fresh.select_one(".arrived")) == "有 2 件新诉求，点此刷新"
    assert _counts(fresh)["待受理"] == "2"


def test_the_poll_of_somebody_signed_out_leads_to_the_sign_in_page(visitor: Visitor) -> None:
    answer = visitor.client.get("/admin/inbox/counts", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/admin/sign-in")
