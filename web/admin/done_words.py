"""What is said after an act: that it is done, and who is to do what next."""

from models.complaint import Complaint
from models.enums import ComplaintStatus as S
from models.enums import StepName
from web.admin.act_table import ActForm
from web.admin.complaint_page import ComplaintPage

# After these nobody asks what comes next: nothing has moved.
_MOVES_NOTHING = frozenset({StepName.NOTE, StepName.PUBLISH, StepName.UNPUBLISH, StepName.CLASSIFY})


def done_words(act: ActForm, page: ComplaintPage) -> str:
    """Say what was done and what comes next: by this member of staff, or by whom else."""
    label = act.step.label
    done = f"已{label}。" if len(label) <= 4 else f"「{label}」已完成。"
    if act.step is StepName.NOTE:
        done = "已写内部备注。"
    if act.step in _MOVES_NOTHING:
        return done
    if page.next is not None and page.next.step is not act.step:
        return f"{done}下一步：{page.next.step.label}（按 {page.next.key}）。"
    waits = _waits_for(page.complaint)
    return f"{done}{waits}。" if waits else done


def _waits_for(complaint: Complaint) -> str:
    team = complaint.team.name if complaint.team else "责任单位"
    return {
        S.SUBMITTED: "等受理员派单",
        S.ASSIGNED: f"等{team}接单",
        S.IN_PROGRESS: f"{team}继续办理",
        S.WAITING: "等诉求人补充，期间不计时",
        S.DEFERRED: "到承诺的日期自动恢复办理",
        S.RESOLVED: "等诉求人评价",
    }.get(complaint.status, "")
