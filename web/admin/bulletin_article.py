"""Making the draft of an article out of a bulletin that is published."""

from flask import flash
from flask.sansio.blueprints import BlueprintSetupState
from flask_login import current_user
from werkzeug.wrappers import Response

from config.catalogue import catalogue
from domain import bulletins
from domain.bulletin_article import make_article
from domain.permissions import may_write_articles
from web.admin.bulletins import bulletin_blueprint, to_bulletin
from web.admin.settings.entering import by
from web.database_session import current_session
from web.parts import parts

blueprint = bulletin_blueprint("admin_bulletin_article", __name__)


def makes_articles() -> bool:
    """Tell whether the reader may make articles of bulletins."""
    return may_write_articles(current_user.staff)


@blueprint.record_once
def _offer(state: BlueprintSetupState) -> None:
    """Let the page of a bulletin ask."""
    state.app.jinja_env.globals.update(makes_articles=makes_articles)


@blueprint.post("/<int:bulletin_id>/article")
def make(bulletin_id: int) -> Response:
    """Make the draft of an article of it."""
    session = current_session()
    found = bulletins.find(session, bulletin_id)
    base_url, author = parts().settings.base_url, catalogue().office
    make_article(session, found, base_url=base_url, author=author, **by())
    flash("图文草稿已建好，到「图文」里配封面、预览、提交审批。", "success")
    return to_bulletin(bulletin_id)
