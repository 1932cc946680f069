"""What happens next to a complaint and by when, in the words of somebody at a counter."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from config.catalogue import catalogue
from domain.working_time import describe_moment
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES, Closing, ComplaintKind, ComplaintStatus

S = ComplaintStatus


@dataclass(frozen=True)
class Next:
    """What happens next.

    Attributes:
        title: the answer in one line.
        detail: what else there is to know; may be empty.
        late: whether a promise has not been kept.
        call: a telephone number for who cannot wait; may be empty.
    """

    title: str
    detail: str = ""
    late: bool = False
    call: str = ""


@dataclass(frozen=True)
class _Case:
    complaint: Complaint
    own: bool
    now: datetime

    def when(self, moment: datetime) -> str:
        return describe_moment(moment, now=self.now)

    def is_past(self, moment: datetime | None) -> bool:
        return moment is not None and moment < self.now

    @property
    def team(self) -> str:
        return self.complaint.team.name if self.complaint.team else "责任单位"


def whats_next(complaint: Complaint, *, own: bool, now: datetime) -> Next:
    """Say what happens next, to who raised the complaint (`own`) or to a follower."""
    found = _WORDS[complaint.status](_Case(complaint, own, now))
    if complaint.urgent and complaint.status in ACTIVE_STATUSES:
        return replace(found, call=catalogue().emergency_phone)
    return found


def _submitted(case: _Case) -> Next:
    due = case.complaint.dispatch_due_at
    if case.complaint.urgent:
        return Next("值班人员已收到，正在安排", "有危险请先离开，并直接打应急电话。")
    if due is None:
        return Next("受理员正在看", "看完会转给相关单位。")
    if case.is_past(due):
        return Next("正在催办派单", f"原定{case.when(due)}前派给责任单位，晚了，抱歉让您久等。", late=True)
    return Next(f"{case.when(due)}前派给责任单位", "派单后会告诉您由谁办、什么时候办好。")


def _assigned(case: _Case) -> Next:
    complaint = case.complaint
    if complaint.kind is ComplaintKind.PRAISE:
        return Next(f"已转给{case.team}", "您的表扬会告诉本人和单位。谢谢您！")
    if case.is_past(complaint.done_due_at):
        return _late(case)
    answer, done = complaint.answer_due_at, complaint.done_due_at
    finish = f"{case.when(done)}前办结。" if done else ""
    if complaint.first_answered_at is not None or answer is None:
        return Next(f"{case.team}即将开始办理", finish)
    if case.is_past(answer):
        return Next("正在催促答复", f"{case.team}原定{case.when(answer)}前答复您，晚了，抱歉。", late=True)
    return Next(f"{case.when(answer)}前给您第一次答复", f"由{case.team}负责。{finish}")


def _in_progress(case: _Case) -> Next:
    complaint = case.complaint
    if case.is_past(complaint.done_due_at):
        return _late(case)
    if complaint.done_due_at is None:
        return Next(f"{case.team}正在办理")
    if complaint.first_answered_at is None and complaint.answer_due_at is not None:
        return _assigned(case)
    again = f"第 {complaint.round} 次办理，" if complaint.round > 1 else ""
    then = "请您评价" if case.own else "告诉您"
    detail = f"{again}{case.team}正在办理，办结后{then}。"
    return Next(f"{case.when(complaint.done_due_at)}前办结", detail)


def _late(case: _Case) -> Next:
    due = case.complaint.done_due_at
    promised = f"原定{case.when(due)}前办结，" if due else ""
    urge = "您也可以催办。" if case.own else ""
    return Next("超期了，正在加紧办理", f"{promised}已提醒单位负责人。抱歉让您久等。{urge}", late=True)


def _waiting(case: _Case) -> Next:
    if case.own:
        return Next("请您补充情况", "收到补充后接着办理；补充之前，办理时限暂停计算。")
    return Next("正在等诉求人补充情况", "补充之前，办理时限暂停计算。")


def _deferred(case: _Case) -> Next:
    until = case.complaint.deferred_until
    if until is None:
        return Next("暂时办不了，已挂账")
    if case.is_past(until):
        return Next("承诺的时间到了，即将恢复办理", f"原承诺{case.when(until)}前办理。", late=True)
    return Next(f"{case.when(until)}前办理", "现在还办不了，已挂账：到期自动恢复办理，不会不了了之。")


def _resolved(case: _Case) -> Next:
    days = catalogue().limits.close_unrated_days
    resolved_at = case.complaint.resolved_at
    if not case.own:
        return Next("已办结，等诉求人评价", "不满意会退回重办。")
    until = f"{case.when(resolved_at + timedelta(days=days))}前" if resolved_at else ""
    return Next(
        "问题解决了吗？请您评价", f"{until}都可以评价，不满意会退回重办；不评价则到期销号，记为「未评价」。"
    )


def _closed(case: _Case) -> Next:
    closed_at, days = case.complaint.closed_at, catalogue().limits.reopen_days
    title = "已销号，谢谢您的评价" if case.own else "已销号"
    if case.complaint.closing is Closing.UNRATED:
        title = "已到期销号，记为「未评价」"
    if not case.own or closed_at is None:
        return Next(title)
    until = closed_at + timedelta(days=days)
    if case.is_past(until):
        return Next(title, "如果又出现，请在公众号里提交新的诉求，我们会与这件关联。")
    return Next(title, f"如果问题又出现，{case.when(until)}前可以重新打开。")


def _rejected(case: _Case) -> Next:
    if not case.own:
        reason = case.complaint.rejection_reason
        return Next("不予受理", f"原因：{reason}" if reason else "")
    if case.complaint.appealed_at:
        return Next("这件诉求不予受理", "已经申诉过一次，这是最后的结果。")
    return Next("这件诉求不予受理", "如果不同意，可以申诉一次，由另外的人重新审核。")


def _withdrawn(case: _Case) -> Next:
    if case.own:
        return Next("您已撤回", "不再办理。以后有需要，随时在公众号里重新提交。")
    return Next("诉求人已撤回", "不再办理。如果您也需要，请在公众号里自己提交。")


def _merged(case: _Case) -> Next:
    main = case.complaint.merged_into
    number = main.number if main else ""
    return Next("已与另一件合并办理", f"和 {number} 说的是同一件事，进展会继续通知您。")


_WORDS: dict[ComplaintStatus, Callable[[_Case], Next]] = {
    S.SUBMITTED: _submitted,
    S.ASSIGNED: _assigned,
    S.IN_PROGRESS: _in_progress,
    S.WAITING: _waiting,
    S.DEFERRED: _deferred,
    S.RESOLVED: _resolved,
    S.CLOSED: _closed,
    S.REJECTED: _rejected,
    S.WITHDRAWN: _withdrawn,
    S.MERGED: _merged,
}
