"""Template messages.

https://developers.weixin.qq.com/doc/service/api/notify/template/api_sendtemplatemessage.html
"""

from simulator import packet_kinds
from simulator.endpoints.recipients import accept, need_user
from simulator.errors import ApiError
from simulator.pipeline import Answer, Call, Endpoint, ok
from simulator.state import Document, Template, User
from simulator.template_rules import check_data, shown_fields

SAME_MESSAGE_SECONDS = 600


def need_template(call: Call, template_id: object) -> Template:
    """Return the template.

    Raises:
        ApiError: 40036 not an id at all, 40037 not one of this account.
    """
    if not isinstance(template_id, str) or not 1 <= len(template_id) <= 64:
        raise ApiError(40036)
    template = call.simulator.state.templates.get(template_id)
    if template is None:
        raise ApiError(40037)
    return template


def send_template(call: Call) -> Answer:
    """Accept a template message; the result follows as TEMPLATESENDJOBFINISH."""
    template = need_template(call, call.json.get("template_id"))
    if not call.json.get("touser"):
        raise ApiError(41009)
    values = check_data(template, call.json.get("data"))
    user = need_user(call, call.json["touser"])
    if not user.following:
        raise ApiError(43004)
    client_msg_id = call.text("client_msg_id")
    earlier = _sent_before(call, user, client_msg_id)
    if earlier is not None:
        return ok(msgid=earlier)
    msgid = call.simulator.dispatch.next_message_id() % 10**10
    _remember(call, user, client_msg_id, msgid)
    # A user who switched off receiving is not an error of the call: the job event tells of it.
    delivered = not (user.receive_off or user.blacklisted)
    if delivered:
        _show(call, user, template, values, msgid)
    accept(
        call.simulator,
        user,
        kind="template",
        content=dict(call.json),
        client_msg_id=client_msg_id,
        msgid=msgid,
        delivered=delivered,
    )
    _tell_result(call, user, msgid, "success" if delivered else "failed:user block")
    return ok(msgid=msgid)


def _sent_before(call: Call, user: User, client_msg_id: str) -> int | None:
    if not client_msg_id:
        return None
    document = call.simulator.state.documents.get(_idempotency_key(user, client_msg_id))
    if document is None or call.simulator.clock.now() - document.value["at"] >= SAME_MESSAGE_SECONDS:
        return None
    msgid: int = document.value["msgid"]
    return msgid


def _remember(call: Call, user: User, client_msg_id: str, msgid: int) -> None:
    if client_msg_id:
        value = {"msgid": msgid, "at": call.simulator.clock.now()}
        call.simulator.state.documents.put(_idempotency_key(user, client_msg_id), Document(value))


def _idempotency_key(user: User, client_msg_id: str) -> str:
    return f"template-sent:{user.openid}:{client_msg_id}"


def _show(call: Call, user: User, template: Template, values: dict[str, str], msgid: int) -> None:
    card = {
        "title": template.title,
        "fields": shown_fields(template, values),
        "url": call.text("url"),
        "miniprogram": call.json.get("miniprogram"),
    }
    call.simulator.chat.add(
        user,
        at=call.simulator.clock.now(),
        sender="account",
        item_type="template",
        via="template",
        template=card,
        msgid=msgid,
        client_msg_id=call.text("client_msg_id"),
    )


def _tell_result(call: Call, user: User, msgid: int, status: str) -> None:
    simulator = call.simulator
    packet = packet_kinds.template_job_finish(msgid=msgid, status=status)

    def tell() -> None:
        simulator.dispatch.platform_event(user.openid, packet, wait=True)

    if simulator.settings.template_event_before_response:
        call.before_answer.append(tell)
    else:
        simulator.later(simulator.settings.template_event_delay, tell)


def list_templates(call: Call) -> Answer:
    """All templates of the account."""
    return {
        "template_list": [
            {
                "template_id": template.template_id,
                "title": template.title,
                "primary_industry": template.primary_industry,
                "deputy_industry": template.deputy_industry,
                "content": template.content,
                "example": template.example,
            }
            for template in call.simulator.state.templates
            if not template.subscription
        ]
    }


def delete_template(call: Call) -> Answer:
    """Take a template out of the account."""
    template = need_template(call, call.json.get("template_id"))
    call.simulator.state.templates.remove(template.template_id)
    return ok()


ENDPOINTS = (
    Endpoint("POST", "/cgi-bin/message/template/send", send_template, body="json", only_verified=True),
    Endpoint("GET", "/cgi-bin/template/get_all_private_template", list_templates, only_verified=True),
    Endpoint(
        "POST", "/cgi-bin/template/del_private_template", delete_template, body="json", only_verified=True
    ),
)
