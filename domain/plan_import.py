"""Bringing a plan into the ledger: first the fate of each line, then, once confirmed, the matters.

The same plan again changes the matters it made: a line is known by its phase and words, else by its number
where the words are still alike. Nothing is taken out of the ledger because a file no longer has it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from domain import matters
from domain.actors import Actor
from domain.errors import Invalid, NotAllowed
from domain.matter_fields import MatterFields, checked, choosable_leads, differences, fields_of
from domain.matter_permissions import may_list_matters
from domain.matter_steps import matter_step_from
from domain.plan_tables import Plan, PlanLine
from domain.plan_units import PlannedUnit
from models.matter import Matter
from models.matter_words import MatterKind, MatterSource, MatterStepName
from models.staff import Staff
from models.team import Team

_ALIKE = 0.6
_LONGEST_PHASE = 60
_LONGEST_ITEM = 20
_LONGEST_WORDS = 40


class Fate(StrEnum):
    """What becomes of a line."""

    NEW = "新增"
    CHANGED = "更新"
    SAME = "不变"
    ENDED = "不改"
    BLOCKED = "待处理"


@dataclass(frozen=True)
class LineFate:
    """One line, and what becomes of it.

    Attributes:
        matter: the one it is about; None while there is none.
        wanted: what is to be written; None where something has to be settled first.
        why: what is in the way, or what changes, in Chinese.
        left: what the line says and the ledger will not, in Chinese.
    """

    line: PlanLine
    fate: Fate
    matter: Matter | None = None
    wanted: MatterFields | None = None
    why: Sequence[str] = ()
    left: Sequence[str] = ()


@dataclass(frozen=True)
class Preview:
    """All lines with their fates.

    Attributes:
        gone: matters of the same plan that the file no longer has; they stay as they are.
    """

    plan: Plan
    name: str
    fates: Sequence[LineFate]
    gone: Sequence[Matter]

    @property
    def remarks(self) -> int:
        """How many lines have a remark, for which a matter has no place."""
        return sum(bool(line.remark) for line in self.plan.lines)

    def count(self, fate: Fate) -> int:
        """Tell how many lines have a fate."""
        return sum(one.fate is fate for one in self.fates)


def preview(
    session: Session,
    plan: Plan,
    *,
    name: str,
    kind: MatterKind = MatterKind.WORKPLAN,
    units: Mapping[str, int] | None = None,
) -> Preview:
    """Tell what would become of each line; nothing is written.

    Args:
        name: what the plan is called where it has no title, such as the name of its file.
        units: ids of teams by the words that stand for them, as a person settled it.
    """
    called = plan.title or name
    teams = {team.name: team.id for team in session.scalars(select(Team).where(Team.active))}
    leads = {staff.name: staff.id for staff in choosable_leads(session)}
    there = _matters_of(session, called, plan.year)
    pairs = _matched(plan.lines, there)
    known = teams | dict(units or {})
    means = _Means(known, leads, called, kind)
    fates = [
        replace(_fate(session, line, matter, means), left=_left(line, means))
        for line, matter in zip(plan.lines, pairs, strict=True)
    ]
    kept = {matter.id for matter in pairs if matter is not None}
    return Preview(plan, called, fates, [matter for matter in there if matter.id not in kept])


def confirm(session: Session, shown: Preview, *, staff: Staff, now: datetime) -> None:
    """Write what was shown: new matters are listed, others changed.

    Raises:
        NotAllowed: this member of staff may not list matters.
        Invalid: some line has to be settled first.
    """
    if not may_list_matters(staff):
        raise NotAllowed("工作安排由受理员、分管领导或系统管理员导入。")
    blocked = shown.count(Fate.BLOCKED)
    if blocked:
        raise Invalid(f"还有 {blocked} 行没有处理好，没有导入。")
    keys = set(session.scalars(select(Matter.source_key).where(Matter.source_key.is_not(None))))
    actor = Actor.of_staff(staff)
    for one in shown.fates:
        if one.wanted is None:
            continue
        if one.matter is None:
            key = _free(_key(shown.name, shown.plan.year, one.line), keys)
            matters.list_matter(session, one.wanted, staff=staff, now=now, source_key=key)
        else:
            seen = one.matter.revision
            matters.edit(session, one.matter, one.wanted, actor=actor, now=now, seen=seen)


@dataclass(frozen=True)
class _Means:
    """What the words of a line are held against."""

    teams: Mapping[str, int]
    leads: Mapping[str, int]
    called: str
    kind: MatterKind


def _fate(session: Session, line: PlanLine, matter: Matter | None, means: _Means) -> LineFate:
    unknown = [words for words in line.unknown_units if words not in means.teams]
    why = [*line.troubles, *(f"没有叫「{words}」的责任单位。" for words in unknown)]
    if why or line.time is None:
        return LineFate(line, Fate.BLOCKED, matter, why=why)
    try:
        wanted = checked(session, _wanted(line, matter, means))
    except Invalid as trouble:
        return LineFate(line, Fate.BLOCKED, matter, why=[trouble.message])
    if matter is None:
        return LineFate(line, Fate.NEW, wanted=wanted)
    changed = differences(fields_of(matter), wanted)
    if not changed:
        return LineFate(line, Fate.SAME, matter)
    if matter_step_from(MatterStepName.EDIT, matter.status) is None:
        return LineFate(line, Fate.ENDED, matter, why=[f"{matter.status.label}，不再修改。"])
    return LineFate(line, Fate.CHANGED, matter, wanted, [_CALLED.get(name, "来源") for name in changed])


def _left(line: PlanLine, means: _Means) -> list[str]:
    if not line.person or line.person in means.leads:
        return []
    return [f"牵头领导「{line.person}」没有账号，没有写入。"]


_CALLED = {
    "title": "工作内容",
    "problem": "问题",
    "goal": "目标",
    "measures": "措施",
    "phase": "阶段",
    "item": "序号",
    "lead_staff_id": "牵头领导",
    "team_id": "责任单位",
    "supporting": "配合单位",
    "start": "开始",
    "deadline": "完成时限",
    "deadline_words": "时限写法",
}


def _wanted(line: PlanLine, matter: Matter | None, means: _Means) -> MatterFields:
    """Give what the line says; what it says nothing of stays as it was in the ledger."""
    ids = [_team(unit, means) for unit in line.units]
    leading = next(team for team, unit in zip(ids, line.units, strict=True) if unit.leads)
    before = fields_of(matter) if matter is not None else None
    time = line.time
    assert time is not None  # noqa: S101 (a line without a time is blocked)
    lead = means.leads.get(line.person)
    return MatterFields(
        title=line.title,
        kind=before.kind if before else means.kind,
        source=MatterSource.PLAN,
        source_words=means.called,
        problem=line.problem or (before.problem if before else ""),
        cause=before.cause if before else "",
        goal=line.goal or (before.goal if before else line.title),
        measures=line.measures or (before.measures if before else ""),
        phase=line.phase[:_LONGEST_PHASE],
        item=line.item[:_LONGEST_ITEM],
        lead_staff_id=lead or (before.lead_staff_id if before else None),
        team_id=leading,
        category_id=before.category_id if before else None,
        start=time.start,
        deadline=time.deadline,
        deadline_words=time.words[:_LONGEST_WORDS],
        supporting=tuple(sorted({team for team in ids if team != leading})),
        places=before.places if before else (),
    )


def _team(unit: PlannedUnit, means: _Means) -> int:
    # What a person settled goes before what the words are short for.
    return means.teams.get(unit.words) or means.teams[unit.name]


def _matters_of(session: Session, called: str, year: int) -> list[Matter]:
    query = (
        select(Matter)
        .where(Matter.source_key.startswith(_prefix(called, year), autoescape=True))
        .options(selectinload(Matter.supporting), selectinload(Matter.places))
        .order_by(Matter.id)
    )
    return list(session.scalars(query))


def _matched(lines: Sequence[PlanLine], there: Sequence[Matter]) -> list[Matter | None]:
    """Find the matter of each line, each at most once: by phase and words, by words, then by number."""
    left = list(there)
    found: list[Matter | None] = [None] * len(lines)
    ways: tuple[Callable[[PlanLine, Matter], bool], ...] = (
        lambda line, matter: (line.phase, line.title) == (matter.phase, matter.title),
        lambda line, matter: line.title == matter.title,
        lambda line, matter: line.item == matter.item != "" and _alike(line.title, matter.title),
    )
    for is_meant in ways:
        for at, line in enumerate(lines):
            meant = next((one for one in left if is_meant(line, one)), None) if found[at] is None else None
            if meant is not None:
                found[at] = meant
                left.remove(meant)
    return found


def _alike(words: str, other: str) -> bool:
    return SequenceMatcher(None, words, other).ratio() >= _ALIKE


def plan_key(called: str, year: int) -> str:
    """Name a plan, for finding what came of it: the same words in another year are another plan."""
    return sha256(f"{called}|{year}".encode()).hexdigest()[:16]


def _prefix(called: str, year: int) -> str:
    return f"plan:{plan_key(called, year)}:"


def _key(called: str, year: int, line: PlanLine) -> str:
    return _prefix(called, year) + sha256(f"{line.phase}|{line.title}".encode()).hexdigest()[:16]


def _free(key: str, taken: set[str | None]) -> str:
    """Give a key nobody has; a plan may say the same twice."""
    number, free = 1, key
    while free in taken:
        number += 1
        free = f"{key}-{number}"
    taken.add(free)
    return free
