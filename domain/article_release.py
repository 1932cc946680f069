"""Letting an approved article go out, and how it waits: for its turn, for a better moment, for an answer.

While an article waits, `Article.results` tells until when and how often it was tried; what the platform tells
in the end takes that place.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain import articles
from domain.article_approval import need_writer
from domain.errors import NotAllowed, NotFound, TooLate
from models.article import Article
from models.enums import ArticleState, ArticleWay
from models.staff import Staff

_WAITING = frozenset({ArticleState.APPROVED, ArticleState.SUBMITTED})
_APPROVED = frozenset(ArticleState) - {ArticleState.DRAFT, ArticleState.PREVIEWED}


@dataclass(frozen=True)
class Waiting:
    """How often an article was tried in vain, and until when it is left alone."""

    tries: int = 0
    until: datetime | None = None


def release(
    session: Session, article: Article, *, way: ArticleWay, staff: Staff, seen: int, now: datetime
) -> None:
    """Let an article go out as soon as the worker gets to it; one that failed is tried afresh.

    Args:
        seen: the revision that whoever decides has looked at.

    Raises:
        NotAllowed: not a role that approves, nobody has approved it, or no mass send is left this month.
        TooLate: it has changed since, or it is out.
    """
    need_writer(staff)
    if article.approved_by_id is None:
        raise NotAllowed("文章须先由另一位同事批准。")
    if way is ArticleWay.MASS and articles.mass_sends_left(session, now=now, besides=article) < 1:
        raise NotAllowed(articles.NO_MASS_SEND_LEFT)
    before = frozenset({ArticleState.APPROVED, ArticleState.FAILED})
    values = articles.nothing_out() | {"way": way, "media_id": article.media_id, "remark": ""}
    articles.change(session, article, before, ArticleState.APPROVED, seen=seen, values=values)


def take_back(session: Session, article: Article, *, staff: Staff, seen: int) -> None:
    """Keep a released article here after all; it stays approved.

    Raises:
        NotAllowed: not a role that approves.
        TooLate: it is on its way already.
    """
    need_writer(staff)
    if articles.get(session, article.id, hold=True).state is not ArticleState.APPROVED:
        raise TooLate("文章已经提交给微信，不能再撤下。")
    values: dict[str, Any] = {"way": None, "results": {}, "remark": ""}
    before = frozenset({ArticleState.APPROVED})
    articles.change(session, article, before, ArticleState.APPROVED, seen=seen, values=values)


def open_page(session: Session, article: Article, *, staff: Staff, seen: int) -> None:
    """Show an approved article on a page of ours, which whoever has the link may read; again changes nothing.

    This is what remains to an account that may neither publish nor send.

    Raises:
        NotAllowed: not a role that approves, or nobody has approved it.
        TooLate: it has changed since.
    """
    need_writer(staff)
    if article.approved_by_id is None:
        raise NotAllowed("文章须先由另一位同事批准。")
    values = {"page_code": article.page_code or secrets.token_urlsafe(9)}
    articles.change(session, article, _APPROVED, None, seen=seen, values=values)


def close_page(session: Session, article: Article, *, staff: Staff, seen: int) -> None:
    """Take that page away; its link leads nowhere then, and never again to this article.

    Raises:
        NotAllowed: not a role that approves.
        TooLate: the article has changed since.
    """
    need_writer(staff)
    articles.change(session, article, _APPROVED, None, seen=seen, values={"page_code": None})


def on_page(session: Session, code: str) -> Article:
    """Give the article whose public page this is.

    Raises:
        NotFound: there is none (any more).
    """
    article = session.scalar(select(Article).where(Article.page_code == code[:32])) if code else None
    if article is None or article.approved_by_id is None:
        raise NotFound("这篇文章不在了，可能已经收回。")
    return article


def due(session: Session, *, now: datetime) -> Sequence[Article]:
    """List the articles to be brought out now, those first that were approved first."""
    query = select(Article).where(Article.state == ArticleState.APPROVED, Article.way.is_not(None))
    found = session.scalars(query.order_by(Article.approved_at, Article.id)).all()
    return [article for article in found if not is_left_alone(article, now=now)]


def old_drafts(session: Session) -> Mapping[int, str]:
    """Give the platform's drafts of earlier texts by article, for them to be thrown away there."""
    rows = session.execute(select(Article.id, Article.old_draft).where(Article.old_draft != ""))
    return {row.id: row.old_draft for row in rows}


def note_old_draft_gone(session: Session, article_id: int, media_id: str) -> None:
    """Note that somebody throws such a draft away; it is tried once."""
    gone = update(Article).where(Article.id == article_id, Article.old_draft == media_id)
    session.execute(gone.values(old_draft="").execution_options(synchronize_session=False))


def waiting(article: Article) -> Waiting:
    """Tell how often an article was tried, and until when it waits."""
    until = article.results.get("until")
    return Waiting(int(article.results.get("tries", 0)), datetime.fromisoformat(until) if until else None)


def is_left_alone(article: Article, *, now: datetime) -> bool:
    """Whether nothing is to be tried with it yet."""
    until = waiting(article).until
    return until is not None and until > now


def is_as_seen(article: Article, seen: Article) -> bool:
    """Whether nobody has taken an article further since it was seen."""
    same = ("revision", "state", "way", "submitted_at", "publish_id", "msg_id")
    return all(getattr(article, name) == getattr(seen, name) for name in same)


def put_off(
    session: Session, article: Article, *, until: datetime, words: str = "", counted: bool = True
) -> None:
    """Leave an article alone for a while, in the state it is in.

    Args:
        words: why, for those who look at it; what stands there stays when empty.
        counted: this was a try in vain, so that the next one waits longer.
    """
    tries = waiting(article).tries + (1 if counted else 0)
    article.results = {"tries": tries, "until": until.isoformat()}
    article.remark = (words or article.remark)[:300]
    session.flush()


def put_back(session: Session, article: Article, *, until: datetime, words: str) -> None:
    """Let an article be claimed again later, as the platform surely has not taken it."""
    article.state = ArticleState.APPROVED
    article.submitted_at = article.mass_month = article.mass_place = None
    put_off(session, article, until=until, words=words)


def upload_again(session: Session, article: Article, *, now: datetime) -> None:
    """Let a draft be made anew, as somebody has thrown it away on the platform."""
    article.media_id = ""
    put_back(session, article, until=now, words="")


def give_up(session: Session, article: Article, *, words: str, now: datetime) -> None:
    """Note that an article did not go out, and why; a human decides what is next."""
    if article.state in _WAITING:
        articles.fail(session, article, words=words, told={}, now=now)


def lose_track(session: Session, article: Article, *, words: str, now: datetime) -> None:
    """Note that nobody here can tell whether an article went out; a place of the month stays taken."""
    article.state, article.results, article.finished_at = ArticleState.FAILED, {}, now
    article.remark = words[:300]
    session.flush()
