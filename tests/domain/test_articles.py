"""Articles from the first word to what the platform tells, on both kinds of database."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain import article_approval as approval
from domain import articles
from domain.article_limits import ArticleText
from domain.errors import NotAllowed, NotFound, TooLate
from models.article import Article
from models.database import Database
from models.enums import ArticleState, ArticleWay
from tests.support.factories import Factory, Office
from tests.support.waiting import eventually, waits_for_a_lock

TEXT = ArticleText(title="本周办实事清单", html="<p>三号楼的水管修好了。</p>", author="后勤处")
MONTH_END = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)


def written(session: Session, office: Office, now: datetime, text: ArticleText = TEXT) -> Article:
    return approval.write(session, text, staff=office.dispatcher, now=now)


def approved(session: Session, office: Office, now: datetime) -> Article:
    article = written(session, office, now)
    approval.note_draft(session, article, media_id=f"draft-{article.id}", seen=1)
    approval.note_preview(session, article, seen=1, now=now)
    approval.ask(session, article, staff=office.dispatcher, seen=1, now=now)
    approval.approve(session, article, staff=office.leader, seen=1, now=now)
    return article


def submitted(session: Session, office: Office, now: datetime, number: str) -> Article:
    article = approved(session, office, now)
    articles.claim_mass_send(session, article, seen=1, now=now)
    articles.note_submitted(session, article, msg_id=number)
    return article


def test_way_from_the_first_word_to_a_mass_send(database: Database, office: Office, now: datetime) -> None:
    with database.transaction() as session:
        article = written(session, office, now)
        assert (article.state, article.revision) == (ArticleState.DRAFT, 1)
        approval.note_draft(session, article, media_id="d", seen=1)
        approval.note_preview(session, article, seen=1, now=now)
        assert (article.state, article.previewed_at) == (ArticleState.PREVIEWED, now)
        approval.ask(session, article, staff=office.dispatcher, seen=1, now=now)
        approval.approve(session, article, staff=office.leader, seen=1, now=now)
        assert (article.state, article.approved_by_id) == (ArticleState.APPROVED, office.leader.id)
        client_id = articles.claim_mass_send(session, article, seen=1, now=now)
        assert client_id == f"article:{article.id}:{int(now.timestamp())}"
        assert (article.state, article.way) == (ArticleState.SUBMITTED, ArticleWay.MASS)
        assert (article.mass_month, article.mass_place) == ("2026-11", 1)
        articles.note_submitted(session, article, msg_id="34182")
    counts = {"TotalCount": 100, "FilterCount": 90, "SentCount": 88, "ErrorCount": 2}
    with database.transaction() as session:
        told = articles.note_mass_result(
            session, "34182", status="send success", counts=counts, urls=["https://mp/s/1"], now=now
        )
        assert told is not None
        assert (told.state, told.finished_at, told.media_id) == (ArticleState.MASS_SENT, now, "")
        assert told.results == {"status": "send success", "counts": counts, "urls": ["https://mp/s/1"]}


def test_publishing_is_told_once_and_a_ban_later(database: Database, office: Office, now: datetime) -> None:
    with database.transaction() as session:
        article = approved(session, office, now)
        articles.claim_publishing(session, article, seen=1, now=now)
        articles.note_submitted(session, article, publish_id="2247")
        articles.note_publish_result(session, "2247", status=1, now=now)
        assert article.state is ArticleState.SUBMITTED
        later = now + timedelta(minutes=1)
        articles.note_publish_result(
            session, "2247", status=0, article_id="b5O2", urls=["https://mp/s/1"], now=later
        )
        articles.note_publish_result(session, "2247", status=0, now=later + timedelta(minutes=1))
        assert (article.state, article.finished_at) == (ArticleState.PUBLISHED, later)
        assert article.results == {"status": 0, "article_id": "b5O2", "urls": ["https://mp/s/1"]}
        articles.note_publish_result(session, "2247", status=6, now=later)
        assert (article.state, article.remark) == (ArticleState.FAILED, "发布后被平台封禁")
        assert article.results["urls"] == ["https://mp/s/1"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (2, "原创校验未通过"),
        (3, "平台发布失败"),
        (4, "平台审核不通过"),
        (9, "平台给出了没有见过的状态（9）"),
    ],
)
def test_failed_publishing_says_why(
    database: Database, office: Office, now: datetime, status: int, words: str
) -> None:
    with database.transaction() as session:
        article = approved(session, office, now)
        articles.claim_publishing(session, article, seen=1, now=now)
        articles.note_submitted(session, article, publish_id="1")
        articles.note_publish_result(session, "1", status=status, now=now)
        assert (article.state, article.remark) == (ArticleState.FAILED, words)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("send fail", "平台群发失败"),
        ("err(20001)", "涉嫌政治（20001）"),
        ("err(40002)", "管理员 30 分钟内未确认，已超时（40002）"),
        ("err(12345)", "平台审核不通过（12345）"),
    ],
)
def test_failed_mass_send_says_why_and_frees_its_place(
    database: Database, office: Office, now: datetime, status: str, words: str
) -> None:
    with database.transaction() as session:
        article = submitted(session, office, now, "1")
        assert articles.mass_sends_left(session, now=now) == 3
        articles.note_mass_result(session, "1", status=status, now=now)
        assert (article.state, article.remark) == (ArticleState.FAILED, words)
        assert articles.mass_sends_left(session, now=now) == 4


def test_what_failed_may_be_tried_again_under_another_id(
    database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        article = submitted(session, office, now, "1")
        first = articles.client_msg_id(article)
        articles.note_mass_result(session, "1", status="err(40002)", now=now)
        later = now + timedelta(minutes=31)
        second = articles.claim_mass_send(session, article, seen=1, now=later)
        assert second != first
        assert (article.msg_id, article.remark, article.results) == (None, "", {})
        # The old result, told once more, belongs to nothing any longer.
        assert articles.note_mass_result(session, "1", status="err(40002)", now=later) is None
        assert article.state is ArticleState.SUBMITTED


def test_call_that_was_refused_frees_the_place_but_never_undoes_a_result(
    database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        refused, sent = submitted(session, office, now, "1"), submitted(session, office, now, "2")
        articles.note_refused(session, refused, words="公众号没有这个接口的权限", now=now)
        assert (refused.state, refused.remark) == (ArticleState.FAILED, "公众号没有这个接口的权限")
        articles.note_mass_result(session, "2", status="send success", now=now)
        articles.note_refused(session, sent, words="连不上", now=now)
        assert sent.state is ArticleState.MASS_SENT
        assert articles.mass_sends_left(session, now=now) == 3


def test_result_that_comes_before_its_number_is_not_lost(
    database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        article = approved(session, office, now)
        articles.claim_mass_send(session, article, seen=1, now=now)
        assert articles.note_mass_result(session, "7", status="send success", now=now) is None
        assert articles.note_publish_result(session, "7", status=0, now=now) is None
        assert articles.waiting_for_result(session, before=now) == []
        assert articles.waiting_for_result(session, before=now + timedelta(seconds=1)) == [article]


def test_fifth_mass_send_of_a_month_is_refused_until_the_next_in_shanghai(
    database: Database, office: Office
) -> None:
    with database.transaction() as session:
        for number in range(4):
            submitted(session, office, MONTH_END, str(number))
        fifth = approved(session, office, MONTH_END)
        assert articles.mass_sends_left(session, now=MONTH_END) == 0
        with pytest.raises(NotAllowed, match=r"本月已群发 4 次，次数已用完，请改为发布，或下月再群发。"):
            articles.claim_mass_send(session, fifth, seen=1, now=MONTH_END)
        next_month = MONTH_END + timedelta(minutes=1)
        assert articles.mass_sends_left(session, now=next_month) == 4
        articles.claim_mass_send(session, fifth, seen=1, now=next_month)
        assert (fifth.mass_month, fifth.mass_place) == ("2026-12", 1)


def test_two_at_once_never_take_the_same_last_place(
    database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        for number in range(3):
            submitted(session, office, now, str(number))
        last = [approved(session, office, now).id for _ in range(4)]
    start = threading.Barrier(len(last))
    outcomes: list[str] = []

    def claim(article_id: int) -> None:
        start.wait()
        try:
            with database.transaction() as session:
                articles.claim_mass_send(session, articles.get(session, article_id), seen=1, now=now)
            outcomes.append("sent")
        except (NotAllowed, TooLate) as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=claim, args=(article_id,)) for article_id in last]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(outcomes), outcomes.count("sent")) == (4, 1)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_place_taken_a_moment_ago_is_said_and_another_is_free(
    database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        first, second = (approved(session, office, now).id for _ in range(2))

    def claim() -> None:
        with database.transaction() as session:
            articles.claim_mass_send(session, articles.get(session, second), seen=1, now=now)

    with ThreadPoolExecutor(1) as threads, database.transaction() as elsewhere:
        articles.claim_mass_send(elsewhere, articles.get(elsewhere, first), seen=1, now=now)
        claiming = threads.submit(claim)
        eventually(lambda: waits_for_a_lock(database))
        elsewhere.commit()
        with pytest.raises(TooLate, match="另一篇文章刚刚开始群发，请再试一次。"):
            claiming.result(10)
    claim()
    with database.reading() as session:
        assert articles.get(session, second).mass_place == 2


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"state": ArticleState.PUBLISHED}, "out_only_approved"),
        ({"mass_month": "2026-11", "mass_place": 5}, "four_places"),
        ({"mass_month": "2026-11"}, "place_in_a_month"),
    ],
)
def test_database_holds_the_rules_too(
    database: Database, office: Office, now: datetime, values: dict[str, object], rule: str
) -> None:
    with database.transaction() as session:
        article_id = written(session, office, now).id
    wrong = update(Article).where(Article.id == article_id).values(**values)
    with database.transaction() as session, pytest.raises(IntegrityError, match=rule):
        session.execute(wrong)


def test_database_refuses_an_approval_of_ones_own(database: Database, office: Office, now: datetime) -> None:
    with database.transaction() as session:
        article_id = written(session, office, now).id
    own = update(Article).where(Article.id == article_id).values(approved_by_id=office.dispatcher.id)
    with database.transaction() as session, pytest.raises(IntegrityError, match="approved_by_another"):
        session.execute(own)


def test_what_is_out_is_not_changed(sqlite: Database, sqlite_office: Office, now: datetime) -> None:
    with sqlite.transaction() as session:
        article = submitted(session, sqlite_office, now, "1")
        with pytest.raises(TooLate):
            approval.rewrite(session, article, TEXT, staff=sqlite_office.dispatcher, seen=1, now=now)
        with pytest.raises(NotAllowed, match="批准"):
            articles.claim_publishing(session, article, seen=1, now=now)


def test_preview_of_an_approved_text_leaves_it_approved(
    sqlite: Database, sqlite_office: Office, now: datetime
) -> None:
    with sqlite.transaction() as session:
        article = approved(session, sqlite_office, now)
        approval.note_preview(session, article, seen=1, now=now)
        assert article.state is ArticleState.APPROVED


def test_nothing_goes_out_without_approval_or_a_draft(
    sqlite: Database, sqlite_office: Office, now: datetime
) -> None:
    with sqlite.transaction() as session:
        article = written(session, sqlite_office, now)
        with pytest.raises(NotAllowed, match="须先由另一位同事批准"):
            articles.claim_publishing(session, article, seen=1, now=now)
        approval.note_preview(session, article, seen=1, now=now)
        approval.ask(session, article, staff=sqlite_office.dispatcher, seen=1, now=now)
        approval.approve(session, article, staff=sqlite_office.leader, seen=1, now=now)
        with pytest.raises(NotAllowed, match="还没有上传到公众号的草稿箱"):
            articles.claim_publishing(session, article, seen=1, now=now)
        with pytest.raises(ValueError, match="nobody has claimed"):
            articles.client_msg_id(article)
        assert articles.mass_sends_left(session, now=now) == 4


def test_unknown_article_is_not_found(sqlite: Database) -> None:
    with sqlite.reading() as session, pytest.raises(NotFound):
        articles.get(session, 7)


@pytest.fixture
def sqlite_office(sqlite: Database, factory: Factory) -> Office:
    """The small office where the kind of database does not matter."""
    with sqlite.transaction() as session:
        return factory.office(session)
