"""Changing the registry: who may, the tree stays sound, and every deed is on record."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from domain import complaints
from domain import service_point_registry as registry
from domain import service_point_retiring as retiring
from domain.errors import DomainError, Invalid, NotAllowed, NotFound, TooLate
from domain.service_point_checks import find_place
from domain.service_point_fields import PlaceFields, fields_of, revision_of
from models.enums import Channel, ComplaintKind, ServicePointKind
from models.service_point import ServicePoint
from models.staff import Staff
from tests.support.campus import Campus, add_place
from tests.support.story import Story

K = ServicePointKind


@pytest.fixture
def campus(story: Story) -> Campus:
    """The campus around the story's office."""
    session, office = story.session, story.office
    top = add_place(session, K.CAMPUS, "东校区")
    canteen = add_place(session, K.CANTEEN, "第二食堂", parent=top, team=office.team)
    building = add_place(session, K.BUILDING, "3号楼", parent=top)
    floor = add_place(session, K.FLOOR, "3层", parent=building)
    return Campus(
        office=office,
        campus=top,
        canteen=canteen,
        window=add_place(session, K.WINDOW, "3号窗口", parent=canteen),
        building=building,
        floor=floor,
        room=add_place(session, K.ROOM, "302", parent=floor),
        other_room=add_place(session, K.ROOM, "303", parent=floor),
    )


def by(story: Story, staff: Staff | None = None) -> dict[str, Any]:
    return {"staff": staff or story.office.dispatcher, "now": story.now}


def deeds(story: Story) -> list[tuple[str, str, str]]:
    """What is about to be sealed: action, subject, words."""
    pending = story.session.info.get("audit entries of this transaction", [])
    return [(each.entry.action, each.entry.subject, each.entry.words) for each in pending]


def window(name: str = "4号窗口", **changes: Any) -> PlaceFields:
    return PlaceFields(**({"name": name, "kind": K.WINDOW} | changes))


def test_a_new_place_stands_last_below_its_parent_with_a_code_of_its_own(
    story: Story, campus: Campus
) -> None:
    first = registry.add(story.session, window(label_number="C-04"), parent=campus.canteen, **by(story))
    second = registry.add(story.session, window("5号窗口"), parent=campus.canteen, **by(story))
    top = registry.add(story.session, window("西校区"), parent=None, **by(story))

    assert (first.full_name, first.label_number, top.full_name) == ("东校区第二食堂4号窗口", "C-04", "西校区")
    assert second.position == first.position + 1
    assert len({first.code, second.code, top.code}) == 3
    assert deeds(story)[0] == ("service_point.add", str(first.id), "新增服务点「东校区第二食堂4号窗口」")


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": ""}, "name", "名称不能为空。"),
        ({"name": "男/女浴室"}, "name", "名称里不能有斜线，斜线用来隔开上下级。"),
        ({"name": "字" * 61}, "name", "名称最多 60 个字，现在有 61 个。"),
        ({"name": "３号 窗口"}, "name", "同一个上级下面已经有「3号窗口」。"),
        ({"label_number": "a 1"}, "label_number", "编号里不能有空格。"),
        ({"label_number": "c-01"}, "label_number", "编号「C-01」已经用在「东校区3号楼」。"),
        ({"team_id": 999}, "team_id", "没有这个责任单位。"),
        ({"category_id": 999}, "category_id", "没有这个类别。"),
        ({"party_member": True}, "in_charge", "标明中共党员的，要写明负责人是谁。"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(
    story: Story, campus: Campus, changes: dict[str, Any], field: str, words: str
) -> None:
    campus.building.label_number = "C-01"
    with pytest.raises(Invalid) as refusal:
        registry.add(story.session, replace(window(), **changes), parent=campus.canteen, **by(story))

    assert (refusal.value.field, refusal.value.message) == (field, words)


def test_a_tree_grows_neither_too_deep_nor_below_what_is_out_of_use(story: Story, campus: Campus) -> None:
    place = campus.room
    for number in range(6):
        place = registry.add(story.session, window(f"{number}号柜"), parent=place, **by(story))
    with pytest.raises(Invalid, match="上下级最多 10 层"):
        registry.add(story.session, window(), parent=place, **by(story))

    long = registry.add(story.session, window("长" * 60), parent=campus.campus, **by(story))
    longer = registry.add(story.session, window("长" * 60), parent=long, **by(story))
    longest = registry.add(story.session, window("长" * 60), parent=longer, **by(story))
    with pytest.raises(Invalid, match="全称最多 200 个字"):
        registry.add(story.session, window("长" * 60), parent=longest, **by(story))

    retiring.retire(story.session, campus.canteen, **by(story))
    with pytest.raises(Invalid, match="上级已停用"):
        registry.add(story.session, window(), parent=campus.canteen, **by(story))
    with pytest.raises(Invalid, match="这个上级已停用"):
        registry.move(story.session, campus.room, parent=campus.canteen, **by(story))
    registry.move(story.session, campus.window, parent=campus.building, **by(story))
    with pytest.raises(Invalid, match="已经有「3号窗口」（已停用，可以恢复它）"):
        registry.add(story.session, window("3号 窗口"), parent=campus.building, **by(story))
    with pytest.raises(NotFound):
        find_place(story.session, 2**40)


def test_renaming_renames_all_below_and_says_what_changed(story: Story, campus: Campus) -> None:
    seen = revision_of(campus.building)
    wanted = replace(fields_of(campus.building), name="三号楼", team_id=story.office.team.id)

    assert registry.change(story.session, campus.building, wanted, seen=seen, **by(story)) == [
        "name",
        "team_id",
    ]
    assert [campus.building.full_name, campus.floor.full_name, campus.room.full_name] == [
        "东校区三号楼", "东校区三号楼3层", "东校区三号楼302",
    ]  # fmt: skip
    assert deeds(story)[-1][2] == "修改服务点「东校区三号楼」的名称、责任单位"
    assert registry.change(story.session, campus.building, wanted, **by(story)) == []
    with pytest.raises(TooLate, match="刚刚被别人改过"):
        registry.change(story.session, campus.building, wanted, seen=seen, **by(story))


def test_moving_takes_all_below_along_but_never_into_itself(story: Story, campus: Campus) -> None:
    registry.move(story.session, campus.floor, parent=campus.canteen, **by(story))
    registry.move(story.session, campus.floor, parent=campus.canteen, **by(story))

    assert (campus.floor.position, campus.room.full_name) == (1, "东校区第二食堂302")
    with pytest.raises(Invalid, match="不能移到自己或自己的下级里面"):
        registry.move(story.session, campus.campus, parent=campus.room, **by(story))
    registry.move(story.session, campus.floor, parent=None, **by(story))
    assert (campus.floor.full_name, campus.room.full_name) == ("3层", "302")
    assert [words for _, _, words in deeds(story)] == [
        "把服务点「东校区3号楼3层」移到「东校区第二食堂」之下",
        "把服务点「东校区第二食堂3层」移到最上级",
    ]


def test_neighbours_are_put_in_order(story: Story, campus: Campus) -> None:
    for number in (4, 5):
        registry.add(story.session, window(f"{number}号窗口"), parent=campus.canteen, **by(story))
    query = select(ServicePoint).where(ServicePoint.parent_id == campus.canteen.id)

    def order(to: str, name: str) -> str:
        place = story.session.scalars(query.where(ServicePoint.name == name)).one()
        registry.reorder(story.session, place, to=to, **by(story))
        return "".join(row.name[0] for row in story.session.scalars(query.order_by(ServicePoint.position)))

    moves = [("up", "5号窗口"), ("first", "4号窗口"), ("down", "4号窗口"), ("last", "4号窗口")]
    assert [order(*move) for move in moves] == ["354", "435", "345", "354"]
    count = len(deeds(story))
    assert order("last", "4号窗口") == "354"
    assert len(deeds(story)) == count
    with pytest.raises(Invalid, match="不能这样排序"):
        registry.reorder(story.session, campus.window, to="sideways", **by(story))
    retiring.retire(story.session, campus.window, **by(story))
    with pytest.raises(Invalid, match="停用的服务点"):
        registry.reorder(story.session, campus.window, to="up", **by(story))


def test_retiring_takes_the_whole_branch_and_leaves_its_complaints(story: Story, campus: Campus) -> None:
    submission = complaints.Submission(
        text="灯坏了", channel=Channel.WECHAT, kind=ComplaintKind.REPAIR, reporter=story.office.student,
        service_point=campus.room,
    )  # fmt: skip
    complaint = complaints.submit(story.session, submission, now=story.now)
    before = complaint.status
    with pytest.raises(Invalid, match="还有 1 件诉求没有办完") as refusal:
        retiring.retire(story.session, campus.building, **by(story))
    assert refusal.value.field == "despite_open"

    assert retiring.retire(story.session, campus.building, despite_open=True, **by(story)) == 4
    assert (complaint.status, complaint.service_point) == (before, campus.room)
    assert (campus.building.active, campus.room.active, campus.canteen.active) == (False, False, True)
    assert deeds(story)[-1][2] == "停用服务点「东校区3号楼」及其下级，共 4 个"
    with pytest.raises(TooLate, match="已经停用"):
        retiring.retire(story.session, campus.building, **by(story))
    with pytest.raises(Invalid, match="请先恢复上级"):
        retiring.bring_back(story.session, campus.floor, with_below=True, **by(story))

    assert retiring.bring_back(story.session, campus.building, with_below=False, **by(story)) == 1
    assert retiring.bring_back(story.session, campus.floor, with_below=True, **by(story)) == 3
    assert campus.room.active
    with pytest.raises(TooLate, match="正在使用"):
        retiring.bring_back(story.session, campus.floor, with_below=True, **by(story))


def test_a_new_code_and_a_photo_are_on_record(story: Story, campus: Campus) -> None:
    old = campus.window.code
    retiring.replace_code(story.session, campus.window, **by(story))
    photos = [
        retiring.set_photo(story.session, campus.window, key, **by(story))
        for key in ("", "a.jpg", "b.jpg", "")
    ]

    assert campus.window.code != old
    assert photos == ["", "", "a.jpg", "b.jpg"]
    assert [words for _, _, words in deeds(story)] == [
        "更换服务点「东校区第二食堂3号窗口」的二维码，旧码作废",
        "添加服务点「东校区第二食堂3号窗口」的照片",
        "更换服务点「东校区第二食堂3号窗口」的照片",
        "删除服务点「东校区第二食堂3号窗口」的照片",
    ]


def test_leads_describe_their_own_teams_places_and_nobody_else_changes_anything(
    story: Story, campus: Campus
) -> None:
    office, canteen, session = story.office, campus.canteen, story.session
    described = replace(
        fields_of(canteen), in_charge="张师傅（厨师长）", party_member=True, standard="热菜", pledge="凉了热"
    )
    assert len(registry.change(session, canteen, described, **by(story, office.lead))) == 4
    retiring.set_photo(session, canteen, "a.jpg", **by(story, office.lead))

    def attempts(staff: Staff, place: ServicePoint) -> list[bool]:
        acts = [
            lambda: registry.change(
                session, place, replace(fields_of(place), pledge=staff.name), **by(story, staff)
            ),
            lambda: retiring.set_photo(session, place, staff.username, **by(story, staff)),
            lambda: registry.change(session, place, replace(fields_of(place), name="X"), **by(story, staff)),
            lambda: registry.add(session, window("7号窗口"), parent=place, **by(story, staff)),
            lambda: registry.move(session, place, parent=None, **by(story, staff)),
            lambda: registry.reorder(session, place, to="up", **by(story, staff)),
            lambda: retiring.retire(session, place, **by(story, staff)),
            lambda: retiring.bring_back(session, place, with_below=True, **by(story, staff)),
            lambda: retiring.replace_code(session, place, **by(story, staff)),
        ]
        return [_is_done(act) for act in acts]

    describing = [True, True, *[False] * 7]
    assert attempts(office.lead, canteen) == describing
    assert attempts(office.lead, campus.building) == [False] * 9
    for staff in (office.handler, office.outsider, office.leader, office.inspector):
        assert attempts(staff, canteen) == [False] * 9
    assert attempts(office.admin, canteen) == [True] * 9
    office.lead.active = False
    assert attempts(office.lead, canteen) == [False] * 9


def _is_done(act: Any) -> bool:
    try:
        act()
    except NotAllowed:
        return False
    return True


def test_deeds_are_kept_with_what_was_before(story: Story, campus: Campus) -> None:
    registry.change(
        story.session, campus.canteen, replace(fields_of(campus.canteen), pledge="好"), **by(story)
    )
    pending = story.session.info["audit entries of this transaction"][-1].entry

    assert pending.action == "service_point.change"
    assert pending.details == {"before": {"pledge": ""}, "after": {"pledge": "好"}}
    assert issubclass(Invalid, DomainError)
