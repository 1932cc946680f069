"""An article on a phone before it is approved: one's own, or that of somebody named."""

import re
from http import HTTPStatus

from flask import flash
from flask_login import current_user
from werkzeug.wrappers import Response

from domain import article_approval as approval
from domain import article_pictures, articles
from domain.article_acts import ArticleAct, open_acts
from domain.errors import Invalid, NotAllowed, NotFound
from models.staff import Staff
from web.admin.article_frame import article_blueprint, held, seen, to_article
from web.admin.article_page import show
from web.admin.deeds import write_down
from web.admin.settings.entering import typed
from web.clock import now
from web.database_session import current_session
from web.parts import parts
from web.rate_limits import limiter
from wechat.article_drafts import make_draft
from wechat.articles import ArticlePlatform
from wechat.error_codes import Action
from wechat.errors import WeChatError, WeChatFailure
from wechat.refusal_words import explain

blueprint = article_blueprint("admin_article_preview", __name__)

_NAME = re.compile(r"[\w.-]{1,40}")
_NO_RIGHT = (
    "公众号没有预览和发送的权限（一般要认证的服务号），手机上看不了。请在本页「手机上的样子」里看过，"
    "照常提交审批；批准后用「公开网页」得到链接，放进菜单、关键词回复或通知里。"
)


@blueprint.post("/<int:article_id>/preview")
@limiter.limit("10 per minute")
def send(article_id: int) -> Response | tuple[str, int]:
    """Send it to a phone; nothing is held while WeChat is asked."""
    try:
        _show_on_phone(article_id, _receiver())
    except (Invalid, NotFound) as refusal:
        return show(held(article_id), Invalid(refusal.message), at="preview"), HTTPStatus.UNPROCESSABLE_ENTITY
    except WeChatFailure as error:
        if not isinstance(error, WeChatError) or error.action is not Action.NO_RIGHT:
            return show(held(article_id), Invalid(_words_for(error)), at="preview"), HTTPStatus.BAD_GATEWAY
        # Nobody can see it on a phone there, so our own page has to do.
        flash(_NO_RIGHT, "warning")
    else:
        flash("预览已发出，请在手机微信里打开看看。", "success")
    article = held(article_id)
    approval.note_preview(current_session(), article, seen=seen(), now=now())
    write_down("article.preview", f"发送图文《{article.title}》的预览", subject=str(article_id))
    return to_article(article_id)


def _show_on_phone(article_id: int, to: dict[str, str]) -> None:
    platform = ArticlePlatform(parts().client)
    try:
        platform.preview_to(_drafted(article_id), **to)
    except WeChatError as error:
        if error.action is not Action.MEDIA_GONE:
            raise
        # Somebody has thrown the draft away on the platform.
        platform.preview_to(_drafted(article_id, anew=True), **to)


def _receiver() -> dict[str, str]:
    name = typed("wechat_name")
    if typed("to") == "name" or name:
        if not _NAME.fullmatch(name):
            raise Invalid("请填写对方的微信号（在微信「我」的页面能看到），不是昵称。", "wechat_name")
        return {"wechat_name": name}
    with parts().database.reading() as session:
        person = session.get_one(Staff, current_user.staff.id).person
        if person is None or not person.openid:
            raise Invalid("您还没有绑定微信。请先到「我的微信」绑定，或填写一个微信号。", "to")
        return {"openid": person.openid}


def _drafted(article_id: int, *, anew: bool = False) -> str:
    """Give the platform's draft of an article as it was seen; it is made now if there is none."""
    own = parts()
    with own.database.reading() as session:
        article = articles.get(session, article_id)
        if ArticleAct.PREVIEW not in open_acts(article, current_user.staff):
            raise NotAllowed("这篇文章现在不能预览。")
        if article.revision != seen():
            raise Invalid("文章刚刚被改过，请看过最新的样子再发预览。")
        keys = article_pictures.our_photos(session, article.html, base_url=own.settings.base_url)
    if article.media_id and not anew:
        return article.media_id
    media_id, uploaded = make_draft(ArticlePlatform(own.client), article, keys, files=own.file_store)
    with own.database.transaction() as session:
        kept = articles.get(session, article_id, hold=True)
        approval.note_draft(session, kept, media_id=media_id, seen=article.revision, uploaded=uploaded)
    return media_id


def _words_for(error: WeChatFailure) -> str:
    if isinstance(error, WeChatError) and error.action is Action.NEXT_CHANNEL:
        return f"预览没有发出：{error.meaning}。请对方先关注，再发一次；微信号要填对。"
    return f"预览没有发出。{explain(error)}"
