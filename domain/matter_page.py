"""Draw docs/matters.md from the table of steps: python -m domain.matter_page."""

import sys

from domain.matter_steps import ALL_MATTER_STATUSES, BEFORE_ACCEPTANCE, MATTER_STEPS, MatterStep
from domain.matters import LETTERS
from domain.permissions import Part
from models.matter_words import OPEN_MATTER_STATUSES, MatterKind, MatterStatus

_INTRO = """\
# 一件事项的一生

> 本页由 `python -m domain.matter_page` 根据 `domain/matter_steps.py` 的办理动作表画出，
> 请勿手改；改表后运行 `make docs`。

事项是台账里的一行：办实事、整改问题、历史遗留、工作安排。每件有目标、措施、牵头领导、责任单位和时限，
状态只会因为下表中的一个动作而改变；页面上的按钮恰好是表中此时允许的动作。记录只增不改。
"""
_WAITS = {
    MatterStatus.PLANNED: "责任单位启动",
    MatterStatus.IN_PROGRESS: "责任单位推进、反馈进展、报请验收节点",
    MatterStatus.SUBMITTED: "另一个人对照目标验收",
    MatterStatus.DEFERRED: "承诺的日期；到期自动恢复",
    MatterStatus.CLOSED: "已结束；在观察期内看是否反弹",
    MatterStatus.CANCELLED: "已结束",
}
_RULES = """\
## 表里看不出的几条规矩

- **四眼**：办理过这件事项的人（启动、反馈进展、报请、申请）不能验收或审定，兼有两个岗位也不行；
  数据库里另有一道检查，同一个人不能既申请又审定。
- **对照目标**：申请销号要写明完成情况，附整改后的照片，没有照片的写明原因；所有节点验收通过才能申请。
  责任单位申请，配合单位只反馈进展。申请以后目标不能改。
- **办理的人不定目标**：立项、修改由受理员、分管领导、系统管理员来做，改了什么逐项留痕。
- **告诉师生**：公开的事项，关联诉求的诉求人、关注人和事项的关注人会知道立项、进展、销号；
  内部的事项不通知师生。
- **反弹**：销号后观察 90 天，同一地点、同一类别的新诉求达到 3 件就预警，告诉牵头领导、督导组和责任单位；
  督导组或分管领导核实后重新打开，这些新诉求随之关联，诉求人接着收到进展。天数、件数由单位在设置里改；没有写明地点、关联诉求也没有地点的，不观察。
  核实不是反弹的，由没有办理、也没有验收过它的人写明情况排除，只有此后的新诉求再算。
- **到期**：时限和节点的时限前 7 天提醒一次，过了再告诉单位负责人、牵头领导和督导组，
  牵头的不是分管领导的，也告诉分管领导；督办的期限过了也一样。时限改了会重新提醒。
- **难点**：推进中卡住了，写明卡在哪里、需要谁的什么支持，牵头领导和分管领导会知道，「难点堵点」页一直列着，
  直到写明怎样解决，或者申请销号。
"""


def draw() -> str:
    """Give the whole page, in Chinese, as GitHub's Markdown."""
    return f"{_INTRO}\n{_kinds()}\n{_diagram()}\n{_statuses()}\n{_steps()}\n{_RULES}"


def _kinds() -> str:
    rows = [f"| {kind.label} | {LETTERS[kind]}-2026-0001 |" for kind in MatterKind]
    return "\n".join(["| 类型 | 编号 |", "|---|---|", *rows, ""])


def _diagram() -> str:
    arrows: dict[tuple[str, str], list[str]] = {}
    for step in MATTER_STEPS:
        for source in (one for one in MatterStatus if one in step.sources and step.target is not None):
            arrows.setdefault((source, str(step.target)), []).append(step.name.label)
    lines = [
        "## 状态",
        "",
        "```mermaid",
        "stateDiagram-v2",
        *[f'    state "{status.label}" as {status}' for status in MatterStatus],
        f"    [*] --> {MatterStatus.PLANNED}: 立项",
        *[f"    {start} --> {end}: {'、'.join(names)}" for (start, end), names in arrows.items()],
        f"    {MatterStatus.CLOSED} --> [*]",
        f"    {MatterStatus.CANCELLED} --> [*]",
        "```",
        "",
    ]
    return "\n".join(lines)


def _statuses() -> str:
    rows = [f"| {status.label} | {_WAITS[status]} |" for status in MatterStatus]
    return "\n".join(["| 状态 | 事项在等什么 |", "|---|---|", *rows, ""])


def _steps() -> str:
    lines = [
        "## 办理动作",
        "",
        "「公开」指事项公开时，所有人能在办理记录里读到。",
        "",
        "| 动作 | 从 | 到 | 谁可以做 | 通知谁 | 公开 |",
        "|---|---|---|---|---|:-:|",
        "| 立项 | （新） | 已立项 | 受理员、分管领导、系统管理员 | 诉求人和关注人、责任单位、牵头领导 | 是 |",
    ]
    for step in MATTER_STEPS:
        who = "、".join(part.label for part in Part if part in step.parts)
        told = "、".join(dict.fromkeys(audience.label for audience, _ in step.tells)) or "—"
        target = step.target.label if step.target is not None else "状态不变"
        public = "是" if step.public else "否"
        lines.append(f"| {step.name.label} | {_sources(step)} | {target} | {who} | {told} | {public} |")
    return "\n".join([*lines, ""])


def _sources(step: MatterStep) -> str:
    named = {
        ALL_MATTER_STATUSES: "任何状态",
        OPEN_MATTER_STATUSES: "销号前的任何状态",
        BEFORE_ACCEPTANCE: "申请销号前",
    }
    labels = "、".join(status.label for status in MatterStatus if status in step.sources)
    return named.get(step.sources, labels)


if __name__ == "__main__":
    sys.stdout.write(draw())
