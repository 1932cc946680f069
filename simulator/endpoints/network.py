"""The platform's own addresses, whether it reaches the app, and what became of a call.

https://developers.weixin.qq.com/doc/subscription/api/base/api_getcallbackip.html
https://developers.weixin.qq.com/doc/subscription/api/base/api_callbackcheck.html
https://developers.weixin.qq.com/doc/subscription/api/apimanage/api_getridinfo.html
"""

import json
import re
import socket
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok

OPERATORS = ("DEFAULT", "CHINANET", "UNICOM", "CAP")
PING_SECONDS = 1.0
RID_SECONDS = 7 * 86_400


def list_callback_addresses(_: Call) -> Answer:
    """Where callbacks come from."""
    return {"ip_list": ["127.0.0.1", "127.0.0.0/8"]}


def list_api_addresses(_: Call) -> Answer:
    """Where the API lives."""
    return {"ip_list": ["127.0.0.1"]}


def check_callback(call: Call) -> Answer:
    """Look up the callback's host and try to connect to it."""
    action, operator = call.json.get("action"), call.json.get("check_operator", "DEFAULT")
    if action not in ("dns", "ping", "all"):
        raise ApiError(40202)
    if operator not in OPERATORS:
        raise ApiError(40203)
    target = urlsplit(call.simulator.settings.callback_url)
    if not target.hostname:
        raise ApiError(40201)
    host, port = target.hostname, target.port or (443 if target.scheme == "https" else 80)
    answer: dict[str, Any] = {}

    def look() -> None:
        """Fill the answer; other calls go on meanwhile."""
        addresses = _addresses(host, port)
        if action in {"dns", "all"}:
            answer["dns"] = [{"ip": ip, "real_operator": operator} for ip in addresses]
        if action in {"ping", "all"}:
            answer["ping"] = [_ping(ip, port, operator) for ip in addresses]

    call.before_answer.append(look)
    return answer


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return list(dict.fromkeys(str(row[4][0]) for row in found))


def _ping(ip: str, port: int, operator: str) -> dict[str, str]:
    started = time.perf_counter()
    try:
        socket.create_connection((ip, port), timeout=PING_SECONDS).close()
    except OSError:
        return {"ip": ip, "from_operator": operator, "package_loss": "100%", "time": "0.000ms"}
    elapsed = (time.perf_counter() - started) * 1000
    return {"ip": ip, "from_operator": operator, "package_loss": "0%", "time": f"{elapsed:.3f}ms"}


def explain_call(call: Call) -> Answer:
    """What came in under a request id, and what was answered; for seven days."""
    rid = call.text("rid")
    if not re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}", rid):
        raise ApiError(76002)
    record = call.simulator.calls.by_rid(rid)
    if record is None:
        raise ApiError(76001)
    if call.simulator.clock.now() - record.at > RID_SECONDS:
        raise ApiError(76004)
    # The platform does not give tokens and secrets back.
    shown = {name: value for name, value in record.query.items() if name not in {"access_token", "secret"}}
    body = record.body if isinstance(record.body, str) else json.dumps(record.body, ensure_ascii=False)
    return ok(
        request={
            "invoke_time": int(record.at),
            "cost_in_ms": record.cost_ms,
            "request_url": urlencode(shown),
            "request_body": body,
            "response_body": json.dumps(record.response, ensure_ascii=False),
            "client_ip": record.client_ip,
        }
    )


ENDPOINTS = (
    Endpoint("GET", "/cgi-bin/getcallbackip", list_callback_addresses),
    Endpoint("GET", "/cgi-bin/get_api_domain_ip", list_api_addresses),
    Endpoint("POST", "/cgi-bin/callback/check", check_callback, body="json"),
    Endpoint("POST", "/cgi-bin/openapi/rid/get", explain_call, body="json"),
)
