"""What to do with an article when the platform refuses a call about it, or does not answer."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from domain import article_release as release
from domain import articles, platform_alerts
from domain.api_usage import quota_day_ends
from jobs.context import JobContext
from models.article import Article
from models.enums import ArticleWay
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatFailure, WeChatUnreachable
from wechat.refusal_words import explain

log = structlog.get_logger(__name__)

# Seconds after the first failure, the second …; then a human has to look.
RETRY_DELAYS = (60, 300, 1800, 2 * 3600, 6 * 3600)
_MASS_SENDS_USED_UP = 45028
_USED_UP = "微信说本月的群发次数已用完，请改为发布，或下月再群发。（{code} {message}）"
_LATER = "{words}稍后自动再试。"
# These concern the account, or everybody who calls it, rather than one article.
_FOR_ADMINISTRATORS = frozenset(
    {Action.ACCOUNT_STOPPED, Action.NO_RIGHT, Action.REFRESH_TOKEN, Action.WAIT_DAY}
)

Change = Callable[[Session, Article], None]


def settle(context: JobContext, seen: Article, change: Change) -> bool:
    """Change an article, in a transaction of its own, unless somebody has taken it further meanwhile.

    Returns:
        Whether it was changed.
    """
    with context.database.transaction() as session:
        article = articles.get(session, seen.id, hold=True)
        if not release.is_as_seen(article, seen):
            return False
        change(session, article)
        return True


def maybe_done(error: WeChatFailure) -> bool:
    """Whether the platform may have done what it was asked for all the same."""
    if isinstance(error, WeChatError):
        return error.action is Action.BACK_OFF
    return not isinstance(error, WeChatUnreachable) or error.maybe_done


def may_pass(error: WeChatFailure) -> bool:
    """Whether the same call may work later."""
    return not isinstance(error, WeChatError) or not (error.permanent or error.code == _MASS_SENDS_USED_UP)


def words_for(error: WeChatFailure, way: ArticleWay | None) -> str:
    """Say what happened to whoever looks at the article."""
    if isinstance(error, WeChatError) and error.code == _MASS_SENDS_USED_UP and way is ArticleWay.MASS:
        return _USED_UP.format(code=error.code, message=error.message)
    return explain(error)


def later(context: JobContext, article: Article, error: WeChatFailure | None = None) -> datetime:
    """Say when to try again; it takes longer each time, and until midnight for what is counted by days."""
    now = context.clock()
    if isinstance(error, WeChatError) and error.action is Action.WAIT_DAY:
        return quota_day_ends(now)
    tries = release.waiting(article).tries
    return now + timedelta(seconds=RETRY_DELAYS[min(tries, len(RETRY_DELAYS) - 1)])


def not_taken(context: JobContext, seen: Article, error: WeChatFailure) -> None:
    """Try an article again later, or never; the platform surely has done nothing with it."""
    words, now = words_for(error, seen.way), context.clock()
    log.warning("article_not_taken", article=seen.id, way=seen.way, words=words)
    tell(context, error)
    used_up = release.waiting(seen).tries >= len(RETRY_DELAYS)
    draft_gone = isinstance(error, WeChatError) and error.action is Action.MEDIA_GONE and bool(seen.media_id)

    def change(session: Session, article: Article) -> None:
        if used_up and (draft_gone or may_pass(error)):
            release.give_up(session, article, words=f"多次重试仍未成功：{words}", now=now)
        elif draft_gone:
            release.upload_again(session, article, now=now)
        elif may_pass(error):
            until = later(context, seen, error)
            release.put_back(session, article, until=until, words=_LATER.format(words=words))
        else:
            release.give_up(session, article, words=words, now=now)

    settle(context, seen, change)


def wait_for_certainty(context: JobContext, seen: Article, words: str, *, until: datetime) -> None:
    """Leave an article alone of which nobody knows whether the platform has taken it."""
    log.warning("article_unsure", article=seen.id, way=seen.way, words=words)
    settle(context, seen, lambda session, article: _put_off(session, article, until, words))


def _put_off(session: Session, article: Article, until: datetime, words: str) -> None:
    release.put_off(session, article, until=until, words=words)


def lose_track(context: JobContext, seen: Article, words: str) -> None:
    """Give an article to a human to look after, as it may or may not be out."""
    log.error("article_lost", article=seen.id, way=seen.way, words=words)
    now = context.clock()
    settle(context, seen, lambda session, article: _lose(session, article, words, now))


def _lose(session: Session, article: Article, words: str, now: datetime) -> None:
    release.lose_track(session, article, words=words, now=now)


def tell(context: JobContext, error: WeChatFailure) -> None:
    """Let administrators know of a refusal that is not about one article."""
    if not isinstance(error, WeChatError) or error.code == _MASS_SENDS_USED_UP:
        return
    if error.action in _FOR_ADMINISTRATORS:
        with context.database.transaction() as session:
            platform_alerts.raise_alert(
                session, platform_alerts.ARTICLES, code=error.code, words=str(error), now=context.clock()
            )
