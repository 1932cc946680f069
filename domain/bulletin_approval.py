"""How a bulletin reaches its readers: submitted, published by somebody else (四眼原则), withdrawn."""

from datetime import datetime
from typing import Unpack

from sqlalchemy.orm import Session

from domain import approvals, board_version, bulletin_cases
from domain.acts import cleaned
from domain.approvals import Approval
from domain.bulletins import Deed, S, held, note
from domain.errors import Invalid, NotAllowed
from domain.permissions import may_publish_bulletins
from domain.personal_details import Found, find_details, in_words
from domain.working_time import LOCAL
from models.bulletin import Bulletin
from models.complaint import NumberCounter
from models.staff import Staff
from models.upsert import insert_into

LONGEST_REASON = 200


def details_in(bulletin: Bulletin) -> list[Found]:
    """Find what could tell who somebody is, in all its words."""
    words = [text for part, text in bulletin.texts.items() if part not in bulletin.left_out]
    for case in bulletin.cases:
        words += [case.text, case.answer, case.comment]
    return [found for text in words for found in find_details(text)]


def submit(session: Session, bulletin: Bulletin, *, confirmed: bool = False, **deed: Unpack[Deed]) -> None:
    """Ask a colleague to publish a draft.

    Args:
        confirmed: somebody has looked at what seems personal, and it may stand.

    Raises:
        TooLate: a colleague has changed it since, or it is no draft.
        Invalid: something seems personal and nobody confirmed it, or a case can no longer be read.
    """
    held(session, bulletin, S.DRAFT, **deed)
    _need_sound(session, bulletin)
    found = details_in(bulletin)
    if found and not confirmed:
        raise Invalid(f"通报里可能有{in_words(found)}。请改掉，或核对后勾选确认。", "confirmed")
    bulletin.state, bulletin.remark = S.WAITING, ""
    bulletin.submitted_by_id, bulletin.submitted_at = deed["staff"].id, deed["now"]
    bulletin.revision += 1
    note(session, bulletin, "submit", "提交通报审批", **deed)
    writers = (bulletin.written_by_id, bulletin.submitted_by_id)
    asked, by = _approval(bulletin), deed["staff"]
    approvals.call(session, asked, may=may_publish_bulletins, by=by, but=writers, now=deed["now"])


def _need_sound(session: Session, bulletin: Bulletin) -> None:
    gone = [
        case.number
        for cases in bulletin_cases.shown(session, bulletin).values()
        for case in cases
        if not case.is_shown
    ]
    if gone:
        raise Invalid(f"典型 {'、'.join(gone)} 已从公示栏撤下，请先去掉。", "cases")


def take_back(session: Session, bulletin: Bulletin, **deed: Unpack[Deed]) -> None:
    """Go on writing what waits for its approval."""
    held(session, bulletin, S.WAITING, **deed)
    _return(bulletin)
    note(session, bulletin, "take_back", "收回提交审批的通报", **deed)


def send_back(session: Session, bulletin: Bulletin, *, reason: str, **deed: Unpack[Deed]) -> None:
    """Give a bulletin back to be changed.

    Raises:
        NotAllowed: not a role that publishes bulletins.
        Invalid: the reason is missing or too long.
        TooLate: it does not wait, or is no longer what was seen.
    """
    _need_publisher(deed["staff"])
    held(session, bulletin, S.WAITING, **deed)
    reason = _reason(reason, "退回的理由")
    writers, asked = (
        (bulletin.written_by_id, bulletin.submitted_by_id),
        _approval(bulletin),
    )
    _return(bulletin)
    bulletin.remark = reason
    note(session, bulletin, "send_back", f"退回通报，理由：{reason}", **deed)
    words = f"理由：{reason}"
    approvals.answer(session, asked, to=writers, outcome="退回修改", words=words, now=deed["now"])


def _return(bulletin: Bulletin) -> None:
    bulletin.state, bulletin.remark = S.DRAFT, ""
    bulletin.submitted_by_id = bulletin.submitted_at = None
    bulletin.revision += 1


def may_publish_this(bulletin: Bulletin, staff: Staff) -> bool:
    """Tell whether staff may publish this bulletin: nobody what they wrote or submitted themselves."""
    others = staff.id not in (bulletin.written_by_id, bulletin.submitted_by_id)
    return bulletin.state is S.WAITING and may_publish_bulletins(staff) and others


def publish(session: Session, bulletin: Bulletin, **deed: Unpack[Deed]) -> None:
    """Let everybody read a bulletin, as somebody who did not write it; it gets its number.

    Raises:
        NotAllowed: one's own, or not a role that publishes bulletins.
        TooLate: it does not wait, or is no longer what was seen.
        Invalid: a case can no longer be read.
    """
    _need_publisher(deed["staff"])
    held(session, bulletin, S.WAITING, **deed)
    if not may_publish_this(bulletin, deed["staff"]):
        raise NotAllowed("不能发布自己编写或提交的通报，请另一位同事审批。")
    _need_sound(session, bulletin)
    bulletin.state, bulletin.code = S.PUBLISHED, _next_code(session, deed["now"])
    bulletin.published_by_id, bulletin.published_at = deed["staff"].id, deed["now"]
    bulletin.revision += 1
    board_version.touch(session)
    note(session, bulletin, "publish", f"发布通报 {bulletin.code}", **deed)
    writers = (bulletin.written_by_id, bulletin.submitted_by_id)
    asked = _approval(bulletin)
    approvals.answer(session, asked, to=writers, outcome=f"已发布（{bulletin.code}）", now=deed["now"])


def _approval(bulletin: Bulletin) -> Approval:
    key, path = f"bulletin:{bulletin.id}:{bulletin.revision}", f"/admin/bulletins/{bulletin.id}"
    return Approval(key, "通报", bulletin.title, path)


def _next_code(session: Session, now: datetime) -> str:
    """Give the next number of the year, such as 2026-03."""
    year = now.astimezone(LOCAL).year
    counter = insert_into(session, NumberCounter).values(day=f"T-{year}", last=1)
    counter = counter.on_conflict_do_update(index_elements=["day"], set_={"last": NumberCounter.last + 1})
    return f"{year}-{session.scalar(counter.returning(NumberCounter.last)):02d}"


def withdraw(session: Session, bulletin: Bulletin, *, reason: str, **deed: Unpack[Deed]) -> None:
    """Take a published bulletin out of everybody's sight; its page says that, and why.

    Raises:
        NotAllowed: not a role that publishes bulletins.
        Invalid: the reason is missing or too long.
        TooLate: it is not out.
    """
    _need_publisher(deed["staff"])
    held(session, bulletin, S.PUBLISHED, **deed)
    reason = _reason(reason, "撤回的原因")
    bulletin.state, bulletin.remark, bulletin.withdrawn_at = S.WITHDRAWN, reason, deed["now"]
    bulletin.revision += 1
    board_version.touch(session)
    note(session, bulletin, "withdraw", f"撤回通报 {bulletin.code}，原因：{reason}", **deed)


def _reason(reason: str, what: str) -> str:
    reason = cleaned(reason)
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid(f"请填写{what}，最多 {LONGEST_REASON} 字。", "reason")
    return reason


def _need_publisher(staff: Staff) -> None:
    if not may_publish_bulletins(staff):
        raise NotAllowed("通报由受理员、分管领导或系统管理员审批发布。")
