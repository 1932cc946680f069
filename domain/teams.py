"""Teams (责任单位) as the office edits them: numbers, names, and when one may be taken out of use."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain import office_changes
from domain.acts import cleaned
from domain.errors import Invalid, NotFound
from models.category import Category
from models.complaint import Complaint
from models.enums import ACTIVE_STATUSES
from models.service_point import ServicePoint
from models.staff import Staff
from models.team import Team

LONGEST_NAME = 60
LONGEST_PHONE = 40
LONGEST_WORDS = 1000
_PHONE = re.compile(r"[0-9０-９+\-—()（）转、,，/ ]*")


@dataclass(frozen=True)
class TeamNumbers:
    """A team and what hangs on it."""

    team: Team
    open_complaints: int
    staff: int
    categories: int
    places: int

    @property
    def is_needed(self) -> bool:
        """Whether it cannot be taken out of use yet."""
        return bool(self.open_complaints or self.staff or self.categories)


def overview(session: Session) -> Sequence[TeamNumbers]:
    """Give all teams with their numbers, those in use first."""
    teams = session.scalars(select(Team).order_by(Team.active.desc(), Team.id)).all()
    numbers = [
        _counts(session, column, *conditions)
        for column, conditions in (
            (Complaint.team_id, (Complaint.status.in_(ACTIVE_STATUSES),)),
            (Staff.team_id, (Staff.active,)),
            (Category.team_id, (Category.active,)),
            (ServicePoint.team_id, (ServicePoint.active,)),
        )
    ]
    return [TeamNumbers(team, *(each.get(team.id, 0) for each in numbers)) for team in teams]


def numbers_of(session: Session, team: Team) -> TeamNumbers:
    """Give one team with its numbers."""
    return next(row for row in overview(session) if row.team.id == team.id)


def _counts(
    session: Session, column: InstrumentedAttribute[int | None], *conditions: ColumnElement[bool]
) -> Mapping[int, int]:
    query = select(column, func.count()).where(column.is_not(None), *conditions).group_by(column)
    return {team_id: count for team_id, count in session.execute(query) if team_id is not None}


def find(session: Session, team_id: int, *, for_change: bool = False) -> Team:
    """Give a team by its id, or raise NotFound.

    Args:
        for_change: hold the row until the transaction ends.
    """
    team = session.get(Team, team_id, with_for_update=True if for_change else None)
    if team is None:
        raise NotFound("没有找到这个责任单位，请刷新页面。")
    return team


def add(
    session: Session,
    *,
    name: str,
    phone: str,
    standard: str = "",
    pledge: str = "",
    staff: Staff,
    now: datetime,
) -> Team:
    """Add a team; standard and pledge hold for its places that have none of their own.

    Raises:
        Invalid: something of it cannot be used.
    """
    values = _checked(session, None, name=name, phone=phone, standard=standard, pledge=pledge)
    team = Team(**values, active=True)
    session.add(team)
    session.flush()
    office_changes.note(
        session,
        staff,
        action="team.add",
        subject=team.id,
        words=f"新增责任单位「{team.name}」",
        after=values,
        now=now,
    )
    return team


def change(
    session: Session,
    team: Team,
    *,
    name: str,
    phone: str,
    standard: str | None = None,
    pledge: str | None = None,
    staff: Staff,
    now: datetime,
) -> None:
    """Change what is written of a team; everything that belongs to it stays.

    Args:
        standard, pledge: None leaves them as they are.

    Raises:
        Invalid: something of it cannot be used.
    """
    standard = team.standard if standard is None else standard
    pledge = team.pledge if pledge is None else pledge
    after = _checked(session, team, name=name, phone=phone, standard=standard, pledge=pledge)
    before = office_changes.apply(team, after)
    if before is None:
        return
    session.flush()
    renamed = f"，原名「{before['name']}」" if before["name"] != team.name else ""
    office_changes.note(
        session,
        staff,
        action="team.change",
        subject=team.id,
        words=f"修改责任单位「{team.name}」{renamed}",
        before=before,
        after=after,
        now=now,
    )


def disable(session: Session, team: Team, *, staff: Staff, now: datetime) -> None:
    """Take a team out of use: nothing new goes to it, what it did stays on record.

    Raises:
        Invalid: open complaints, categories or staff still depend on it; says how many.
    """
    if not team.active:
        return
    numbers = numbers_of(session, team)
    if numbers.is_needed:
        raise Invalid(f"「{team.name}」还不能停用：{'、'.join(_needed_for(numbers))}。请先处理好再停用。")
    team.active = False
    _note_state(session, team, "team.disable", f"停用责任单位「{team.name}」", staff, now)


def enable(session: Session, team: Team, *, staff: Staff, now: datetime) -> None:
    """Take a team into use again."""
    if team.active:
        return
    team.active = True
    _note_state(session, team, "team.enable", f"启用责任单位「{team.name}」", staff, now)


def _note_state(session: Session, team: Team, action: str, words: str, staff: Staff, now: datetime) -> None:
    session.flush()
    office_changes.note(session, staff, action=action, subject=team.id, words=words, now=now)


def _needed_for(numbers: TeamNumbers) -> list[str]:
    named = (
        (numbers.open_complaints, "件在办诉求由它负责"),
        (numbers.categories, "个类别默认派给它"),
        (numbers.staff, "名在岗人员属于它"),
    )
    return [f"{count} {words}" for count, words in named if count]


def _checked(
    session: Session, team: Team | None, *, name: str, phone: str, standard: str, pledge: str
) -> dict[str, str]:
    name, phone = " ".join(cleaned(name).split()), cleaned(phone)
    if not name:
        raise Invalid("请填写单位名称。", "name")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"单位名称最多 {LONGEST_NAME} 字。", "name")
    namesake = session.scalar(select(Team).where(Team.name == name))
    if namesake is not None and (team is None or namesake.id != team.id):
        state = "" if namesake.active else "（已停用，可以重新启用）"
        raise Invalid(f"已经有「{name}」了{state}。", "name")
    if len(phone) > LONGEST_PHONE or not _PHONE.fullmatch(phone):
        raise Invalid("电话只能写数字、短横线和“转”，多个电话用顿号隔开，最多 40 字。", "phone")
    values = {"name": name, "phone": phone}
    for field, label, text in (
        ("standard", "服务标准", standard),
        ("pledge", "服务承诺", pledge),
    ):
        values[field] = cleaned(text)
        if len(values[field]) > LONGEST_WORDS:
            raise Invalid(f"{label}最多 {LONGEST_WORDS} 字。", field)
    return values
