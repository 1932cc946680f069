"""The page 「审计」: who may read it, what it finds, and what it says of a log that was touched."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from models.complaint import Complaint
from models.database import Database
from models.enums import ComplaintStatus
from tests.support.pages import Visitor, words_of

PAGE = "/admin/audit"
SignedIn = Callable[[str], Visitor]


@pytest.fixture
def accepted(signed_in: SignedIn, file: Callable[..., Complaint]) -> str:
    """The number of a complaint that a handler accepted on its page."""
    number = file(ComplaintStatus.ASSIGNED).number
    page = f"/admin/complaints/{number}"
    handler = signed_in("handler")
    handler.get(page)
    handler.send(f"{page}/acts/accept", {"words": ""})
    return number


def test_who_watches_finds_what_was_done_by_whom(signed_in: SignedIn, accepted: str) -> None:
    inspector = signed_in("inspector")
    rows = [words_of(row) for row in inspector.get(f"{PAGE}?kind=complaint").select("tbody tr")]
    assert [f"诉求 {accepted}：{step}" in row for row, step in zip(rows, ("接单", "派单"), strict=True)] == [
        True
    ] * 2
    assert len(inspector.get(f"{PAGE}?words={accepted} 接单").select("tbody tr")) == 1
    assert "没有符合条件的记录" in words_of(inspector.get(f"{PAGE}?words=没有这回事"))
    assert inspector.get(f"{PAGE}?from=2026-13-40&staff=x&before=y").select("tbody tr")


@pytest.mark.usefixtures("office")
def test_others_are_told_who_may(signed_in: SignedIn) -> None:
    for role in ("handler", "lead", "dispatcher", "leader"):
        assert "督导组和系统管理员" in words_of(signed_in(role).get(PAGE, status=403))


@pytest.mark.usefixtures("accepted")
def test_a_check_tells_whole_from_touched(signed_in: SignedIn, database: Database) -> None:
    admin = signed_in("admin")
    admin.get(PAGE)
    assert "日志完整" in admin.post(f"{PAGE}/check").text

    with database.transaction() as session:
        session.execute(text("UPDATE audit_entry SET words = '没有的事' WHERE position = 1"))
    answer = admin.post(f"{PAGE}/check")
    assert "日志被动过" in answer.text
    assert "第 1 条与封存时不一样" in answer.text
