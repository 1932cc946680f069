"""How people say places."""

import pytest

from domain.place_names import is_named, spoken, without_vague_end


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("第二食堂", "2食堂"),
        ("２食堂", "2食堂"),
        ("二饭堂", "2食堂"),
        ("2 餐厅", "2食堂"),
        ("三号楼 302", "3号楼302"),
        ("3栋302", "3号楼302"),
        ("十二幢", "12号楼"),
        ("十号楼", "10号楼"),
        ("二十三号楼", "23号楼"),
        ("三〇二", "302"),
        ("十十", "1010"),
        ("A座-3层", "a座3层"),
        ("", ""),
    ],
)
def test_names_are_brought_to_one_form(said: str, expected: str) -> None:
    assert spoken(said) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("302", "3号楼302灯坏了", True),
        ("302", "1302灯坏了", False),
        ("302", "3021", False),
        ("302", "1302和302", True),
        ("3号楼", "13号楼", False),
        ("食堂", "二食堂", True),
        ("楼", "3号楼", False),
        ("302", "", False),
    ],
)
def test_name_counts_only_whole(name: str, text: str, *, expected: bool) -> None:
    assert is_named(name, text) is expected


@pytest.mark.parametrize(
    ("said", "expected"), [("302室", "302"), ("2食堂门口", "2食堂"), ("3号楼附近", "3号楼"), ("机房", "机房")]
)
def test_vague_end_is_left_out(said: str, expected: str) -> None:
    assert without_vague_end(said) == expected
