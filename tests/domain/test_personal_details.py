"""What could tell who somebody is, found in a text before everybody reads it."""

import pytest

from domain.personal_details import Detail, find_details, in_words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("电话13800001111，谢谢", [(Detail.PHONE, "13800001111")]),
        ("手机138-0000-1111", [(Detail.PHONE, "138-0000-1111")]),
        ("+86 13800001111", [(Detail.PHONE, "+86 13800001111")]),
        ("值班电话0571-88886110", [(Detail.PHONE, "0571-88886110")]),
        ("身份证33010120000101001X", [(Detail.IDENTITY, "33010120000101001X")]),
        ("学号3210101234", [(Detail.STUDENT, "3210101234")]),
        ("学号B20210101", [(Detail.STUDENT, "B20210101")]),
        ("写信到 li.ming@example.edu.cn。", [(Detail.MAIL, "li.ming@example.edu.cn")]),
        ("加微信号lily_2001", [(Detail.ACCOUNT, "微信号lily_2001")]),
        ("QQ：12345678", [(Detail.ACCOUNT, "QQ：12345678")]),
        ("车牌浙A12345挡路", [(Detail.PLATE, "浙A12345")]),
        ("3号楼412室停水", [(Detail.ROOM, "3号楼412室")]),
        ("我住7栋305", [(Detail.ROOM, "7栋305")]),
        ("12-305 没有热水", [(Detail.ROOM, "12-305")]),
        ("412寝室的灯坏了", [(Detail.ROOM, "412寝室")]),
        ("我叫张伟", [(Detail.NAME, "张伟")]),
        ("姓名：欧阳娜", [(Detail.NAME, "欧阳娜")]),
        ("感谢王师傅", [(Detail.NAME, "王师傅")]),
        ("化学系的小李，", [(Detail.NAME, "小李")]),
        ("我是李梅，电话13800001111", [(Detail.NAME, "李梅"), (Detail.PHONE, "13800001111")]),
    ],
)
def test_what_names_or_reaches_a_person_is_found(text: str, found: list[tuple[Detail, str]]) -> None:
    assert [(one.kind, one.words) for one in find_details(text)] == found
    assert [text[one.start : one.end] for one in find_details(text)] == [words for _, words in found]


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21 14:05 停水，同 2026-1121-0007",
        "排队超过二十分钟，窗口一共 12 个，花了 35.50 元",
        "各位同学请注意，2026年11月21日起调整",
        "3号楼三层热水器坏了，一食堂2号窗口",
        "冬天空调只有 16 度，下午 17:30 以后没人",
    ],
)
def test_dates_numbers_of_complaints_and_plain_words_are_left_alone(text: str) -> None:
    assert find_details(text) == []


def test_findings_are_named_once_each() -> None:
    found = find_details("王师傅来了，王师傅走了，电话13800001111")

    assert in_words(found) == "姓名「王师傅」、电话号码「13800001111」"
