"""Writing an article, and its approval by somebody else (四眼原则)."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from domain.acts import cleaned, required
from domain.article_html import clean, shown_address
from domain.article_limits import ArticleText, check_text
from domain.articles import change, nothing_out
from domain.errors import NotAllowed
from models.article import Article
from models.enums import ArticleState, Role
from models.staff import Staff

WRITERS = frozenset({Role.LEAD, Role.DISPATCHER, Role.LEADER, Role.ADMIN})
APPROVERS = frozenset({Role.DISPATCHER, Role.LEADER, Role.ADMIN})

_CHANGEABLE = frozenset(
    {ArticleState.DRAFT, ArticleState.PREVIEWED, ArticleState.APPROVED, ArticleState.FAILED}
)


def write(session: Session, text: ArticleText, *, staff: Staff, now: datetime) -> Article:
    """Begin an article.

    Raises:
        NotAllowed: not a role that writes articles.
        Invalid: the text breaks a limit of WeChat's.
    """
    _need_role(staff, WRITERS, "只有单位负责人、受理员、分管领导和系统管理员可以撰写文章。")
    article = Article(**_kept(text), created_by_id=staff.id, created_at=now, changed_at=now)
    session.add(article)
    session.flush()
    return article


def rewrite(
    session: Session, article: Article, text: ArticleText, *, staff: Staff, seen: int, now: datetime
) -> str:
    """Change the text; whoever approved the earlier one has to look again.

    Args:
        seen: the revision that was changed.

    Returns:
        The platform's draft of the earlier text, to be deleted there; "" when there is none.

    Raises:
        NotAllowed: not a role that writes articles, or it is out already.
        TooLate: somebody else has changed it since.
        Invalid: the text breaks a limit of WeChat's.
    """
    _need_role(staff, WRITERS, "只有单位负责人、受理员、分管领导和系统管理员可以修改文章。")
    old_draft = article.media_id
    change(
        session,
        article,
        _CHANGEABLE,
        ArticleState.DRAFT,
        seen=seen,
        # Who changes a text answers for it, and so cannot be the one who approves it.
        values=_kept(text)
        | nothing_out()
        | {
            "revision": seen + 1,
            "created_by_id": staff.id,
            "changed_at": now,
            "previewed_at": None,
            "approved_by_id": None,
            "approved_at": None,
            "remark": "",
        },
    )
    return old_draft


def note_draft(session: Session, article: Article, *, media_id: str, seen: int) -> None:
    """Note under which id the platform keeps the text of this revision.

    Raises:
        TooLate: the text has changed meanwhile, so the platform's draft is of no use.
    """
    change(session, article, _CHANGEABLE, None, seen=seen, values={"media_id": media_id})


def note_preview(session: Session, article: Article, *, seen: int, now: datetime) -> None:
    """Note that somebody got the article onto a phone to look at.

    Raises:
        TooLate: the text has changed meanwhile.
    """
    before = frozenset({ArticleState.DRAFT, ArticleState.PREVIEWED})
    if article.state in before:
        change(session, article, before, ArticleState.PREVIEWED, seen=seen, values={"previewed_at": now})


def approve(session: Session, article: Article, *, staff: Staff, seen: int, now: datetime) -> None:
    """Let an article go out, as somebody who did not write it and has seen this very text.

    Raises:
        NotAllowed: one's own, a role that does not approve, or nobody has previewed it.
        TooLate: the text has changed since.
    """
    _need_approver(article, staff)
    if article.state is ArticleState.DRAFT:
        raise NotAllowed("请先发送预览，在手机上看过再批准。")
    values = {"approved_by_id": staff.id, "approved_at": now, "remark": ""}
    before = frozenset({ArticleState.PREVIEWED})
    change(session, article, before, ArticleState.APPROVED, seen=seen, values=values)


def send_back(session: Session, article: Article, *, staff: Staff, reason: str, seen: int) -> None:
    """Give an article back to its author with a reason, also one that was approved.

    Raises:
        NotAllowed: one's own, or a role that does not approve.
        Invalid: no reason.
        TooLate: the text has changed since, or it is out.
    """
    _need_approver(article, staff)
    before = frozenset({ArticleState.PREVIEWED, ArticleState.APPROVED})
    values: dict[str, Any] = {
        "remark": required(reason, "退回的理由")[:300],
        "approved_by_id": None,
        "approved_at": None,
        "way": None,
        "results": {},
    }
    change(session, article, before, ArticleState.DRAFT, seen=seen, values=values)


def _kept(text: ArticleText) -> dict[str, Any]:
    # Pictures of ours and of the web stay in the text; the platform gets only those that are uploaded to it.
    html = clean(text.html, picture=shown_address)
    tidy = ArticleText(
        title=cleaned(text.title),
        html=html,
        author=cleaned(text.author),
        digest=cleaned(text.digest),
        source_url=cleaned(text.source_url),
    )
    check_text(tidy)
    return dict(vars(tidy))


def _need_role(staff: Staff, roles: frozenset[Role], words: str) -> None:
    if not staff.active or not staff.roles & roles:
        raise NotAllowed(words)


def _need_approver(article: Article, staff: Staff) -> None:
    _need_role(staff, APPROVERS, "只有受理员、分管领导和系统管理员可以审批文章。")
    if article.created_by_id == staff.id:
        raise NotAllowed("不能审批自己撰写的文章，请另一位同事审批。")
