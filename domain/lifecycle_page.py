"""Draw docs/lifecycle.md from the table of steps: python -m domain.lifecycle_page."""

import sys
from collections.abc import Iterable

from config.catalogue import Limits, catalogue
from domain.permissions import Part
from domain.steps import ALL_STATUSES, STEPS, Audience, Onward, Step
from domain.timers import REMINDERS
from models.enums import ACTIVE_STATUSES, ENDED_STATUSES, ComplaintStatus, TimerKind

_BEFORE_RESULT = "before_result"  # the box around all statuses before a result
_INTRO = """\
# 一件诉求的一生

> 本页由 `python -m domain.lifecycle_page` 根据 `domain/steps.py` 的办理动作表画出，
> 请勿手改；改表后运行 `make docs`。

每件诉求在任何时候都处在下面的一个状态。状态只会因为表中的一个动作而改变：动作由谁做、从哪个状态到哪个状态、
告诉谁，都由这张表决定。页面上的按钮、微信里的回复和接口提供的，恰好是表中此时允许的动作。每做一个动作，
办理记录就添一行，写明是谁（写岗位，不写姓名）、做了什么、为什么；记录只增不改。
"""

_RULES = """\
## 表里看不出的几条规矩

- **首接负责**：责任单位不能把诉求推出去，只能申请转办；改派之前仍由本单位负责。
  第三次转办由分管领导指定责任单位；涉及第三个单位时报分管领导。
- **两个人**：挂账、不予受理、转办的申请，由另一个人审定；兼有两个岗位的人也不能审定自己的申请。
- **谁办理，谁不评价**：经办过的人不能以诉求人的身份评价；{close_unrated_days} 天没有评价的，
  到期销号，记为「未评价」，不算满意。
- **重办**：评价「未解决」或 2 星以下退回重办，是新的一轮，重新计时，并告诉单位负责人；第二次起报分管领导。
  销号后 {reopen_days} 天内诉求人可以重新打开，再晚则另提一件，与原来的关联。
- **并案**：被并入的诉求，诉求人和关注人自动关注主件，继续收到进展。
- **先后**：两个人同时操作一件诉求，先到的生效，后到的会被告知是谁先做了什么；
  只添记录的动作（如答复、备注）互不妨碍。
- **通知**：做动作的人自己不再收到通知（提交、评价、重新打开会得到回执），
  同一个动作每人只通知一次，离职人员不通知。
"""


def draw() -> str:
    """Give the whole page, in Chinese, as GitHub's Markdown."""
    limits = catalogue().limits
    rules = _RULES.format(close_unrated_days=limits.close_unrated_days, reopen_days=limits.reopen_days)
    parts = [_INTRO, _diagram(), _statuses(), _steps(), rules, _clocks(limits), _reminders(limits)]
    return "\n".join(parts)


def _diagram() -> str:
    """Draw the changes of status; steps that stay where they are stand only in the table."""
    lines = [
        "## 状态",
        "",
        "```mermaid",
        "stateDiagram-v2",
        f'    state "办结前" as {_BEFORE_RESULT} {{',
        *[f"        {_declared(status)}" for status in _in_order(ACTIVE_STATUSES)],
        "    }",
        *[f"    {_declared(status)}" for status in ComplaintStatus if status not in ACTIVE_STATUSES],
        f"    [*] --> {ComplaintStatus.SUBMITTED}: 提交",
        *[f"    {start} --> {end}: {'、'.join(names)}" for (start, end), names in _arrows().items()],
        *[f"    {status} --> [*]" for status in _in_order(ENDED_STATUSES)],
        "```",
        "",
    ]
    return "\n".join(lines)


def _declared(status: ComplaintStatus) -> str:
    return f'state "{status.label}" as {status}'


def _arrows() -> dict[tuple[str, str], list[str]]:
    """Give the names of the steps on each arrow; one from the box says what each from within it would."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for step in STEPS:
        starts = [_BEFORE_RESULT] if step.sources == ACTIVE_STATUSES else _in_order(step.sources)
        for start in starts:
            for end in _ends_of(step):
                arrows.setdefault((start, end), []).append(step.name.label)
    return arrows


def _ends_of(step: Step) -> Iterable[ComplaintStatus]:
    if step.target is Onward.BACK:
        asking = [other.sources for other in STEPS if other.target is ComplaintStatus.WAITING]
        return _in_order(frozenset().union(*asking))
    return [step.target] if isinstance(step.target, ComplaintStatus) else []


def _statuses() -> str:
    lines = ["| 状态 | 诉求在等什么 |", "|---|---|"]
    waits = {
        ComplaintStatus.SUBMITTED: "受理员派单（服务点或类别已定责任单位的自动派单）",
        ComplaintStatus.ASSIGNED: "责任单位接单",
        ComplaintStatus.IN_PROGRESS: "责任单位办理，并反馈进展",
        ComplaintStatus.WAITING: "诉求人补充情况；等待期间不计时",
        ComplaintStatus.DEFERRED: "承诺的日期；到期自动恢复办理",
        ComplaintStatus.RESOLVED: "诉求人评价",
        ComplaintStatus.CLOSED: "已结束；期限内可以重新打开",
        ComplaintStatus.REJECTED: "已结束，编号公布；可以申诉一次",
        ComplaintStatus.WITHDRAWN: "已结束",
        ComplaintStatus.MERGED: "主件的结果",
    }
    return "\n".join([*lines, *(f"| {status.label} | {waits[status]} |" for status in ComplaintStatus), ""])


def _steps() -> str:
    lines = [
        "## 办理动作",
        "",
        "「公开」指诉求人和关注人能在办理记录里读到。「答复」指算作人工的首次答复。",
        "",
        "| 动作 | 从 | 到 | 谁可以做 | 通知谁 | 公开 | 答复 |",
        "|---|---|---|---|---|:-:|:-:|",
        "| 提交 | （新） | 待受理 | 诉求人、代录的工作人员 | 诉求人；受理员；紧急的，值守各方 | 是 |  |",
    ]
    for step in STEPS:
        who = "、".join(part.label for part in Part if part in step.parts)
        told = "、".join(dict.fromkeys(audience.label for audience, _ in step.tells)) or "—"
        public, answers = "是" if step.public else "否", "是" if step.answers else ""
        cells = [step.name.label, _sources_text(step), step.target.label, who, told, public, answers]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _sources_text(step: Step) -> str:
    if step.sources == ALL_STATUSES:
        return "任何状态"
    if step.sources == ACTIVE_STATUSES:
        return "办结前的任何状态"
    return "、".join(status.label for status in _in_order(step.sources))


def _clocks(limits: Limits) -> str:
    working = f"""\
## 时限

从诉求人提交时起算；转办、退回都不停表、不重新计时。普通诉求按工作时间（含调休），紧急诉求不分昼夜。
下面是初始值，每个类别可以改；改了时限或日历，未结的诉求随即重算。

| 时限 | 普通 | 紧急 |
|---|---|---|
| 受理派单 | {limits.dispatch_minutes} 分钟 | {limits.urgent_dispatch_minutes} 分钟 |
| 首次答复 | {_working(limits.answer_minutes)} | {limits.urgent_answer_minutes} 分钟 |
"""
    days = (limits.ordinary_days, limits.complex_days, limits.very_complex_days)
    done = f"一般 {days[0]} 个工作日，复杂 {days[1]} 个工作日，特别复杂 {days[2]} 个工作日"
    return f"{working}| 办结 | {done} | {limits.urgent_done_hours} 小时 |\n"


def _working(minutes: int) -> str:
    day = sum(
        (end.hour - start.hour) * 60 + end.minute - start.minute
        for start, end in catalogue().working_hours.spans
    )
    return f"{minutes // day} 个工作日" if minutes % day == 0 else f"{minutes} 分钟"


def _reminders(limits: Limits) -> str:
    when = {
        TimerKind.DISPATCH_OVERDUE: "受理派单时限已到，还没有派单",
        TimerKind.ANSWER_OVERDUE: "首次答复时限已到，还没有人工答复",
        TimerKind.DONE_NEAR: "办结时限用去四分之三",
        TimerKind.DONE_OVERDUE: "办结时限已到",
        TimerKind.DONE_ESCALATED: "再过一个工作日（紧急的一小时）仍未办结",
        TimerKind.PROGRESS_DUE: f"{limits.progress_days} 个工作日没有向诉求人说过话",
    }
    lines = [
        "## 到了时间，系统做什么",
        "",
        "每样各做一次；期限往后改了，才会再提醒。不紧急的提醒等到工作时间再发。",
        "",
        "| 什么时候 | 做什么 | 告诉谁 |",
        "|---|---|---|",
    ]
    for kind, (words, tells) in REMINDERS.items():
        told = "、".join(_short(audience) for audience, _ in tells)
        lines.append(f"| {when[kind]} | {kind.label}提醒：{words} | {told} |")
    lines += [
        f"| 办结后 {limits.close_unrated_days} 天没有评价 | 到期销号，记为「未评价」 | 诉求人和关注人 |",
        "| 挂账承诺的日期当天上班时 | 恢复办理 | 诉求人和关注人、经办人 |",
    ]
    return "\n".join([*lines, ""])


def _short(audience: Audience) -> str:
    return audience.label.partition("（")[0]


def _in_order(statuses: Iterable[ComplaintStatus]) -> list[ComplaintStatus]:
    chosen = set(statuses)
    return [status for status in ComplaintStatus if status in chosen]


if __name__ == "__main__":
    sys.stdout.write(draw())
