"""Filing service requests, and following them."""

from flask import Blueprint, g, request, url_for
from werkzeug.wrappers import Response

from config.catalogue import catalogue
from domain import connected_reports, connected_requests
from domain.connected_requests import ServiceRequest
from domain.errors import NotFound
from domain.webhooks import moment
from models.complaint import Complaint
from models.connected_system import ConnectedSystem
from web.clock import now
from web.database_session import current_session
from web.guards import known_system, system_only, system_or_nobody
from web.open311.arguments import (
    NUMBER,
    argument,
    check_jurisdiction,
    read_key,
    read_report,
    read_wanted,
)
from web.open311_shapes import Members, things
from web.parts import parts
from web.rate_limits import limiter

READING_LIMIT = "300 per minute"
# A portal files for many people, but not more than a whole campus in a storm.
FILING_LIMIT = "60 per minute; 3000 per day"
_LONGEST_ACCOUNT = 100
# As many decimals as a step is wide.
_DECIMALS = 6

blueprint = Blueprint("open311_requests", __name__, url_prefix="/open311/v2")
blueprint.before_request(system_or_nobody)
filing = Blueprint("open311_filing", __name__, url_prefix="/open311/v2")
filing.before_request(system_only)


def _who() -> str:
    system: ConnectedSystem | None = g.get("connected_system")
    return f"system:{system.id}" if system is not None else f"address:{request.remote_addr}"


@filing.post("/requests.<any(json, xml):form>")
@limiter.limit(FILING_LIMIT, key_func=_who)
def file(form: str) -> Response:
    """File one; sent again it gives the number of the one that was filed."""
    del form
    check_jurisdiction()
    report, key = read_report(), read_key()
    session = current_session()
    system = known_system()
    assert system is not None  # noqa: S101 (the guard let nobody else in)
    filed = connected_reports.file(session, system, report, key=key, now=now())
    answer: Members = {
        "service_request_id": filed.number,
        "service_notice": _notice(filed),
        "account_id": argument("account_id")[:_LONGEST_ACCOUNT] or None,
    }
    return things("service_requests", [answer], status=201)


@blueprint.get("/requests.<any(json, xml):form>")
@limiter.limit(READING_LIMIT, key_func=_who)
def found(form: str) -> Response:
    """List those that were asked for."""
    del form
    check_jurisdiction()
    listed = connected_requests.find(current_session(), known_system(), read_wanted(), now=now())
    return things("service_requests", [_members(one) for one in listed])


@blueprint.get("/requests/<request_id>.<any(json, xml):form>")
@limiter.limit(READING_LIMIT, key_func=_who)
def one(request_id: str, form: str) -> Response:
    """Show one."""
    del form
    check_jurisdiction()
    return things("service_requests", [_members(_find(request_id))])


@blueprint.get("/tokens/<token>.<any(json, xml):form>")
@limiter.limit(READING_LIMIT, key_func=_who)
def of_token(token: str, form: str) -> Response:
    """Give the number behind a token; here each request has its number at once, which is its own token."""
    del form
    check_jurisdiction()
    number = _find(token).complaint.number
    return things("service_requests", [{"service_request_id": number, "token": number}])


def _find(number: str) -> ServiceRequest:
    if not NUMBER.fullmatch(number):
        raise NotFound("没有这个 service_request_id，或者它没有公开。")
    return connected_requests.one(current_session(), known_system(), number, now=now())


def _notice(filed: Complaint) -> str:
    if filed.urgent:
        phone = catalogue().emergency_phone
        return f"已按紧急情况通知值班人员。如有人身危险，请马上拨打 {phone}。"
    return f"已派给{filed.team.name}。" if filed.team is not None else "已收到，等待派给责任单位。"


def _members(one: ServiceRequest) -> Members:
    filed = one.complaint
    latitude, longitude = one.position or (None, None)
    return {
        "service_request_id": filed.number,
        "status": one.status,
        "status_notes": one.notes,
        "service_name": filed.category.name,
        "service_code": filed.category.code,
        "description": one.text,
        "agency_responsible": filed.team.name if filed.team is not None else None,
        "service_notice": None,
        "requested_datetime": moment(filed.filed_at),
        "updated_datetime": moment(one.updated_at),
        "expected_datetime": moment(one.expected_at) if one.expected_at is not None else None,
        "address": one.address,
        "address_id": one.place_code or None,
        "zipcode": None,
        "lat": round(latitude, _DECIMALS) if latitude is not None else None,
        "long": round(longitude, _DECIMALS) if longitude is not None else None,
        "media_url": _picture(one.photo_id),
    }


def _picture(photo_id: int | None) -> str | None:
    if photo_id is None:
        return None
    return parts().settings.base_url.rstrip("/") + url_for("h5_board.photo", photo_id=photo_id)
