"""One article: how it looks, how far it has come, and what may be done to it now."""

from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from domain import article_approval as approval
from domain import article_release as release
from domain import article_writing, articles, platform_alerts
from domain.article_acts import ArticleAct, open_acts, outcome_of, stage_of, wanted_words
from domain.errors import DomainError, Invalid
from models.article import Article
from models.enums import ArticleWay
from web.admin.article_editor import shown
from web.admin.article_frame import article_blueprint, held, seen, to_article
from web.admin.deeds import write_down
from web.admin.settings.entering import by, typed
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session
from web.parts import parts
from wechat.troubles import describe

blueprint = article_blueprint("admin_article_page", __name__)

Answer = Response | tuple[str, int]


@blueprint.get("/<int:article_id>")
def page(article_id: int) -> str:
    """Show an article."""
    return show(held(article_id))


def show(article: Article, refusal: DomainError | None = None, *, at: str = "") -> str:
    """Draw the page of an article.

    Args:
        at: which of its forms was refused.
    """
    session, staff = current_session(), current_staff()
    alerts = [
        describe(alert, now=now())
        for alert in platform_alerts.open_alerts(session)
        if alert.subject in {platform_alerts.ARTICLES, platform_alerts.ACCOUNT}
    ]
    page_path = url_for("h5_articles.page", code=article.page_code) if article.page_code else ""
    return render_template(
        "admin/article.html",
        **shown(article, article_writing.typed_of(article)),
        acts=open_acts(article, staff),
        Act=ArticleAct,
        stage=stage_of(article),
        outcome=outcome_of(article),
        own=staff.id in (article.created_by_id, article.asked_by_id),
        bound=staff.person is not None and bool(staff.person.openid),
        left=articles.mass_sends_left(session, now=now(), besides=article),
        most=articles.MASS_SENDS_PER_MONTH,
        waiting=release.waiting(article),
        alerts=alerts,
        page_link=parts().settings.base_url.rstrip("/") + page_path if page_path else "",
        refusal=refusal,
        at=at,
        entered={name: typed(name, longest=400) for name in ("words", "typed", "way")} if refusal else {},
    )


def _act(article_id: int, at: str, do: Callable[[Article], object], done: str) -> Answer:
    """Do something to an article; what is refused is said on its page, in the form that asked for it."""
    article = held(article_id)
    try:
        do(article)
    except Invalid as refusal:
        current_session().rollback()
        return show(held(article_id), refusal, at=at), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(done, "success")
    return to_article(article_id)


def _note(action: str, words: str, article: Article) -> None:
    """Write a deed down, with a digest of the text that it was done to."""
    digest = sha256(f"{article.title}\n{article.html}".encode()).hexdigest()[:16]
    details = {"revision": article.revision, "text": digest}
    write_down(f"article.{action}", f"{words}《{article.title}》", subject=str(article.id), details=details)


@blueprint.post("/<int:article_id>/ask")
def ask(article_id: int) -> Answer:
    """Put it before those who approve."""

    def do(article: Article) -> None:
        approval.ask(current_session(), article, seen=seen(), **by())
        _note("ask", "提交审批图文", article)

    return _act(article_id, "ask", do, "已提交审批。请另一位受理员、分管领导或系统管理员审批。")


@blueprint.post("/<int:article_id>/approve")
def approve(article_id: int) -> Answer:
    """Let it go out."""

    def do(article: Article) -> None:
        approval.approve(current_session(), article, seen=seen(), **by())
        _note("approve", "批准图文", article)

    return _act(article_id, "approve", do, "已批准。下面选择怎样发出。")


@blueprint.post("/<int:article_id>/send-back")
def send_back(article_id: int) -> Answer:
    """Give it back with a reason."""

    def do(article: Article) -> None:
        reason = typed("words", longest=approval.LONGEST_REASON)
        approval.send_back(current_session(), article, reason=reason, seen=seen(), **by())
        _note("send_back", "退回图文", article)

    return _act(article_id, "send_back", do, "已退回，撰写人能看到理由。")


@blueprint.post("/<int:article_id>/take-up")
def take_up(article_id: int) -> Answer:
    """Take it out of approval to change it."""
    article = held(article_id)
    approval.take_up(current_session(), article, staff=current_staff(), seen=seen())
    _note("take_up", "撤回修改图文", article)
    flash("已撤回，可以修改了。改完要重新预览和审批。")
    return redirect(url_for("admin_article_editor.form", article_id=article_id), 303)


@blueprint.post("/<int:article_id>/remove")
def remove(article_id: int) -> Response:
    """Throw a draft away."""
    article = held(article_id)
    _note("remove", "删除图文草稿", article)
    article_writing.remove(current_session(), article, staff=current_staff(), seen=seen())
    flash("草稿已删除。")
    return redirect(url_for("admin_articles.page"), 303)


@blueprint.post("/<int:article_id>/release")
def release_it(article_id: int) -> Answer:
    """Let it go out one way or the other; what nobody can call back is asked for in writing."""

    def do(article: Article) -> None:
        way = next((way for way in ArticleWay if way.value == request.form.get("way")), None)
        if way is None:
            raise Invalid("请选择发布还是群发。", "way")
        wanted = wanted_words(way)
        if typed("typed") != wanted and wanted:
            raise Invalid(f"群发后撤不回来。确定要发，请在框里输入「{wanted}」两个字。", "typed")
        release.release(current_session(), article, way=way, seen=seen(), **by())
        _note("release", f"安排{way.label}图文", article)

    return _act(article_id, "release", do, "已安排发出，通常一两分钟就有结果。")


@blueprint.post("/<int:article_id>/take-back")
def take_back(article_id: int) -> Answer:
    """Keep it here after all."""

    def do(article: Article) -> None:
        release.take_back(current_session(), article, staff=current_staff(), seen=seen())
        _note("take_back", "撤下待发的图文", article)

    return _act(article_id, "take_back", do, "已撤下，没有发出。")


@blueprint.post("/<int:article_id>/page")
def own_page(article_id: int) -> Answer:
    """Open a public page of ours with it, or take that page away."""
    is_opened = request.form.get("open") == "yes"

    def do(article: Article) -> None:
        change = release.open_page if is_opened else release.close_page
        change(current_session(), article, staff=current_staff(), seen=seen())
        _note("page", "公开网页：" if is_opened else "收回网页：", article)

    return _act(article_id, "page", do, "网页已公开，有链接的人都能看。" if is_opened else "网页已收回。")
