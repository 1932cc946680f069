"""Brings released articles out: the draft with its pictures, then publishing or the mass send.

Each step is written down before the next, and the platform is called with no transaction open. A worker that
dies leaves a stray draft at the worst, or an article that `jobs.article_results` looks after.
"""

from collections.abc import Mapping
from datetime import timedelta

import structlog

from domain import article_approval, article_pictures, articles, platform_alerts
from domain import article_release as release
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from jobs import article_troubles as troubles
from jobs.context import JobContext
from models.article import Article
from models.enums import ArticleState, ArticleWay
from wechat.article_drafts import make_draft
from wechat.articles import ArticlePlatform
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatFailure
from wechat.platform_reports import take_in_overtaken

log = structlog.get_logger(__name__)

# An event is looked for from a little before the call it tells of.
_EARLY = timedelta(minutes=1)
# What the platform says of a draft that is being published.
_UNDER_WAY = 53503
# So long nobody asks what became of a call: no call takes longer.
PATIENCE = timedelta(minutes=2)
# The platform drops a mass send that its administrator has not confirmed by then.
ADMIN_CONFIRMS_WITHIN = timedelta(minutes=32)
CHECK_THERE = "请到公众平台「内容与互动 → 发表记录」核对；没有发出的话再重新发出。"
UNANSWERED = "已提交给微信，但没有等到回答，正在核实是否发出。"


def send_articles(context: JobContext) -> None:
    """Bring out all articles that are due."""
    platform = ArticlePlatform(context.client)
    with context.database.reading() as session:
        if platform_alerts.ACCOUNT in platform_alerts.pauses(session, now=context.clock()):
            return
        due = release.due(session, now=context.clock())
        old = release.old_drafts(session)
    _tidy_up(context, platform, old)
    for article in due:
        if context.stopping.is_set():
            return
        try:
            _bring_out(context, platform, article)
        except Exception as error:  # one odd article must not keep those behind it waiting
            log.exception("article_broke", article=article.id, error=error)
            until = troubles.later(context, article)
            troubles.wait_for_certainty(context, article, "程序出错，请系统管理员查看日志。", until=until)


def _bring_out(context: JobContext, platform: ArticlePlatform, article: Article) -> None:
    if not article.media_id and not _upload(context, platform, article):
        return
    claimed = _claim(context, article)
    if claimed is not None:
        submit(context, platform, claimed, first=True)


def _upload(context: JobContext, platform: ArticlePlatform, article: Article) -> bool:
    """Make the platform's draft; tell whether there is one now."""
    try:
        with context.database.reading() as session:
            keys = article_pictures.our_photos(session, article.html, base_url=context.settings.base_url)
        media_id, uploaded = make_draft(platform, article, keys, files=context.files)
    except (Invalid, NotFound) as refusal:
        _give_up(context, article, refusal.message)
        return False
    except WeChatFailure as error:
        troubles.not_taken(context, article, error)
        return False
    try:
        with context.database.transaction() as session:
            held = articles.get(session, article.id, hold=True)
            article_approval.note_draft(
                session, held, media_id=media_id, seen=article.revision, uploaded=uploaded
            )
    except TooLate:
        log.info("article_changed_meanwhile", article=article.id)
        _throw_away(platform, media_id)
        return False
    return True


def _tidy_up(context: JobContext, platform: ArticlePlatform, old: Mapping[int, str]) -> None:
    """Throw away the drafts of earlier texts; what cannot be is left in the box, where nobody minds it."""
    for article_id, media_id in old.items():
        with context.database.transaction() as session:
            release.note_old_draft_gone(session, article_id, media_id)
        _throw_away(platform, media_id)


def _throw_away(platform: ArticlePlatform, media_id: str) -> None:
    try:
        platform.delete_draft(media_id)
    except WeChatFailure as error:
        log.info("draft_left_behind", error=str(error))


def _claim(context: JobContext, seen: Article) -> Article | None:
    """Take the right to call the platform, once; None when somebody else has it, or nobody may."""
    now = context.clock()
    try:
        with context.database.transaction() as session:
            article = articles.get(session, seen.id, hold=True)
            if article.state is not ArticleState.APPROVED or article.way is None:
                return None
            if article.way is ArticleWay.MASS:
                articles.claim_mass_send(session, article, seen=seen.revision, now=now)
            else:
                articles.claim_publishing(session, article, seen=seen.revision, now=now)
            return article
    except TooLate:
        return None
    except NotAllowed as refusal:
        _give_up(context, seen, refusal.message)
        return None


def _give_up(context: JobContext, seen: Article, words: str) -> None:
    log.warning("article_not_sent", article=seen.id, words=words)
    now = context.clock()
    troubles.settle(
        context, seen, lambda session, article: release.give_up(session, article, words=words, now=now)
    )


def submit(context: JobContext, platform: ArticlePlatform, article: Article, *, first: bool) -> None:
    """Call the platform for a claimed article, and write down at once what came of it.

    Args:
        first: no earlier call for this claim can have had an effect.
    """
    try:
        number = _call(platform, article)
    except WeChatFailure as error:
        if isinstance(error, WeChatError) and error.action is Action.AWAIT_ADMIN:
            # Asked again afterwards under the same id, the platform gives the number of what it sent.
            until = context.clock() + ADMIN_CONFIRMS_WITHIN
            troubles.wait_for_certainty(context, article, troubles.words_for(error, article.way), until=until)
        elif _surely_nothing(article, error, first=first):
            troubles.not_taken(context, article, error)
        elif article.way is ArticleWay.PUBLISH or troubles.may_pass(error):
            troubles.tell(context, error)
            until = max(troubles.later(context, article, error), context.clock() + PATIENCE)
            troubles.wait_for_certainty(context, article, UNANSWERED, until=until)
        else:
            words = troubles.words_for(error, article.way)
            troubles.lose_track(context, article, f"{words}之前的一次提交可能已经成功，{CHECK_THERE}")
        return
    _note_number(context, article, number)


def _surely_nothing(article: Article, error: WeChatFailure, *, first: bool) -> bool:
    """Whether neither this call nor an earlier one has brought the article out."""
    if troubles.maybe_done(error):
        return False
    if first or article.way is ArticleWay.MASS:
        return first
    # A publishing job is begun once more only when the first surely was not; these tell that it was.
    used_up = isinstance(error, WeChatError) and error.action is Action.MEDIA_GONE
    return not (used_up or (isinstance(error, WeChatError) and error.code == _UNDER_WAY))


def _call(platform: ArticlePlatform, article: Article) -> str:
    if article.way is ArticleWay.MASS:
        return platform.mass_send(article.media_id, client_msg_id=articles.client_msg_id(article))
    return platform.publish(article.media_id)


def _note_number(context: JobContext, seen: Article, number: str) -> None:
    now = context.clock()
    named = {"msg_id" if seen.way is ArticleWay.MASS else "publish_id": number}
    with context.database.transaction() as session:
        article = articles.get(session, seen.id, hold=True)
        articles.note_submitted(session, article, **named)
        platform_alerts.clear_alerts(session, [platform_alerts.ARTICLES], now=now)
        take_in_overtaken(session, since=(seen.submitted_at or now) - _EARLY, now=now)
    log.info("article_submitted", article=seen.id, way=seen.way, number=number)
