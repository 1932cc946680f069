"""Reply templates (常用语): texts that staff start an answer from, the office's and one's own.

The complaint page asks `offered()` for the list and `fill()` for the words to put into the form; a template
never sends anything by itself.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from domain import office_changes
from domain.acts import cleaned
from domain.errors import Invalid, NotAllowed, NotFound
from domain.permissions import may_manage_replies, may_see_contact
from domain.working_time import LOCAL
from models.category import Category
from models.complaint import Complaint
from models.enums import StepName
from models.staff import Staff
from models.wording import ReplyTemplate

LONGEST_TITLE = 40
LONGEST_TEXT = 1_000
MOST_OF_ONES_OWN = 100
# The acts in which words are written to people or colleagues.
STEPS = (
    StepName.REPLY,
    StepName.PROGRESS,
    StepName.RESOLVE,
    StepName.ASK,
    StepName.ASSIGN,
    StepName.REQUEST_DEFERRAL,
    StepName.REQUEST_TRANSFER,
    StepName.CONFIRM_REJECTION,
    StepName.SUPERVISE,
    StepName.NOTE,
)
# A template is kept under the word of a complaint's act. These acts of a complaint take no templates, so that
# their words are free for what is written in the acts of a matter; see domain/matter_templates.py.
_OF_MATTERS: Mapping[StepName, str] = {
    StepName.SUBMIT: "事项：申请销号、报请验收",
    StepName.ACCEPT: "事项：验收通过",
    StepName.REOPEN: "事项：退回整改、重新打开",
    StepName.APPROVE_DEFERRAL: "事项：同意挂账",
    StepName.REFUSE_DEFERRAL: "事项：不同意挂账",
}
ALL_STEPS = (*STEPS, *_OF_MATTERS)
_PLACEHOLDER = re.compile(r"\{([^{}\n]{0,20})\}")


@dataclass(frozen=True, kw_only=True)
class ReplyWish:
    """How a template is to be.

    Attributes:
        category_id: None for all categories.
        step: None for every act with words.
    """

    title: str
    text: str
    category_id: int | None = None
    step: StepName | None = None


def _place(complaint: Complaint) -> str:
    point = complaint.service_point
    return point.full_name if point is not None else complaint.place_text or "您反映的地点"


def _due(complaint: Complaint) -> str:
    if complaint.done_due_at is None:
        return "规定时限"
    due = complaint.done_due_at.astimezone(LOCAL)
    return f"{due.month}月{due.day}日 {due:%H:%M}"


def _filed(complaint: Complaint) -> str:
    filed = complaint.filed_at.astimezone(LOCAL)
    return f"{filed.month}月{filed.day}日"


_OF_COMPLAINT: Mapping[str, Callable[[Complaint], str]] = {
    "编号": lambda complaint: complaint.number,
    "地点": _place,
    "类别": lambda complaint: complaint.category.name,
    "责任单位": lambda complaint: complaint.team.name if complaint.team else "后勤处",
    "单位电话": lambda complaint: complaint.team.phone if complaint.team else "",
    "期限": _due,
    "提交日期": _filed,
}
_SALUTATION = "称呼"
PLACEHOLDERS = (_SALUTATION, *_OF_COMPLAINT)


def fill(template: ReplyTemplate, complaint: Complaint, *, staff: Staff | None = None) -> str:
    """Write a template's text for a complaint.

    Args:
        staff: who reads it; 称呼 is the person's name only where they may know it, else 同学/老师.
    """
    known = staff is not None and may_see_contact(complaint, staff)
    name = complaint.contact_name if known and complaint.contact_name else "同学/老师"

    values = {word: give(complaint) for word, give in _OF_COMPLAINT.items()}
    return filled(template.text, values | {_SALUTATION: name})


def filled(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of their words in braces; words that have none stay as they are."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def step_label(step: StepName) -> str:
    """Say in which acts a template is offered that is kept under this word."""
    return _OF_MATTERS.get(step, step.label)


def offered(
    session: Session, staff: Staff, *, complaint: Complaint, step: StepName
) -> Sequence[ReplyTemplate]:
    """Give the templates that fit: one's own before the office's, those for this category before the rest."""
    return fitting(session, staff, category=complaint.category, step=step)


def fitting(
    session: Session, staff: Staff, *, category: Category | None, step: StepName | None
) -> Sequence[ReplyTemplate]:
    """Give the templates for a category and an act, ordered as `offered`.

    Args:
        category: None for what has none; those for all categories fit it.
        step: None where only those for all acts fit.
    """
    of_category = [category.id, category.parent_id] if category is not None else []
    conditions: list[ColumnElement[bool]] = [
        ReplyTemplate.active.is_(True),
        or_(ReplyTemplate.owner_id.is_(None), ReplyTemplate.owner_id == staff.id),
        or_(ReplyTemplate.category_id.is_(None), ReplyTemplate.category_id.in_(of_category)),
        or_(ReplyTemplate.step.is_(None), ReplyTemplate.step == step),
    ]
    order = (
        ReplyTemplate.owner_id.is_(None),
        ReplyTemplate.category_id.is_(None),
        ReplyTemplate.step.is_(None),
        ReplyTemplate.position,
        ReplyTemplate.id,
    )
    return session.scalars(select(ReplyTemplate).where(*conditions).order_by(*order)).all()


def count_used(session: Session, template_id: int) -> None:
    """Note that a template was taken once more; one that is gone meanwhile does not matter."""
    row = update(ReplyTemplate).where(ReplyTemplate.id == template_id)
    session.execute(row.values(used=ReplyTemplate.used + 1).execution_options(synchronize_session=False))


def listed(session: Session, *, owner: Staff | None) -> Sequence[ReplyTemplate]:
    """Give all templates of the office, or of one colleague; those out of use last."""
    query = select(ReplyTemplate).where(_owned_by(owner)).options(joinedload(ReplyTemplate.category))
    in_order = (ReplyTemplate.active.desc(), ReplyTemplate.position, ReplyTemplate.id)
    return session.scalars(query.order_by(*in_order)).all()


def may_change(template: ReplyTemplate, staff: Staff) -> bool:
    """Tell whether staff may change a template: their own, and the office's if they look after those."""
    if template.owner_id is not None:
        return template.owner_id == staff.id
    return may_manage_replies(staff)


def find(session: Session, template_id: int, staff: Staff) -> ReplyTemplate:
    """Give a template that staff may change.

    Raises:
        NotFound: there is none, or it is a colleague's own.
        NotAllowed: it is the office's, and not theirs to change.
    """
    template = session.get(ReplyTemplate, template_id)
    if template is None or template.owner_id not in {None, staff.id}:
        raise NotFound("没有找到这条常用语，可能已被删除，请刷新页面。")
    if not may_change(template, staff):
        raise NotAllowed("全单位的常用语由系统管理员、受理员和单位负责人维护。您可以新建自己的。")
    return template


def add(session: Session, wish: ReplyWish, *, for_office: bool, staff: Staff, now: datetime) -> ReplyTemplate:
    """Add a template, for the office or for oneself.

    Raises:
        NotAllowed: those of the office are not theirs to change.
        Invalid: something cannot be used.
    """
    if for_office and not may_manage_replies(staff):
        raise NotAllowed("全单位的常用语由系统管理员、受理员和单位负责人维护。")
    owner = None if for_office else staff
    if owner is not None and len(listed(session, owner=owner)) >= MOST_OF_ONES_OWN:
        raise Invalid(f"自己的常用语最多 {MOST_OF_ONES_OWN} 条，请先删掉不用的。")
    values = _checked(session, wish)
    last = session.scalar(select(func.max(ReplyTemplate.position)).where(_owned_by(owner))) or 0
    template = ReplyTemplate(
        **values,
        owner_id=owner.id if owner is not None else None,
        position=last + 1,
        active=True,
        changed_at=now,
    )
    session.add(template)
    _note(session, template, "add", "新增", staff=staff, now=now, after=values)
    return template


def change(
    session: Session, template: ReplyTemplate, wish: ReplyWish, *, staff: Staff, now: datetime
) -> None:
    """Change a template.

    Raises:
        Invalid: something cannot be used.
    """
    before = _values_of(template)
    after = _checked(session, wish)
    if before == after:
        return
    template.title, template.text = wish_text(wish)
    template.category_id, template.step = wish.category_id, wish.step
    template.changed_at = now
    _note(session, template, "change", "修改", staff=staff, now=now, before=before, after=after)


def set_active(
    session: Session, template: ReplyTemplate, *, active: bool, staff: Staff, now: datetime
) -> None:
    """Offer a template no more, or again."""
    if template.active is not active:
        template.active, template.changed_at = active, now
        verb, deed = ("enable", "启用") if active else ("disable", "停用")
        _note(session, template, verb, deed, staff=staff, now=now)


def remove(session: Session, template: ReplyTemplate, *, staff: Staff, now: datetime) -> None:
    """Delete a template; the audit log keeps what it said."""
    _note(session, template, "remove", "删除", staff=staff, now=now, before=_values_of(template))
    session.delete(template)
    session.flush()


def move(session: Session, template: ReplyTemplate, *, by: int, staff: Staff, now: datetime) -> None:
    """Move a template up (-1) or down (1) among those of its owner that are in use."""
    owner = template.owner
    rows = [each for each in listed(session, owner=owner) if each.active]
    at = next((index for index, each in enumerate(rows) if each.id == template.id), None)
    if at is None or not 0 <= at + by < len(rows):
        return
    rows[at], rows[at + by] = rows[at + by], rows[at]
    for position, each in enumerate(rows, start=1):
        each.position = position
    _note(session, template, "move", "上移" if by < 0 else "下移", staff=staff, now=now)


def _owned_by(owner: Staff | None) -> ColumnElement[bool]:
    return ReplyTemplate.owner_id.is_(None) if owner is None else ReplyTemplate.owner_id == owner.id


def _values_of(template: ReplyTemplate) -> dict[str, Any]:
    return {
        "title": template.title,
        "text": template.text,
        "category_id": template.category_id,
        "step": template.step,
    }


def wish_text(wish: ReplyWish) -> tuple[str, str]:
    """Give title and text of a wish as they are stored."""
    return " ".join(cleaned(wish.title).split()), cleaned(wish.text.replace("\r\n", "\n"))


def _checked(session: Session, wish: ReplyWish) -> dict[str, Any]:
    title, text = wish_text(wish)
    if not title:
        raise Invalid("请填写标题，方便在列表里找。", "title")
    if len(title) > LONGEST_TITLE:
        raise Invalid(f"标题最多 {LONGEST_TITLE} 字。", "title")
    if not text:
        raise Invalid("请填写内容。", "text")
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"内容最多 {LONGEST_TEXT} 字。", "text")
    unknown = [match[0] for match in _PLACEHOLDER.finditer(text) if match[1] not in PLACEHOLDERS]
    if unknown:
        usable = "、".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise Invalid(f"不认识{'、'.join(unknown)}。可以用的有：{usable}。", "text")
    if wish.category_id is not None and session.get(Category, wish.category_id) is None:
        raise Invalid("选的类别已经没有了，请重新选择。", "category_id")
    if wish.step is not None and wish.step not in ALL_STEPS:
        raise Invalid("请重新选择用在哪个办理动作。", "step")
    return {"title": title, "text": text, "category_id": wish.category_id, "step": wish.step}


def _note(
    session: Session,
    template: ReplyTemplate,
    verb: str,
    deed: str,
    *,
    staff: Staff,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    session.flush()
    whose = "全单位的常用语" if template.owner_id is None else "自己的常用语"
    office_changes.note(
        session,
        staff,
        action=f"reply_template.{verb}",
        subject=template.id,
        words=f"{deed}{whose}「{template.title}」",
        before=before,
        after=after,
        now=now,
    )
