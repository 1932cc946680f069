"""An approved article on a page of ours, for whoever has its link: it needs nothing of WeChat's."""

from flask import Blueprint, Response, render_template, url_for
from markupsafe import Markup

from domain import article_pictures
from domain import article_release as release
from domain.article_html import below_title, clean, web_address
from domain.errors import NotFound
from models.article import Article
from web.database_session import current_session
from web.file_answers import jpeg_answer
from web.guards import open_to_all
from web.h5.refusals import answer_refusals
from web.parts import parts

blueprint = Blueprint("h5_articles", __name__, url_prefix="/h5/articles")
blueprint.before_request(open_to_all)
answer_refusals(blueprint)


@blueprint.get("/<code>")
def page(code: str) -> str:
    """Show the article."""
    article = release.on_page(current_session(), code)
    keys = _pictures(article)
    addresses = {
        address: url_for("h5_articles.picture", code=code, number=number)
        for number, address in enumerate(keys, 1)
    }
    # Kept clean; only its pictures lie elsewhere for who is not signed in here.
    body = Markup(below_title(clean(article.html, picture=addresses.get)))  # noqa: S704
    source = web_address(article.source_url) or ""
    return render_template("h5/article.html", article=article, body=body, source=source)


@blueprint.get("/<code>/pictures/<int:number>")
def picture(code: str, number: int) -> Response:
    """Send a picture of its text."""
    keys = list(_pictures(release.on_page(current_session(), code)).values())
    if not 0 < number <= len(keys):
        raise NotFound("没有这张图片。")
    return jpeg_answer(parts().file_store.read(keys[number - 1]))


def _pictures(article: Article) -> dict[str, str]:
    base_url = parts().settings.base_url
    found = article_pictures.our_photos(current_session(), article.html, base_url=base_url, leave_out=True)
    return dict(found)
