"""Reading days off and make-up days out of a text: the State Council's notice, or lines of one's own.

一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
2027-02-06 上班 春节调休
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from domain.calendar_days import LONGEST_NOTE, DayEdit
from domain.errors import Invalid
from domain.working_time import WEEKDAYS

LONGEST_TEXT = 5_000
_LONGEST_HOLIDAY = 60

_NUMBERING = re.compile(r"^\s*[（(]?[一二三四五六七八九十0-9]{1,3}[、.．)）]\s*(?=\D)")
_HEADING = re.compile(r"^\s*([^\d：:。；;，,]{1,12})[：:]")
_DAY = re.compile(
    r"(?:(?P<year>\d{4})\s*[年/.-]\s*)?(?P<month>\d{1,2})\s*[月/.-]\s*(?P<day>\d{1,2})(?:日|号)?"
    r"\s*(?:[（(](?P<said>[^（()）]*)[)）])?"
    r"(?:\s*[至到~～—–-]+\s*(?:(?:(?P<to_year>\d{4})\s*[年/.-]\s*)?(?P<to_month>\d{1,2})\s*[月/.-]\s*)?"
    r"(?P<to_day>\d{1,2})(?:日|号)?\s*(?:[（(](?P<to_said>[^（()）]*)[)）])?)?"
)
_VERB = re.compile(r"(?P<work>调休上班|补班|上班|工作)|(?P<rest>放假调休|调休放假|放假|休息|补休|调休|休)")
_WEEKDAY = re.compile(rf"(?:周|星期)([{WEEKDAYS}天])")


@dataclass(frozen=True)
class _Range:
    first: date
    last: date

    def days(self) -> Iterator[date]:
        for offset in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=offset)


def read_days(text: str, *, year: int) -> list[DayEdit]:
    """Read what a text says about days; what says nothing about days is passed over.

    Args:
        year: of dates that name none.

    Returns:
        Each day once, in order; a day named twice is what the later words say.

    Raises:
        Invalid: a date does not exist, its weekday is another, or nothing says whether it is worked.
    """
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"文字太长，最多 {LONGEST_TEXT} 字，可以分几次粘贴。", "text")
    edits: dict[date, DayEdit] = {}
    for line in text.splitlines():
        for edit in _of_line(line, year):
            edits[edit.day] = edit
    if not edits:
        raise Invalid("没有读到日期。每行写一天或一段，如「2027-02-06 上班」「2月5日至11日放假」。", "text")
    return [edits[day] for day in sorted(edits)]


def _of_line(line: str, year: int) -> Iterator[DayEdit]:
    line = _NUMBERING.sub("", line)
    heading = _HEADING.match(line)
    name = heading[1].strip() if heading else ""
    for clause in re.split(r"[。；;]", line[heading.end() :] if heading else line):
        yield from _of_clause(clause, name, year)


def _of_clause(clause: str, name: str, year: int) -> Iterator[DayEdit]:
    """Read dates up to the verb that they share, again and again."""
    at = 0
    while True:
        found = list(_DAY.finditer(clause, at))
        if not found:
            return
        verb = _VERB.search(clause, found[0].end())
        if verb is None:
            raise Invalid(f"「{clause.strip()[:40]}」没有写是上班还是放假。", "text")
        following = next((match for match in found if match.start() > verb.start()), None)
        rest = clause[verb.end() : following.start() if following else len(clause)]
        # The words that follow a date of one's own are its note; a notice goes on with 共3天.
        note = (name or rest.strip(" 　\t，,、（）()"))[:LONGEST_NOTE]
        for match in found:
            if match.start() < verb.start():
                for day in _range(match, year).days():
                    yield DayEdit(day, working=verb["work"] is not None, note=note)
        at = verb.end()


def _range(match: re.Match[str], year: int) -> _Range:
    words = match[0].strip()
    first = _date(match["year"] or year, match["month"], match["day"], match["said"], words)
    if match["to_day"] is None:
        return _Range(first, first)
    last_year = match["to_year"] or first.year
    last = _date(last_year, match["to_month"] or first.month, match["to_day"], match["to_said"], words)
    if last < first or (last - first).days >= _LONGEST_HOLIDAY:
        raise Invalid(f"「{words}」的结束要在开始之后，并且不超过 {_LONGEST_HOLIDAY} 天。", "text")
    return _Range(first, last)


def _date(year: str | int, month: str | int, day: str | int, said: str | None, words: str) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise Invalid(f"「{words}」里有不存在的日期。", "text") from None
    weekday = _WEEKDAY.search(said or "")
    if weekday is not None and WEEKDAYS[found.weekday()] != weekday[1].replace("天", "日"):
        real = f"{found:%Y-%m-%d} 是周{WEEKDAYS[found.weekday()]}"
        raise Invalid(f"「{words}」的星期对不上：{real}。请核对年份和日期。", "text")
    return found
