"""The bar at the top of a complaint: how far it has come, and where it left the usual way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.working_time import local_time
from models.complaint import Complaint, ComplaintEvent
from models.enums import Closing, ComplaintStatus, StepName, Word

S = ComplaintStatus

_WAY = ("提交", "派单", "办理", "办结", "评价")
# By which events a step of the way is reached; of several rounds the last one counts.
_REACHED = {
    StepName.SUBMIT: 0,
    StepName.ASSIGN: 1,
    StepName.ACCEPT: 2,
    StepName.REOPEN: 2,
    StepName.RATE_UNSOLVED: 2,
    StepName.RESOLVE: 3,
    StepName.RATE: 4,
    StepName.CLOSE_UNRATED: 4,
}
_PAUSED_BY = frozenset({StepName.ASK, StepName.APPROVE_DEFERRAL})
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
    """One step of the bar.

    Attributes:
        at: when it came so far; none where that is still to come.
    """

    label: str
    mark: Mark
    at: datetime | None = None

    @property
    def day(self) -> str:
        """The day as the narrow bar has room for it: 11-23; empty while it is to come."""
        return f"{local_time(self.at):%m-%d}" if self.at else ""

    @property
    def clock(self) -> str:
        """The time of day: 10:00."""
        return f"{local_time(self.at):%H:%M}" if self.at else ""


def step_bar(complaint: Complaint, events: Sequence[ComplaintEvent]) -> list[BarStep]:
    """Draw the way of a complaint in four or five steps, or shorter where it stopped.

    Args:
        events: what its people may read of its record, oldest first.
    """
    came = {_REACHED[event.step]: event.at for event in events if event.step in _REACHED}
    steps = [_timed(step, came, at) for at, step in enumerate(_steps(complaint))]
    paused = next((event.at for event in reversed(events) if event.step in _PAUSED_BY), None)
    ended = events[-1].at if events else None
    elsewhere = {Mark.PAUSED: paused, Mark.STOPPED: ended}
    return [replace(step, at=elsewhere[step.mark]) if step.mark in elsewhere else step for step in steps]


def _timed(step: BarStep, came: Mapping[int, datetime], at: int) -> BarStep:
    moment, before = came.get(at), came.get(at - 1)
    # What is under way may have been reached before, in a round that is over.
    is_old = moment is not None and before is not None and moment < before
    if step.mark is Mark.TO_COME or (step.mark is Mark.NOW and is_old):
        return step
    return replace(step, at=moment)


def _steps(complaint: Complaint) -> list[BarStep]:
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
