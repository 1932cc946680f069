"""Who is signed in: what waits for them, their telephone number, and linking with the official account."""

import base64
from http import HTTPStatus

from flask import Blueprint, g

from domain import notices, qr_drawings, scan_tickets
from domain.person_complaints import PersonTab, tab_counts
from domain.scan_tickets import Confirmation
from models.enums import ScanKind
from models.person import Person
from models.scan_ticket import ScanTicket
from web.api.operations import api_blueprint, operation
from web.api.session_shapes import LinkNumber, LinkOut, Me, PhoneCode, PhoneOut, TabCounts
from web.api.wechat_answers import ask, mini_program
from web.clock import now
from web.database_session import current_session
from web.guards import current_person
from web.parts import parts
from web.problems import ApiProblem, FieldError

TAG = "我的"
_WRONG = "数字不对，请看公众号发来的四位数字。"
_OVER = "二维码已失效，或者还没有人扫。请换一个再扫。"
# On a phone's screen; the code of the official account is 37 modules wide.
_MODULE_PIXELS = 6

blueprint: Blueprint = api_blueprint("api_me", __name__)


@operation(blueprint, "GET", "/me", tag=TAG, summary="我是谁、有什么等着我")
def read_me() -> Me:
    """Tell whether the accounts are linked, and count what waits."""
    database, person = current_session(), current_person()
    counts = tab_counts(database, person)
    return Me(
        linked=person.openid is not None,
        complaints=TabCounts(**{tab.value: counts[tab] for tab in PersonTab}),
        unread_notices=notices.unread_count(database, person=person),
    )


@operation(
    blueprint,
    "POST",
    "/me/phone",
    tag=TAG,
    summary="用微信验证的手机号",
    description=(
        "换出手机号，由小程序填进表单；这里不保存。微信对每次调用收费，次数用完时回答 wechat_refused，"
        "请让用户自己填写。"
    ),
    problems=("phone_code_invalid", "wechat_unreachable", "wechat_refused", "mini_program_not_set_up"),
    limit="10 per hour; 30 per day",
)
def read_phone(body: PhoneCode) -> PhoneOut:
    """Exchange the code of the button."""
    calls = mini_program()
    found = ask(lambda: calls.phone_of(body.code), used="phone_code_invalid", invalid="phone_code_invalid")
    return PhoneOut(phone=found.number, country_code=found.country_code)


@operation(
    blueprint,
    "POST",
    "/me/link",
    tag=TAG,
    summary="和公众号关联（新建二维码）",
    description=(
        "同一个开放平台账号下的小程序和公众号会自动认出同一个人，不用这一步。否则：显示二维码，"
        "用户长按识别，公众号告诉他四位数字，填进小程序。以前的二维码随即作废。"
    ),
    status=HTTPStatus.CREATED,
    problems=("not_allowed", "wechat_unreachable", "wechat_refused"),
    limit="10 per hour",
)
def create_link() -> LinkOut:
    """Have a code made that the official account recognises."""
    with parts().database.reading() as reading:
        is_linked = reading.get_one(Person, g.known_person.id).openid is not None
    if is_linked:
        raise ApiProblem("not_allowed", "已经和公众号关联，不用再扫。")
    secret = scan_tickets.new_secret()
    scene = scan_tickets.scene_of(ScanKind.LINK, secret)
    seconds = int(scan_tickets.LIFETIME.total_seconds())
    url = ask(
        lambda: parts().client.create_qrcode(scene, seconds=seconds),
        used="wechat_refused",
        invalid="wechat_refused",
    )
    ticket = scan_tickets.open_ticket(
        current_session(), ScanKind.LINK, secret=secret, url=url, for_person=current_person(), now=now()
    )
    picture = base64.b64encode(qr_drawings.png(url, module_pixels=_MODULE_PIXELS)).decode()
    return _shown(ticket, linked=False, picture=f"data:image/png;base64,{picture}")


@operation(blueprint, "GET", "/me/link", tag=TAG, summary="关联到哪一步了")
def read_link() -> LinkOut:
    """Tell how far the newest code has come."""
    database, person = current_session(), current_person()
    return _shown(scan_tickets.ticket_of(database, person), linked=person.openid is not None)


@operation(
    blueprint,
    "POST",
    "/me/link/confirm",
    tag=TAG,
    summary="填入数字，完成关联",
    description="数字错五次，二维码作废。关联以后，两边提交的诉求合在一起。",
    problems=("not_allowed",),
    limit="20 per hour",
)
def confirm_link(body: LinkNumber) -> LinkOut:
    """Use the number, and make one person of two."""
    # The count of wrong numbers must last although the answer is an error.
    with parts().database.transaction() as writing:
        waiting = writing.get_one(Person, g.known_person.id)
        ticket = scan_tickets.ticket_of(writing, waiting)
        outcome = scan_tickets.confirm_link(writing, waiting, number=body.number, now=now())
        shown = _shown(ticket, linked=True)
    if outcome is Confirmation.WRONG:
        raise ApiProblem("invalid", _WRONG, errors=[FieldError("number", _WRONG)])
    if outcome is not Confirmation.DONE:
        raise ApiProblem("not_allowed", _OVER)
    return shown


def _shown(ticket: ScanTicket | None, *, linked: bool, picture: str | None = None) -> LinkOut:
    return LinkOut(
        state=scan_tickets.state_of(ticket, now=now()) if ticket is not None else None,
        linked=linked,
        expires_at=ticket.expires_at if ticket is not None else None,
        code_png=picture,
    )
