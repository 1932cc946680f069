"""What may be done to an article now, and how far it has come in words: a button exists exactly then."""

from domain.permissions import may_approve_article, may_write_articles
from models.article import Article
from models.enums import ArticleState, ArticleWay, Word
from models.staff import Staff

_S = ArticleState


class ArticleAct(Word):
    """What somebody may do to an article."""

    EDIT = "edit", "编辑"
    PREVIEW = "preview", "发到手机上看"
    ASK = "ask", "提交审批"
    APPROVE = "approve", "批准"
    SEND_BACK = "send_back", "退回"
    TAKE_UP = "take_up", "撤回修改"
    RELEASE = "release", "发出"
    TAKE_BACK = "take_back", "先不发了"
    PAGE = "page", "公开网页"
    COPY = "copy", "照着再写一篇"
    REMOVE = "remove", "删除草稿"


class ArticleStage(Word):
    """How far an article has come, as its list shows it."""

    WRITING = "writing", "草稿"
    RETURNED = "returned", "退回修改"
    ASKED = "asked", "待审批"
    APPROVED = "approved", "已批准"
    LEAVING = "leaving", "发出中"
    OUT = "out", "已发出"
    FAILED = "failed", "未成功"


def stage_of(article: Article) -> ArticleStage:
    """Tell how far an article has come."""
    if article.state in {_S.PUBLISHED, _S.MASS_SENT}:
        return ArticleStage.OUT
    if article.state is _S.FAILED:
        return ArticleStage.FAILED
    if article.state is _S.SUBMITTED or (article.state is _S.APPROVED and article.way is not None):
        return ArticleStage.LEAVING
    if article.state is _S.APPROVED:
        return ArticleStage.APPROVED
    if article.asked_at is not None:
        return ArticleStage.ASKED
    return ArticleStage.RETURNED if article.remark else ArticleStage.WRITING


def outcome_of(article: Article) -> str:
    """Name the stage, and for what is out the way it went."""
    if article.state is _S.PUBLISHED:
        return "已发布"
    if article.state is _S.MASS_SENT:
        return "已群发"
    return stage_of(article).label


def open_acts(article: Article, staff: Staff) -> frozenset[ArticleAct]:
    """Tell what this member of staff may do to it now."""
    if not may_write_articles(staff):
        return frozenset()
    acts = {ArticleAct.COPY} | _BY_STAGE[stage_of(article)]
    if article.state is _S.PREVIEWED and article.asked_at is None:
        acts |= {ArticleAct.ASK}
    if not may_approve_article(article, staff):
        acts -= {ArticleAct.APPROVE, ArticleAct.SEND_BACK}
    if article.state is _S.SUBMITTED:
        acts -= {ArticleAct.TAKE_BACK}
    if article.approved_by_id is None:
        acts -= {ArticleAct.RELEASE, ArticleAct.PAGE}
    return frozenset(acts)


_WRITING = frozenset({ArticleAct.EDIT, ArticleAct.PREVIEW, ArticleAct.REMOVE})
_BY_STAGE: dict[ArticleStage, frozenset[ArticleAct]] = {
    ArticleStage.WRITING: _WRITING,
    ArticleStage.RETURNED: _WRITING,
    ArticleStage.ASKED: frozenset(
        {ArticleAct.PREVIEW, ArticleAct.APPROVE, ArticleAct.SEND_BACK, ArticleAct.TAKE_UP}
    ),
    ArticleStage.APPROVED: frozenset(
        {ArticleAct.PREVIEW, ArticleAct.RELEASE, ArticleAct.PAGE, ArticleAct.SEND_BACK, ArticleAct.TAKE_UP}
    ),
    ArticleStage.LEAVING: frozenset({ArticleAct.TAKE_BACK}),
    ArticleStage.OUT: frozenset({ArticleAct.PAGE}),
    ArticleStage.FAILED: frozenset({ArticleAct.RELEASE, ArticleAct.PAGE, ArticleAct.TAKE_UP}),
}


def wanted_words(way: ArticleWay) -> str:
    """Give what has to be typed before an article goes out that way; nothing for a way that can be undone."""
    return "群发" if way is ArticleWay.MASS else ""
