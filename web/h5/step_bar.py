"""The bar at the top of a complaint: how far it has come, and where it left the usual way."""

from dataclasses import dataclass

from models.complaint import Complaint
from models.enums import Closing, ComplaintStatus, Word

S = ComplaintStatus

_WAY = ("提交", "派单", "办理", "办结", "评价")
_AT = {S.SUBMITTED: 1, S.ASSIGNED: 2, S.IN_PROGRESS: 2, S.DEFERRED: 2, S.RESOLVED: 4}
_STOPPED = {S.REJECTED: "不予受理", S.WITHDRAWN: "已撤回", S.MERGED: "已并案"}


class Mark(Word):
    """How a step stands."""

    DONE = "done", "已完成"
    NOW = "now", "进行中"
    PAUSED = "paused", "暂停"
    STOPPED = "stopped", "到此为止"
    TO_COME = "to_come", "未开始"


@dataclass(frozen=True)
class BarStep:
    """One step of the bar."""

    label: str
    mark: Mark


def step_bar(complaint: Complaint) -> list[BarStep]:
    """Draw the way of a complaint in four or five steps, or shorter where it stopped."""
    status = complaint.status
    if status in _STOPPED:
        passed = 2 if complaint.team_id is not None and status is not S.REJECTED else 1
        return [*(BarStep(label, Mark.DONE) for label in _WAY[:passed]), _stopped(status)]
    if status is S.CLOSED:
        last = "到期销号" if complaint.closing is Closing.UNRATED else "评价销号"
        return [BarStep(label, Mark.DONE) for label in (*_WAY[:-1], last)]
    if status is S.WAITING:
        at = _AT[complaint.resume_status or S.SUBMITTED]
        return _bar(at, "待补充", Mark.PAUSED)
    if status is S.DEFERRED:
        return _bar(_AT[status], "挂账", Mark.PAUSED)
    return _bar(_AT[status], _WAY[_AT[status]], Mark.NOW)


def _bar(at: int, label: str, mark: Mark) -> list[BarStep]:
    done = [BarStep(step, Mark.DONE) for step in _WAY[:at]]
    return [*done, BarStep(label, mark), *(BarStep(step, Mark.TO_COME) for step in _WAY[at + 1 :])]


def _stopped(status: ComplaintStatus) -> BarStep:
    return BarStep(_STOPPED[status], Mark.STOPPED)
