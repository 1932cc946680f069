"""Notices to staff: the bell, the list, and marking them as read."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from domain import notices
from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus, NoticeKind
from models.notice import Notice
from tests.support.factories import Office
from tests.support.pages import Visitor, words_of

SignedIn = Callable[[str], Visitor]
Filed = Callable[..., Complaint]


def _tell(
    database: Database, staff_id: int, now: datetime, *, times: int = 1, path: str = "/admin/inbox"
) -> None:
    with database.transaction() as session:
        for number in range(times):
            notices.queue(
                session,
                key=f"test:{number}:{staff_id}",
                kind=NoticeKind.STAFF_NEAR_DUE,
                title=f"第 {number} 条",
                body="说明",
                staff_id=staff_id,
                path=path,
                now=now,
            )


def test_nobody_told_anything_yet(signed_in: SignedIn, office: Office) -> None:
    page = signed_in(office.handler.username).get("/admin/notices")

    assert "还没有通知" in words_of(page.select_one(".empty-card"))
    assert page.select_one(".count") is None


def test_a_notice_leads_to_its_complaint_and_is_read(signed_in: SignedIn, file: Filed) -> None:
    complaint = file(ComplaintStatus.ASSIGNED)
    visitor = signed_in("handler")
    page = visitor.get("/admin/notices")
    assert words_of(page.select_one(".count")) == "1"
    form = page.select_one(".notice-unread form")
    assert form is not None

    leads = visitor.send(str(form["action"]))

    assert leads == f"/admin/complaints/{complaint.number}"
    page = visitor.get("/admin/notices")
    assert page.select(".notice-unread") == []
    assert len(page.select(".notice")) == 1


def test_a_notice_about_no_complaint_is_read_alone(
    signed_in: SignedIn, office: Office, database: Database, now: datetime
) -> None:
    _tell(database, office.handler.id, now, times=2)
    visitor = signed_in("handler")
    form = visitor.get("/admin/notices").select(".notice form")[0]

    assert visitor.send(str(form["action"])) == "/admin/inbox"

    assert len(visitor.get("/admin/notices").select(".notice-unread")) == 1


def test_a_notice_never_leads_off_our_pages(
    signed_in: SignedIn, office: Office, database: Database, now: datetime
) -> None:
    _tell(database, office.handler.id, now, path="https://evil.example/")
    visitor = signed_in("handler")
    form = visitor.get("/admin/notices").select(".notice form")[0]

    assert visitor.send(str(form["action"])) == "/admin/"


def test_all_are_marked_at_once_and_only_ones_own(
    signed_in: SignedIn, office: Office, database: Database, now: datetime
) -> None:
    _tell(database, office.handler.id, now, times=3)
    _tell(database, office.colleague.id, now)
    visitor = signed_in("handler")

    leads = visitor.send("/admin/notices/read")

    assert visitor.get(leads).select(".notice-unread") == []
    with database.reading() as session:
        unread = session.scalars(select(Notice.staff_id).where(Notice.read_at.is_(None))).all()
    assert unread == [office.colleague.id]


@pytest.mark.parametrize("number", ["1", "77", "99999999999999999999"])
def test_notices_of_others_are_not_found(
    signed_in: SignedIn, office: Office, database: Database, now: datetime, number: str
) -> None:
    _tell(database, office.colleague.id, now)

    signed_in("handler").refused(f"/admin/notices/{number}/open", status=404)


def test_long_lists_are_paged(signed_in: SignedIn, office: Office, database: Database, now: datetime) -> None:
    _tell(database, office.handler.id, now, times=31)
    visitor = signed_in("handler")

    first = visitor.get("/admin/notices?page=1")
    following = first.select_one("a[rel=next]")
    assert following is not None
    second = visitor.get(str(following["href"]))

    assert [len(page.select(".notice")) for page in (first, second)] == [30, 1]
    assert words_of(first.select_one(".notice strong")) == "第 30 条"
    visitor.get("/admin/notices?page=nonsense")
    visitor.get("/admin/notices?page=-1")
