"""Articles: published, or sent to followers at most four times a month, and what became of them.

The platform is asked by the caller, outside of any transaction; here stands what may happen and what did.
Writing and approving stand in `domain.article_approval`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain import article_results as results
from domain.errors import NotAllowed, NotFound, TooLate
from domain.working_time import LOCAL
from models.article import Article
from models.enums import ArticleState, ArticleWay

MASS_SENDS_PER_MONTH = 4

NO_MASS_SEND_LEFT = f"本月已群发 {MASS_SENDS_PER_MONTH} 次，次数已用完，请改为发布，或下月再群发。"
_CHANGED = "文章刚刚被别人改过。下面是最新的样子，请看过再操作。"


def get(session: Session, article_id: int, *, hold: bool = False) -> Article:
    """Give an article.

    Args:
        hold: nobody else changes it until the transaction ends.

    Raises:
        NotFound: there is none with this number.
    """
    article = session.get(Article, article_id, populate_existing=True, with_for_update=hold)
    if article is None:
        raise NotFound("没有这篇文章。")
    return article


def change(
    session: Session,
    article: Article,
    before: frozenset[ArticleState],
    after: ArticleState | None,
    *,
    seen: int,
    values: dict[str, Any],
) -> None:
    """Change an article if it still is as it was seen.

    Args:
        before: the states in which this may happen.
        after: the state it leads to; None leaves it.
        seen: the revision that whoever acts has looked at.

    Raises:
        TooLate: it is no longer so.
    """
    if after is not None:
        values = values | {"state": after}
    moved = session.execute(
        update(Article)
        .where(Article.id == article.id, Article.revision == seen, Article.state.in_(before))
        .values(**values)
        .execution_options(synchronize_session=False)
        .returning(Article.id)
    ).scalar()
    if moved is None:
        raise TooLate(_CHANGED)
    session.refresh(article)


def claim_publishing(session: Session, article: Article, *, seen: int, now: datetime) -> None:
    """Take the right to publish; whoever has it calls the platform, once.

    Raises:
        NotAllowed: not approved, or the platform has no draft of it.
        TooLate: somebody else has it.
    """
    _claim(session, article, seen=seen, values={"way": ArticleWay.PUBLISH, "submitted_at": now})


def claim_mass_send(session: Session, article: Article, *, seen: int, now: datetime) -> str:
    """Take the right to send to followers, and one of the four places of this month.

    Returns:
        The id under which the platform sends this at most once a day, however often it is asked.

    Raises:
        NotAllowed: not approved, no draft at the platform, or four mass sends this month already.
        TooLate: somebody else has it.
    """
    month = month_of(now)
    taken = set(session.scalars(select(Article.mass_place).where(Article.mass_month == month)))
    free = [place for place in range(1, MASS_SENDS_PER_MONTH + 1) if place not in taken]
    if not free:
        raise NotAllowed(NO_MASS_SEND_LEFT)
    values = {
        "way": ArticleWay.MASS,
        "submitted_at": now,
        "mass_month": month,
        "mass_place": free[0],
    }
    try:
        with session.begin_nested():
            _claim(session, article, seen=seen, values=values)
    except IntegrityError:
        raise TooLate("另一篇文章刚刚开始群发，请再试一次。") from None
    return client_msg_id(article)


def client_msg_id(article: Article) -> str:
    """Give the id by which the platform knows a repeated mass send: one for each claim, at most 32 bytes."""
    if article.submitted_at is None:
        raise ValueError("nobody has claimed this article")
    return f"article:{article.id}:{int(article.submitted_at.timestamp())}"


def mass_sends_left(session: Session, *, now: datetime, besides: Article | None = None) -> int:
    """Count how many mass sends this month still has; one under way counts as sent.

    Args:
        besides: an article whose own place is not counted, as it is about to be given up.
    """
    query = select(func.count()).select_from(Article).where(Article.mass_month == month_of(now))
    if besides is not None:
        query = query.where(Article.id != besides.id)
    return MASS_SENDS_PER_MONTH - (session.scalar(query) or 0)


def nothing_out() -> dict[str, Any]:
    """Give the columns of an article of which nothing is at the platform."""
    return {
        "media_id": "",
        "way": None,
        "submitted_at": None,
        "mass_month": None,
        "mass_place": None,
        "publish_id": None,
        "msg_id": None,
        "results": {},
        "finished_at": None,
    }


def month_of(moment: datetime) -> str:
    """Name the calendar month in Shanghai, by which the platform counts, e.g. ``2026-11``."""
    return moment.astimezone(LOCAL).strftime("%Y-%m")


def note_submitted(
    session: Session, article: Article, *, publish_id: str | None = None, msg_id: str | None = None
) -> None:
    """Note the number by which the platform will tell of the result."""
    article.publish_id = publish_id or article.publish_id
    article.msg_id = msg_id or article.msg_id
    if article.state is ArticleState.SUBMITTED:
        article.results, article.remark = {}, ""
    session.flush()


def note_refused(session: Session, article: Article, *, words: str, now: datetime) -> None:
    """Note that the platform would not take it at all; the place of the month is free again."""
    if article.state is ArticleState.SUBMITTED:
        fail(session, article, words=words, told={}, now=now)


def note_found(
    session: Session, article: Article, *, article_id: str, urls: Sequence[str], now: datetime
) -> None:
    """Note that a publishing job whose number never reached us was found done."""
    told = {"status": results.PUBLISHED, "article_id": article_id, "urls": list(urls)}
    _succeed(session, article, ArticleState.PUBLISHED, told=told, now=now)


def note_publish_result(
    session: Session,
    publish_id: str,
    *,
    status: int,
    article_id: str = "",
    urls: Sequence[str] = (),
    now: datetime,
) -> Article | None:
    """Note what PUBLISHJOBFINISH, or asking, tells of a publishing job; telling it twice changes nothing.

    Args:
        publish_id: as freepublish/submit gave it.
        status: WeChat's publish_status.
        article_id: the platform's own name for what is out.
        urls: the addresses of its pages.

    Returns:
        The article; None when no article of ours has this number (yet), so that the caller may try later.
    """
    article = _by_number(session, Article.publish_id == publish_id)
    if article is None or status == results.UNDER_WAY:
        return article
    if status == results.PUBLISHED and article.state is ArticleState.SUBMITTED:
        told = {"status": status, "article_id": article_id, "urls": list(urls)}
        _succeed(session, article, ArticleState.PUBLISHED, told=told, now=now)
    elif status != results.PUBLISHED and article.state in {ArticleState.SUBMITTED, ArticleState.PUBLISHED}:
        # What was out may still be deleted or banned afterwards.
        told = {**article.results, "status": status}
        fail(session, article, words=results.publish_failure(status), told=told, now=now)
    return article


def note_mass_result(
    session: Session,
    msg_id: str,
    *,
    status: str,
    counts: Mapping[str, int] | None = None,
    urls: Sequence[str] = (),
    now: datetime,
) -> Article | None:
    """Note what MASSSENDJOBFINISH tells of a mass send; telling it twice changes nothing.

    Args:
        msg_id: as message/mass/sendall gave it.
        status: the event's Status, `send success` or what went wrong.
        counts: TotalCount, FilterCount (ready to be sent after filtering), SentCount, ErrorCount.
        urls: the addresses of the articles.

    Returns:
        The article; None when no article of ours has this number (yet), so that the caller may try later.
    """
    article = _by_number(session, Article.msg_id == msg_id)
    if article is None or article.state is not ArticleState.SUBMITTED:
        return article
    told = {"status": status, "counts": dict(counts or {}), "urls": list(urls)}
    if status.strip().lower() == results.SENT:
        _succeed(session, article, ArticleState.MASS_SENT, told=told, now=now)
    else:
        fail(session, article, words=results.mass_failure(status), told=told, now=now)
    return article


def waiting_for_result(session: Session, *, before: datetime) -> Sequence[Article]:
    """List what was submitted before a moment and has no result yet, so that somebody asks the platform."""
    query = select(Article).where(Article.state == ArticleState.SUBMITTED, Article.submitted_at < before)
    return session.scalars(query.order_by(Article.submitted_at, Article.id)).all()


def _claim(session: Session, article: Article, *, seen: int, values: dict[str, Any]) -> None:
    # What the platform once refused may be tried again as it was approved.
    before = frozenset({ArticleState.APPROVED, ArticleState.FAILED})
    if article.state not in before or article.approved_by_id is None:
        raise NotAllowed("文章须先由另一位同事批准。")
    if not article.media_id:
        raise NotAllowed("文章还没有上传到公众号的草稿箱。")
    afresh: dict[str, Any] = {
        "publish_id": None,
        "msg_id": None,
        "results": {name: tries for name, tries in article.results.items() if name == "tries"},
        "finished_at": None,
        "remark": "",
    }
    change(session, article, before, ArticleState.SUBMITTED, seen=seen, values=values | afresh)


def _by_number(session: Session, condition: Any) -> Article | None:  # noqa: ANN401 (a column's condition)
    # Held until the end, as the event and somebody who asks may bring the same result at once.
    return session.scalar(
        select(Article).where(condition).with_for_update().execution_options(populate_existing=True)
    )


def _succeed(
    session: Session, article: Article, state: ArticleState, *, told: dict[str, Any], now: datetime
) -> None:
    article.state, article.results, article.finished_at, article.remark = state, told, now, ""
    article.media_id = ""  # the platform's draft ends with it
    session.flush()


def fail(session: Session, article: Article, *, words: str, told: dict[str, Any], now: datetime) -> None:
    """Note a failure; what did not reach anybody takes no place of the month."""
    article.state, article.results, article.finished_at = ArticleState.FAILED, told, now
    article.remark = words[:300]
    article.mass_month = article.mass_place = None
    session.flush()
