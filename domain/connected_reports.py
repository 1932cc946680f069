"""What a connected system files: read strictly, filed as everybody's, and once however often it is sent."""

import re
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from math import isfinite
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import complaints, idempotency, report_checks
from domain.coordinates import to_chinese_map
from domain.errors import Invalid, NotAllowed, NotFound
from domain.idempotency import KeyReused
from domain.report_checks import plain
from domain.service_points import by_code
from domain.submissions import guess_kind
from models.attachment import Attachment
from models.category import Category
from models.complaint import Complaint
from models.connected_system import ConnectedRequest, ConnectedSystem
from models.enums import AttachmentKind, AttachmentState, Channel, ComplaintKind
from models.service_point import ServicePoint
from models.upsert import insert_into

# Of GeoReport v2.
LONGEST_DESCRIPTION = 4_000
LONGEST_LINK = 500
# A program that sends no key of its own and got no answer tries again within that time.
SAME_BODY_WITHIN = timedelta(hours=24)
_ON_THE_MAP = "地图上的位置，见附件"
_CHINESE = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, kw_only=True)
class Report:
    """A service request as it was sent; empty is what was not said.

    Attributes:
        place_code: of a service point.
        latitude, longitude: WGS-84, as they were written.
        kind: a word of ComplaintKind; empty to guess it from the words.
        media_url: a picture elsewhere. It is not fetched; the link goes to the staff with the words.
    """

    service_code: str
    description: str
    address: str = ""
    place_code: str = ""
    latitude: str = ""
    longitude: str = ""
    kind: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    media_url: str = ""


def file(session: Session, system: ConnectedSystem, report: Report, *, key: str, now: datetime) -> Complaint:
    """File what a system sent.

    Args:
        key: chosen by the system for this request; without one, the same content sent again within a day
            counts as the same request.

    Raises:
        NotAllowed: the system may not file.
        NotFound: there is no such service.
        Invalid: something of it cannot be used; `field` is named as Open311 names it.
        KeyReused: the key came with other content before.
    """
    if not system.may_submit:
        raise NotAllowed("这个接入系统没有提交诉求的权限，请联系后勤处的系统管理员。")
    submission = _submission(session, system, report, now=now)
    sent = idempotency.fingerprint(*map(str, astuple(report)))
    request, is_new = _request(session, system, f"key:{key}" if key else f"body:{sent}", sent, now=now)
    if not is_new and request.complaint_id is not None:
        return session.get_one(Complaint, request.complaint_id)
    filed = complaints.submit(session, submission, now=now)
    request.complaint_id = filed.id
    session.flush()
    return filed


def _request(
    session: Session, system: ConnectedSystem, key: str, sent: str, *, now: datetime
) -> tuple[ConnectedRequest, bool]:
    """Hold the row of a request, and tell whether it has yet to have its effect."""
    row = insert_into(session, ConnectedRequest).values(
        system_id=system.id, key=key, fingerprint=sent, created_at=now
    )
    written = session.scalar(row.on_conflict_do_nothing().returning(ConnectedRequest.key))
    found = session.scalars(
        select(ConnectedRequest)
        .where(ConnectedRequest.system_id == system.id, ConnectedRequest.key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if written is not None:
        return found, True
    if found.fingerprint != sent:
        raise KeyReused("这个 Idempotency-Key 已经用于另一个请求，请换一个新的。", "Idempotency-Key")
    if key.startswith("body:") and found.created_at < now - SAME_BODY_WITHIN:
        found.created_at = now
        return found, True
    return found, False


def _submission(
    session: Session, system: ConnectedSystem, report: Report, *, now: datetime
) -> complaints.Submission:
    category = _category(session, report.service_code)
    place, position = _place(session, report), _position(report, now=now)
    address = plain(report.address)
    if place is None and position is None and not address:
        raise Invalid("请给出位置：address_string、address_id，或 lat 和 long。", "address_string")
    text, kind = plain(report.description), _kind(report.kind)
    name, phone = _name(report), plain(report.phone)
    _check(text, kind or guess_kind(text), address, name, phone)
    return complaints.Submission(
        text=_with_link(text, report.media_url),
        channel=Channel.CONNECTED,
        kind=kind,
        service_point=place,
        place_text=address or (_ON_THE_MAP if place is None else ""),
        category=category,
        contact_name=name,
        contact_phone=phone,
        attachments=[position] if position is not None and place is None else [],
        system=system,
    )


def _check(text: str, kind: ComplaintKind, address: str, name: str, phone: str) -> None:
    """Hold it to the rules of all reports, with the fields named as Open311 names them."""
    fields = {"words": "description", "place": "address_string", "contact_phone": "phone"}
    if len(text) > LONGEST_DESCRIPTION:
        raise Invalid(f"文字太长，最多 {LONGEST_DESCRIPTION} 字。", "description")
    try:
        report_checks.check_words(text, kind=kind, has_files=False)
        report_checks.check_place(address, kind=kind, is_chosen=True)
        report_checks.check_contact(name, phone)
    except Invalid as error:
        raise Invalid(error.message, fields.get(error.field or "", "first_name")) from None


def _category(session: Session, code: str) -> Category:
    if not code:
        raise Invalid("缺少 service_code。可用的见 services。", "service_code")
    found = session.scalar(select(Category).where(Category.code == plain(code)[:40], Category.active))
    if found is None:
        raise NotFound("没有这个 service_code，可用的见 services。")
    return found


def _place(session: Session, report: Report) -> ServicePoint | None:
    if not report.place_code:
        return None
    found = by_code(session, plain(report.place_code)[:40])
    if found is None:
        raise Invalid("没有这个服务点代码，或者它已停用。", "address_id")
    return found


def _position(report: Report, *, now: datetime) -> Attachment | None:
    if not report.latitude and not report.longitude:
        return None
    try:
        latitude, longitude = float(report.latitude), float(report.longitude)
    except ValueError:
        raise Invalid("lat 和 long 要一起给出，都是十进制的度数。", "lat") from None
    if not (isfinite(latitude) and isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        raise Invalid("lat 在 -90 到 90 之间，long 在 -180 到 180 之间。", "lat")
    north, east = to_chinese_map(latitude, longitude)
    return Attachment(
        kind=AttachmentKind.LOCATION,
        state=AttachmentState.STORED,
        latitude=north,
        longitude=east,
        created_at=now,
    )


def _kind(word: str) -> ComplaintKind | None:
    if not word:
        return None
    found = next((kind for kind in ComplaintKind if kind.value == word), None)
    if found is None:
        raise Invalid("attribute[kind] 不在可选的值里。", "attribute[kind]")
    return found


def _name(report: Report) -> str:
    """Put the names together as their language does."""
    first, last = plain(report.first_name), plain(report.last_name)
    return last + first if _CHINESE.search(first + last) else f"{first} {last}".strip()


def _with_link(text: str, link: str) -> str:
    link = plain(link)
    if not link:
        return text
    usable = len(link) <= LONGEST_LINK and not re.search(r"\s", link)
    try:
        usable = usable and urlsplit(link).scheme in {"http", "https"} and bool(urlsplit(link).hostname)
    except ValueError:
        usable = False
    if not usable:
        raise Invalid(f"media_url 应是 http 或 https 网址，最多 {LONGEST_LINK} 个字符。", "media_url")
    return f"{text}\n\n对方平台附的图片链接（系统没有打开过）：{link}"
