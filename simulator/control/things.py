"""What the account has: menu, codes, templates, files, messages."""

from flask import Blueprint, Response, jsonify, request

from simulator.control.reading import body, live_simulator, text
from simulator.default_templates import make_template
from simulator.errors import ControlError
from simulator.state import Template
from simulator.template_rules import fields_of


def register(control: Blueprint) -> None:
    """Add the addresses."""
    control.get("/menu")(menu)
    control.get("/codes")(list_codes)
    control.post("/codes")(post_code)
    control.get("/templates")(list_templates)
    control.post("/templates")(define_template)
    control.get("/messages")(messages)
    control.get("/articles")(list_articles)
    control.get("/mass_jobs")(list_mass_jobs)
    control.get("/media/<media_id>")(media)


def menu() -> Response:
    """The live menu; with `?openid=` the one this user sees."""
    simulator = live_simulator()
    with simulator.state.lock:
        return jsonify(simulator.menu(request.args.get("openid")))


def list_articles() -> Response:
    """What was published or sent to many and is still there, the newest first."""
    simulator = live_simulator()
    with simulator.state.lock:
        live = [article for article in simulator.state.articles if article.state == "live"]
        live.sort(key=lambda article: article.live_at or 0, reverse=True)
        return jsonify(
            [
                {
                    "title": article.fields["title"],
                    "digest": article.fields["digest"],
                    "url": simulator.articles.url(article),
                    "via": article.via,
                    "at": article.live_at,
                }
                for article in live
            ]
        )


def list_mass_jobs() -> Response:
    """All mass sends with their counts."""
    simulator = live_simulator()
    with simulator.state.lock:
        return jsonify([dict(vars(job)) for job in simulator.state.mass_jobs])


def list_codes() -> Response:
    """Codes that can be scanned."""
    simulator = live_simulator()
    with simulator.state.lock:
        return jsonify(simulator.codes.posted())


def post_code() -> Response:
    """Hang up a code."""
    fields = body()
    codes = live_simulator().codes
    place, link = text(fields, "place", default=""), text(fields, "link", default="")
    codes.post(text(fields, "scene"), title=text(fields, "title"), place=place, link=link)
    return list_codes()


def list_templates() -> Response:
    """All templates with their fields."""
    simulator = live_simulator()
    with simulator.state.lock:
        return jsonify([dict(vars(template)) for template in simulator.state.templates])


def define_template() -> Response:
    """One template or a list: with `content` as WeChat lists it, or `fields` [{"key", "label"}]."""
    value = request.get_json(force=True, silent=True)
    rows = value if isinstance(value, list) else [value]
    templates = [_template(row) for row in rows]
    simulator = live_simulator()
    with simulator.state.lock:
        for template in templates:
            simulator.state.templates.put(template.template_id, template)
    return list_templates()


def _template(row: object) -> Template:
    if not isinstance(row, dict):
        raise ControlError("a template is an object with template_id, title and content or fields")
    template_id, title = text(row, "template_id"), text(row, "title")
    options = row.get("options", {})
    if not isinstance(options, dict):
        raise ControlError("options must map the key of a const field to its values")
    subscription = row.get("subscription", False) is True
    if "content" in row:
        content = text(row, "content")
        found = fields_of(content)
        if not found:
            raise ControlError("content has no {{key.DATA}} in it")
        example = text(row, "example", default="")
        return Template(
            template_id,
            title,
            content,
            example,
            fields=found,
            options=options,
            subscription=subscription,
        )
    fields = row.get("fields")
    if not isinstance(fields, list) or not all(isinstance(field, dict) for field in fields):
        raise ControlError("a template needs content, or fields as a list of objects")
    pairs = [(text(field, "key"), text(field, "label")) for field in fields]
    template = make_template(template_id, title, fields=pairs, options=options)
    template.subscription = subscription
    return template


def messages() -> Response:
    """What the platform accepted through API sends."""
    return jsonify(live_simulator().messages(request.args.get("openid")))


def media(media_id: str) -> Response:
    """The bytes of a file, for the phone page."""
    simulator = live_simulator()
    found, content = simulator.state.media.get(media_id), simulator.media.content(media_id)
    if found is None or content is None:
        return Response("Not Found", status=404, content_type="text/plain")
    return Response(content, content_type=found.content_type)
