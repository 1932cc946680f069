"""图文: the list of articles, and how one is begun."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from config.catalogue import catalogue
from domain import article_list, article_writing, articles
from domain.article_acts import ArticleStage, outcome_of, stage_of
from domain.article_limits import LONGEST_AUTHOR, LONGEST_TITLE
from domain.errors import Invalid
from web.admin.article_frame import article_blueprint, held
from web.admin.deeds import write_down
from web.admin.settings.entering import by, typed
from web.auth import current_staff
from web.clock import now
from web.database_session import current_session

blueprint = article_blueprint("admin_articles", __name__)

_LONGEST_SEARCH = 60


@blueprint.get("", strict_slashes=False)
def page() -> str:
    """List the articles, and say how many mass sends the month has left."""
    session = current_session()
    wanted = request.args.get("stage", "")
    stage = next((stage for stage in ArticleStage if stage.value == wanted), None)
    words = request.args.get("q", "").replace("\0", "").strip()[:_LONGEST_SEARCH]
    number = min(max(request.args.get("page", 1, type=int), 1), 10_000)
    counts = article_list.counts(session)
    return render_template(
        "admin/articles.html",
        found=article_list.listed(session, stage=stage, words=words, page=number),
        counts=counts,
        total=sum(counts.values()),
        stages=list(ArticleStage),
        stage=stage,
        words=words,
        stage_of=stage_of,
        outcome_of=outcome_of,
        left=articles.mass_sends_left(session, now=now()),
        most=articles.MASS_SENDS_PER_MONTH,
    )


@blueprint.get("/new")
def new() -> str:
    """Ask for the title of a new article."""
    return _new({"title": "", "author": catalogue().office[:LONGEST_AUTHOR]})


@blueprint.post("/new")
def create() -> Response | tuple[str, int]:
    """Begin an article, and go on to write it."""
    entered = {"title": typed("title"), "author": typed("author")}
    try:
        article = article_writing.begin(current_session(), **entered, **by())
    except Invalid as refusal:
        return _new(entered, refusal), HTTPStatus.UNPROCESSABLE_ENTITY
    write_down("article.write", f"新写图文《{article.title}》", subject=str(article.id))
    return redirect(url_for("admin_article_editor.form", article_id=article.id), 303)


def _new(entered: dict[str, str], refusal: Invalid | None = None) -> str:
    return render_template(
        "admin/article_new.html", entered=entered, refusal=refusal, longest_title=LONGEST_TITLE
    )


@blueprint.post("/<int:article_id>/copy")
def copy(article_id: int) -> Response:
    """Begin another one with all that stands in this one."""
    session, article = current_session(), held(article_id)
    made = article_writing.copy(session, article, staff=current_staff(), now=now())
    write_down("article.write", f"照着《{article.title}》新写一篇图文", subject=str(made.id))
    flash("已照样建好一篇新的草稿。", "success")
    return redirect(url_for("admin_article_editor.form", article_id=made.id), 303)
