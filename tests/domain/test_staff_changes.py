"""What administrators do to colleagues' accounts, and what nobody may do to their own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select

from domain import office_settings, staff_changes
from domain.errors import Invalid, NotAllowed, NotFound
from domain.office_settings import SECOND_FACTOR_ROLES, WECHAT_IS_ENOUGH
from domain.staff_accounts import StaffEntry, password_matches
from models.audit import AuditEntry
from models.database import Database
from models.enums import ComplaintStatus, Role
from models.staff import Staff, StaffRole
from models.team import Team
from tests.support.factories import PASSWORD, Factory, Office

Do = Callable[..., Any]


@pytest.fixture
def do(database: Database, office: Office, now: datetime) -> Do:
    """Have the administrator do something to somebody's account."""

    def act(verb: Callable[..., Any], to: Staff, *, by: Staff | None = None, **more: Any) -> Any:
        with database.transaction() as session:
            admin = session.get_one(Staff, (by or office.admin).id)
            account = staff_changes.hold(session, to.id, staff=admin)
            entry = more.get("entry")
            if entry is not None and entry.team is not None:
                more["entry"] = replace(entry, team=session.get_one(Team, entry.team.id))
            return verb(session, account, staff=admin, now=now, **more)

    return act


def fresh(database: Database, staff: Staff) -> Staff:
    with database.reading() as session:
        found = session.get_one(Staff, staff.id)
        _ = found.person
        return found


def noted(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.position)).all()
        return [(entry.action, entry.words) for entry in entries if entry.subject_kind == "staff"]


def test_change_moves_somebody_to_other_work(database: Database, office: Office, do: Do) -> None:
    entry = StaffEntry(" 李 雷 ", "班长", office.other_team, frozenset({Role.HANDLER, Role.LEAD}))
    do(staff_changes.change, office.handler, entry=entry)
    do(staff_changes.change, office.handler, entry=entry)  # nothing new, nothing noted
    do(staff_changes.change, office.handler, entry=StaffEntry("李雷", "班长", office.other_team, entry.roles))

    staff = fresh(database, office.handler)
    assert (staff.name, staff.post, staff.team_id) == ("李雷", "班长", office.other_team.id)
    assert staff.roles == {Role.HANDLER, Role.LEAD}
    assert noted(database) == [
        ("staff.change", "把 李 雷（handler） 的角色改为：经办人、单位负责人"),
        ("staff.change", "修改 李雷（handler） 的资料"),
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "长" * 41}, "name"),
        ({"post": "长" * 61}, "post"),
        ({"roles": frozenset()}, "roles"),
        ({"roles": frozenset({Role.LEAD})}, "team"),
    ],
)
def test_change_names_the_field_at_fault(office: Office, do: Do, changes: dict[str, Any], field: str) -> None:
    values: dict[str, Any] = {"name": "李雷", "roles": frozenset({Role.DISPATCHER}), **changes}

    with pytest.raises(Invalid) as refused:
        do(staff_changes.change, office.dispatcher, entry=StaffEntry(**values))

    assert refused.value.field == field


def test_disable_lets_everything_go_but_what_was_done(
    database: Database, office: Office, factory: Factory, do: Do
) -> None:
    with database.transaction() as session:
        session.get_one(Staff, office.handler.id).person_id = office.friend.id
        again = factory.complaint(session, office, ComplaintStatus.IN_PROGRESS)
        factory.complaint(session, office, ComplaintStatus.RESOLVED)
        account = session.get_one(Staff, office.handler.id)
        assert [row.id for row in staff_changes.open_complaints(session, account)] == [again.id]
    do(staff_changes.disable, office.handler)
    do(staff_changes.disable, office.handler)

    staff = fresh(database, office.handler)
    assert (staff.active, staff.person_id, staff.session_version) == (False, None, 2)
    with pytest.raises(Invalid):
        do(staff_changes.reset, office.handler)
    with database.transaction() as session:
        session.get_one(Team, office.team.id).active = False
    with pytest.raises(Invalid):
        do(staff_changes.enable, office.handler)
    with database.transaction() as session:
        session.get_one(Team, office.team.id).active = True
    do(staff_changes.enable, office.handler)
    do(staff_changes.enable, office.handler)
    assert fresh(database, office.handler).active
    name = office.handler.name
    assert noted(database) == [
        ("staff.disable", f"停用 {name}（handler） 的账号，名下还有 1 件在办诉求"),
        ("staff.enable", f"启用 {name}（handler） 的账号"),
    ]


def test_who_cannot_come_in_is_helped(database: Database, office: Office, do: Do, now: datetime) -> None:
    with database.transaction() as session:
        staff = session.get_one(Staff, office.handler.id)
        staff.failed_logins, staff.locked_until = 6, now + timedelta(minutes=9)
        staff.person_id, staff.totp_secret, staff.totp_confirmed_at = office.friend.id, "sealed", now
    do(staff_changes.unlock, office.handler)
    do(staff_changes.sign_out_everywhere, office.handler)
    do(staff_changes.demand_new_password, office.handler)
    do(staff_changes.unbind, office.handler)
    do(staff_changes.unbind, office.handler)
    for reason in (" ", "长" * 201):
        with pytest.raises(Invalid) as refused:
            do(staff_changes.take_off_second_factor, office.handler, reason=reason)
        assert refused.value.field == "reason"
    do(staff_changes.take_off_second_factor, office.handler, reason="手机丢失，已当面核实")
    do(staff_changes.take_off_second_factor, office.handler, reason="再来一次")

    staff = fresh(database, office.handler)
    assert (staff.failed_logins, staff.locked_until, staff.person_id) == (0, None, None)
    assert (staff.must_change_password, staff.has_second_factor, staff.totp_secret) == (True, False, "")
    assert staff.session_version == 4
    assert password_matches(staff, PASSWORD)
    do(staff_changes.reset, office.handler)
    staff = fresh(database, office.handler)
    assert (staff.has_password, staff.must_change_password, staff.session_version) == (False, False, 5)
    assert not password_matches(staff, PASSWORD)
    assert not password_matches(staff, "nobody has this password")
    do(staff_changes.reset, office.handler)
    assert [action for action, _ in noted(database)] == [
        "staff.unlock",
        "staff.sign_out",
        "staff.demand_password",
        "staff.unbind",
        "staff.second_factor_off",
        "staff.reset",
        "staff.invite_again",
    ]


def test_nobody_takes_their_own_administration_away(database: Database, office: Office, do: Do) -> None:
    acts: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (staff_changes.disable, {}),
        (staff_changes.reset, {}),
        (staff_changes.take_off_second_factor, {"reason": "x"}),
        (staff_changes.change, {"entry": StaffEntry("我", roles=frozenset({Role.DISPATCHER}))}),
    ]
    for verb, more in acts:
        with pytest.raises(Invalid):
            do(verb, office.admin, **more)

    staff = fresh(database, office.admin)
    assert (staff.active, staff.roles, staff.has_password) == (True, {Role.ADMIN}, True)


def test_only_administrators_hold_accounts(database: Database, office: Office, do: Do) -> None:
    with pytest.raises(NotAllowed):
        do(staff_changes.disable, office.handler, by=office.leader)
    with database.transaction() as session, pytest.raises(NotFound):
        staff_changes.hold(session, 999_999, staff=session.get_one(Staff, office.admin.id))


def test_of_two_administrators_who_close_each_other_one_remains(
    database: Database, office: Office, factory: Factory, do: Do
) -> None:
    with database.transaction() as session:
        other = factory.staff(session, Role.ADMIN, username="admin2")
    both, outcomes = Barrier(2), []

    def close(mine: Staff, theirs: Staff) -> None:
        both.wait()
        try:
            do(staff_changes.disable, theirs, by=mine)
        except NotAllowed:
            outcomes.append("refused")
        else:
            outcomes.append("closed")

    pairs = ((office.admin, other), (other, office.admin))
    threads = [Thread(target=close, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.reading() as session:
        left = session.scalars(
            select(Staff.id).join(StaffRole).where(Staff.active, StaffRole.role == Role.ADMIN)
        )
        assert len(left.all()) == 1
    assert sorted(outcomes) == ["closed", "refused"]


def test_rules_of_signing_in_are_noted_when_they_change(
    database: Database, office: Office, now: datetime
) -> None:
    for _ in range(2):
        with database.transaction() as session:
            admin = session.get_one(Staff, office.admin.id)
            roles = frozenset({Role.ADMIN, Role.DISPATCHER})
            staff_changes.set_sign_in_rules(session, roles=roles, wechat_is_enough=True, staff=admin, now=now)

    with database.reading() as session:
        assert office_settings.read(session, SECOND_FACTOR_ROLES) == {Role.ADMIN, Role.DISPATCHER}
        assert office_settings.read(session, WECHAT_IS_ENOUGH) is True
    assert noted(database) == [
        (
            "staff.sign_in_rules",
            "修改登录安全：必须二次验证的角色：受理员、系统管理员；绑定的微信可以代替验证码",
        )
    ]
