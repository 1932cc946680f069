"""What an uploaded table would do, row by row: nothing is written before it was seen."""

from typing import Any

import pytest

from domain.errors import Invalid
from domain.reading_tables import read_table
from domain.service_point_import import Fate, ImportPlan, plan_import
from domain.service_point_retiring import retire
from models.enums import ServicePointKind
from models.service_point import ServicePoint
from tests.support.campus import add_place
from tests.support.story import Story
from tests.support.workbooks import HEADER, comma_separated, place_row, workbook

K = ServicePointKind
TEAM = "饮食服务中心"


@pytest.fixture
def places(story: Story) -> dict[str, ServicePoint]:
    """东校区 with a canteen (ST-02) and its window, and a building with a floor and a room."""
    session = story.session
    top = add_place(session, K.CAMPUS, "东校区")
    canteen = add_place(session, K.CANTEEN, "第二食堂", parent=top, team=story.office.team)
    canteen.label_number, canteen.in_charge = "ST-02", "王建国（经理）"
    building = add_place(session, K.BUILDING, "3号楼", parent=top)
    floor = add_place(session, K.FLOOR, "3层", parent=building)
    made = [top, canteen, add_place(session, K.WINDOW, "3号窗口", parent=canteen), building, floor]
    made.append(add_place(session, K.ROOM, "302", parent=floor))
    session.flush()
    return {place.name: place for place in made}


def plan(story: Story, *rows: dict[str, Any], **options: Any) -> ImportPlan:
    """Plan an import of a workbook with these rows; without `header`, all columns are there."""
    header = options.pop("header", HEADER)
    values = [[row.get(column, "") for column in header] for row in rows]
    return plan_import(story.session, read_table(workbook(values, header=header, **options)))


def told(plan: ImportPlan) -> list[tuple[str, str]]:
    """The fate of each row, with what changes or why it is refused."""
    return [
        (
            row.fate.value,
            "；".join(f"{one.column}：{one.words}" for one in row.troubles)
            or "；".join(f"{one.column}：{one.before}→{one.after}" for one in row.changes),
        )
        for row in plan.rows
    ]


def window(**texts: Any) -> dict[str, Any]:
    return {"上级全称": "东校区/第二食堂", "名称": "4号窗口", "类型": "窗口"} | texts


@pytest.mark.usefixtures("places")
def test_rows_in_any_order_are_new_changed_or_unchanged(story: Story) -> None:
    found = plan(
        story,
        window(上级全称="西校区/北食堂", 责任单位=TEAM, 中共党员="是", 负责人="李红（领班）"),
        {"编号": "BT", "上级全称": "西校区", "名称": "北食堂", "类型": "食堂"},
        {"名称": "西校区", "类型": "校区"},
        {
            "编号": "st-02",
            "上级全称": "东校区",
            "名称": "第二餐厅",
            "类型": "食堂",
            "负责人": "王建国（经理）",
        },
        window(上级编号="ST-02", 上级全称="东校区/第二食堂", 名称="３号窗口 "),
        window(上级全称="东校区/第二餐厅", 名称="5号窗口"),
        {"上级全称": "东校区3号楼", "名称": "3层", "类型": "楼层"},
        window(上级编号="BT", 上级全称="", 名称="6号窗口"),
    )

    assert told(found) == [
        ("new", ""),
        ("new", ""),
        ("new", ""),
        ("changed", f"名称：第二食堂→第二餐厅；编号：ST-02→st-02；责任单位：{TEAM}→"),
        ("changed", "名称：3号窗口→３号窗口"),
        ("new", ""),
        ("unchanged", ""),
        ("new", ""),
    ]
    assert [row.path for row in found.rows][:2] == ["西校区/北食堂/4号窗口", "西校区/北食堂"]
    assert [row.depth for row in found.rows] == [3, 2, 1, 2, 3, 3, 3, 3]
    assert {fate: found.count(fate) for fate in Fate} == {
        Fate.NEW: 5, Fate.CHANGED: 2, Fate.UNCHANGED: 1, Fate.REFUSED: 0,
    }  # fmt: skip


def test_a_branch_is_moved_and_found_under_its_new_name(
    story: Story, places: dict[str, ServicePoint]
) -> None:
    # Twins from before there was a rule against them are left in peace.
    for _ in range(2):
        twin = add_place(story.session, K.TABLE, "餐桌区", parent=places["第二食堂"])
        twin.code = f"twin-{twin.id}"
    moved = {"编号": "ST-02", "上级全称": "东校区/3号楼", "名称": "第二餐厅", "类型": "食堂"}
    rows = [
        moved | {"负责人": "王建国（经理）", "责任单位": TEAM},
        window(上级全称="东校区/3号楼/第二餐厅/3号窗口", 名称="一格", 类型="设施"),
        {"编号": "L3", "上级全称": "东校区/3号楼", "名称": "3层", "类型": "楼层"},
        {"编号": "L3X", "上级编号": "", "名称": "三层", "类型": "楼层"},
    ]

    assert told(plan(story, *rows)) == [
        ("changed", "名称：第二食堂→第二餐厅；上级：东校区→东校区/3号楼"),
        ("new", ""),
        ("changed", "编号：→L3"),
        ("new", ""),
    ]
    places["3层"].label_number = "L3"
    story.session.flush()
    upwards = plan(story, {"编号": "L3", "名称": "3层", "类型": "楼层"})
    assert told(upwards) == [("changed", "上级：东校区/3号楼→（最上级）")]


@pytest.mark.usefixtures("places")
def test_what_the_file_does_not_have_stays_as_it_is(story: Story) -> None:
    found = plan(
        story,
        {"编号": "ST-02", "名称": "第二食堂", "类型": "食堂"},
        header=("编号", "名称*", "类型（必填）", "备注"),
    )

    assert told(found) == [("refused", "名称：名称不能为空。；类型：类型不能为空。")]
    found = plan(
        story,
        {"编号": "ST-02", "名称": "第二食堂", "类型": "食堂", "负责人": ""},
        {"编号": "ST-09", "名称": "南校区", "类型": "校区"},
        header=("编号", "名称", "类型", "负责人", "备注"),
    )

    assert told(found) == [("changed", "负责人：王建国（经理）→"), ("new", "")]
    assert (list(found.unused), len(found.missing)) == (["备注"], 7)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"名称": ""}, "名称：名称不能为空。"),
        ({"名称": "男/女"}, "名称：名称里不能有斜线，斜线用来隔开上下级。"),
        ({"名称": "字" * 61}, "名称：名称最多 60 个字，现在有 61 个。"),
        ({"类型": ""}, "类型：类型不能为空。"),
        (
            {"类型": "档口"},
            "类型：没有「档口」这个类型，可以填：校区、楼宇、食堂、窗口、餐桌区、楼层、房间、设施。",
        ),
        ({"责任单位": "饮食中心"}, f"责任单位：没有「饮食中心」这个责任单位。是不是：{TEAM}？"),
        ({"责任单位": "饮食"}, f"责任单位：没有「饮食」这个责任单位。是不是：{TEAM}？"),
        ({"类别": "xyz"}, "类别：没有「xyz」这个类别。请先在设置里添加，或改成已有的类别。"),
        ({"中共党员": "可能"}, "中共党员：请填「是」或「否」。"),
        ({"中共党员": "是"}, "中共党员：标明中共党员的，要写明负责人是谁。"),
        ({"编号": "=1+1"}, "编号：这一格是公式，系统不计算公式。请复制后「选择性粘贴 → 数值」。"),
        ({"名称": "#N/A"}, "名称：这一格是错误值 #N/A，请改正。"),
        ({"编号": "A 1"}, "编号：编号里不能有空格。"),
        (
            {"上级全称": "东校区/第九食堂"},
            "上级全称：没有找到上级「东校区/第九食堂」。请写到最上一级，用斜线隔开，例如：东校区/第一食堂。",
        ),
        ({"上级编号": "ST-99"}, "上级编号：没有编号为「st-99」的服务点。"),
        (
            {"上级编号": "ST-02", "上级全称": "东校区"},
            "上级全称：「上级编号」和「上级全称」指的不是同一个服务点。改上级时请两列一起改，或清空其中一列。",
        ),
        ({"上级全称": "东校区/旧楼"}, "上级全称：上级已停用。请先在页面上恢复上级，再导入。"),
        ({"上级全称": "东校区", "名称": "旧楼"}, "名称：这个服务点已停用。请先在页面上恢复，再导入。"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why_and_in_which_column(
    story: Story, places: dict[str, ServicePoint], changes: dict[str, Any], reason: str
) -> None:
    old = add_place(story.session, K.BUILDING, "旧楼", parent=places["东校区"])
    retire(story.session, old, staff=story.office.admin, now=story.now)

    assert told(plan(story, window(**changes), window(名称="8号窗口"))) == [("refused", reason), ("new", "")]


@pytest.mark.usefixtures("places")
def test_rows_that_contradict_each_other_are_refused(story: Story) -> None:
    found = plan(
        story,
        window(编号="A1"),
        window(编号="a1", 名称="5号窗口"),
        window(名称="6号窗口"),
        window(名称="6号 窗口"),
        window(编号="N1", 名称="3号窗口"),
        {"编号": "ST-02", "上级全称": "东校区/第二食堂/3号窗口", "名称": "第二食堂", "类型": "食堂"},
        window(编号="X1", 上级全称="", 上级编号="X2", 名称="甲"),
        window(编号="X2", 上级全称="", 上级编号="X1", 名称="乙"),
        window(上级全称="", 上级编号="A1", 名称="丙"),
        window(上级全称="", 上级编号="X1", 名称="丁"),
    )

    circle = "上级编号：上级互相指来指去，绕成了圈。"
    assert told(found) == [
        ("refused", "编号：和第 3 行的编号相同，不知道以哪行为准。"),
        ("refused", "编号：和第 2 行的编号相同，不知道以哪行为准。"),
        ("new", ""),
        ("refused", "名称：同一个上级下面，第 4 行已经叫「6号窗口」。"),
        ("changed", "编号：→N1"),
        ("refused", "上级全称：上级互相指来指去，绕成了圈。"),
        ("refused", circle),
        ("refused", circle),
        ("refused", "上级编号：上级在第 2 行，那一行没有通过。"),
        ("refused", "上级编号：上级在第 8 行，那一行没有通过。"),
    ]


def test_names_may_be_swapped_but_not_taken(story: Story, places: dict[str, ServicePoint]) -> None:
    for name, number in (("4号窗口", "W4"), ("5号窗口", "W5")):
        add_place(story.session, K.WINDOW, name, parent=places["第二食堂"]).label_number = number
    story.session.flush()

    fourth, fifth = window(编号="W4", 名称="5号窗口"), window(编号="W5", 名称="4号窗口")
    swapped = plan(story, fourth, fifth, window(名称="5号窗口"))
    taken = plan(story, fourth, window(编号="W5", 名称="5号窗口"))
    twice = plan(story, window(编号="W4"), window())

    assert told(swapped) == [
        ("changed", "名称：4号窗口→5号窗口"),
        ("changed", "名称：5号窗口→4号窗口"),
        ("refused", "名称：同一个上级下面，第 2 行已经叫「5号窗口」。"),
    ]
    assert told(taken) == [("refused", "名称：同一个上级下面，第 3 行已经叫「5号窗口」。"), ("unchanged", "")]
    assert told(twice) == [("unchanged", ""), ("refused", "名称：和第 2 行写的是同一个服务点。")]


@pytest.mark.usefixtures("places")
def test_whoever_stands_below_a_refused_row_is_refused_too(story: Story) -> None:
    found = plan(
        story,
        window(上级全称="东校区/北食堂/一楼", 名称="甲"),
        window(上级全称="东校区/北食堂/一楼", 名称="乙"),
        window(上级全称="东校区/北食堂", 名称="一楼"),
        window(上级全称="东校区", 名称="北食堂", 责任单位="没有"),
        window(上级编号="S", 上级全称="", 名称="丙"),
        window(上级编号="S", 上级全称="", 名称="丙", 编号="C"),
        window(上级全称="东校区/南食堂", 名称="丁"),
        window(上级全称="东校区", 名称="南食堂"),
        window(上级全称="东校区", 名称="南食堂", 编号="S"),
    )

    assert [row.troubles[0].words if row.troubles else "" for row in found.rows] == [
        "上级在第 4 行，那一行没有通过。",
        "上级在第 4 行，那一行没有通过。",
        "上级在第 5 行，那一行没有通过。",
        "没有「没有」这个责任单位。请先在设置里添加，或改成已有的责任单位。",
        "上级在第 10 行，那一行没有通过。",
        "同一个上级下面，第 6 行已经叫「丙」。",
        "有不止一行叫「东校区/南食堂」，请改用上级编号。",
        "",
        "同一个上级下面，第 9 行已经叫「南食堂」。",
    ]


def test_a_full_name_that_two_places_want_must_be_said_by_number(
    story: Story, places: dict[str, ServicePoint]
) -> None:
    places["3号楼"].label_number = "B3"
    story.session.flush()
    found = plan(
        story,
        {"编号": "ST-02", "上级全称": "东校区", "名称": "3号楼", "类型": "食堂"},
        {"编号": "B3", "上级全称": "东校区", "名称": "三号楼", "类型": "楼宇"},
        window(上级全称="东校区/3号楼"),
    )

    assert told(found)[2] == ("refused", "上级全称：改名以后有两个服务点叫这个全称，请改用上级编号。")


@pytest.mark.usefixtures("places")
def test_a_branch_that_becomes_too_deep_or_too_long_is_refused_where_it_moves(story: Story) -> None:
    chain = [
        window(
            编号=f"D{number}",
            上级全称="东校区" if number == 0 else "",
            上级编号=f"D{number - 1}" if number else "",
            名称=f"{number}层",
        )
        for number in range(12)
    ]
    moved = {"编号": "ST-02", "上级编号": "D8", "名称": "第二食堂", "类型": "食堂"}
    long = window(名称="长" * 60, 上级全称="东校区")
    longer = window(名称="长" * 60, 上级全称=f"东校区/{'长' * 60}")
    longest = window(名称="长" * 60, 上级全称=f"东校区/{'长' * 60}/{'长' * 60}")
    fourth = window(名称="长" * 60, 上级全称=f"东校区/{'长' * 60}/{'长' * 60}/{'长' * 60}")

    found = told(plan(story, *chain, moved, long, longer, longest, fourth))

    assert [fate for fate, _ in found[:12]] == ["new"] * 9 + ["refused"] * 3
    assert [reason for _, reason in found[9:13]] == [
        "上级全称：上下级最多 10 层。",
        "上级全称：上级在第 11 行，那一行没有通过。",
        "上级全称：上级在第 12 行，那一行没有通过。",
        "上级全称：上下级最多 10 层。",
    ]
    assert [fate for fate, _ in found[13:]] == ["new", "new", "new", "refused"]
    assert found[-1][1] == "名称：连同上级的全称最多 200 个字，请把名称写短些。"


@pytest.mark.usefixtures("places")
def test_a_merged_cell_says_the_same_for_all_its_rows_where_that_makes_sense(story: Story) -> None:
    rows = [window(责任单位=TEAM), window(上级全称="", 名称="5号窗口"), window(上级全称="", 名称="6号窗口")]
    found = plan(story, *rows, merged=["C2:C4", "F2:F3"])
    refused = plan(story, window(), window(名称=""), merged=["D2:D3"])

    assert told(found) == [("new", "")] * 3
    assert [row.wanted.team_id if row.wanted else 0 for row in found.rows] == [story.office.team.id] * 2 + [
        None
    ]
    words = "名称：这一格是合并单元格。请取消合并，每一行各填各的。"
    assert told(refused) == [("refused", words), ("refused", words)]


@pytest.mark.usefixtures("places")
def test_csv_is_read_in_the_encodings_people_have(story: Story) -> None:
    rows = [place_row(**window(负责人="李红\n（领班）")), [], place_row(**window(名称="=cmd")), [" "] * 11]
    for encoding, separator in (
        ("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", ","), ("gbk", "\t"), ("utf-16", "\t"),
    ):  # fmt: skip
        data = comma_separated(rows, encoding=encoding, separator=separator)
        found = plan_import(story.session, read_table(data))

        assert [(row.row, row.fate.value) for row in found.rows] == [(2, "new"), (4, "refused")], encoding
        assert found.rows[0].wanted is not None
        assert found.rows[0].wanted.in_charge == "李红 （领班）"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (("编号", "名字", "类型"), "表头缺少「名称」。第 1 行找到的列是：编号、名字、类型。请下载模板对照。"),
        (("名称", "类型"), "表头缺少「上级全称」。第 1 行找到的列是：名称、类型。请下载模板对照。"),
        (("a", "b"), "表头缺少「名称」、「类型」、「上级全称」。第 1 行找到的列是：a、b。请下载模板对照。"),
        (("编号", "名称", "类型", "名称"), "表头里「名称」出现了不止一次，请只留一列。"),
    ],
)
def test_wrong_columns_are_named(story: Story, header: tuple[str, ...], words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        plan_import(story.session, read_table(workbook([], header=header)))

    assert refusal.value.message == words


def test_a_title_above_the_columns_does_no_harm_and_an_empty_table_is_told(story: Story) -> None:
    titled = workbook(
        [HEADER, place_row(名称="西校区", 类型="校区")], header=("服务点登记表",), merged=["A1:K1"]
    )
    assert [(row.row, row.fate) for row in plan_import(story.session, read_table(titled)).rows] == [
        (3, Fate.NEW)
    ]
    with pytest.raises(Invalid, match="表里没有内容"):
        plan_import(story.session, read_table(b" \n"))
    assert list(plan_import(story.session, read_table(workbook([]))).rows) == []
