"""The page at which a visitor allows an app to know them, with a picker in place of a phone.

https://developers.weixin.qq.com/doc/service/guide/h5/auth.html
"""

from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from simulator.endpoints.codes_exchange import make_code
from simulator.simulator import Simulator

pages = Blueprint("oauth_pages", __name__, template_folder="oauth_templates")

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SCOPES = frozenset({"snsapi_base", "snsapi_userinfo"})


@pages.get("/connect/oauth2/authorize")
def authorize() -> BaseResponse | str:
    """Send the visitor back with a code: whoever the phone page is showing, or whoever is picked."""
    simulator: Simulator = current_app.extensions["simulator"]
    problem = _problem(simulator)
    if problem is not None:
        return Response(problem, status=200, content_type="text/plain; charset=utf-8")
    chosen = request.args.get("sim_openid") or request.cookies.get("sim_openid", "")
    user = simulator.state.users.get(chosen)
    if user is None:
        arguments = request.args.to_dict()
        choices = [
            (person, f"?{urlencode(arguments | {'sim_openid': person.openid})}")
            for person in simulator.people.with_phones()
        ]
        return render_template("pick_user.html", choices=choices)
    code = make_code(simulator, user, kind="page", scope=request.args["scope"])
    target = urlsplit(request.args["redirect_uri"])
    added = urlencode({"code": code, "state": request.args.get("state", "")})
    query = f"{target.query}&{added}" if target.query else added
    return redirect(target._replace(query=query, fragment="").geturl())


def _problem(simulator: Simulator) -> str | None:
    """Return the words WeChat's page shows for a request it refuses, or None."""
    arguments = request.args
    asked = urlsplit(arguments.get("redirect_uri", ""))
    allowed = urlsplit(simulator.settings.app_base_url)
    known_domain = asked.scheme in {"http", "https"} and _same_host(asked.hostname, allowed.hostname)
    refusals = {
        "appid 参数错误（错误码 10013）": arguments.get("appid") != simulator.settings.app_id,
        "redirect_uri 参数缺失（错误码 10010）": not arguments.get("redirect_uri"),
        "response_type 参数错误（错误码 10012）": arguments.get("response_type") != "code",
        "Scope 参数错误或没有 Scope 权限（错误码 10005）": arguments.get("scope") not in _SCOPES,
        "state 参数过长（错误码 10015）": len(arguments.get("state", "").encode()) > 128,
        f"redirect_uri 域名与后台配置不一致（错误码 10003）：{asked.hostname}": not known_domain,
    }
    return next((words for words, applies in refusals.items() if applies), None)


def _same_host(one: str | None, other: str | None) -> bool:
    return one == other or (one in _LOOPBACK and other in _LOOPBACK)
