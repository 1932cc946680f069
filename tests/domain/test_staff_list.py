"""Finding colleagues, and inviting them by lines."""

from datetime import datetime, timedelta

import pytest

from domain import staff_bulk, staff_list
from domain.errors import Invalid
from domain.staff_bulk import Fate
from domain.staff_list import AccountState, StaffFilters
from models.database import Database
from models.enums import Role
from models.staff import Staff
from models.team import Team
from tests.support.factories import Office


def test_find_narrows_and_tells_how_each_account_stands(
    database: Database, office: Office, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        session.get_one(Staff, office.handler.id).password_hash = ""
        session.get_one(Staff, office.colleague.id).locked_until = now + timedelta(minutes=1)
        session.get_one(Staff, office.outsider.id).active = False
        lead = session.get_one(Staff, office.lead.id)
        lead.totp_confirmed_at, lead.post, lead.locked_until = now, "100% 负责", now

    def names(**wanted: object) -> list[str]:
        with database.reading() as session:
            found = staff_list.find(session, StaffFilters(**wanted), now=now)  # type: ignore[arg-type]
            assert found.total == len(found.items)
            return [staff.username for staff in found.items]

    assert names() == [
        "dispatcher", "dispatcher2", "leader", "inspector", "admin",
        "handler", "colleague", "lead", "outsider",
    ]  # fmt: skip
    assert names(words="DISPATCH") == ["dispatcher", "dispatcher2"]
    assert names(words="0%") == ["lead"]
    assert names(team_id=office.team.id, role=Role.HANDLER) == ["handler", "colleague"]
    assert names(state=AccountState.INVITED) == ["handler"]
    assert names(state=AccountState.LOCKED) == ["colleague"]
    assert names(state=AccountState.DISABLED) == ["outsider"]
    assert names(state=AccountState.ACTIVE, team_id=office.team.id) == ["lead"]
    assert names(second_factor=True) == ["lead"]
    assert "lead" not in names(second_factor=False)
    with database.reading() as session:
        everybody = staff_list.find(session, StaffFilters(), now=now).items
        states = {staff.username: staff_list.state_of(staff, now=now) for staff in everybody}
        assert states["handler"] is AccountState.INVITED
        assert states["colleague"] is AccountState.LOCKED
        assert states["lead"] is AccountState.ACTIVE
        assert states["outsider"] is AccountState.DISABLED
        assert staff_list.holders(session)[Role.LEAD] == (1, 1)
        assert staff_list.holders(session)[Role.HANDLER] == (2, 0)
        monkeypatch.setattr(staff_list, "PER_PAGE", 4)
        last = staff_list.find(session, StaffFilters(), page=99, now=now)
        assert (last.page, last.pages, [staff.username for staff in last.items]) == (3, 3, ["outsider"])


LINES = """用户名\t姓名\t岗位\t单位\t角色
N1\t王建国\t水电班长\t维修服务中心\t经办人、负责人
n2，李敏，，，受理员 督导
n1\t重复\t\t\t受理员

handler\t在的\t\t\t受理员
outsider,走的,,,受理员
n 3,有空格,,,受理员
n4,赵,,没有的中心,经办人
n5,钱,,,司机
n6,孙,,,经办人
n7,周,,停用的中心,经办人
n8,吴"""


def test_lines_are_planned_and_the_good_ones_invited(
    database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        session.get_one(Staff, office.outsider.id).active = False
        session.add(Team(name="停用的中心", active=False))
    with database.reading() as session:
        planned = staff_bulk.plan(session, LINES)

    assert [(line.number, line.fate.value, line.words) for line in planned] == [
        (2, "invite", ""),
        (3, "invite", ""),
        (4, "skip", "与第 2 行的用户名重复"),
        (6, "skip", f"已有账号（{office.handler.name}）"),
        (7, "skip", f"已有账号（{office.outsider.name}），已停用，可以重新启用"),
        (8, "wrong", "用户名用字母、数字、点、短横线，中间不留空格，最多 40 字。建议用工号。"),
        (9, "wrong", "没有「没有的中心」这个单位。"),
        (
            10,
            "wrong",
            "没有「司机」这个角色，可以写：经办人、单位负责人、受理员、分管领导、督导组、系统管理员。",
        ),
        (11, "wrong", "经办人和单位负责人要选择所在的责任单位。"),
        (12, "wrong", "「停用的中心」已停用，请选择别的单位。"),
        (13, "wrong", "应有 5 栏：用户名、姓名、岗位、单位、角色，这一行有 2 栏"),
    ]
    with database.transaction() as session:
        admin = session.get_one(Staff, office.admin.id)
        invited = staff_bulk.invite_all(session, LINES, staff=admin, now=now)
        made = [(one.staff.username, one.staff.name, one.staff.post, one.staff.roles) for one in invited]
    assert made == [
        ("n1", "王建国", "水电班长", {Role.HANDLER, Role.LEAD}),
        ("n2", "李敏", "", {Role.DISPATCHER, Role.INSPECTOR}),
    ]
    with database.transaction() as session, pytest.raises(Invalid):
        staff_bulk.invite_all(session, LINES, staff=admin, now=now)
    with database.reading() as session:
        assert {line.fate for line in staff_bulk.plan(session, LINES)} == {Fate.SKIP, Fate.WRONG}


@pytest.mark.parametrize(
    "text", ["", " \n\n", "用户名,姓名,岗位,单位,角色", "a,b,c,d,e\n" * 201, "长" * 20_001]
)
def test_no_lines_and_too_many_are_refused(sqlite: Database, text: str) -> None:
    with sqlite.reading() as session, pytest.raises(Invalid) as refused:
        staff_bulk.plan(session, text)

    assert refused.value.field == "lines"
