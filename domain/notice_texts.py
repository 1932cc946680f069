"""What each notice says, and what it offers a message template to show."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from config.catalogue import catalogue
from domain.call_back import hears_by_telephone
from domain.disclosure import (
    Closeness,
    is_released,
    masked,
    place_for_follower,
    text_for_follower,
)
from domain.working_time import local_time
from models.complaint import Complaint, ComplaintEvent
from models.enums import ActorKind, NoticeKind, StepName
from models.enums import NoticeKind as N

_SUBJECT_LENGTH = 20


@dataclass(frozen=True)
class NoticeText:
    """A notice in words.

    Attributes:
        fields: values by plain names (number, subject, status, time, remark, place, team, deadline).
    """

    title: str
    body: str
    fields: dict[str, str]


def subject_of(complaint: Complaint, closeness: Closeness = Closeness.REPORTER) -> str:
    """Give the first words of a complaint, in one short line; of what was not released, what it is about."""
    if closeness is Closeness.REPORTER:
        return shortened(complaint.text)
    return shortened(text_for_follower(complaint) or f"{complaint.category.name} {complaint.kind.label}")


def shortened(text: str) -> str:
    """Give the first words of a text, in one short line."""
    line = " ".join(text.split()) or "（照片或语音）"
    return line if len(line) <= _SUBJECT_LENGTH else line[: _SUBJECT_LENGTH - 1] + "…"


def local_text(moment: datetime | None) -> str:
    """Put a moment into the form that templates take: 2026年11月21日 14:05; empty for none."""
    if moment is None:
        return ""
    local = local_time(moment)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def place_of(complaint: Complaint, closeness: Closeness = Closeness.REPORTER) -> str:
    """Name the place, for its reporter and staff in the reporter's words where it is not in the registry."""
    if closeness is not Closeness.REPORTER:
        return place_for_follower(complaint) or "未说明地点"
    if complaint.service_point is not None:
        return complaint.service_point.full_name
    return complaint.place_text or "未说明地点"


def _words(event: ComplaintEvent, otherwise: str) -> str:
    return event.words.strip() or otherwise


def _assigned(complaint: Complaint, event: ComplaintEvent) -> str:
    return _given(complaint, event) + (event.words and f"\n{event.words}")


def _given(complaint: Complaint, event: ComplaintEvent) -> str:  # noqa: ARG001 (one form for all)
    due = local_text(complaint.done_due_at)
    return f"已派给{_team(complaint)}办理" + (f"，承诺 {due} 前办结。" if due else "。")


def _team(complaint: Complaint) -> str:
    return complaint.team.name if complaint.team else "责任单位"


def _answered(complaint: Complaint, event: ComplaintEvent) -> str:  # noqa: ARG001 (one form for all)
    if event.step is StepName.RESUME:
        return _words(event, "已恢复办理。")
    return f"{event.actor_label}：{_words(event, '请查看照片。')}"


def _deferred(complaint: Complaint, event: ComplaintEvent) -> str:
    reason = str(event.details.get("reason", "")) or _words(event, "暂时不具备办理条件")
    return f"因「{reason}」暂时不能办结，承诺 {local_text(complaint.deferred_until)} 前办理，到期自动恢复。"


def _outcome(complaint: Complaint) -> str:
    return complaint.outcome.label if complaint.outcome else "已办结"


def _resolved(complaint: Complaint, event: ComplaintEvent) -> str:
    return f"办理结果（{_outcome(complaint)}）：{event.words}\n问题解决了吗？请您评价，不满意会退回重办。"


def _reopened(complaint: Complaint, event: ComplaintEvent) -> str:
    said = "您的评价已收到" if event.step is StepName.RATE_UNSOLVED else f"{event.actor_label}重新打开"
    return f"{said}，{_goes_back(complaint)}"


def _reopened_for_follower(complaint: Complaint, event: ComplaintEvent) -> str:
    said = "评价为未解决" if event.step is StepName.RATE_UNSOLVED else "重新打开"
    return f"{event.actor_label}{said}，{_goes_back(complaint)}"


def _goes_back(complaint: Complaint) -> str:
    return f"现退回{_team(complaint)}重新办理（第 {complaint.round} 轮）。"


def _closed(complaint: Complaint, event: ComplaintEvent) -> str:  # noqa: ARG001 (one form for all)
    limits = catalogue().limits
    if event.step is StepName.CLOSE_UNRATED:
        ended = f"{limits.close_unrated_days} 天内没有收到评价，已按期销号，记为「未评价」。"
    else:
        ended = "感谢您的评价，这件诉求已销号。"
    return f"{ended}如问题还在或又出现，{limits.reopen_days} 天内可以重新打开。"


def _closed_for_follower(complaint: Complaint, event: ComplaintEvent) -> str:  # noqa: ARG001 (one form for all)
    ended = {
        StepName.WITHDRAW: "诉求人已撤回，这件诉求不再办理。",
        StepName.RATE: "诉求人已评价，这件诉求已销号。",
    }.get(event.step, "到期未评价，这件诉求已销号。")
    return f"{ended}如您还遇到同样的问题，请提交新的诉求。"


def _rejected(complaint: Complaint, event: ComplaintEvent) -> str:
    once = "" if complaint.appealed_at else "\n如有异议，可以申诉一次。"
    return f"不予受理，原因：{event.words}{once}"


def _received(complaint: Complaint, event: ComplaintEvent) -> str:  # noqa: ARG001 (one form for all)
    due = local_text(complaint.answer_due_at)
    told = f"我们已经收到，将在 {due} 前答复您。" if due else "我们已经收到，谢谢您。"
    if not complaint.urgent:
        return told
    return f"{told}\n情况危急时请先离开现场，并拨打应急电话 {catalogue().emergency_phone}。"


def _merged(complaint: Complaint, event: ComplaintEvent) -> str:  # noqa: ARG001 (one form for all)
    main = complaint.merged_into.number if complaint.merged_into else ""
    return f"与诉求 {main} 反映的是同一件事，已合并办理，后续进展会继续通知您。"


def _request(complaint: Complaint, event: ComplaintEvent) -> str:  # noqa: ARG001 (one form for all)
    return f"{event.actor_label}{event.step.label}：{_words(event, '未写理由')}"


def _decided(complaint: Complaint, event: ComplaintEvent) -> str:  # noqa: ARG001 (one form for all)
    return f"{event.actor_label}：{event.step.label}" + (f"。{event.words}" if event.words else "。")


def _rated(complaint: Complaint, event: ComplaintEvent) -> str:  # noqa: ARG001 (one form for all)
    stars = event.details.get("stars")
    return f"评价 {stars} 星" + (f"：{event.words}" if event.words else "。")


def _said(complaint: Complaint, event: ComplaintEvent) -> str:  # noqa: ARG001 (one form for all)
    who = event.actor_label if event.actor_kind is not ActorKind.CLOCK else "系统"
    return f"{who}：{_words(event, event.step.label)}"


def _staff_assigned(complaint: Complaint, event: ComplaintEvent) -> str:
    due = local_text(complaint.done_due_at)
    return (
        f"地点：{place_of(complaint)}"
        + (f"\n请在 {due} 前办结。" if due else "")
        + ("\n需电话回复：诉求人没有用微信，有答复请打电话。" if hears_by_telephone(complaint) else "")
        + (f"\n{event.words}" if event.words else "")
    )


# Kinds that are not named here say who did what, in their words.
_BODIES: dict[NoticeKind, Callable[[Complaint, ComplaintEvent], str]] = {
    N.RECEIVED: _received,
    N.ASSIGNED: _assigned,
    N.ANSWERED: _answered,
    N.ASKED: lambda _, event: f"{event.actor_label}想请您补充：{event.words}\n补充前暂停计时。",
    N.DEFERRED: _deferred,
    N.RESOLVED: _resolved,
    N.REOPENED: _reopened,
    N.CLOSED: _closed,
    N.REJECTED: _rejected,
    N.MERGED: _merged,
    N.STAFF_SUBMITTED: lambda complaint, _: f"地点：{place_of(complaint)}",
    N.STAFF_ASSIGNED: _staff_assigned,
    N.STAFF_URGENT: lambda complaint, _: (
        f"【紧急】{place_of(complaint)}：{complaint.text[:100]}\n请立即到场处置。"
    ),
    N.STAFF_REQUEST: _request,
    N.STAFF_DECIDED: _decided,
    N.STAFF_RATED: _rated,
}


def _moved(complaint: Complaint, event: ComplaintEvent) -> str:
    if event.step is StepName.PUBLISH:
        return "答复已在公示栏公开，点开看。"
    if event.step is StepName.RESUME:
        return "已恢复办理。"
    return f"{_team(complaint)}有新的进展。"


def _put_off(complaint: Complaint, event: ComplaintEvent) -> str:  # noqa: ARG001 (one form for all)
    return f"现在办不了，承诺 {local_text(complaint.deferred_until)} 前办理，到期自动恢复。"


def _ended(complaint: Complaint, event: ComplaintEvent) -> str:  # noqa: ARG001 (one form for all)
    later = "答复核对后在公示栏公开，届时告诉您。" if is_released(complaint) else ""
    return f"办理结果：{_outcome(complaint)}。{later}"


# Where a follower cannot do what the reporter is asked to do, and reads nothing that was not released.
_BODIES_FOR_JOINED: dict[NoticeKind, Callable[[Complaint, ComplaintEvent], str]] = {
    N.ASSIGNED: _given,
    N.ANSWERED: _moved,
    N.ASKED: lambda _, event: f"{event.actor_label}已请诉求人补充情况，补充前暂停计时。",
    N.DEFERRED: _put_off,
    N.RESOLVED: _ended,
    N.REOPENED: _reopened_for_follower,
    N.CLOSED: _closed_for_follower,
    N.REJECTED: lambda complaint, _: f"不予受理，原因：{complaint.rejection_reason}",
    N.MERGED: _merged,
}
# Whose own complaint was merged into it hears what was decided as well.
_BODIES_FOR_MERGED = _BODIES_FOR_JOINED | {
    N.DEFERRED: _deferred,
    N.RESOLVED: lambda complaint, event: f"办理结果（{_outcome(complaint)}）：{event.words}",
    N.REJECTED: lambda _, event: f"不予受理，原因：{event.words}",
}
_BODIES_FOR = {
    Closeness.REPORTER: _BODIES,
    Closeness.MERGED: _BODIES_FOR_MERGED,
    Closeness.JOINED: _BODIES_FOR_JOINED,
}


def text_for(
    kind: NoticeKind,
    complaint: Complaint,
    event: ComplaintEvent,
    *,
    closeness: Closeness = Closeness.REPORTER,
) -> NoticeText:
    """Write the notice of this kind about an event of a complaint.

    Args:
        closeness: of who gets it; staff read as the reporter does.
    """
    body = _BODIES_FOR[closeness].get(kind, _said)(complaint, event).strip()
    subject, place, title = subject_of(complaint, closeness), place_of(complaint, closeness), kind.label
    if closeness is not Closeness.REPORTER:
        body, title = masked(body), f"您关注的诉求：{complaint.status.label}"
    fields = {
        "number": complaint.number,
        "subject": subject,
        "status": complaint.status.label,
        "time": local_text(event.at),
        "remark": body,
        "place": place,
        "team": complaint.team.name if complaint.team else "待派单",
        "deadline": local_text(complaint.done_due_at),
    }
    return NoticeText(title, f"{complaint.number} {subject}\n{body}", fields)
