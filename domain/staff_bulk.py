"""Inviting many colleagues at once, from lines as they are pasted out of a workbook.

One line each: user name, name, post, team, roles; between them a tab or a comma, between roles 、 or a blank.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import staff_accounts, staff_changes
from domain.acts import cleaned
from domain.errors import Invalid
from domain.staff_accounts import StaffEntry
from domain.staff_invitations import Invited
from models.enums import Role, Word
from models.staff import Staff
from models.team import Team

MOST_LINES = 200
LONGEST_TEXT = 20_000
_COLUMNS = 5
_BETWEEN = re.compile(r"[\t,，;；]")
_BETWEEN_ROLES = re.compile(r"[、/|+＋\s]+")
# What people write beside the labels themselves.
_ROLE_WORDS = {role.label: role for role in Role} | {
    "负责人": Role.LEAD,
    "领导": Role.LEADER,
    "督导": Role.INSPECTOR,
    "管理员": Role.ADMIN,
}


class Fate(Word):
    """What becomes of a line."""

    INVITE = "invite", "邀请"
    SKIP = "skip", "跳过"
    WRONG = "wrong", "有误"


@dataclass(frozen=True)
class PlannedLine:
    """A line that was read.

    Attributes:
        number: of the line, from 1.
        cells: user name, name, post, team and roles as written.
        words: why it is skipped, or what is wrong with it.
        entry: what is stored; only of those to be invited.
    """

    number: int
    cells: Sequence[str]
    fate: Fate
    words: str = ""
    username: str = ""
    entry: StaffEntry | None = None


def plan(session: Session, text: str) -> list[PlannedLine]:
    """Tell what would become of each line; nothing is changed.

    Raises:
        Invalid: there are no lines, or too many.
    """
    lines = [(number, line.strip()) for number, line in enumerate(cleaned(text).splitlines(), start=1)]
    lines = [(number, line) for number, line in lines if line and not _is_heading(line)]
    if not lines:
        raise Invalid("请粘贴至少一行。", "lines")
    if len(lines) > MOST_LINES or len(text) > LONGEST_TEXT:
        raise Invalid(f"一次最多 {MOST_LINES} 行，请分几次来。", "lines")
    teams = {team.name: team for team in session.scalars(select(Team))}
    first_seen: dict[str, int] = {}
    planned = []
    for number, line in lines:
        cells = [cell.strip() for cell in _BETWEEN.split(line)]
        username = cells[0].lower()
        if username in first_seen:
            words = f"与第 {first_seen[username]} 行的用户名重复"
            planned.append(PlannedLine(number, cells[:_COLUMNS], Fate.SKIP, words))
            continue
        first_seen[username] = number
        planned.append(_planned(session, number, cells, teams))
    return planned


def invite_all(session: Session, text: str, *, staff: Staff, now: datetime) -> list[Invited]:
    """Invite those that `plan` says will be.

    Raises:
        Invalid: see `plan`, or there is nobody to invite.
    """
    invited = [
        staff_changes.invite(session, username=line.username, entry=line.entry, staff=staff, now=now)
        for line in plan(session, text)
        if line.entry is not None
    ]
    if not invited:
        raise Invalid("没有可以邀请的人，请看每行后面的说明。", "lines")
    return invited


def _planned(session: Session, number: int, cells: list[str], teams: dict[str, Team]) -> PlannedLine:
    if len(cells) != _COLUMNS:
        words = f"应有 {_COLUMNS} 栏：用户名、姓名、岗位、单位、角色，这一行有 {len(cells)} 栏"
        return PlannedLine(number, cells[:_COLUMNS], Fate.WRONG, words)
    there = staff_accounts.account_named(session, cells[0])
    if there is not None:
        words = f"已有账号（{there.name}）" + ("" if there.active else "，已停用，可以重新启用")
        return PlannedLine(number, cells, Fate.SKIP, words)
    try:
        username = staff_accounts.check_username(session, cells[0])
        entry = staff_accounts.checked_entry(_entry(cells, teams))
    except Invalid as refusal:
        return PlannedLine(number, cells, Fate.WRONG, refusal.message)
    return PlannedLine(number, cells, Fate.INVITE, username=username, entry=entry)


def _entry(cells: list[str], teams: dict[str, Team]) -> StaffEntry:
    _, name, post, team_name, roles = cells
    if team_name and team_name not in teams:
        raise Invalid(f"没有「{team_name}」这个单位。", "team")
    found = set()
    for word in filter(None, _BETWEEN_ROLES.split(roles)):
        if word not in _ROLE_WORDS:
            raise Invalid(
                f"没有「{word}」这个角色，可以写：{'、'.join(role.label for role in Role)}。", "roles"
            )
        found.add(_ROLE_WORDS[word])
    return StaffEntry(name, post, teams.get(team_name), frozenset(found))


def _is_heading(line: str) -> bool:
    return line.startswith("用户名")
