"""The home page: what waits for whom, each list with the whole behind it, and a day when all is done."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup

from domain import background_tasks, complaints, platform_alerts
from domain.actors import Actor
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of

SignedIn = Callable[[str], Visitor]
File = Callable[..., Complaint]
S = ComplaintStatus


def _blocks(page: BeautifulSoup) -> dict[str, int]:
    """The titles of the lists with how many there are; 0 for those that are empty."""
    heads = [words_of(head).rsplit(" ", 1) for head in page.select(".home-block h2")]
    return {title: int(count) for title, count in heads} | {
        words_of(link): 0 for link in page.select(".home-clear a")
    }


@pytest.fixture
def busy(
    file: File, database: Database, office: Office, clock: time_machine.Traveller, now: datetime
) -> None:
    """One of each: undispatched, at work and late, deferral asked for, supervised, resolved, reopened."""
    file(S.IN_PROGRESS)
    asked, watched = file(S.IN_PROGRESS), file(S.ASSIGNED)
    back = file(S.RESOLVED)
    file(S.RESOLVED)
    with database.transaction() as session:

        def act(who: object) -> dict[str, object]:
            found = session.merge(who)
            kind = Actor.of_person if who is office.student else Actor.of_staff
            return {"actor": kind(found), "now": now}  # type: ignore[operator]

        def one(complaint: Complaint) -> Complaint:
            return session.get_one(Complaint, complaint.id)

        complaints.request_deferral(
            session, one(asked), reason="等配件", until=now + timedelta(days=9), **act(office.handler)
        )
        complaints.supervise(session, one(watched), words="请抓紧", **act(office.leader))
        complaints.rate(session, one(back), solved=False, stars=1, words="没好", **act(office.student))
    clock.move_to(now + timedelta(days=5))
    file(now=now + timedelta(days=5))


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(
    ("username", "blocks"),
    [
        ("handler", {"我的待办": 4, "超期": 4, "已办结，等师生评价": 1, "临期": 0}),
        (
            "lead",
            {"等我审定": 1, "我的待办": 4, "超期": 4, "退回重办": 1, "已办结，等师生评价": 1, "临期": 0},
        ),
        ("dispatcher", {"待受理": 1, "超期": 4, "今天新提交的": 1, "等我审定": 0, "临期": 0}),
        ("leader", {"等我审定": 1, "超期": 4, "督办中": 1, "退回重办": 1, "今天新提交的": 1}),
        ("inspector", {"超期": 4, "督办中": 1, "退回重办": 1, "已办结，等师生评价": 1, "今天新提交的": 1}),
        ("admin", {"超期": 4, "今天新提交的": 1}),
    ],
)
def test_everybody_sees_what_they_are_here_for(
    signed_in: SignedIn, username: str, blocks: dict[str, int]
) -> None:
    visitor = signed_in(username)

    page = visitor.get("/admin/")

    assert _blocks(page) == blocks
    for block in page.select(".home-block"):
        behind = visitor.get(str(block.select_one(".home-all")["href"]))  # type: ignore[index]
        here = [str(row["data-href"]) for row in block.select("[data-href]")]
        assert [str(row["data-href"]) for row in behind.select("table [data-href]")][:5] == here
    assert (page.select_one("[href='/admin/triage']") is not None) == (username == "dispatcher")


@pytest.mark.parametrize("username", ["handler", "lead", "dispatcher", "leader", "inspector", "admin"])
def test_an_empty_day_says_so_and_what_can_be_done(
    signed_in: SignedIn, office: Office, username: str
) -> None:
    del office
    page = signed_in(username).get("/admin/")

    assert words_of(page.select_one(".empty-title")) == "现在没有等您处理的事"
    assert "绑定微信" in words_of(page.select_one(".empty-card"))
    assert all(len(words_of(line)) > 8 for line in page.select(".home-clear li"))
    assert words_of(page.select_one(".home-side")).endswith("都看过了。")


def test_troubles_tasks_and_notices_stand_beside(
    signed_in: SignedIn, file: File, office: Office, database: Database, now: datetime
) -> None:
    file(S.SUBMITTED)
    with database.transaction() as session:
        platform_alerts.raise_alert(
            session, platform_alerts.ACCOUNT, code=48001, words="api unauthorized", now=now
        )
        admin = session.merge(office.admin)
        background_tasks.ask(session, admin, kind="qr_sheets", title="打印二维码", now=now)

    page = signed_in("admin").get("/admin/")
    desk = signed_in("dispatcher").get("/admin/")

    assert page.select_one(".troubles") is not None
    assert words_of(page.select_one(".home-tasks")) == "打印二维码 排队中"
    assert words_of(desk.select_one(".home-notice strong")) == "新诉求待受理"
    assert signed_in("handler").get("/admin/").select_one(".troubles") is None
    assert signed_in("handler").leads_to("/") == "/admin/"


@pytest.mark.parametrize("username", ["dispatcher", "lead"])
def test_a_busy_day_costs_no_more_queries(
    signed_in: SignedIn,
    file: File,
    username: str,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    for status in (S.SUBMITTED, S.ASSIGNED, S.IN_PROGRESS, S.RESOLVED):
        file(status)
    visitor = signed_in(username)
    visitor.get("/admin/")
    with count_queries() as few:
        visitor.get("/admin/")
    for status in (S.SUBMITTED, S.ASSIGNED, S.IN_PROGRESS, S.RESOLVED):
        for _ in range(4):
            file(status)

    with count_queries() as many:
        visitor.get("/admin/")

    assert len(many) == len(few)
    assert len(many) < 60
