"""Signs a page of ours for WeChat's JS-SDK; asked by web/static/h5/wechat.js, inside WeChat only."""

from http import HTTPStatus
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from web.clock import now
from web.guards import open_to_all
from web.parts import parts
from web.rate_limits import OPEN_PAGE
from wechat.errors import WeChatFailure
from wechat.jssdk import PageSigner

blueprint = Blueprint("h5_wechat_config", __name__, url_prefix="/h5")
# A signature opens WeChat's own functions to a page of ours, and nothing of ours to anybody.
blueprint.before_request(open_to_all)

log = structlog.get_logger(__name__)

_LONGEST = 2000


@blueprint.get("/wechat-config")
@OPEN_PAGE
def config() -> tuple[Response, int]:
    """Give what `wx.config` needs for the page that asks; none for pages of others."""
    url = request.args.get("url", "")
    if not _is_ours(url):
        return jsonify(error="只给本站的页面签名。"), HTTPStatus.FORBIDDEN
    settings = parts().settings
    signer = PageSigner(parts().client, parts().database, app_id=settings.wechat_app_id)
    try:
        found = signer.config_for(url, now=now())
    except WeChatFailure as error:
        log.warning("page_not_signed", words=str(error))
        return jsonify(error="微信暂时没有应答。"), HTTPStatus.SERVICE_UNAVAILABLE
    body = {
        "appId": found.app_id,
        "timestamp": found.timestamp,
        "nonceStr": found.nonce,
        "signature": found.signature,
    }
    return jsonify(body), HTTPStatus.OK


def _is_ours(url: str) -> bool:
    if len(url) > _LONGEST or not url.isprintable():
        return False
    asked, ours = urlsplit(url), urlsplit(parts().settings.base_url)
    return (asked.scheme, asked.netloc) == (ours.scheme, ours.netloc)
