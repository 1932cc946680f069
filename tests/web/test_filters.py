"""How times and words look."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from web.filters import ago_text, day_text, exact_text, moment_text, paragraphs, time_tag

# Monday, 10:00 in Shanghai.
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOW, "今天 10:00"),
        (NOW - timedelta(hours=10, minutes=1), "昨天 23:59"),
        (NOW + timedelta(days=1), "明天 10:00"),
        (NOW - timedelta(days=2), "11月21日 10:00"),
        (datetime(2025, 12, 31, 15, 59, tzinfo=UTC), "2025年12月31日 23:59"),
        (None, ""),
    ],
)
def test_moments_are_said_as_people_do(moment: datetime | None, text: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert moment_text(moment) == text


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=59), "刚刚"),
        (timedelta(minutes=1), "1 分钟前"),
        (timedelta(minutes=59, seconds=59), "59 分钟前"),
        (timedelta(hours=1), "1 小时前"),
        (timedelta(hours=23), "23 小时前"),
        (timedelta(hours=24), "昨天 10:00"),
    ],
)
def test_what_was_lately_is_said_by_how_long_ago(passed: timedelta, text: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert ago_text(NOW - passed) == text


def test_days_name_their_year_when_it_is_another() -> None:
    with time_machine.travel(NOW, tick=False):
        assert day_text(NOW) == "11月23日"
        assert day_text(datetime(2027, 1, 1, 0, 0, tzinfo=UTC)) == "2027年1月1日"
        assert (day_text(None), ago_text(None), exact_text(None), str(time_tag(None))) == ("", "", "", "")


def test_a_time_tag_holds_the_exact_moment() -> None:
    with time_machine.travel(NOW, tick=False):
        assert str(time_tag(NOW, "ago")) == (
            '<time datetime="2026-11-23T10:00+08:00" title="2026-11-23 10:00">刚刚</time>'
        )


def test_paragraphs_keep_the_lines_and_nothing_else() -> None:
    assert str(paragraphs("一\r\n<b>二</b>")) == "一<br>\n&lt;b&gt;二&lt;/b&gt;"
