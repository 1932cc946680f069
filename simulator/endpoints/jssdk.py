"""Tickets for the JS-SDK.

https://developers.weixin.qq.com/doc/service/guide/h5/jssdk.html
"""

import secrets

from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok
from simulator.state import Document

LIFETIME = 7200


def get_ticket(call: Call) -> Answer:
    """The same ticket for two hours."""
    kind = call.query.get("type", "")
    if kind not in {"jsapi", "wx_card"}:
        raise ApiError(40097)
    documents, now = call.simulator.state.documents, call.simulator.clock.now()
    document = documents.get(f"ticket:{kind}")
    if document is None or document.value["expires_at"] <= now:
        ticket = {"ticket": secrets.token_urlsafe(64), "expires_at": now + LIFETIME}
        document = documents.put(f"ticket:{kind}", Document(ticket))
    left = round(document.value["expires_at"] - now)
    return ok(ticket=document.value["ticket"], expires_in=left)


ENDPOINTS = (Endpoint("GET", "/cgi-bin/ticket/getticket", get_ticket),)
