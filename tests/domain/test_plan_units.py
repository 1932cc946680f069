"""Units as written in one cell: which are meant, and which leads."""

import pytest

from domain.plan_units import meant, read_units
from tests.support.plans import UNITS

A, B, C = "饮食服务中心", "公寓管理中心", "维修服务中心"


@pytest.mark.parametrize(
    ("words", "units"),
    [
        (f"{A}、{B}", [(A, True), (B, False)]),
        ("饮食中心\n公寓中心（配合）", [(A, True), (B, False)]),
        (f"{B} {C}", [(B, True), (C, False)]),
        (f"{B}和{C}", [(B, True), (C, False)]),
        (f"牵头单位：{C}；配合单位：{A}，{B}", [(C, True), (A, False), (B, False)]),
        (f"责任单位：{A}", [(A, True)]),
        (f"：{A}", [(A, True)]),
        (f"{A}、{B}（牵头）", [(A, False), (B, True)]),
        (f"后勤综合办公室，{A}配合", [("后勤综合办公室", True), (A, False)]),
        (f"{A}、{A}", [(A, True)]),
        ("责任单位：", []),
        ("", []),
    ],
)
def test_cell_names_units(words: str, units: list[tuple[str, bool]]) -> None:
    assert [(unit.name, unit.leads) for unit in read_units(words, UNITS)] == units


def test_unknown_units_keep_their_words() -> None:
    found = read_units("保卫处和信息化办公室、膳食与营养中心、各单位", UNITS, helping=True)

    assert [(unit.words, unit.name, unit.leads) for unit in found] == [
        ("保卫处", "", False),
        ("信息化办公室", "", False),
        ("膳食与营养中心", "", False),
        ("各单位", "", False),
    ]


def test_short_name_means_a_unit_only_where_no_other_could_be_meant() -> None:
    assert meant("饮食中心", UNITS) == A
    assert meant("饮食中心", [*UNITS, "饮食采购中心"]) == ""
    assert (meant("中心", UNITS), meant("服务中心", UNITS), meant("学生公寓管理中心", UNITS)) == ("", "", "")
