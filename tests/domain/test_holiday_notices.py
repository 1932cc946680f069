"""Reading days off out of texts."""

import pytest

from domain.calendar_days import DayEdit
from domain.errors import Invalid
from domain.holiday_notices import read_days

NOTICE = """国务院办公厅关于2026年部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。"""


def said(edits: list[DayEdit]) -> dict[str, tuple[bool | None, str]]:
    return {f"{edit.day:%m-%d}": (edit.working, edit.note) for edit in edits}


def test_notice_of_the_state_council_is_read_as_it_is_published() -> None:
    days = said(read_days(NOTICE, year=2026))

    assert len(days) == 3 + 1 + 9 + 2 + 3
    assert days["01-03"] == (False, "元旦")
    assert days["01-04"] == (True, "元旦")
    assert (days["02-15"], days["02-23"]) == ((False, "春节"), (False, "春节"))
    assert (days["02-14"], days["02-28"]) == ((True, "春节"), (True, "春节"))
    assert [day for day, (_, note) in days.items() if note == "清明节"] == ["04-04", "04-05", "04-06"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-02-06 上班 春节调休", {"02-06": (True, "春节调休")}),
        ("2027/2/5至2027/2/6 放假", {"02-05": (False, ""), "02-06": (False, "")}),
        ("12月31日-2028年1月1日休息", {"12-31": (False, ""), "01-01": (False, "")}),
        ("5月1日放假，5月8日上班", {"05-01": (False, ""), "05-08": (True, "")}),
        ("5月1号、2日休 校运会", {"05-01": (False, "校运会")}),
        ("5月1日放假\n5月1日上班", {"05-01": (True, "")}),
    ],
)
def test_lines_of_ones_own_are_read(text: str, expected: dict[str, tuple[bool, str]]) -> None:
    found = said(read_days(text, year=2027))

    assert found == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "没有读到日期"),
        ("明天放假", "没有读到日期"),
        ("2月30日放假", "不存在的日期"),
        ("2月6日", "没有写是上班还是放假"),
        ("1月1日（周一）放假", "2027-01-01 是周五"),
        ("2月5日至3日放假", "结束要在开始之后"),
        ("2月5日至6月3日放假", "不超过 60 天"),
        ("放假" * 3000, "文字太长"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        read_days(text, year=2027)
