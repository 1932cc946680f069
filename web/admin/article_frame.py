"""What all pages of articles share: who may come in, which article, and where a deed leads back to."""

from flask import Blueprint, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from domain import articles
from domain.errors import NotAllowed
from domain.permissions import may_write_articles
from models.article import Article
from web.admin.settings.entering import no_such_number
from web.database_session import current_session
from web.guards import staff_only


def article_blueprint(name: str, import_name: str) -> Blueprint:
    """Make a blueprint for those who write and approve articles."""
    blueprint = Blueprint(name, import_name, url_prefix="/admin/articles")
    blueprint.before_request(staff_only)
    blueprint.before_request(_writers_only)
    blueprint.before_request(no_such_number)
    return blueprint


def _writers_only() -> None:
    if not may_write_articles(current_user.staff):
        raise NotAllowed("图文由受理员、分管领导和系统管理员撰写和审批。")


def held(article_id: int) -> Article:
    """Give the article of this request, in its session; one that changes something holds it."""
    return articles.get(current_session(), article_id, hold=request.method == "POST")


def seen() -> int:
    """Give the revision that the page of this request was drawn of; -1 for nonsense."""
    return request.form.get("seen", -1, type=int)


def to_article(article_id: int) -> Response:
    """Lead back to the page of an article."""
    return redirect(url_for("admin_article_page.page", article_id=article_id), 303)
