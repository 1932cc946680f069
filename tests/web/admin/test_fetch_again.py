"""Files that could not be had: asked for again by hand, and watched until they come."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from models.attachment import Attachment
from models.complaint import Complaint
from models.database import Database
from models.enums import AttachmentKind, AttachmentState, ComplaintStatus
from tests.support.pages import Visitor, words_of
from web.parts import Parts

SignedIn = Callable[[str], Visitor]
Filed = Callable[..., Complaint]
REASON = "连不上微信平台"


class Case:
    """A complaint at work, and its attachments."""

    def __init__(self, app: Flask, database: Database, complaint: Complaint, now: datetime) -> None:
        self.number, self.page = complaint.number, f"/admin/complaints/{complaint.number}"
        self._parts: Parts = app.extensions["banshishi"]
        self._database, self._now = database, now
        self._complaint_id = complaint.id

    def attach(self, state: AttachmentState, **changes: object) -> int:
        values: dict[str, object] = {
            "complaint_id": self._complaint_id,
            "kind": AttachmentKind.VOICE,
            "state": state,
            "created_at": self._now,
            "media_id": "media",
        }
        with self._database.transaction() as session:
            values["event_id"] = session.get_one(Complaint, self._complaint_id).events[0].id
            row = Attachment(**(values | changes))
            session.add(row)
            session.flush()
            return row.id

    def failed(self, **changes: object) -> int:
        return self.attach(AttachmentState.FAILED, **{"error": REASON, "attempts": 8, **changes})

    def pending(self, **changes: object) -> int:
        return self.attach(AttachmentState.PENDING, **{"next_attempt_at": self._now, **changes})

    def store(self, attachment_id: int) -> None:
        """Do what the worker does."""
        with self._database.transaction() as session:
            row = session.get_one(Attachment, attachment_id)
            row.state, row.next_attempt_at, row.seconds = AttachmentState.STORED, None, 12
            row.file_key, row.content_type = self._parts.file_store.save(b"ID3", "mp3"), "audio/mpeg"

    def find(self, attachment_id: int) -> Attachment:
        with self._database.reading() as session:
            return session.get_one(Attachment, attachment_id)


@pytest.fixture
def case(app: Flask, database: Database, file: Filed, now: datetime) -> Case:
    return Case(app, database, file(ComplaintStatus.IN_PROGRESS), now)


def said_of(page: BeautifulSoup, attachment_id: int) -> str:
    return words_of(page.select_one(f'.story [data-attachment="{attachment_id}"]'))


def watch_of(page: BeautifulSoup) -> str | None:
    found = page.select_one("[hx-trigger='load delay:3s']")
    return str(found["hx-get"]) if found else None


@pytest.mark.parametrize("username", ["handler", "lead", "dispatcher", "admin"])
def test_who_handles_the_complaint_has_a_file_fetched_again(
    signed_in: SignedIn, case: Case, username: str, now: datetime
) -> None:
    failed = case.failed()
    visitor = signed_in(username)
    page = visitor.get(case.page)
    assert said_of(page, failed) == f"语音没有取回 {REASON} 重新下载"
    assert visitor.send(f"/admin/attachments/{failed}/fetch") == case.page
    row = case.find(failed)
    assert (row.state, row.attempts, row.next_attempt_at, row.error) == (AttachmentState.PENDING, 0, now, "")
    page = visitor.get(case.page)
    assert words_of(page.select_one(".flash")) == "正在重新下载语音，通常几秒钟就好。"
    assert said_of(page, failed) == "语音下载中 从微信取回，通常一分钟内"


@pytest.mark.parametrize("username", ["leader", "inspector"])
def test_who_only_oversees_reads_the_reason_and_no_more(
    signed_in: SignedIn, case: Case, username: str
) -> None:
    failed = case.failed()
    visitor = signed_in(username)
    assert said_of(visitor.get(case.page), failed) == f"语音没有取回 {REASON}"
    visitor.send(f"/admin/attachments/{failed}/fetch")
    page = visitor.get(case.page)
    assert words_of(page.select_one(".flash")) == "只有办理这件诉求的工作人员能重新下载附件。"
    assert case.find(failed).state is AttachmentState.FAILED


def test_strangers_and_forms_without_a_token_change_nothing(
    signed_in: SignedIn, visitor: Visitor, case: Case
) -> None:
    address = f"/admin/attachments/{case.failed()}/fetch"
    handler = signed_in("handler")
    assert signed_in("outsider").post(address).status_code == 404
    assert handler.post(address, token="wrong").status_code == 400
    assert handler.post("/admin/attachments/999/fetch").status_code == 404
    assert visitor.client.post(address).status_code in {302, 400}
    assert said_of(handler.get(case.page), 1).endswith("重新下载")


@pytest.mark.parametrize("changes", [{"created_at": "old"}, {"media_id": ""}], ids=["three days", "not sent"])
def test_what_the_platform_has_dropped_is_for_the_reporter_to_send_again(
    signed_in: SignedIn, case: Case, now: datetime, changes: dict[str, object]
) -> None:
    if "created_at" in changes:
        changes = {"created_at": now - timedelta(days=3)}
    failed = case.failed(**changes)
    visitor = signed_in("handler")
    assert said_of(visitor.get(case.page), failed) == (
        f"语音没有取回 {REASON} 微信只保留三天，已经不能重新下载；可以请诉求人重新发送。"
    )
    visitor.send(f"/admin/attachments/{failed}/fetch")
    assert words_of(visitor.get(case.page).select_one(".flash")) == (
        "微信只保留三天，已经不能重新下载。可以请诉求人重新发送。"
    )
    assert case.find(failed).state is AttachmentState.FAILED


def test_file_that_has_come_meanwhile_is_left_as_it_is(signed_in: SignedIn, case: Case) -> None:
    failed = case.failed()
    visitor = signed_in("handler")
    visitor.get(case.page)
    case.store(failed)
    visitor.send(f"/admin/attachments/{failed}/fetch")
    page = visitor.get(case.page)
    assert words_of(page.select_one(".flash")) == "这个附件不需要重新下载，请刷新页面看最新情况。"
    assert case.find(failed).state is AttachmentState.STORED


def test_page_looks_by_itself_until_the_files_have_come(signed_in: SignedIn, case: Case) -> None:
    first, second = case.pending(), case.pending()
    visitor = signed_in("handler")
    watch = watch_of(visitor.get(case.page))
    assert watch == f"{case.page}/arrived?files={first},{second}&looks=1"
    nothing = visitor.get(watch, fragment=True)
    assert watch_of(nothing) == f"{case.page}/arrived?files={first},{second}&looks=2"
    assert nothing.select("li") == []
    case.store(first)
    some = visitor.get(str(watch_of(nothing)), fragment=True)
    assert [item["hx-swap-oob"] for item in some.select("li")] == [f"outerHTML:[data-attachment='{first}']"]
    assert some.select_one("audio") is not None
    assert words_of(some.select_one("li")) == "12 秒"
    watch = watch_of(some)
    assert watch == f"{case.page}/arrived?files={second}&looks=3"
    case.store(second)
    last = visitor.get(watch, fragment=True)
    assert watch_of(last) is None
    assert len(last.select("audio")) == 1


def test_page_stops_looking_after_two_minutes(signed_in: SignedIn, case: Case) -> None:
    pending = case.pending()
    visitor = signed_in("handler")
    for looks in ("40", "junk", "99999999999"):
        page = visitor.get(f"{case.page}/arrived?files={pending}&looks={looks}", fragment=True)
        assert watch_of(page) is None
        assert words_of(page.select_one("li")) == "语音下载中 还没有取回，过一会儿刷新本页"
    before = visitor.get(f"{case.page}/arrived?files={pending}&looks=39", fragment=True)
    assert watch_of(before) == f"{case.page}/arrived?files={pending}&looks=40"


def test_file_that_waits_for_its_next_attempt_says_when_and_is_not_watched(
    signed_in: SignedIn, case: Case, now: datetime
) -> None:
    pending = case.pending(error=REASON, next_attempt_at=now + timedelta(minutes=30))
    page = signed_in("handler").get(case.page)
    assert said_of(page, pending) == f"语音下载中 上次没有取回：{REASON}。今天 10:30 自动再试"
    assert watch_of(page) is None


def test_watch_tells_only_of_files_of_a_complaint_one_may_see(
    signed_in: SignedIn, case: Case, file: Filed
) -> None:
    stored = case.pending()
    case.store(stored)
    other = file(ComplaintStatus.IN_PROGRESS).number
    page = signed_in("handler").get(f"/admin/complaints/{other}/arrived?files={stored},x,", fragment=True)
    assert page.select("li") == []
    signed_in("outsider").get(f"{case.page}/arrived?files={stored}", fragment=True, status=404)
