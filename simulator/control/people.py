"""Users and what they do: `/_sim/users…` and `/_sim/deliver…`."""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from simulator.chat import describe_item
from simulator.control.reading import body, live_simulator, number, query_number, text, wants_to_wait
from simulator.deliveries import Delivery
from simulator.endpoints.codes_exchange import make_code
from simulator.errors import ControlError

_CHANGEABLE = ("receive_off", "blacklisted", "protected_minor", "snapshot", "high_risk")
_LONGEST_POLL = 20


def register(control: Blueprint) -> None:
    """Add the addresses."""
    control.get("/users")(list_users)
    control.post("/users")(create_user)
    control.get("/crowd")(count_crowd)
    control.post("/crowd")(admit_crowd)
    control.post("/users/<openid>")(change_user)
    control.post("/users/<openid>/<any(follow,unfollow,scan,click,view,event,subscribe):act>")(act)
    control.post("/users/<openid>/send")(send)
    control.post("/users/<openid>/login_code")(login_code)
    control.post("/users/<openid>/phone_code")(phone_code)
    control.get("/users/<openid>/chat")(chat)
    control.post("/deliver")(deliver)
    control.get("/deliveries")(list_deliveries)
    control.get("/deliveries/<delivery_id>")(show_delivery)


def list_users() -> Response:
    """All users but the crowd."""
    simulator = live_simulator()
    with simulator.state.lock:
        return jsonify([simulator.people.describe(user) for user in simulator.people.with_phones()])


def create_user() -> Response:
    """One more user."""
    simulator = live_simulator()
    user = simulator.people.create(text(body(), "nickname"))
    return jsonify(simulator.people.describe(user))


def count_crowd() -> Response:
    """How many followers there are whom no phone shows."""
    return jsonify({"count": live_simulator().people.admit([])})


def admit_crowd() -> Response:
    """More of them, by openid."""
    openids = body().get("openids")
    if not isinstance(openids, list) or not all(isinstance(one, str) and one for one in openids):
        raise ControlError("openids must be a list of texts")
    return jsonify({"count": live_simulator().people.admit(openids)})


def change_user(openid: str) -> Response:
    """Switch a user's properties, such as receive_off."""
    simulator, fields = live_simulator(), body()
    with simulator.state.lock:
        user = simulator.people.need(openid)
        for name, value in fields.items():
            if name not in _CHANGEABLE or not isinstance(value, bool):
                raise ControlError(f"a user's {', '.join(_CHANGEABLE)} can be true or false")
        for name, value in fields.items():
            setattr(user, name, value)
        simulator.state.users.put(openid, user)
        return jsonify(simulator.people.describe(user))


def act(openid: str, act: str) -> Response:
    """Follow, unfollow, scan, click, view, any event, or answer a subscription question."""
    actions, fields, wait = live_simulator().actions, body(), wants_to_wait()
    if act == "follow":
        scene = text(fields, "scene") if fields.get("scene") else None
        delivery = actions.follow(openid, scene=scene, wait=wait)
    elif act == "unfollow":
        delivery = actions.unfollow(openid, wait=wait)
    elif act == "scan":
        delivery = actions.scan(openid, scene=text(fields, "scene"), wait=wait)
    elif act == "click":
        delivery = actions.click(openid, key=text(fields, "key"), wait=wait)
    elif act == "view":
        delivery = actions.view(openid, url=text(fields, "url"), wait=wait)
    elif act == "subscribe":
        delivery = _answer_popup(openid, fields, wait=wait)
    else:
        name, more = text(fields, "event"), fields.get("fields", {})
        if not isinstance(more, dict):
            raise ControlError("fields must be an object")
        delivery = actions.other_event(openid, name=name, fields=more, wait=wait)
    return _answer(delivery)


def _answer_popup(openid: str, fields: dict[str, Any], *, wait: bool) -> Delivery:
    actions, answers = live_simulator().actions, fields.get("answers")
    if answers is None:
        status, template_id = text(fields, "status", default="accept"), text(fields, "template_id")
        return actions.answer_popup(openid, template_id=template_id, status=status, wait=wait)
    if not isinstance(answers, dict) or not all(isinstance(one, str) for one in answers.values()):
        raise ControlError("answers must be an object of template ids and accept or reject")
    if fields.get("mini") is True:
        return actions.answer_mini_program(openid, answers=answers, wait=wait)
    return actions.answer_page(openid, answers=answers, wait=wait)


def send(openid: str) -> Response:
    """A message: JSON for text, location and link; multipart for files."""
    actions, wait = live_simulator().actions, wants_to_wait()
    if request.mimetype == "multipart/form-data":
        file = request.files.get("media")
        if file is None:
            raise ControlError("the file field media is missing")
        return _answer(
            actions.send_media(
                openid,
                kind=request.form.get("type", "image"),
                content=file.stream.read(),
                filename=file.filename or "file",
                wait=wait,
            )
        )
    fields = body()
    kind = fields.get("type")
    if kind == "text":
        return _answer(actions.send_text(openid, text(fields, "content"), wait=wait))
    if kind == "location":
        latitude, longitude = number(fields, "latitude"), number(fields, "longitude")
        label = text(fields, "label", default="")
        return _answer(
            actions.send_location(openid, latitude=latitude, longitude=longitude, label=label, wait=wait)
        )
    if kind == "link":
        title, url = text(fields, "title"), text(fields, "url")
        description = text(fields, "description", default="")
        return _answer(actions.send_link(openid, title=title, description=description, url=url, wait=wait))
    raise ControlError("type must be text, location or link; files come as multipart/form-data")


def login_code(openid: str) -> Response:
    """A code as wx.login gives it to the mini program; who asks for one is using it."""
    simulator = live_simulator()
    with simulator.state.lock:
        user = simulator.people.need(openid)
        user.mini_active = simulator.clock.now()
        simulator.state.users.put(openid, user)
        return jsonify({"code": make_code(simulator, user, kind="mini")})


def phone_code(openid: str) -> Response:
    """A code as the button for the telephone number gives it to the mini program."""
    simulator = live_simulator()
    return jsonify({"code": make_code(simulator, simulator.people.need(openid), kind="phone")})


def chat(openid: str) -> Response:
    """The chat after a line, waiting for news if asked to."""
    simulator = live_simulator()
    user = simulator.people.need(openid)
    after = int(query_number("after", 0, most=1e12))
    items = simulator.chat.read(user, after=after, wait=query_number("wait", 0, most=_LONGEST_POLL))
    shown = [describe_item(item, base_url=simulator.base_url) for item in items]
    return jsonify({"items": shown, "last_seq": user.last_seq})


def deliver() -> Response:
    """Any packet, good or bad."""
    fields = body()
    packet, packet_xml = fields.get("packet"), fields.get("packet_xml")
    if packet is not None and not isinstance(packet, dict):
        raise ControlError("packet must be an object")
    if packet_xml is not None and not isinstance(packet_xml, str):
        raise ControlError("packet_xml must be a text")
    optional: dict[str, Any] = {
        name: text(fields, name) if fields.get(name) else None for name in ("openid", "mode", "fault")
    }
    dispatch = live_simulator().dispatch
    optional["mini"] = fields.get("mini") is True
    return _answer(dispatch.raw(packet=packet, packet_xml=packet_xml, wait=wants_to_wait(), **optional))


def list_deliveries() -> Response:
    """The newest deliveries."""
    rows = live_simulator().deliveries.newest(int(query_number("limit", 100, most=5000)))
    return jsonify([row.describe() for row in rows])


def show_delivery(delivery_id: str) -> Response:
    """One delivery."""
    delivery = live_simulator().deliveries.get(delivery_id)
    if delivery is None:
        raise ControlError(f"no delivery with id {delivery_id}")
    return _answer(delivery)


def _answer(delivery: Delivery) -> Response:
    return jsonify(delivery.describe())
