"""Asks the platform what became of articles: when the event is late, and when no answer came to the call."""

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from domain import article_release as release
from domain import articles, platform_alerts
from jobs import article_troubles as troubles
from jobs.articles import CHECK_THERE, PATIENCE, submit
from jobs.context import JobContext
from models.article import Article
from models.enums import ArticleWay
from wechat.articles import ArticlePlatform
from wechat.errors import WeChatFailure

log = structlog.get_logger(__name__)

# How old a submission may be to be asked for so often; the last stands for all older ones.
_ASK_EVERY = (
    (timedelta(minutes=10), timedelta(minutes=1)),
    (timedelta(hours=2), timedelta(minutes=10)),
    (timedelta.max, timedelta(hours=1)),
)
# The platform reviews within hours; after this nobody hears any more.
PATIENCE_FOR_RESULTS = timedelta(days=3)
# The platform knows a repeated mass send for 24 hours.
SAME_ID_FOR = timedelta(hours=20)
# A publishing job that was taken is listed, or under way, long before.
SURELY_NOT_TAKEN_AFTER = timedelta(minutes=10)
# By so much the platform's clock and ours may differ; the callback takes no more either.
CLOCKS_DIFFER = timedelta(minutes=5)

_SUCCESS, _FAILURE, _DELETED = "SEND_SUCCESS", "SEND_FAIL", "DELETE"
_NO_RESULT = f"三天没有等到微信的结果，{CHECK_THERE}"


def ask_for_results(context: JobContext) -> None:
    """Ask for everything that was submitted a while ago."""
    platform = ArticlePlatform(context.client)
    now = context.clock()
    with context.database.reading() as session:
        if platform_alerts.ACCOUNT in platform_alerts.pauses(session, now=now):
            return
        waiting = articles.waiting_for_result(session, before=now - PATIENCE)
    for article in waiting:
        if context.stopping.is_set():
            return
        if release.is_left_alone(article, now=now):
            continue
        try:
            _look_after(context, platform, article)
        except WeChatFailure as error:
            troubles.tell(context, error)
            words = f"{troubles.words_for(error, article.way)}稍后自动再查。"
            _look_again(context, article, words)
        except Exception as error:  # one odd article must not keep those behind it waiting
            log.exception("article_broke", article=article.id, error=error)
            _look_again(context, article, "程序出错，请系统管理员查看日志。")


def _look_after(context: JobContext, platform: ArticlePlatform, article: Article) -> None:
    if _age(context, article) > PATIENCE_FOR_RESULTS:
        troubles.lose_track(context, article, _NO_RESULT)
    elif article.publish_id:
        _ask_for_publishing(context, platform, article, article.publish_id)
    elif article.msg_id:
        _ask_for_mass_send(context, platform, article, article.msg_id)
    elif article.way is ArticleWay.MASS:
        _repeat_mass_send(context, platform, article)
    else:
        _find_publishing(context, platform, article)


def _ask_for_publishing(
    context: JobContext, platform: ArticlePlatform, article: Article, number: str
) -> None:
    found = platform.publish_state(number)
    with context.database.transaction() as session:
        articles.note_publish_result(
            session,
            number,
            status=found.status,
            article_id=found.article_id,
            urls=found.urls,
            now=context.clock(),
        )
    _look_again(context, article)


def _ask_for_mass_send(context: JobContext, platform: ArticlePlatform, article: Article, number: str) -> None:
    status = platform.mass_state(number)
    if status == _DELETED:
        troubles.lose_track(context, article, f"群发的文章已在公众平台删除，{CHECK_THERE}")
        return
    told = {_SUCCESS: "send success", _FAILURE: "send fail"}.get(status)
    if told is not None:
        with context.database.transaction() as session:
            articles.note_mass_result(session, number, status=told, now=context.clock())
    _look_again(context, article)


def _repeat_mass_send(context: JobContext, platform: ArticlePlatform, article: Article) -> None:
    """Send under the same id: the platform does it now, or tells the number of the first time."""
    if _age(context, article) > SAME_ID_FOR:
        troubles.lose_track(context, article, f"没有等到微信的回答，可能已经群发。{CHECK_THERE}")
    else:
        submit(context, platform, article, first=False)


def _find_publishing(context: JobContext, platform: ArticlePlatform, article: Article) -> None:
    """Find out whether a job began whose number did not reach us: it is listed, or has used up its draft."""
    now, since = context.clock(), (article.submitted_at or article.changed_at) - CLOCKS_DIFFER
    found = platform.find_published(article.title, since=since)
    if found is not None:

        def note(session: Session, held: Article) -> None:
            articles.note_found(session, held, article_id=found.article_id, urls=found.urls, now=now)

        troubles.settle(context, article, note)
    elif not platform.has_draft(article.media_id):
        troubles.lose_track(context, article, f"没有等到微信的回答，草稿也已不在草稿箱里。{CHECK_THERE}")
    elif _age(context, article) < SURELY_NOT_TAKEN_AFTER:
        _look_again(context, article)
    else:
        submit(context, platform, article, first=False)


def _age(context: JobContext, article: Article) -> timedelta:
    return context.clock() - (article.submitted_at or article.changed_at)


def _look_again(context: JobContext, seen: Article, words: str = "") -> None:
    """Leave an article alone for a while, unless its result is known by now."""
    age = _age(context, seen)
    until = context.clock() + next(every for youngest, every in _ASK_EVERY if age < youngest)

    def change(session: Session, article: Article) -> None:
        release.put_off(session, article, until=until, words=words, counted=False)

    troubles.settle(context, seen, change)
