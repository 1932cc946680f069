"""Dates as departments write them, with what they mean."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.plan_dates import PlannedTime, read_time, year_named_in

READ = {
    "3月15日前": (None, "2026-03-15"),
    "3月15日 前": (None, "2026-03-15"),
    "三月十五日前": (None, "2026-03-15"),
    "9月1日前（开学前）": (None, "2026-09-01"),
    "3月12日": ("2026-03-12", "2026-03-12"),
    "3月12号": ("2026-03-12", "2026-03-12"),
    "3.15": ("2026-03-15", "2026-03-15"),
    "12/31": ("2026-12-31", "2026-12-31"),
    "3-7月": ("2026-03-01", "2026-07-31"),
    "3月至7月": ("2026-03-01", "2026-07-31"),
    "3～7月": ("2026-03-01", "2026-07-31"),
    "4-5月": ("2026-04-01", "2026-05-31"),
    "11月-次年2月": ("2026-11-01", "2027-02-28"),
    "11-2月": ("2026-11-01", "2027-02-28"),
    "4月": ("2026-04-01", "2026-04-30"),
    "４月份": ("2026-04-01", "2026-04-30"),
    "十二月": ("2026-12-01", "2026-12-31"),
    "7月底": (None, "2026-07-31"),
    "7 月 底": (None, "2026-07-31"),
    "力争6月底前完成": (None, "2026-06-30"),
    "3月底前完成，长期坚持": (None, "2026-03-31"),
    "6月初": ("2026-06-01", "2026-06-10"),
    "6月中旬": ("2026-06-11", "2026-06-20"),
    "6月下旬": ("2026-06-21", "2026-06-30"),
    "3月15日-4月20日": ("2026-03-15", "2026-04-20"),
    "3月15日—20日": ("2026-03-15", "2026-03-20"),
    "12月25日-1月5日": ("2026-12-25", "2027-01-05"),
    "年底前完成": (None, "2026-12-31"),
    "全年": ("2026-01-01", "2026-12-31"),
    "第二季度": ("2026-04-01", "2026-06-30"),
    "4季度末": ("2026-10-01", "2026-12-31"),
    "上半年": ("2026-01-01", "2026-06-30"),
    "下半年": ("2026-07-01", "2026-12-31"),
    "今年5月": ("2026-05-01", "2026-05-31"),
    "明年3月": ("2027-03-01", "2027-03-31"),
    "2026年底": (None, "2026-12-31"),
    "二〇二六年底": (None, "2026-12-31"),
    "2026年12月31日前完成": (None, "2026-12-31"),
    "2028年2月29日": ("2028-02-29", "2028-02-29"),
    "2028年2月": ("2028-02-01", "2028-02-29"),
    "2026年3月至2027年1月": ("2026-03-01", "2027-01-31"),
    "2026.3": ("2026-03-01", "2026-03-31"),
    "2026/3/5": ("2026-03-05", "2026-03-05"),
    "2026-03-15 00:00:00": ("2026-03-15", "2026-03-15"),
    "长期": (None, None),
    "长期坚持": (None, None),
    "每月": (None, None),
    "每周五": (None, None),
    "每学期末": (None, None),
    "9月起": ("2026-09-01", None),
    "2026年9月1日起，长期坚持": ("2026-09-01", None),
    "3月中下旬": ("2026-03-11", "2026-03-31"),
    "3.1-3.31": ("2026-03-01", "2026-03-31"),
    "2026.3-2026.7": ("2026-03-01", "2026-07-31"),
    "3月初-7月底": ("2026-03-01", "2026-07-31"),
    "11月中旬至2月底": ("2026-11-11", "2027-02-28"),
    "常态化推进": (None, None),
}


@pytest.mark.parametrize(("words", "days"), READ.items(), ids=READ)
def test_words_mean_days(words: str, days: tuple[str | None, str | None]) -> None:
    found = read_time(words, year=2026)

    assert tuple(day and day.isoformat() for day in (found.start, found.deadline)) == days
    assert found.words == words


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "没有写完成时限。"),
        ("尽快", "看不出「尽快」是哪一天"),
        ("暑假", "看不出「暑假」是哪一天"),
        ("寒假起", "看不出「寒假起」是哪一天"),
        ("3月底-放假", "看不出"),
        ("放假-3月底", "看不出"),
        ("4月、6月", "看不出"),
        ("三十十月", "看不出"),
        ("2月30日", "没有 2026 年 2 月 30 日这一天"),
        ("2月29日", "没有 2026 年 2 月 29 日这一天"),
        ("13月", "没有 13 月"),
        ("1999年3月", "年份 1999 不对"),
        ("2026年3月至2025年1月", "开始晚于结束"),
        ("2026年3月-4054年5月", "年份 4054 不对"),
        ("3月15日-0000年5月1日", "年份 0 不对"),
    ],
)
def test_words_that_name_no_day_are_refused(words: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        read_time(words, year=2026)


def test_year_is_the_one_given_unless_the_words_name_one() -> None:
    assert read_time("3月", year=2031) == PlannedTime(date(2031, 3, 1), date(2031, 3, 31), "3月", True)
    assert read_time("2026年3月", year=2031).deadline == date(2026, 3, 31)
    assert not read_time("2026年3月", year=2031).assumed_year


@given(st.dates(date(2000, 1, 1), date(2100, 12, 31)), st.integers(0, 300))
def test_every_day_is_read_back_in_every_form(day: date, length: int) -> None:
    until = min(day + timedelta(days=length), date(2100, 12, 31))
    for form in ("{0.year}年{0.month}月{0.day}日", "{0.year}.{0.month}.{0.day}", "{0:%Y-%m-%d}"):
        assert read_time(form.format(day), year=1).deadline == day
    words = f"{day.year}年{day.month}月{day.day}日至{until.year}年{until.month}月{until.day}日"
    found = read_time(words, year=1)
    assert (found.start, found.deadline) == (day, until)


@given(st.text("0123456789年月日底前初上中下旬季度半-至起.、长期一二十 ", max_size=12))
def test_nonsense_is_read_or_refused(words: str) -> None:
    try:
        found = read_time(words, year=2026)
    except Invalid:
        return
    assert found.start is None or found.deadline is None or found.start <= found.deadline


@pytest.mark.parametrize(
    ("lines", "year"),
    [
        (["后勤处", "2026年为师生办实事工作方案"], 2026),
        (["2026-2027学年工作安排"], 2026),
        (["后勤〔2025〕3 号", "工作方案"], None),
    ],
)
def test_document_names_its_year(lines: list[str], year: int | None) -> None:
    assert year_named_in(lines) == year
