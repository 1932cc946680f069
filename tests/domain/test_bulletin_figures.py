"""What a bulletin says of its figures, in words and in pictures; nothing here asks a database."""

from datetime import date
from pathlib import Path

import pytest

from domain import bulletin_charts, bulletin_periods, bulletin_texts
from domain.bulletin_charts import DARK, LIGHT
from domain.bulletin_figures import Number
from domain.bulletin_periods import BulletinSpan, Compared
from domain.errors import Invalid, NotFound
from domain.figure_periods import Period
from domain.figure_rules import Figure
from models.bulletin_words import ChartName
from tests.support.bulletins import LONG_NAME, NOVEMBER
from tests.support.bulletins import bulletin_figures as figures
from web import vendor


def test_periods_on_offer_end_today_and_own_days_are_checked() -> None:
    today = date(2026, 11, 23)
    offers = {one.span.label: one.period.words for one in bulletin_periods.offers(today=today)}

    assert offers == {
        "上月": "2026年10月1日至10月31日",
        "本月": "2026年11月1日至11月23日",
        "本季度": "2026年10月1日至11月23日",
        "本学期": "2026年8月1日至11月23日",
    }
    refused = []
    for first, last in (
        (None, today),
        (today, date(2026, 11, 24)),
        (today, date(2026, 11, 1)),
        (date(1999, 1, 1), today),
    ):
        with pytest.raises(Invalid) as refusal:
            bulletin_periods.chosen(BulletinSpan.CUSTOM, first=first, last=last, today=today)
        refused.append(refusal.value.field)
    assert refused == ["first", "last", "last", "first"]
    own = bulletin_periods.chosen(BulletinSpan.CUSTOM, first=today, last=today, today=today)
    month = bulletin_periods.chosen(BulletinSpan.MONTH, today=today)
    assert (own, month.first) == (Period(today, today), date(2026, 11, 1))
    assert bulletin_periods.compared_with(own, Compared.LAST_YEAR).first == date(2025, 11, 23)
    titles = [bulletin_texts.title_of(one) for one in (NOVEMBER, month.before(), NOVEMBER.last_year())]
    assert titles[0] == "2026年11月1日至11月23日师生诉求办理情况通报"
    assert (
        bulletin_texts.title_of(Period(date(2026, 10, 1), date(2026, 10, 31)))
        == "2026年10月师生诉求办理情况通报"
    )


def test_words_compare_and_hide_what_is_too_few() -> None:
    month = figures()
    told = bulletin_texts.suggested(month)

    assert told["figures"] == (
        "共收到师生诉求 12 件，比上期多 3 件；已办结 12 件，还在办 12 件；退回重办 12 件，超期办结 12 件。"
        "按时答复率 90%（9/10），比上期高 10.0 个百分点；满意率 80%（8/10），和上期持平。"
        "按工作时间算，中位用时：首次答复 50 分钟（上期 40 分钟），办结 5 小时。"
    )
    assert told["teams"] == f"按时答复率：饮食服务中心最高（95%），{LONG_NAME}最低（50%）。"
    assert told["areas"] == "反映最集中的是食堂就餐（8 件）、宿舍住宿（4 件）。"
    assert told["matters"] == "这段时间有 1 个事项销号，都由承办人以外的人对照目标验收。"
    assert month.teams_left_out == ["校医院"]
    ways = [one.change for one in month.rates]
    assert [(one.way, one.is_better) for one in ways] == [
        ("up", True),
        ("", None),
        ("same", None),
        ("down", False),
    ]
    assert month.compared_words(ways[1]) == ""
    fewer = Number(Figure.REOPENED, 3, 4).change
    assert (fewer.words, fewer.is_better) == ("少 1 件", True)
    nothing = figures(numbers=[Number(one, 0, 0) for one in Figure], rates=[], teams=[], areas=[], matters=[])
    empty = bulletin_texts.suggested(nothing)
    assert [empty[part] for part in ("figures", "teams", "areas", "matters")] == [
        "这段时间没有收到诉求。",
        "各单位的件数还少，不作比较。",
        "",
        "这段时间没有事项销号。",
    ]
    assert [bulletin_charts.draw(name, nothing, LIGHT, Path()) for name in ChartName] == [None] * 3


def test_pictures_are_drawn_for_both_looks_and_told_in_words(tmp_path: Path) -> None:
    month, fonts = figures(), Path(vendor.TARGET) / "fonts"
    looks = (LIGHT, DARK)
    drawn = {name: bulletin_charts.draw(name, month, look, fonts) for name in ChartName for look in looks}

    assert {one.width for one in drawn.values() if one} == {1080}
    assert drawn[ChartName.TREND].getpixel((0, 0)) == (0x1B, 0x1B, 0x1B)  # type: ignore[union-attr]
    assert bulletin_charts.words_of(ChartName.TREND, month) == "诉求走势，按日：10-2 7 件，10-3 5 件"
    assert bulletin_charts.words_of(ChartName.AREAS, month) == (
        "各类诉求件数：食堂就餐 8 件（上期 0 件）；宿舍住宿 4 件（上期 9 件）"
    )
    assert bulletin_charts.words_of(ChartName.TEAMS, month).startswith(
        "各单位三率。饮食服务中心：按时答复率 95%，办结解决率 90%，满意率 80%；"
    )
    wide = figures(trend=[(f"{day}", 90) for day in range(31)], teams=month.teams[2:])
    assert bulletin_charts.draw(ChartName.TREND, wide, LIGHT, fonts) is not None
    assert bulletin_charts.draw(ChartName.TREND, figures(trend=[("10-1", 3)]), LIGHT, fonts) is None
    assert bulletin_charts.draw(ChartName.TEAMS, wide, LIGHT, fonts) is None
    with pytest.raises(NotFound, match="缺少画图用的字体"):
        bulletin_charts.draw(ChartName.TREND, month, LIGHT, tmp_path)
