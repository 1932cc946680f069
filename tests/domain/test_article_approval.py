"""Who writes an article, who approves it, and what its text may be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from domain import article_approval as approval
from domain.article_limits import ArticleText, check_text
from domain.errors import Invalid, NotAllowed, TooLate
from models.database import Database
from models.enums import ArticleState
from tests.domain.test_articles import TEXT, approved, written
from tests.support.factories import Factory, Office


@pytest.fixture
def sqlite_office(sqlite: Database, factory: Factory) -> Office:
    """The small office where the kind of database does not matter."""
    with sqlite.transaction() as session:
        return factory.office(session)


def test_nobody_approves_or_sends_back_their_own(
    sqlite: Database, sqlite_office: Office, now: datetime
) -> None:
    office = sqlite_office
    with sqlite.transaction() as session:
        article = written(session, office, now)
        approval.note_preview(session, article, seen=1, now=now)
        approval.ask(session, article, staff=office.dispatcher, seen=1, now=now)
        with pytest.raises(NotAllowed, match="不能审批自己撰写或提交的文章"):
            approval.approve(session, article, staff=office.dispatcher, seen=1, now=now)
        with pytest.raises(NotAllowed, match="不能审批自己撰写或提交的文章"):
            approval.send_back(session, article, staff=office.dispatcher, reason="x", seen=1, now=now)
        approval.approve(session, article, staff=office.second_dispatcher, seen=1, now=now)
        assert article.state is ArticleState.APPROVED


def test_roles_decide_who_writes_and_who_approves(
    sqlite: Database, sqlite_office: Office, now: datetime
) -> None:
    office = sqlite_office
    with sqlite.transaction() as session:
        for staff in (office.handler, office.lead, office.inspector):
            with pytest.raises(NotAllowed, match="由受理员、分管领导和系统管理员撰写"):
                approval.write(session, TEXT, staff=staff, now=now)
        article = approval.write(session, TEXT, staff=office.admin, now=now)
        approval.note_preview(session, article, seen=1, now=now)
        office.leader.active = False
        for staff in (office.handler, office.lead, office.leader):
            acts: list[Callable[[], object]] = [
                lambda staff=staff: approval.ask(session, article, staff=staff, seen=1, now=now),
                lambda staff=staff: approval.approve(session, article, staff=staff, seen=1, now=now),
                lambda staff=staff: approval.rewrite(session, article, TEXT, staff=staff, seen=1, now=now),
                lambda staff=staff: approval.take_up(session, article, staff=staff, seen=1),
            ]
            for act in acts:
                with pytest.raises(NotAllowed, match="由受理员、分管领导和系统管理员撰写"):
                    act()


def test_what_nobody_has_previewed_or_asked_for_is_not_approved(
    sqlite: Database, sqlite_office: Office, now: datetime
) -> None:
    office = sqlite_office
    with sqlite.transaction() as session:
        article = written(session, office, now)
        with pytest.raises(NotAllowed, match="请先发送预览"):
            approval.ask(session, article, staff=office.dispatcher, seen=1, now=now)
        approval.note_preview(session, article, seen=1, now=now)
        with pytest.raises(NotAllowed, match="还没有提交审批"):
            approval.approve(session, article, staff=office.leader, seen=1, now=now)
        empty = written(session, office, now, replace(TEXT, html=""))
        with pytest.raises(Invalid, match="请填写正文"):
            approval.ask(session, empty, staff=office.dispatcher, seen=1, now=now)


def test_change_after_approval_needs_another_approval(
    sqlite: Database, sqlite_office: Office, now: datetime
) -> None:
    office = sqlite_office
    with sqlite.transaction() as session:
        article = approved(session, office, now)
        text = replace(TEXT, title="改过的")
        approval.rewrite(session, article, text, staff=office.leader, seen=1, now=now)
        assert (article.old_draft, article.asked_at) == (f"draft-{article.id}", None)
        assert (article.state, article.revision, article.title) == (ArticleState.DRAFT, 2, "改过的")
        assert (article.approved_by, article.approved_at, article.media_id) == (None, None, "")
        # The leader's own text now: the leader who approved the first one cannot approve this one.
        approval.note_preview(session, article, seen=2, now=now)
        approval.ask(session, article, staff=office.leader, seen=2, now=now)
        with pytest.raises(NotAllowed, match="自己撰写或提交"):
            approval.approve(session, article, staff=office.leader, seen=2, now=now)
        approval.approve(session, article, staff=office.dispatcher, seen=2, now=now)


def test_sent_back_article_carries_the_reason(sqlite: Database, sqlite_office: Office, now: datetime) -> None:
    office = sqlite_office
    with sqlite.transaction() as session:
        article = approved(session, office, now)
        with pytest.raises(Invalid, match="请填写退回的理由"):
            approval.send_back(session, article, staff=office.leader, reason=" ", seen=1, now=now)
        with pytest.raises(Invalid, match="最多 300 字"):
            approval.send_back(session, article, staff=office.leader, reason="长" * 301, seen=1, now=now)
        approval.send_back(session, article, staff=office.leader, reason="数字有误", seen=1, now=now)
        assert (article.state, article.remark, article.approved_by) == (ArticleState.DRAFT, "数字有误", None)


def test_act_on_an_older_text_is_too_late(sqlite: Database, sqlite_office: Office, now: datetime) -> None:
    office = sqlite_office
    with sqlite.transaction() as session:
        article = written(session, office, now)
        approval.rewrite(session, article, TEXT, staff=office.dispatcher, seen=1, now=now)
        approval.note_preview(session, article, seen=2, now=now)
        approval.ask(session, article, staff=office.dispatcher, seen=2, now=now)
        acts: list[Callable[[], object]] = [
            lambda: approval.approve(session, article, staff=office.leader, seen=1, now=now),
            lambda: approval.send_back(session, article, staff=office.leader, reason="x", seen=1, now=now),
            lambda: approval.note_preview(session, article, seen=1, now=now),
            lambda: approval.note_draft(session, article, media_id="x", seen=1),
            lambda: approval.rewrite(session, article, TEXT, staff=office.dispatcher, seen=1, now=now),
        ]
        for act in acts:
            with pytest.raises(TooLate, match="刚刚被别人改过"):
                act()


def test_text_is_kept_clean(sqlite: Database, sqlite_office: Office, now: datetime) -> None:
    dirty = ArticleText(
        title=" 清单 ",
        html='<p onclick="x">字<script>x</script><img src="/files/7"><img src="javascript:x"></p>',
        source_url="https://x/ ",
    )
    with sqlite.transaction() as session:
        article = written(session, sqlite_office, now, dirty)
        assert article.html == '<p>字<img src="/files/7" alt=""></p>'
        assert (article.title, article.source_url) == ("清单", "https://x/")


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"title": " "}, "title", "请填写标题。"),
        ({"title": "字" * 33}, "title", "标题最多 32 字，现在有 33 字。"),
        ({"title": "一\n二"}, "title", "标题里不能有换行或看不见的字符。"),
        ({"author": "字" * 17}, "author", "作者最多 16 字，现在有 17 字。"),
        ({"digest": "字" * 129}, "digest", "摘要最多 128 字，现在有 129 字。"),
        ({"html": "<p> </p>"}, "html", "请填写正文。"),
        ({"html": "字" * 20_001}, "html", "正文最多 20000 个字符（含格式），现在有 20001 个。"),
        ({"source_url": "javascript:x"}, "source_url", "原文链接须以 http:// 或 https:// 开头。"),
        ({"source_url": "https://x/" + "a" * 1015}, "source_url", "原文链接太长。"),
    ],
)
def test_text_has_the_platforms_limits(change: dict[str, str], field: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_text(replace(TEXT, **change))
    assert (refused.value.field, refused.value.message) == (field, words)


def test_longest_text_is_taken() -> None:
    check_text(
        ArticleText(
            title="字" * 32,
            author="字" * 16,
            digest="字" * 128,
            html="字" * 20_000,
            source_url="https://x/" + "a" * 1014,
        )
    )
    check_text(ArticleText(title="图", html='<img src="/a" alt="">'))
