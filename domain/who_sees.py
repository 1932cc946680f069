"""Who can read a complaint, and who learns whose it is, in words for the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.disclosure import is_released, waits_for_check
from domain.permissions import may_open
from models.complaint import Complaint
from models.enums import Channel, Role
from models.staff import Staff

_OF_TEAM = frozenset({Role.HANDLER, Role.LEAD})


@dataclass(frozen=True)
class Readers:
    """Staff who may open the complaint for the same reason."""

    why: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class WhoSees:
    """Who reads what.

    Attributes:
        readers: staff who may open it, by reason.
        reporter: what staff learn about the person.
        outside: what the person, followers and the public read.
    """

    readers: Sequence[Readers]
    reporter: str
    outside: Sequence[str]


def who_sees(session: Session, complaint: Complaint, *, followers: int) -> WhoSees:
    """Tell who can read a complaint; two queries, however many they are."""
    staff = session.scalars(select(Staff).where(may_open(complaint)).order_by(Staff.id)).unique()
    groups: dict[str, list[str]] = {}
    for each in staff:
        groups.setdefault(_why(complaint, each), []).append(each.name)
    team_first = sorted(groups, key=lambda why: (not _is_team(complaint, why), why == _WORKED))
    return WhoSees(
        readers=[Readers(why, tuple(groups[why])) for why in team_first],
        reporter=_reporter(complaint),
        outside=_outside(complaint, followers),
    )


_WORKED = "曾经手"


def _why(complaint: Complaint, staff: Staff) -> str:
    if complaint.team is not None and staff.team_id == complaint.team_id and staff.roles & _OF_TEAM:
        return complaint.team.name
    overseeing = [role for role in Role if role in staff.roles and role not in _OF_TEAM]
    return overseeing[0].label if overseeing else _WORKED


def _is_team(complaint: Complaint, why: str) -> bool:
    return complaint.team is not None and why == complaint.team.name


def _reporter(complaint: Complaint) -> str:
    if complaint.anonymous:
        return "匿名提交：所有工作人员都看不到是谁，进展仍会通知本人。"
    if complaint.contact_name or complaint.contact_phone:
        team = f"{complaint.team.name}和受理员" if complaint.team else "受理员"
        return f"实名：称呼和电话只给{team}看，其他人看不到。"
    if complaint.reporter_id is not None:
        return "没有留姓名和电话，工作人员只知道是微信用户。"
    if complaint.channel is Channel.CONNECTED:
        return "没有留姓名和电话，只有转来的平台知道是谁。"
    return "没有留姓名和电话，也没有微信可以通知。"


def _outside(complaint: Complaint, followers: int) -> list[str]:
    lines = ["诉求人能看到办理记录，看不到标有锁的内部记录；看到的是岗位，不是姓名。"]
    if complaint.channel is Channel.CONNECTED:
        lines = ["转来的平台能看到办到哪一步和最近一次对诉求人说的话，由它告诉本人；看不到标有锁的内部记录。"]
    if followers:
        lines.append(
            f"{followers} 位关注人能看到公开的文字、办到哪一步和结果；并案进来的诉求人还能看到办结、"
            "挂账、不予受理时的答复。诉求人的原话、照片、电话，他们都看不到。"
        )
    if is_released(complaint):
        lines.append("已公开：所有人能看到编辑过的文字。")
    elif waits_for_check(complaint):
        lines.append("已提交公开，内容检查还没有通过：其他师生现在看不到。")
    else:
        lines.append("没有公开：其他师生看不到。")
    return lines
