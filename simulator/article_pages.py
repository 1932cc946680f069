"""The page of an article, at the address that events and answers give."""

import datetime as dt

from flask import Blueprint, Response, current_app, make_response, render_template

from simulator.articles import picture_ids
from simulator.simulator import Simulator

article_pages = Blueprint("article_pages", __name__, template_folder="article_templates")

_SHANGHAI = dt.timezone(dt.timedelta(hours=8))
# What an account wrote is shown, but never run: the platform's page has no script at all.
_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"


@article_pages.get("/s/<key>")
def show_article(key: str) -> Response:
    """Show an article, a draft with a note that it is one."""
    simulator: Simulator = current_app.extensions["simulator"]
    with simulator.state.lock:
        article = simulator.state.articles.get(key)
        if article is None or article.state == "deleted":
            return _page(render_template("article_gone.html", known=article is not None), 404)
        at = dt.datetime.fromtimestamp(article.live_at or article.created_at, tz=_SHANGHAI)
        return _page(
            render_template(
                "article.html",
                article=article.fields,
                is_draft=article.state == "draft",
                pictures=[simulator.media.path(media_id) for media_id in picture_ids(article)],
                at=f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}",
            ),
            200,
        )


def _page(text: str, status: int) -> Response:
    response = make_response(text, status)
    response.headers["Content-Security-Policy"] = _POLICY
    return response
