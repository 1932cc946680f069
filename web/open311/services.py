"""What can be filed: the categories as services, and what may be said with each."""

from typing import Any

from flask import Blueprint
from sqlalchemy import select
from werkzeug.wrappers import Response

from config.catalogue import catalogue
from domain import categories
from domain.errors import NotFound
from models.category import Category
from models.enums import ComplaintKind
from models.wording import CategoryKeyword
from web.database_session import current_session
from web.guards import open_to_all
from web.open311.arguments import check_jurisdiction
from web.open311_shapes import Members, thing, things
from web.parts import parts
from web.rate_limits import limiter

READING_LIMIT = "300 per minute"
# When the services or what may be said with them last changed their shape.
CHANGESET = "2026-11-21T00:00:00+08:00"
_MOST_WORDS = 20
_SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"

blueprint = Blueprint("open311_services", __name__, url_prefix="/open311")
blueprint.before_request(open_to_all)


@blueprint.get("/discovery.<any(json, xml):form>")
@limiter.limit(READING_LIMIT)
def discovery(form: str) -> Response:
    """Say where the API is and who gives keys: https://wiki.open311.org/Service_Discovery/."""
    del form
    product = catalogue()
    base = f"{parts().settings.base_url}open311/v2"
    endpoint: dict[str, Any] = {
        "specification": _SPECIFICATION,
        "url": base,
        "changeset": CHANGESET,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    office = f"{product.university}{product.office}"
    return thing(
        "discovery",
        {
            "changeset": CHANGESET,
            "contact": f"{office}，电话 {product.duty_phone}",
            "key_service": f"api_key 由{office}的系统管理员在「设置 → 接入系统」里发放",
            "endpoints": [endpoint],
        },
    )


@blueprint.get("/v2/services.<any(json, xml):form>")
@limiter.limit(READING_LIMIT)
def services(form: str) -> Response:
    """List the categories in use."""
    del form
    check_jurisdiction()
    session = current_session()
    found = categories.choosable(session)
    names = {each.id: each.name for each in found}
    words: dict[int, list[str]] = {}
    for row in session.scalars(select(CategoryKeyword).order_by(CategoryKeyword.id)):
        words.setdefault(row.category_id, []).append(row.word)
    return things(
        "services",
        [_service(each, names.get(each.parent_id or 0, each.name), words.get(each.id, [])) for each in found],
    )


def _service(category: Category, group: str, words: list[str]) -> Members:
    return {
        "service_code": category.code,
        "service_name": category.name,
        "description": f"{category.name}方面的投诉、报修、建议、咨询和表扬",
        "metadata": True,
        "type": "realtime",
        "keywords": ",".join(words[:_MOST_WORDS]),
        "group": group,
    }


@blueprint.get("/v2/services/<service_code>.<any(json, xml):form>")
@limiter.limit(READING_LIMIT)
def definition(service_code: str, form: str) -> Response:
    """Tell what may be said with a service; all of it may be left out."""
    del form
    check_jurisdiction()
    query = select(Category.code).where(Category.code == service_code[:40], Category.active)
    code = current_session().scalar(query)
    if code is None:
        raise NotFound("没有这个 service_code，可用的见 services。")
    kinds = [{"key": kind.value, "name": kind.label} for kind in ComplaintKind]
    attributes: list[dict[str, Any]] = [
        _attribute(1, "kind", "singlevaluelist", "诉求的种类", "不选则由系统按文字判断") | {"values": kinds},
        _attribute(
            2,
            "service_point",
            "string",
            "服务点代码（二维码里的那一段）；和 address_id 作用相同",
            "字母和数字，最多 40 位",
        ),
    ]
    return thing("service_definition", {"service_code": code, "attributes": attributes})


def _attribute(order: int, code: str, datatype: str, description: str, hint: str) -> dict[str, Any]:
    return {
        "variable": True,
        "code": code,
        "datatype": datatype,
        "required": False,
        "datatype_description": hint,
        "order": order,
        "description": description,
    }
