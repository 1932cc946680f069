"""Dates as departments write them in a plan: 3月15日前, 3-7月, 7月底, 第二季度, 2026年底, 长期.

A date is read, never guessed: words that could mean two days are refused, and a person types the day.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from domain.errors import Invalid


@dataclass(frozen=True)
class PlannedTime:
    """When something is to be done.

    Attributes:
        start: the first day, where the words name one.
        deadline: the last day; None where it goes on for as long as there is an office.
        words: as they were written.
        assumed_year: whether the words named no year.
    """

    start: date | None
    deadline: date | None
    words: str
    assumed_year: bool = False


_Days = tuple[date | None, date]

_NUMERALS = {"〇": 0} | {sign: value for value, sign in enumerate("零一二三四五六七八九")}
_NUMERAL = re.compile(f"[{''.join(_NUMERALS)}十]+")
_ONGOING = re.compile(
    "(长期(坚持|推进|执行|落实|开展|整改|有效)?|常态化?(推进|开展|坚持|落实|进行|管理)?|持续(推进|开展|进行|落实|整改|坚持)?"
    "|日常(工作)?|经常性?(工作)?|每(日|天|年|学年|季度?|月|周|学期)(底|末|初|[1-6日])?|贯穿全年|不间断)"
)
# What may follow the last day and changes nothing about it.
_UNTIL = (
    "(?P<until>(?:之前|以前|前|内|止|截止|为止)?(?:基本)?(?:全部)?"
    "(?:完成|办结|到位|整改到位|销号|结束|见效)?)"
)
_TO = "(?:-|至|到)"
# 3月初-7月底, 3.1-3.31: each end is written as a day is.
_FROM_TO = re.compile(f"(?P<from>[^至到-]+){_TO}(?P<till>[^至到-]+)")
# 9月起: it begins then and has no end.
_SINCE = re.compile(
    "(?P<from>.*(?:日|月|月份|年))(?:起|开始)(?:长期|持续|常态化?)?(?:坚持|推进|执行|落实|开展)?"
)
_YEAR = r"(?:(?P<year>\d{4})年?|(?P<same>今年|本年|当年)|(?P<next>明年|次年))?"
_MONTH = r"(?P<month>\d{1,2})月份?"
_PARTS = {"初": (1, 10), "上旬": (1, 10), "中": (11, 20), "中旬": (11, 20), "上中旬": (1, 20)}
_LATE_PARTS = {"下旬": 21, "中下旬": 11}
_QUARTERS = {"一季": 1, "二季": 2, "三季": 3, "四季": 4, "1季": 1, "2季": 2, "3季": 3, "4季": 4}


def read_time(text: str, *, year: int) -> PlannedTime:
    """Read when something is to be done.

    Args:
        text: one cell of a plan.
        year: what a date without a year belongs to.

    Raises:
        Invalid: the words name no day, or one that does not exist.
    """
    words = " ".join(text.split())
    plain = _plain(words)
    if not plain:
        raise Invalid("没有写完成时限。")
    if _ONGOING.fullmatch(plain):
        return PlannedTime(None, None, words)
    since = _SINCE.fullmatch(plain)
    read = _read(since["from"] if since else plain, year)
    if read is not None:
        (start, last), named = read
        days = (start or last, None) if since else (start, last)
        return PlannedTime(*_in_order(days, words), words, assumed_year=not named)
    raise Invalid(f"看不出「{words}」是哪一天。请写成“3月15日前”“3-7月”“7月底”这样。")


def _read(plain: str, year: int) -> tuple[_Days, bool] | None:
    """Read one day or span, and tell whether the words name a year."""
    for pattern, read in _FORMS:
        found = pattern.fullmatch(plain)
        if found:
            return _with_years(read, found, year)
    ends = _FROM_TO.fullmatch(plain)
    first = _read(ends["from"], year) if ends else None
    if ends is None or first is None:
        return None
    (start, end), named = first
    start = start or end
    last = _read(ends["till"], start.year)
    if last is not None and not last[1] and last[0][1] < start:
        last = _read(ends["till"], start.year + 1)  # 11月中旬-2月底 ends in the next year
    return ((start, last[0][1]), named or last[1]) if last is not None else None


def _plain(text: str) -> str:
    """Give the words in one form: half-width, Arabic numerals, one sign for “to”, no spaces."""
    plain = unicodedata.normalize("NFKC", text)
    # A workbook gives a day as 2026-03-15 00:00:00.
    plain = re.sub(r"(\d{4}-\d{1,2}-\d{1,2}) 00:00:00", r"\1", plain)
    plain = re.sub(r"\s+|[。.;；,，、]+$", "", plain)
    plain = re.sub("[~—–―－_〜]+", "-", plain).replace("号", "日")
    plain = re.sub(r"\(.*?\)$", "", plain)
    # What is to be kept up afterwards has its day all the same.
    plain = re.sub("(?<=.)[,，、;；](并|且)?(长期|持续|常态化)(坚持|推进|整改|巩固|落实|保持)$", "", plain)
    plain = re.sub("^(力争|争取|计划|确保|拟|预计|于|在)", "", plain)
    if "季" in plain or "半年" in plain:
        return plain
    return _NUMERAL.sub(lambda found: _number(found[0]), plain)


def _number(numerals: str) -> str:
    """Give 十五 as 15, 二十 as 20, 二〇二六 as 2026."""
    if "十" not in numerals:
        return "".join(str(_NUMERALS[sign]) for sign in numerals)
    tens, _, ones = numerals.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return numerals
    return str((_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0))


def _with_years(
    read: Callable[[re.Match[str], int], _Days], found: re.Match[str], year: int
) -> tuple[_Days, bool]:
    groups = found.groupdict()
    named = any(groups.get(name) for name in ("year", "same", "next"))
    if groups.get("year"):
        year = _year(groups["year"])
    elif groups.get("next"):
        year += 1
    return read(found, year), named


def _year(figures: str) -> int:
    year = int(figures)
    if not 2000 <= year <= 2100:
        raise Invalid(f"年份 {year} 不对，请检查。")
    return year


def _in_order(days: tuple[date | None, date | None], words: str) -> tuple[date | None, date | None]:
    start, deadline = days
    if start is not None and deadline is not None and start > deadline:
        raise Invalid(f"「{words}」的开始晚于结束，请检查。")
    return days


def _day(year: int, month: str | int, day: str | int) -> date:
    try:
        return date(year, int(month), int(day))
    except ValueError:
        raise Invalid(f"没有 {year} 年 {month} 月 {day} 日这一天，请检查。") from None


def _last(year: int, month: str | int) -> date:
    if not 1 <= int(month) <= 12:
        raise Invalid(f"没有 {month} 月，请检查。")
    return date(year, int(month), monthrange(year, int(month))[1])


def _one_day(found: re.Match[str], year: int) -> _Days:
    day = _day(year, found["month"], found["day"])
    # “3月12日” is that day; “3月15日前” says nothing of when to begin.
    return (None if found["until"] else day), day


def _one_month(found: re.Match[str], year: int) -> _Days:
    end = _last(year, found["month"])
    return (None if found["until"] else end.replace(day=1)), end


def _part_of_month(found: re.Match[str], year: int) -> _Days:
    end = _last(year, found["month"])
    part = found["part"]
    if part in _PARTS:
        first, last = _PARTS[part]
        return end.replace(day=first), end.replace(day=last)
    return (end.replace(day=_LATE_PARTS[part]) if part in _LATE_PARTS else None), end


def _months(found: re.Match[str], year: int) -> _Days:
    start = _last(year, found["month"]).replace(day=1)
    end_year = _end_year(found, year, later=int(found["end_month"]) < start.month)
    return start, _last(end_year, found["end_month"])


def _days(found: re.Match[str], year: int) -> _Days:
    start = _day(year, found["month"], found["day"])
    month = int(found["end_month"] or start.month)
    end_year = _end_year(found, year, later=(month, int(found["end_day"])) < (start.month, start.day))
    return start, _day(end_year, month, found["end_day"])


def _end_year(found: re.Match[str], year: int, *, later: bool) -> int:
    """Give the year of the second date; 11月-次年2月, and 11月-2月, end in the next year."""
    if found["end_year"]:
        return _year(found["end_year"])
    return year + 1 if found["end_next"] or later else year


def _year_end(_: re.Match[str], year: int) -> _Days:
    return None, date(year, 12, 31)


def _whole_year(_: re.Match[str], year: int) -> _Days:
    return date(year, 1, 1), date(year, 12, 31)


def _quarter(found: re.Match[str], year: int) -> _Days:
    number = _QUARTERS[found["quarter"]]
    return date(year, 3 * number - 2, 1), _last(year, 3 * number)


def _half(found: re.Match[str], year: int) -> _Days:
    if found["half"] == "上":
        return date(year, 1, 1), date(year, 6, 30)
    return date(year, 7, 1), date(year, 12, 31)


_END_YEAR = r"(?:(?P<end_year>\d{4})年|(?P<end_next>次年|明年))?"
_DAY = rf"{_MONTH}(?P<day>\d{{1,2}})日?"
_END_MONTH = r"(?P<end_month>\d{1,2})月"
_FORMS: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str], int], _Days]]] = tuple(
    (re.compile(pattern + _UNTIL), read)
    for pattern, read in (
        (rf"{_YEAR}{_DAY}", _one_day),
        (r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})日?", _one_day),
        (r"(?P<month>\d{1,2})[./](?P<day>\d{1,2})日?", _one_day),
        (r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})", _one_month),
        (rf"{_YEAR}{_MONTH}", _one_month),
        (rf"{_YEAR}{_MONTH}(?P<part>底|末|初|中旬?|上旬|下旬|上中旬|中下旬)", _part_of_month),
        (rf"{_YEAR}(?P<month>\d{{1,2}})(?:月份?)?{_TO}{_END_YEAR}{_END_MONTH}份?底?", _months),
        (rf"{_YEAR}{_DAY}{_TO}{_END_YEAR}(?:{_END_MONTH})?(?P<end_day>\d{{1,2}})日", _days),
        (rf"{_YEAR}(?:年)?(?:底|末|内)", _year_end),
        (rf"{_YEAR}(?:全年|全年度|年度)?", _whole_year),
        (rf"{_YEAR}第?(?P<quarter>[一二三四1-4]季)度?(?:末|底)?", _quarter),
        (rf"{_YEAR}(?P<half>[上下])半年(?:末|底)?", _half),
    )
)


def year_named_in(texts: Sequence[str]) -> int | None:
    """Give the year a document names in the lines above its table, such as 2026年工作方案; the first one."""
    for text in texts:
        found = re.search(r"(20\d{2})\s*(?:-\s*20\d{2}\s*)?(?:学?年)", unicodedata.normalize("NFKC", text))
        if found:
            return int(found[1])
    return None
