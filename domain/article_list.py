"""The list of articles: by how far they have come, by words, the newest first."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from domain.article_acts import ArticleStage
from domain.paging import page_within
from domain.permissions import may_write_articles
from domain.queries import Page
from models.article import Article
from models.enums import ArticleState
from models.staff import Staff

PER_PAGE = 20
_S = ArticleState
_WRITTEN = and_(Article.state.in_({_S.DRAFT, _S.PREVIEWED}), Article.asked_at.is_(None))
# Agrees with `article_acts.stage_of`.
_IN_STAGE: Mapping[ArticleStage, ColumnElement[bool]] = {
    ArticleStage.WRITING: and_(_WRITTEN, Article.remark == ""),
    ArticleStage.RETURNED: and_(_WRITTEN, Article.remark != ""),
    ArticleStage.ASKED: and_(Article.state.in_({_S.DRAFT, _S.PREVIEWED}), Article.asked_at.is_not(None)),
    ArticleStage.APPROVED: and_(Article.state == _S.APPROVED, Article.way.is_(None)),
    ArticleStage.LEAVING: or_(
        Article.state == _S.SUBMITTED, and_(Article.state == _S.APPROVED, Article.way.is_not(None))
    ),
    ArticleStage.OUT: Article.state.in_({_S.PUBLISHED, _S.MASS_SENT}),
    ArticleStage.FAILED: Article.state == _S.FAILED,
}


def listed(session: Session, *, stage: ArticleStage | None, words: str, page: int) -> Page[Article]:
    """List articles, those changed last first.

    Args:
        stage: None for all.
        words: each of them has to stand in the title, the digest, the author or the text.
        page: from 1; one too high gives the last.
    """
    conditions = [_holds(word) for word in words.split()[:5]]
    if stage is not None:
        conditions.append(_IN_STAGE[stage])
    total = session.scalar(select(func.count(Article.id)).where(*conditions)) or 0
    page = page_within(page, total, PER_PAGE)
    query = select(Article).where(*conditions).options(joinedload(Article.created_by))
    query = query.order_by(Article.changed_at.desc(), Article.id.desc())
    items = session.scalars(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all()
    return Page(items, total, page, PER_PAGE)


def counts(session: Session) -> Mapping[ArticleStage, int]:
    """Count the articles of each stage."""
    columns = [func.count().filter(condition) for condition in _IN_STAGE.values()]
    row = session.execute(select(*columns).select_from(Article)).one()
    return dict(zip(_IN_STAGE, row, strict=True))


def waiting_for(staff: Staff) -> Select[int]:
    """Give the query that counts the articles that somebody may approve now."""
    mine = or_(Article.created_by_id == staff.id, func.coalesce(Article.asked_by_id, 0) == staff.id)
    others = ~mine if may_write_articles(staff) else false()
    return select(func.count(Article.id)).where(_IN_STAGE[ArticleStage.ASKED], others)


def _holds(word: str) -> ColumnElement[bool]:
    columns = (Article.title, Article.digest, Article.author, Article.words)
    return or_(*(column.icontains(word, autoescape=True) for column in columns))
