"""`app.py reset-password`: the way in when no administrator can sign in any more."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from commands.accounts import create_admin, reset_password
from config.settings import Settings
from domain import staff_invitations
from domain.push_schedules import goes_by_itself
from domain.staff_accounts import password_matches
from models.audit import AuditEntry
from models.database import Database
from models.push import PushSchedule
from models.staff import Staff
from tests.support.factories import Office

GOOD = "quiet-river-stone-42"


@pytest.fixture
def database(sqlite: Database) -> Database:
    """One kind is enough: the rules are tested on both."""
    return sqlite


@pytest.fixture
def run(
    database: Database, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """The command, on the database of this test."""
    url = database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setattr("commands.with_settings.load_settings", lambda: make_settings(database_url=url))
    return lambda *arguments: CliRunner().invoke(reset_password, list(arguments))


def test_reset_password_prints_a_link_that_works_once(
    run: Callable[..., Result], database: Database, office: Office, now: datetime
) -> None:
    with database.transaction() as session:
        session.get_one(Staff, office.admin.id).totp_confirmed_at = now
    assert run("ADMIN").exit_code == 0
    with database.reading() as session:
        assert session.get_one(Staff, office.admin.id).has_second_factor

    result = run("admin", "--without-second-factor")

    assert result.exit_code == 0
    link = result.stdout.splitlines()[-1]
    secret = link.removeprefix("http://127.0.0.1:8000/admin/invitation/")
    with database.transaction() as session:
        at = datetime.now(UTC)
        staff = staff_invitations.redeem(session, secret, password=GOOD, again=GOOD, now=at)
        assert (staff.id, staff.has_second_factor) == (office.admin.id, False)
        assert password_matches(staff, GOOD)
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.position)).all()
        assert [(entry.actor_label, entry.action) for entry in entries] == [
            ("系统", "staff.reset"),
            ("系统", "staff.second_factor_off"),
            ("系统", "staff.invite_again"),
        ]


def test_reset_password_says_why_not(run: Callable[..., Result], database: Database, office: Office) -> None:
    with database.transaction() as session:
        session.get_one(Staff, office.handler.id).active = False

    assert (run("nobody").exit_code, run("nobody").stderr) == (1, "Error: 没有用户名是「nobody」的账号。\n")
    assert (run("handler").exit_code, run("handler").stderr) == (1, "Error: 账号已停用，请先启用。\n")


def test_create_admin_makes_an_account_that_opens(run: Callable[..., Result], database: Database) -> None:
    del run  # its settings are wanted
    made = CliRunner().invoke(create_admin, ["--username", "boss", "--name", "主任", "--password", GOOD])
    again = CliRunner().invoke(create_admin, ["--username", "boss", "--name", "主任", "--password", GOOD])

    planned = "已安排每个工作日发超期清单给分管领导、每周五发督查周报给督导组，可以在「推送」里改。"
    assert (made.stdout, again.exit_code) == (f"已新建系统管理员 boss。\n{planned}\n", 1)
    other = CliRunner().invoke(create_admin, ["--username", "vice", "--name", "副", "--password", GOOD])
    assert other.stdout == "已新建系统管理员 vice。\n"
    with database.reading() as session:
        pushes = session.scalars(select(PushSchedule).order_by(PushSchedule.id)).all()
        assert [one.title for one in pushes if goes_by_itself(one)] == ["超期清单", "督查周报"]
        assert password_matches(session.scalar(select(Staff).where(Staff.username == "boss")), GOOD)
