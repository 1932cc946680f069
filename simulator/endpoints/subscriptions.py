"""订阅通知 of the account and of its mini program: each send spends one grant of the user.

https://developers.weixin.qq.com/doc/service/api/notify/notify/api_sendnewsubscribemsg.html
https://developers.weixin.qq.com/miniprogram/dev/server/API/mp-message-management/subscribe-message/api_sendmessage.html
"""

from simulator import packet_kinds
from simulator.endpoints.recipients import accept, need_mini_user, need_user
from simulator.endpoints.templates import need_template
from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok
from simulator.state import Template, User
from simulator.template_rules import check_data, shown_fields


def send_account_notice(call: Call) -> Answer:
    """bizsend: to somebody who accepted in an H5 page or an article."""
    template = need_template(call, call.json.get("template_id"))
    values = check_data(template, call.json.get("data"))
    user = need_user(call, call.json.get("touser"))
    # Followers read it in the chat with the account, everybody else under 服务通知.
    return _send(call, user, template, values, service_notice=not user.following)


def send_mini_notice(call: Call) -> Answer:
    """subscribe/send: to somebody who accepted in the mini program."""
    template = need_template(call, call.json.get("template_id"))
    values = check_data(template, call.json.get("data"))
    if call.text("page").startswith(("http:", "https:")):
        raise ApiError(41030)
    user = need_mini_user(call, call.json.get("touser"))
    return _send(call, user, template, values, service_notice=True, mini=True)


def _send(
    call: Call,
    user: User,
    template: Template,
    values: dict[str, str],
    *,
    service_notice: bool,
    mini: bool = False,
) -> Answer:
    simulator = call.simulator
    granted = user.grants.get(template.template_id, 0)
    if granted < 1:
        raise ApiError(43101)
    user.grants[template.template_id] = granted - 1
    msgid = simulator.dispatch.next_message_id()
    card = {
        "title": template.title,
        "fields": shown_fields(template, values),
        "url": call.text("page"),
        "miniprogram": call.json.get("miniprogram"),
    }
    simulator.chat.add(
        user,
        at=simulator.clock.now(),
        sender="account",
        item_type="template",
        via="subscribe",
        template=card,
        msgid=msgid,
        service_notice=service_notice,
    )
    accept(simulator, user, kind="subscribe", content=dict(call.json), msgid=msgid, delivered=True)
    packet = packet_kinds.subscribe_sent(template_id=template.template_id, msgid=msgid)

    def tell() -> None:
        openid = user.mini_openid if mini else user.openid
        simulator.dispatch.platform_event(openid, packet, wait=True, mini=mini)

    simulator.later(simulator.settings.template_event_delay, tell)
    return ok()


ENDPOINTS = (
    Endpoint(
        "POST",
        "/cgi-bin/message/subscribe/bizsend",
        send_account_notice,
        body="json",
        only_verified=True,
    ),
    Endpoint("POST", "/cgi-bin/message/subscribe/send", send_mini_notice, body="json"),
)
