"""The menu: who finds what in it, what waits there, and where one is."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from models.complaint import Complaint
from tests.support.pages import Visitor

SignedIn = Callable[[str], Visitor]


def _menu(page: Visitor) -> list[str]:
    return [
        words.get_text(strip=True)
        for words in page.get("/admin/inbox").select(".rail-link span:first-of-type")
    ]


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("username", "found"),
    [
        ("handler", "首页 收件箱 通知 事项台账 统计 考核 服务点 常用语"),
        (
            "inspector",
            "首页 收件箱 通知 事项台账 统计 考核 举报与滥用 通报 满意度测评 推送 服务点 审计 系统状态 常用语",
        ),
    ],
)
def test_everybody_finds_what_they_may_open(signed_in: SignedIn, username: str, found: str) -> None:
    visitor = signed_in(username)
    assert _menu(visitor) == found.split()
    for link in visitor.get("/admin/inbox").select(".rail-link"):
        assert visitor.get(str(link["href"])).select_one("main, .content") is not None


def test_what_waits_stands_beside_it_and_is_asked_for_once(
    signed_in: SignedIn,
    file: Callable[..., Complaint],
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    file()
    visitor = signed_in("dispatcher")
    with count_queries() as asked:
        page = visitor.get("/admin/notices")
    unread = page.select_one('.rail-link[href="/admin/notices"]')
    assert unread is not None
    assert (unread["aria-current"], unread.select_one(".count")["aria-label"]) == ("page", "1 条未读")  # type: ignore[index]
    assert len([query for query in asked if "FROM push_run" in query]) == 1
