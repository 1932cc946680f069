"""What is written about a matter, as a form gives it, and what may be wrong with that."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.acts import cleaned
from domain.errors import Invalid
from models.category import Category
from models.enums import Role
from models.matter import Matter
from models.matter_words import MatterKind, MatterSource
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team

LONGEST = {
    "title": 100,
    "problem": 2000,
    "cause": 2000,
    "goal": 2000,
    "measures": 4000,
    "phase": 60,
    "item": 20,
    "source_words": 100,
    "deadline_words": 40,
    "public_text": 2000,
}
_CALLED = {
    "title": "名称",
    "problem": "存在的问题",
    "cause": "原因",
    "goal": "目标",
    "measures": "措施",
    "phase": "阶段",
    "item": "序号",
    "source_words": "来源说明",
    "deadline_words": "时限说明",
    "public_text": "公开的说明",
}
# Whoever answers for a matter leads something.
LEAD_ROLES = frozenset({Role.LEADER, Role.LEAD})


@dataclass(frozen=True, kw_only=True)
class MatterFields:
    """What a matter says; see the columns of Matter.

    Attributes:
        deadline_words: the deadline as it was written where no day says it all, such as 长期.
        supporting, places: by their ids.
    """

    title: str
    kind: MatterKind = MatterKind.PRACTICAL
    source: MatterSource = MatterSource.COMPLAINTS
    source_words: str = ""
    problem: str = ""
    cause: str = ""
    goal: str = ""
    measures: str = ""
    phase: str = ""
    item: str = ""
    lead_staff_id: int | None = None
    team_id: int | None = None
    category_id: int | None = None
    start: date | None = None
    deadline: date | None = None
    deadline_words: str = ""
    supporting: Sequence[int] = field(default_factory=tuple)
    places: Sequence[int] = field(default_factory=tuple)


_LISTS = frozenset({"supporting", "places"})
PLAIN_FIELDS = tuple(one.name for one in fields(MatterFields) if one.name not in _LISTS)


def fields_of(matter: Matter) -> MatterFields:
    """Give what a matter says now."""
    values: dict[str, Any] = {name: getattr(matter, name) for name in PLAIN_FIELDS}
    return MatterFields(
        **values,
        supporting=tuple(team.id for team in matter.supporting),
        places=tuple(place.id for place in matter.places),
    )


def checked(session: Session, wanted: MatterFields) -> MatterFields:
    """Give the fields without blanks around their words.

    Raises:
        Invalid: something is missing, too long, or names what is not there; says which field.
    """
    texts = {name: _text(name, getattr(wanted, name)) for name in LONGEST if hasattr(wanted, name)}
    if not texts["title"]:
        raise Invalid("请填写事项名称。", "title")
    if not texts["goal"]:
        raise Invalid("请填写目标：验收时对照它判断是不是办成了。", "goal")
    if wanted.team_id is None or _in_use(session, Team, [wanted.team_id]) != 1:
        raise Invalid("请选择责任单位。", "team_id")
    if wanted.deadline is None and not texts["deadline_words"]:
        raise Invalid("请填写完成时限；没有确定日期的，写明「长期」等说法。", "deadline")
    if wanted.start and wanted.deadline and wanted.deadline < wanted.start:
        raise Invalid("完成时限早于开始日期。", "deadline")
    _check_named(session, wanted)
    values: dict[str, Any] = {name: getattr(wanted, name) for name in PLAIN_FIELDS} | texts
    supporting = tuple(dict.fromkeys(one for one in wanted.supporting if one != wanted.team_id))
    return MatterFields(**values, supporting=supporting, places=tuple(dict.fromkeys(wanted.places)))


def _text(name: str, words: str) -> str:
    words = cleaned(words)
    if len(words) > LONGEST[name]:
        raise Invalid(f"{_CALLED[name]}太长，最多 {LONGEST[name]} 字。", name)
    return words


def _check_named(session: Session, wanted: MatterFields) -> None:
    if wanted.lead_staff_id is not None and wanted.lead_staff_id not in {
        one.id for one in choosable_leads(session)
    }:
        raise Invalid("请从列表中选择牵头领导。", "lead_staff_id")
    if wanted.category_id is not None and session.get(Category, wanted.category_id) is None:
        raise Invalid("请从列表中选择类别。", "category_id")
    if _in_use(session, Team, wanted.supporting) != len(set(wanted.supporting)):
        raise Invalid("请从列表中选择配合单位。", "supporting")
    if _in_use(session, ServicePoint, wanted.places) != len(set(wanted.places)):
        raise Invalid("有的服务点已经停用，请重新选择。", "places")


def _in_use(session: Session, table: type[Team | ServicePoint], ids: Sequence[int]) -> int:
    query = select(table.id).where(table.id.in_(ids), table.active)
    return len(session.scalars(query).all())


def choosable_leads(session: Session) -> list[Staff]:
    """List who can answer for a matter."""
    rows = session.scalars(select(Staff).where(Staff.active).order_by(Staff.id)).all()
    return [one for one in rows if one.roles & LEAD_ROLES]


def differences(before: MatterFields, after: MatterFields) -> dict[str, Any]:
    """Give the fields that differ, as JSON, with what they said and what they say."""
    both = {one.name: (getattr(before, one.name), getattr(after, one.name)) for one in fields(MatterFields)}
    return {
        name: [_plain(old), _plain(new)] for name, (old, new) in both.items() if _plain(old) != _plain(new)
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, tuple | list) else value
