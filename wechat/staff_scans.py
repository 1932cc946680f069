"""What the chat answers when somebody scans a code for binding their WeChat, for signing in, or for linking.

https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_event_pushes.html
"""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.scan_tickets import ScanOutcome, read_scene, scan
from models.enums import ScanKind
from models.person import Person
from models.scan_ticket import ScanTicket
from wechat.replies import plain

DEAD = "这个二维码已失效。请换一个，再扫一次。"
TAKEN = "这个二维码已经有人扫过。请换一个，再扫一次。"
NOT_BOUND = "这个微信还没有绑定后台账号。请先在电脑上用用户名和密码登录，再到「我的微信」里绑定。"
BOUND_ELSEWHERE = "这个微信已经绑定了另一个后台账号。请先用那个账号登录，解除绑定后再试。"

LINKED_ELSEWHERE = "这个微信已经关联了另一个小程序账号，或者那个小程序账号已经关联了别的微信。"

_WORDS = {
    ScanOutcome.DEAD: DEAD,
    ScanOutcome.TAKEN: TAKEN,
    ScanOutcome.NOT_BOUND: NOT_BOUND,
    ScanOutcome.BOUND_ELSEWHERE: BOUND_ELSEWHERE,
}


def handle_scan(session: Session, scene: str, person: Person, *, now: datetime) -> str | None:
    """Act on the scan of a code for staff, or of one that links the mini program.

    Args:
        scene: without `qrscene_`.

    Returns:
        The answer; None when the scene is of another kind, such as a service point's.
    """
    read = read_scene(scene)
    if read is None:
        return None
    kind, secret = read
    found = scan(session, kind, secret, person=person, now=now)
    if found.outcome is ScanOutcome.SCANNED and found.ticket is not None:
        return _tell_number(found.ticket)
    if kind is ScanKind.LINK and found.outcome is ScanOutcome.BOUND_ELSEWHERE:
        return LINKED_ELSEWHERE
    return _WORDS[found.outcome]


def _tell_number(ticket: ScanTicket) -> str:
    account = plain(ticket.staff.name) if ticket.staff else ""
    if ticket.kind is ScanKind.BIND:
        return (
            f"您正在把这个微信绑定到「{account}」的后台账号。\n"
            f"请在电脑的网页上输入数字：{ticket.number}\n"
            "绑定后，新工单、催办和到期提醒会发到这里。如果不是您本人在操作，请不要理会。"
        )
    if ticket.kind is ScanKind.LINK:
        return (
            "您正在把小程序和公众号关联成一个账号：在哪边提交的诉求，两边都能看到。\n"
            f"请在小程序里输入数字：{ticket.number}\n"
            "如果不是您本人在操作，不要把数字告诉任何人。"
        )
    return (
        f"有人正在电脑上用「{account}」的账号登录后台。\n"
        f"是您本人，请在电脑的网页上输入数字：{ticket.number}\n"
        "如非本人操作，不要把数字告诉任何人，并立即联系系统管理员。"
    )
