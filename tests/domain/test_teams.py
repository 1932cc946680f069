"""Teams as the office edits them."""

import pytest
from sqlalchemy import select

from domain import audit, teams
from domain.errors import Invalid, NotFound
from models.audit import AuditEntry
from models.database import Database
from models.enums import ComplaintStatus
from tests.conftest import NOW
from tests.support.factories import Factory, Office
from tests.support.story import Story


def test_overview_counts_what_hangs_on_each_team(story: Story) -> None:
    story.complaint(ComplaintStatus.ASSIGNED)
    story.complaint(ComplaintStatus.CLOSED)
    story.factory.category(story.session, team=story.office.team)
    story.office.colleague.active = False
    story.session.flush()

    row = teams.numbers_of(story.session, story.office.team)

    assert (row.open_complaints, row.staff, row.categories, row.places) == (1, 2, 1, 1)


def test_team_stays_in_use_while_something_depends_on_it(story: Story) -> None:
    complaint = story.complaint(ComplaintStatus.ASSIGNED)
    team, admin = story.office.team, story.office.admin
    with pytest.raises(Invalid) as refusal:
        teams.disable(story.session, team, staff=admin, now=story.now)
    assert refusal.value.message == (
        "「饮食服务中心」还不能停用：1 件在办诉求由它负责、3 名在岗人员属于它。请先处理好再停用。"
    )

    story.factory.bring_to(story.session, story.office, complaint, ComplaintStatus.CLOSED, now=story.now)
    for person in (story.office.handler, story.office.colleague, story.office.lead):
        person.team = story.office.other_team
    teams.disable(story.session, team, staff=admin, now=story.now)
    assert not team.active
    # Its place stays; what is raised there goes to the desk.
    assert story.complaint(service_point=story.office.canteen).status is ComplaintStatus.SUBMITTED

    teams.enable(story.session, team, staff=admin, now=story.now)
    again = story.complaint(service_point=story.office.canteen, text="排队太久")
    assert (again.status, again.team) == (ComplaintStatus.ASSIGNED, team)


@pytest.mark.parametrize(
    ("name", "phone", "words"),
    [
        (" ", "", "请填写单位名称"),
        ("中" * 61, "", "最多 60 字"),
        ("饮食服务中心", "", "已经有「饮食服务中心」了"),
        ("新中心", "请找老王", "电话只能写数字"),
    ],
)
def test_names_and_telephones_that_cannot_be_used_are_refused(
    story: Story, name: str, phone: str, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        teams.add(story.session, name=name, phone=phone, staff=story.office.admin, now=story.now)
    with pytest.raises(NotFound):
        teams.find(story.session, 0)


def test_every_change_is_in_the_audit_log_with_what_was_before(database: Database, factory: Factory) -> None:
    with database.transaction() as session:
        office: Office = factory.office(session)
        by = {"staff": office.admin, "now": NOW}
        team = teams.add(session, name=" 能源  中心 ", phone="0571-88886666 转 2", **by)
        teams.change(session, team, name="水电能源中心", phone=team.phone, **by)
        teams.change(session, team, name="水电能源中心", phone=team.phone, **by)
        teams.disable(session, team, **by)
        teams.disable(session, team, **by)
        teams.enable(session, team, **by)
        teams.enable(session, team, **by)
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.position)).all()
        assert [(entry.action, entry.words) for entry in entries] == [
            ("team.add", "新增责任单位「能源 中心」"),
            ("team.change", "修改责任单位「水电能源中心」，原名「能源 中心」"),
            ("team.disable", "停用责任单位「水电能源中心」"),
            ("team.enable", "启用责任单位「水电能源中心」"),
        ]
        assert entries[1].details == {"before": {"name": "能源 中心"}, "after": {"name": "水电能源中心"}}
        assert entries[1].seal == audit.seal_of(entries[1], before=entries[0].seal)
