"""The words of a bulletin to begin with, put together from its figures; staff go on from there."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from config.catalogue import catalogue
from domain.bulletin_figures import RATES, BulletinFigures, RateLine, TeamLine
from domain.figure_periods import Period
from domain.figure_rules import Figure
from models.bulletin_words import BulletinPart

P = BulletinPart
_MOST_NAMED = 3


def suggested(figures: BulletinFigures) -> dict[str, str]:
    """Give words for each part, by its stored word."""
    words = {
        P.OPENING: _opening(figures),
        P.FIGURES: _figures(figures),
        P.TEAMS: _teams(figures),
        P.AREAS: _areas(figures),
        P.MATTERS: _matters(figures),
        P.GOOD: "以下诉求办得快、办得好，诉求人给了好评。",
        P.BAD: "以下诉求办得不好，请有关单位对照整改，举一反三。",
        P.NEXT: "退回重办和超期的诉求，请责任单位逐件说明原因、限期办结；办理结果在下期通报公布。",
    }
    return {part.value: text for part, text in words.items()}


def renewed(texts: Mapping[str, str], old: BulletinFigures, new: BulletinFigures) -> dict[str, str]:
    """Give the words after counting anew: what staff wrote stays, what was put together is so again."""
    before, after = suggested(old), suggested(new)
    return {part: after[part] if texts.get(part) == before[part] else texts.get(part, "") for part in after}


def title_of(period: Period) -> str:
    """Name a bulletin by its period: 2026年10月师生诉求办理情况通报."""
    first, last = period.first, period.last
    is_one_month = (first.year, first.month) == (last.year, last.month)
    if is_one_month and first.day == 1 and (last + timedelta(days=1)).day == 1:
        return f"{first.year}年{first.month}月师生诉求办理情况通报"
    return f"{period.words}师生诉求办理情况通报"


def _opening(figures: BulletinFigures) -> str:
    return (
        f"现将{figures.period.words}师生诉求办理情况通报如下。数字由系统按办理记录算出，"
        f"满不满意由诉求人自己评价。\n——{catalogue().office}"
    )


def _figures(figures: BulletinFigures) -> str:
    if not figures.filed:
        return "这段时间没有收到诉求。"
    filed = figures.number(Figure.FILED)
    done, late = figures.number(Figure.RESOLVED).now, figures.number(Figure.DONE_LATE).now
    said = (
        f"共收到师生诉求 {filed.now} 件，{figures.compared_words(filed.change)}；"
        f"已办结 {done} 件，还在办 {figures.number(Figure.OPEN).now} 件；"
        f"退回重办 {figures.number(Figure.REOPENED).now} 件，超期办结 {late} 件。"
    )
    rates = [_rate(figures, line) for line in figures.rates[:3] if line.rate.enough]
    if rates:
        said += "；".join(rates) + "。"
    lasted = [
        f"{name} {now}（{figures.compared_name} {before}）" if before else f"{name} {now}"
        for name, now, before in figures.lasted
    ]
    if lasted:
        said += f"按工作时间算，中位用时：{'，'.join(lasted)}。"
    return said


def _rate(figures: BulletinFigures, line: RateLine) -> str:
    said = f"{line.name} {line.rate.words}（{line.rate.good}/{line.rate.of}）"
    change = figures.compared_words(line.change)
    return f"{said}，{change}" if change else said


def _teams(figures: BulletinFigures) -> str:
    sentences = []
    for at, (name, _, _) in enumerate(RATES[:3]):
        known = [team for team in figures.teams if team.rates[at].enough]
        if len(known) > 1:
            best, worst = _extremes(known, at)
            if best.rates[at].words == worst.rates[at].words:
                continue
            sentences.append(
                f"{name}：{best.name}最高（{best.rates[at].words}），"
                f"{worst.name}最低（{worst.rates[at].words}）。"
            )
    return "".join(sentences) or "各单位的件数还少，不作比较。"


def _extremes(teams: Sequence[TeamLine], at: int) -> tuple[TeamLine, TeamLine]:
    ranked = sorted(teams, key=lambda team: team.rates[at].good / team.rates[at].of)
    return ranked[-1], ranked[0]


def _areas(figures: BulletinFigures) -> str:
    named = [f"{area.name}（{area.now} 件）" for area in figures.areas[:_MOST_NAMED]]
    if not named:
        return ""
    said = f"反映最集中的是{'、'.join(named)}。"
    places = [f"{place.name}（{place.filed} 件）" for place in figures.places[:_MOST_NAMED]]
    return said + (f"地点上，{'、'.join(places)}较多。" if places else "")


def _matters(figures: BulletinFigures) -> str:
    count = len(figures.matters)
    if not count:
        return "这段时间没有事项销号。"
    return f"这段时间有 {count} 个事项销号，都由承办人以外的人对照目标验收。"
