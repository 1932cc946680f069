"""Writing an article at a desk: what is typed is kept at every pause, with its pictures and its cover."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from domain import article_approval as approval
from domain.article_acts import ArticleAct, open_acts
from domain.article_html import clean, shown_address
from domain.article_limits import ArticleText
from domain.article_unwritten import words_of
from domain.article_words import html_of
from domain.articles import change
from domain.errors import Invalid, NotAllowed, TooLate
from models.article import Article, ArticlePicture
from models.audit import AuditEntry
from models.enums import ArticleState
from models.staff import Staff

MOST_PICTURES = 60
LONGEST_WORDS = 40_000
# So long all that somebody types into one article is one entry of the audit log.
ONE_SITTING = timedelta(minutes=10)
_WRITING = frozenset({ArticleState.DRAFT, ArticleState.PREVIEWED})
_NOT_NOW = "文章已经提交审批或发出，不能再改。要改请先撤回。"


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What stands in the fields of the page where an article is written."""

    title: str
    words: str
    author: str = ""
    digest: str = ""
    source_url: str = ""
    cover_shift: int = 50


def begin(session: Session, *, title: str, author: str, staff: Staff, now: datetime) -> Article:
    """Begin an article with nothing in it yet.

    Raises:
        NotAllowed: not a role that writes articles.
        Invalid: the title is missing or too long.
    """
    return approval.write(session, ArticleText(title=title, html="", author=author), staff=staff, now=now)


def typed_of(article: Article) -> Typed:
    """Give what the page shows of an article; one that came as HTML is taken back to words."""
    words = article.words
    if not words and article.html:
        words = words_of(article.html, picture=lambda address: _short(article, address))
    return Typed(
        title=article.title,
        words=words,
        author=article.author,
        digest=article.digest,
        source_url=article.source_url,
        cover_shift=article.cover_shift,
    )


def html_from(article: Article, words: str) -> str:
    """Make the HTML of what was typed, clean, as our own pages may show it."""
    return clean(html_of(words, picture=lambda name: _address(article, name)), picture=shown_address)


def save(session: Session, article: Article, typed: Typed, *, staff: Staff, seen: int, now: datetime) -> bool:
    """Keep what was typed.

    Returns:
        Whether anything is different from before; if not, nothing was written.

    Raises:
        NotAllowed: not a role that writes articles, or it is being approved, or out.
        TooLate: somebody else has changed it since.
        Invalid: a limit of the platform's is broken; nothing was kept.
    """
    need_open(article, staff)
    if article.revision != seen:
        raise TooLate("文章刚刚被别人改过，您这边的没有保存。请把新写的复制下来，刷新后再贴进去。")
    if typed == typed_of(article):
        return False
    if len(typed.words) > LONGEST_WORDS:
        raise Invalid(f"正文太长，最多 {LONGEST_WORDS} 个字符。", "words")
    if not 0 <= typed.cover_shift <= 100:
        raise Invalid("封面的位置不对，请重新拖动。", "cover_shift")
    text = ArticleText(
        title=typed.title,
        html=html_from(article, typed.words),
        author=typed.author,
        digest=typed.digest,
        source_url=typed.source_url,
        words=typed.words,
    )
    approval.rewrite(session, article, text, staff=staff, seen=seen, now=now)
    article.cover_shift = typed.cover_shift
    session.flush()
    return True


def is_new_sitting(session: Session, article: Article, *, staff: Staff, now: datetime) -> bool:
    """Tell whether a change belongs into the audit log: the first one that somebody makes for a while."""
    query = select(AuditEntry.id).where(
        AuditEntry.subject_kind == "article",
        AuditEntry.subject == str(article.id),
        AuditEntry.action == "article.change",
        AuditEntry.staff_id == staff.id,
        AuditEntry.at > now - ONE_SITTING,
    )
    return session.scalar(query.limit(1)) is None


def add_picture(
    session: Session, article: Article, *, file_key: str, staff: Staff, now: datetime
) -> ArticlePicture:
    """Keep a picture for the text; it gets the next number.

    Args:
        file_key: what `photos.clean_photo` gave, in the file store already.

    Raises:
        NotAllowed: not a role that writes articles, not now, or there are enough.
    """
    need_open(article, staff)
    of_it = ArticlePicture.article_id == article.id
    last = session.scalar(select(func.max(ArticlePicture.number)).where(of_it)) or 0
    if last >= MOST_PICTURES:
        raise NotAllowed(f"一篇文章最多上传 {MOST_PICTURES} 张图片。")
    picture = ArticlePicture(article_id=article.id, number=last + 1, file_key=file_key, created_at=now)
    session.add(picture)
    session.flush()
    return picture


def put_cover(
    session: Session, article: Article, *, file_key: str, staff: Staff, seen: int, now: datetime
) -> None:
    """Give an article another cover, or with an empty key none of its own.

    Raises:
        NotAllowed: not a role that writes articles, or not now.
        TooLate: somebody else has changed it since.
    """
    need_open(article, staff)
    values = {
        "cover_file_key": file_key,
        "cover_shift": 50,
        "revision": seen + 1,
        "created_by_id": staff.id,
        "changed_at": now,
        "previewed_at": None,
        "old_draft": article.media_id or article.old_draft,
        "media_id": "",
    }
    change(session, article, _WRITING, ArticleState.DRAFT, seen=seen, values=values)


def copy(session: Session, article: Article, *, staff: Staff, now: datetime) -> Article:
    """Begin an article with all that stands in another one.

    Raises:
        NotAllowed: not a role that writes articles.
    """
    made = begin(session, title=article.title, author=article.author, staff=staff, now=now)
    pictures = session.scalars(select(ArticlePicture).where(ArticlePicture.article_id == article.id))
    for picture in pictures.all():
        session.add(
            ArticlePicture(
                article_id=made.id, number=picture.number, file_key=picture.file_key, created_at=now
            )
        )
    made.cover_file_key, made.cover_shift = article.cover_file_key, article.cover_shift
    session.flush()
    save(session, made, typed_of(article), staff=staff, seen=made.revision, now=now)
    return made


def remove(session: Session, article: Article, *, staff: Staff, seen: int) -> None:
    """Throw away an article that never left the desk of its writers.

    Raises:
        NotAllowed: not a role that writes articles, or it is being approved, or out.
        TooLate: somebody else has changed it since.
    """
    need_open(article, staff)
    if article.revision != seen:
        raise TooLate("文章刚刚被别人改过，没有删除。请看过再决定。")
    session.execute(delete(ArticlePicture).where(ArticlePicture.article_id == article.id))
    session.delete(article)
    session.flush()


def need_open(article: Article, staff: Staff) -> None:
    """Refuse who may not change an article now.

    Raises:
        NotAllowed: not a role that writes articles, or it is being approved, or out.
    """
    approval.need_writer(staff)
    if ArticleAct.EDIT not in open_acts(article, staff):
        raise NotAllowed(_NOT_NOW)


def _address(article: Article, name: str) -> str:
    number = name.removeprefix("图")
    if number == name or not number.isdecimal() or len(number) > 3:
        return name
    return picture_address(article.id, int(number))


def picture_address(article_id: int, number: int) -> str:
    """Give the address under which our pages show a picture of an article."""
    return f"/admin/articles/{article_id}/pictures/{number}"


def _short(article: Article, address: str) -> str:
    start = picture_address(article.id, 0)[:-1]
    return f"图{address.removeprefix(start)}" if address.startswith(start) else address
