"""Links in the chat: once, for one person, for half an hour."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select

from domain.access_links import create_link, redeem
from domain.errors import DomainError, Invalid, NotAllowed, NotFound
from domain.people import person_by_openid
from models.database import Database
from models.person import AccessLink

PATH = "/h5/complaints/2026-1121-0007"
AGAIN = "请回到公众号，发送「进度」获取新的链接。"


def make(database: Database, now: datetime, path: str = PATH) -> str:
    with database.transaction() as session:
        return create_link(session, person=person_by_openid(session, "o1", now=now), path=path, now=now)


def test_link_opens_its_page_for_its_person(database: Database, now: datetime) -> None:
    token = make(database, now)
    with database.transaction() as session:
        link = redeem(session, token, now=now + timedelta(minutes=29))
        person = person_by_openid(session, "o1", now=now)
        assert (link.path, link.person_id, link.used_at) == (PATH, person.id, now + timedelta(minutes=29))


def test_token_is_long_and_kept_as_its_hash_only(database: Database, now: datetime) -> None:
    token = make(database, now)
    assert len(token) * 6 >= 128
    with database.reading() as session:
        assert session.scalars(select(AccessLink.token_hash)).all() == [sha256(token.encode()).hexdigest()]


def test_no_two_links_are_alike(database: Database, now: datetime) -> None:
    assert len({make(database, now) for _ in range(20)}) == 20


def test_link_used_before_is_refused(database: Database, now: datetime) -> None:
    token = make(database, now)
    with database.transaction() as session:
        redeem(session, token, now=now)
    with database.transaction() as session, pytest.raises(NotAllowed) as refused:
        redeem(session, token, now=now)
    assert refused.value.message == f"这个链接已使用过，每个链接只能打开一次。{AGAIN}"


def test_link_is_refused_after_half_an_hour(database: Database, now: datetime) -> None:
    token = make(database, now)
    with database.transaction() as session, pytest.raises(NotAllowed) as refused:
        redeem(session, token, now=now + timedelta(minutes=30))
    assert refused.value.message == f"这个链接已过期（30 分钟内有效）。{AGAIN}"


def test_unknown_link_is_refused(database: Database, now: datetime) -> None:
    with database.transaction() as session, pytest.raises(NotFound) as refused:
        redeem(session, "made-up", now=now)
    assert refused.value.message == f"这个链接无效。{AGAIN}"


def test_of_many_who_open_it_at_once_one_comes_in(database: Database, now: datetime) -> None:
    token = make(database, now)

    def come_in(_: int) -> bool:
        try:
            with database.transaction() as session:
                redeem(session, token, now=now)
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(come_in, range(8))) == 1


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "/\\evil.example", "h5/x", ""])
def test_link_leads_to_pages_of_ours_only(database: Database, now: datetime, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        make(database, now, path)
    assert (refused.value.message, refused.value.field) == ("链接只能指向本站页面。", "path")
