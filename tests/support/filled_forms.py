"""The forms of the pages, each filled in as somebody in a hurry would."""

from bs4 import BeautifulSoup, Tag

from tests.support.factories import PASSWORD
from tests.support.furnished import Furnished

Body = dict[str, str | list[str]]


def forms_of(furnished: Furnished, role: str, *, below: str = "/admin") -> dict[str, list[Body]]:
    """Give the forms of all pages that this role may open, by where they lead."""
    client = furnished.client(role)
    found: dict[str, list[Body]] = {}
    for rule in furnished.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not rule.rule.startswith(below):
            continue
        with client.get(furnished.address(rule)) as answer:
            if answer.mimetype != "text/html":
                continue
            page = BeautifulSoup(answer.text, "html.parser")
        for form in page.select("form[method=post]"):
            found.setdefault(str(form.get("action") or answer.request.path), []).append(_filled(form))
    return found


def _filled(form: Tag) -> Body:
    body: Body = {}
    for field in form.select("input[name], textarea[name], select[name], button[name]"):
        name, value = str(field["name"]), _value(field, body)
        if value is None:
            continue
        before = body.get(name)
        if before is not None and field.get("type") == "checkbox":
            value = [*(before if isinstance(before, list) else [before]), *value]
        body[name] = value if len(value) > 1 else value[0]
    return body


def _value(field: Tag, body: Body) -> list[str] | None:
    """Give what somebody in a hurry sends of a field: words a little changed, the first of several things."""
    kind = str(field.get("type", "text")) if field.name == "input" else field.name
    value = str(field.get("value", ""))
    if kind == "file":
        return None
    if kind in {"radio", "checkbox"}:
        taken = field.has_attr("checked") or (kind == "radio" and field["name"] not in body)
        return [value or "on"] if taken or field["name"] in {"confirmed", "despite_open"} else None
    if kind == "select":
        chosen = field.select("option[selected]") + field.select("option")
        return [next((str(each["value"]) for each in chosen if each.get("value")), "")]
    if kind == "textarea":
        return [field.get_text() + "改"]
    if kind == "text":
        return [value if value.isdigit() else f"{value}改一改"]
    return [PASSWORD if kind == "password" else value]
