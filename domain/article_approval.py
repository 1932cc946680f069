"""Writing an article, and its approval by somebody else (四眼原则)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from domain import approvals
from domain.acts import cleaned, required
from domain.approvals import Approval
from domain.article_html import clean, shown_address
from domain.article_limits import ArticleText, check_text, text_of
from domain.articles import change, nothing_out
from domain.errors import Invalid, NotAllowed, TooLate
from domain.permissions import may_approve_article, may_write_articles
from models.article import Article
from models.enums import ArticleState
from models.staff import Staff

LONGEST_REASON = 300

_CHANGEABLE = frozenset(
    {ArticleState.DRAFT, ArticleState.PREVIEWED, ArticleState.APPROVED, ArticleState.FAILED}
)


def write(session: Session, text: ArticleText, *, staff: Staff, now: datetime) -> Article:
    """Begin an article; its text may come later.

    Raises:
        NotAllowed: not a role that writes articles.
        Invalid: the text breaks a limit of WeChat's.
    """
    need_writer(staff)
    article = Article(**_kept(text), created_by_id=staff.id, created_at=now, changed_at=now)
    session.add(article)
    session.flush()
    return article


def rewrite(
    session: Session, article: Article, text: ArticleText, *, staff: Staff, seen: int, now: datetime
) -> None:
    """Change the text; whoever approved the earlier one has to look again.

    Args:
        seen: the revision that was changed.

    The platform's draft of the earlier text is thrown away by the worker.

    Raises:
        NotAllowed: not a role that writes articles, or it is out already.
        TooLate: somebody else has changed it since.
        Invalid: the text breaks a limit of WeChat's.
    """
    need_writer(staff)
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
            "asked_at": None,
            "asked_by_id": None,
            "approved_by_id": None,
            "approved_at": None,
            "remark": "",
            "old_draft": article.media_id or article.old_draft,
            "page_code": None,
        }
        | _place_of(article),
    )


def note_draft(
    session: Session,
    article: Article,
    *,
    media_id: str,
    seen: int,
    uploaded: Mapping[str, str] | None = None,
) -> None:
    """Note under which id the platform keeps the text of this revision.

    Args:
        uploaded: what the platform calls the pictures, so that none is sent there twice.

    Raises:
        TooLate: the text has changed meanwhile, so the platform's draft is of no use.
    """
    values: dict[str, Any] = {"media_id": media_id}
    if uploaded is not None:
        values["uploaded"] = dict(uploaded)
    change(session, article, _CHANGEABLE, None, seen=seen, values=values)


def note_preview(session: Session, article: Article, *, seen: int, now: datetime) -> None:
    """Note that somebody got the article onto a phone to look at.

    Raises:
        TooLate: the text has changed meanwhile.
    """
    before = frozenset({ArticleState.DRAFT, ArticleState.PREVIEWED})
    if article.state in before:
        change(session, article, before, ArticleState.PREVIEWED, seen=seen, values={"previewed_at": now})


def ask(session: Session, article: Article, *, staff: Staff, seen: int, now: datetime) -> None:
    """Put an article before those who approve.

    Raises:
        NotAllowed: not a role that writes, or nobody has previewed it.
        Invalid: its text would not be taken by the platform.
        TooLate: it has changed since.
    """
    need_writer(staff)
    check_text(text_of(article))
    if article.state is ArticleState.DRAFT:
        raise NotAllowed("请先发送预览，在手机上看过再提交审批。")
    if article.asked_at is not None:
        raise TooLate("文章已经提交审批，不用再提交。")
    values = {"asked_at": now, "asked_by_id": staff.id, "remark": ""}
    change(session, article, frozenset({ArticleState.PREVIEWED}), None, seen=seen, values=values)
    mine = (article.created_by_id, staff.id)
    approvals.call(session, _approval(article), may=may_write_articles, by=staff, but=mine, now=now)


def take_up(session: Session, article: Article, *, staff: Staff, seen: int) -> None:
    """Take an article out of approval, or one that is approved or failed, to change it.

    Raises:
        NotAllowed: not a role that writes, or it waits to go out.
        TooLate: it has changed since, or it is out.
    """
    need_writer(staff)
    if article.state is ArticleState.APPROVED and article.way is not None:
        raise NotAllowed("文章已经安排发出，请先撤下再修改。")
    values = nothing_out() | {
        "media_id": article.media_id,
        "asked_at": None,
        "asked_by_id": None,
        "approved_by_id": None,
        "approved_at": None,
        "page_code": None,
    }
    values |= _place_of(article) | {"remark": ""}
    before = frozenset({ArticleState.PREVIEWED, ArticleState.APPROVED, ArticleState.FAILED})
    change(session, article, before, ArticleState.PREVIEWED, seen=seen, values=values)


def approve(session: Session, article: Article, *, staff: Staff, seen: int, now: datetime) -> None:
    """Let an article go out, as somebody who did not write it and has seen this very text.

    Raises:
        NotAllowed: one's own, a role that does not approve, or nobody has asked for it.
        TooLate: the text has changed since.
    """
    _need_approver(article, staff)
    if article.asked_at is None:
        raise NotAllowed("文章还没有提交审批。")
    values = {"approved_by_id": staff.id, "approved_at": now, "remark": ""}
    before = frozenset({ArticleState.PREVIEWED})
    change(session, article, before, ArticleState.APPROVED, seen=seen, values=values)
    asked = (article.created_by_id, article.asked_by_id)
    words = "可以安排发布或群发了。"
    approvals.answer(session, _approval(article), to=asked, outcome="已批准", words=words, now=now)


def send_back(
    session: Session, article: Article, *, staff: Staff, reason: str, seen: int, now: datetime
) -> None:
    """Give an article back to its author with a reason, also one that was approved.

    Raises:
        NotAllowed: one's own, or a role that does not approve.
        Invalid: no reason.
        TooLate: the text has changed since, or it is out.
    """
    _need_approver(article, staff)
    before = frozenset({ArticleState.PREVIEWED, ArticleState.APPROVED})
    words, approval = _reason(reason), _approval(article)
    asked = (article.created_by_id, article.asked_by_id)
    values: dict[str, Any] = {
        "remark": words,
        "asked_at": None,
        "asked_by_id": None,
        "page_code": None,
        "approved_by_id": None,
        "approved_at": None,
        "way": None,
        "results": {},
    }
    change(session, article, before, ArticleState.DRAFT, seen=seen, values=values)
    approvals.answer(session, approval, to=asked, outcome="退回修改", words=f"理由：{words}", now=now)


def _approval(article: Article) -> Approval:
    asked = f"{article.asked_at:%Y%m%d%H%M%S%f}" if article.asked_at else ""
    return Approval(f"article:{article.id}:{asked}", "图文", article.title, f"/admin/articles/{article.id}")


def _kept(text: ArticleText) -> dict[str, Any]:
    # Pictures of ours and of the web stay in the text; the platform gets only those that are uploaded to it.
    html = clean(text.html, picture=shown_address)
    tidy = ArticleText(
        title=cleaned(text.title),
        html=html,
        author=cleaned(text.author),
        digest=cleaned(text.digest),
        source_url=cleaned(text.source_url),
        words=text.words.replace("\0", ""),
    )
    check_text(tidy, is_whole=False)
    return dict(vars(tidy))


def _place_of(article: Article) -> dict[str, Any]:
    """Keep the place of a mass send of which nobody knows whether it went out: it may well be used up."""
    return {"mass_month": article.mass_month, "mass_place": article.mass_place}


def _reason(words: str) -> str:
    reason = required(words, "退回的理由")
    if len(reason) > LONGEST_REASON:
        raise Invalid(f"退回的理由最多 {LONGEST_REASON} 字。", "words")
    return reason


def need_writer(staff: Staff) -> None:
    """Refuse who may not write articles.

    Raises:
        NotAllowed: of whom that is true.
    """
    if not may_write_articles(staff):
        raise NotAllowed("图文由受理员、分管领导和系统管理员撰写和审批。")


def _need_approver(article: Article, staff: Staff) -> None:
    need_writer(staff)
    if not may_approve_article(article, staff):
        raise NotAllowed("不能审批自己撰写或提交的文章，请另一位同事审批。")
