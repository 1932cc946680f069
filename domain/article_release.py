"""Letting an approved article go out, and how it waits: for its turn, for a better moment, for an answer.

While an article waits, `Article.results` tells until when and how often it was tried; what the platform tells
in the end takes that place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import articles
from domain.article_approval import APPROVERS
from domain.errors import NotAllowed, TooLate
from models.article import Article
from models.enums import ArticleState, ArticleWay
from models.staff import Staff

_WAITING = frozenset({ArticleState.APPROVED, ArticleState.SUBMITTED})


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
    _need_approver(staff)
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
    _need_approver(staff)
    if articles.get(session, article.id, hold=True).state is not ArticleState.APPROVED:
        raise TooLate("文章已经提交给微信，不能再撤下。")
    values: dict[str, Any] = {"way": None, "results": {}, "remark": ""}
    before = frozenset({ArticleState.APPROVED})
    articles.change(session, article, before, ArticleState.APPROVED, seen=seen, values=values)


def due(session: Session, *, now: datetime) -> Sequence[Article]:
    """List the articles to be brought out now, those first that were approved first."""
    query = select(Article).where(Article.state == ArticleState.APPROVED, Article.way.is_not(None))
    found = session.scalars(query.order_by(Article.approved_at, Article.id)).all()
    return [article for article in found if not is_left_alone(article, now=now)]


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


def _need_approver(staff: Staff) -> None:
    if not staff.active or not staff.roles & APPROVERS:
        raise NotAllowed("只有受理员、分管领导和系统管理员可以安排文章发出。")
