"""Articles whose event comes, is late, or whose answer is lost: each goes out once, whatever happens."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from domain import articles
from jobs.articles import UNANSWERED, send_articles
from models.enums import ArticleState, ArticleWay
from tests.jobs.articles.conftest import BOTH, CALL, OUT, SENDALL, SUBMIT, Desk
from wechat.transport import BoundedSession

PUBLISH, MASS = ArticleWay.PUBLISH, ArticleWay.MASS
S = ArticleState


# From the release to the event


def test_article_is_published_with_its_photo_and_told_by_the_event(told: Desk) -> None:
    told.platform.change_settings({"job_delay": 0.3})
    ours = f'<img src="/admin/attachments/{told.photo()}" alt="水管">'
    html = f'<p>修好了{ours}<img src="https://elsewhere/a.jpg"></p>'
    article_id = told.released(PUBLISH, html)
    told.work()
    assert told.state(article_id) is S.SUBMITTED
    told.told(article_id)
    article = told.article(article_id)
    assert (article.state, article.remark, article.media_id) == (S.PUBLISHED, "", "")
    (url,) = article.results["urls"]
    page = requests.get(url, timeout=5).text
    assert ("修好了" in page, page.count('alt="水管"'), "elsewhere" in page) == (True, 1, False)
    told.work(minutes=3)
    assert (told.calls(SUBMIT), told.calls("/cgi-bin/freepublish/get")) == (1, 0)


@BOTH
def test_event_that_overtakes_the_answer_is_taken_in_with_its_number(told: Desk, way: ArticleWay) -> None:
    told.platform.faults.add(path=CALL[way], kind="slow_body", seconds=0.6)
    article_id = told.released(way)
    send_articles(told.context)
    article = told.article(article_id)
    assert article.state is OUT[way], "the event was there before the number"
    if way is MASS:
        counts = {"TotalCount": 4, "FilterCount": 4, "SentCount": 4, "ErrorCount": 0}
        assert article.results["counts"] == counts
    assert len(article.results["urls"]) == 1


@BOTH
def test_result_is_asked_for_when_no_event_comes(desk: Desk, way: ArticleWay) -> None:
    article_id = desk.released(way)
    desk.work()
    desk.work(seconds=100)
    asking = "/cgi-bin/freepublish/get" if way is PUBLISH else "/cgi-bin/message/mass/get"
    assert (desk.state(article_id), desk.calls(asking)) == (S.SUBMITTED, 0)
    desk.work(seconds=30)
    assert (desk.state(article_id), desk.calls(asking), desk.jobs()) == (OUT[way], 1, 1)


def test_result_that_takes_long_is_asked_for_less_and_less(desk: Desk) -> None:
    desk.platform.change_settings({"job_delay": 3600.0})
    article_id = desk.released(PUBLISH)
    desk.work()
    for _ in range(6 * 60):
        desk.work(minutes=1)
    asked = desk.calls("/cgi-bin/freepublish/get")
    assert 20 <= asked <= 30
    desk.work(days=3)
    article = desk.article(article_id)
    assert (article.state, article.remark[:12]) == (S.FAILED, "三天没有等到微信的结果，")


@pytest.mark.parametrize(
    ("way", "outcome", "words"),
    [
        (PUBLISH, {"publish_outcome": 4}, "平台审核不通过"),
        (MASS, {"mass_outcome": "err(20001)"}, "平台群发失败"),
    ],
)
def test_failure_that_was_asked_for_says_why(
    desk: Desk, way: ArticleWay, outcome: dict[str, Any], words: str
) -> None:
    desk.platform.change_settings(outcome)
    article_id = desk.released(way)
    desk.work()
    desk.work(minutes=3)
    article = desk.article(article_id)
    assert (article.state, article.remark, article.mass_place) == (S.FAILED, words, None)


def test_mass_send_that_was_deleted_on_the_platform_keeps_its_place(desk: Desk) -> None:
    article_id = desk.released(MASS)
    desk.work()
    (job,) = desk.platform.state.mass_jobs
    job.status = "DELETE"
    desk.work(minutes=3)
    article = desk.article(article_id)
    assert (article.state, article.mass_place) == (S.FAILED, 1)
    assert article.remark.startswith("群发的文章已在公众平台删除")


# The answer is lost


@BOTH
@pytest.mark.parametrize("kind", ["lost_response", "truncated_json", "reset", "http_502"])
def test_lost_answer_neither_loses_nor_doubles(desk: Desk, way: ArticleWay, kind: str) -> None:
    desk.platform.faults.add(path=CALL[way], kind=kind, seconds=0)
    article_id = desk.released(way)
    desk.work()
    article = desk.article(article_id)
    assert (article.state, article.remark) == (S.SUBMITTED, UNANSWERED)
    for _ in range(12):
        desk.work(minutes=2)
    assert (desk.state(article_id), desk.jobs()) == (OUT[way], 1)
    assert desk.article(article_id).remark == ""


@BOTH
def test_worker_killed_between_claim_and_call_frees_its_article(desk: Desk, way: ArticleWay) -> None:
    article_id = desk.released(way)
    desk.platform.faults.add(path=CALL[way], kind="errcode", errcode=45011)
    desk.work()
    with desk.context.database.transaction() as session:
        article = articles.get(session, article_id)
        claim = articles.claim_mass_send if way is MASS else articles.claim_publishing
        claim(session, article, seen=1, now=desk.clock())
    desk.work(minutes=1)
    assert (desk.jobs(), desk.state(article_id)) == (0, S.SUBMITTED)
    for _ in range(8):
        desk.work(minutes=2)
    assert (desk.jobs(), desk.state(article_id)) == (1, OUT[way])


class KilledError(BaseException):
    """The worker is gone; nothing after this moment is done by it."""


@BOTH
def test_worker_killed_at_any_moment_neither_loses_nor_doubles(
    desk: Desk, way: ArticleWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments, last = [0], [0]

    def moment() -> None:
        moments[0] += 1
        if moments[0] == last[0]:
            raise KilledError

    def mortal(call: Callable[..., Any]) -> Callable[..., Any]:
        def do(*args: Any, **kwargs: Any) -> Any:
            moment()
            answer = call(*args, **kwargs)
            moment()
            return answer

        return do

    openid = next(iter(desk.platform.state.users)).openid
    killed = 0
    with monkeypatch.context() as patch:
        patch.setattr(BoundedSession, "request", mortal(BoundedSession.request))
        patch.setattr("sqlalchemy.orm.Session.commit", mortal(desk.context.database._writers.class_.commit))
        for end in range(1, 60):
            desk.context.client.user_info(openid)  # a fresh token: kills amid its fetch are tested elsewhere
            article_id, before = desk.released(way), desk.jobs()
            moments[0], last[0] = 0, end
            try:
                desk.work()
            except KilledError:
                killed += 1
            reached, last[0] = moments[0], 0
            for _ in range(9):
                desk.work(minutes=2)
            assert (desk.state(article_id), desk.jobs() - before) == (OUT[way], 1), f"killed at {end}"
            if reached < end:
                break
            desk.work(days=31)
    assert killed == end - 1 >= 12


def test_lost_mass_send_is_not_repeated_when_the_platform_has_forgotten_it(desk: Desk) -> None:
    desk.platform.faults.add(path=SENDALL, kind="lost_response", seconds=0)
    article_id = desk.released(MASS)
    desk.work()
    desk.work(hours=21)
    article = desk.article(article_id)
    assert (article.state, article.mass_place, desk.jobs()) == (S.FAILED, 1, 1)
    assert article.remark.startswith("没有等到微信的回答，可能已经群发。请到公众平台")


def test_lost_mass_send_that_is_refused_later_is_given_to_a_human(desk: Desk) -> None:
    desk.platform.faults.add(path=SENDALL, kind="http_502")
    desk.platform.faults.add(path=SENDALL, kind="errcode", errcode=45028)
    article_id = desk.released(MASS)
    desk.work()
    desk.work(minutes=3)
    article = desk.article(article_id)
    assert (article.state, article.mass_place) == (S.FAILED, 1)
    assert "之前的一次提交可能已经成功，请到公众平台" in article.remark


def test_lost_publishing_whose_draft_is_gone_is_given_to_a_human(desk: Desk) -> None:
    desk.platform.faults.add(path=SUBMIT, kind="http_502")
    article_id = desk.released(PUBLISH)
    desk.work()
    desk.platform.state.drafts.remove(desk.article(article_id).media_id)
    desk.work(minutes=3)
    article = desk.article(article_id)
    assert (article.state, article.remark[:21]) == (
        S.FAILED,
        "没有等到微信的回答，草稿也已不在草稿箱里。",
    )


def test_publishing_under_way_is_not_begun_twice(desk: Desk) -> None:
    desk.platform.change_settings({"job_delay": 3600.0})
    desk.platform.faults.add(path=SUBMIT, kind="lost_response", seconds=0)
    article_id = desk.released(PUBLISH)
    desk.work()
    for _ in range(10):
        desk.work(minutes=3)
    assert (desk.state(article_id), desk.jobs()) == (S.SUBMITTED, 1)
    assert 53503 in [call.errcode for call in desk.platform.calls.find(path=SUBMIT, limit=10)]
