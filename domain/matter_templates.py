"""Reply templates (常用语) in the acts of matters: which are offered where, and how they are filled in.

They are the same texts as those of complaints, kept and changed in `domain/reply_templates.py`.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from domain import reply_templates
from domain.matter_notices import deadline_text
from domain.working_time import local_time
from models.enums import StepName
from models.matter import Matter
from models.matter_words import MatterStepName as M
from models.staff import Staff
from models.wording import ReplyTemplate

# Under which word the templates for an act are kept; other acts are offered those for all acts.
_KEPT_UNDER: Mapping[M, StepName] = {
    M.PROGRESS: StepName.PROGRESS,
    M.NOTE: StepName.NOTE,
    M.SUPERVISE: StepName.SUPERVISE,
    M.SUBMIT: StepName.SUBMIT,
    M.SUBMIT_MILESTONE: StepName.SUBMIT,
    M.ACCEPT: StepName.ACCEPT,
    M.ACCEPT_MILESTONE: StepName.ACCEPT,
    M.REFUSE: StepName.REOPEN,
    M.REFUSE_MILESTONE: StepName.REOPEN,
    M.REOPEN: StepName.REOPEN,
    M.REQUEST_DEFERRAL: StepName.REQUEST_DEFERRAL,
    M.APPROVE_DEFERRAL: StepName.APPROVE_DEFERRAL,
    M.REFUSE_DEFERRAL: StepName.REFUSE_DEFERRAL,
}


def offered(session: Session, staff: Staff, *, matter: Matter, step: M) -> Sequence[ReplyTemplate]:
    """Give the templates that fit an act of a matter, one's own first."""
    return reply_templates.fitting(session, staff, category=matter.category, step=_KEPT_UNDER.get(step))


def fill(template: ReplyTemplate, matter: Matter) -> str:
    """Write a template's text for a matter; it speaks to all who follow it, so nobody is named."""
    listed = local_time(matter.listed_at)
    values = {
        "称呼": "各位老师、同学",
        "编号": matter.number,
        "地点": "、".join(place.full_name for place in matter.places) or "有关地点",
        "类别": matter.category.name if matter.category else "",
        "责任单位": matter.team.name if matter.team else "责任单位",
        "单位电话": matter.team.phone if matter.team else "",
        "期限": deadline_text(matter) or "规定时限",
        "提交日期": f"{listed.month}月{listed.day}日",
    }
    return reply_templates.filled(template.text, values)
