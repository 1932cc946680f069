"""The pictures of a bulletin, drawn on the server once: the same on the page, in Word and in an article.

Each is drawn twice, for light and for dark pages, as wide as a phone, at three pixels a point.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy.orm import Session

from domain.bulletin_figures import RATES, BulletinFigures
from domain.errors import NotFound
from domain.file_store import FileStore
from models.bulletin import Bulletin, BulletinChart
from models.bulletin_words import ChartName

WIDTH = 360
_SCALE = 3
_EDGE, _GAP = 12, 8
_TEXT, _SMALL = 14, 12
_LEGEND, _PLOT, _FOOT = 28, 150, 24
_BAR, _BETWEEN = 14, 14
_MOST_NAMED = 12
_LABELS = 8
_WIDEST_NAME = 116


@dataclass(frozen=True)
class Look:
    """The colours of a page."""

    paper: str
    ink: str
    soft: str
    line: str
    bars: tuple[str, str, str]
    before: str


LIGHT = Look("#ffffff", "#1f1f1f", "#5f5f5f", "#e2e2e2", ("#067a3e", "#2f6fb5", "#c96f00"), "#b8c4bc")
DARK = Look("#1b1b1b", "#dddddd", "#a6a6a6", "#3a3a3a", ("#3fb573", "#6ea8e6", "#e0a04a"), "#5b665f")


@dataclass(frozen=True)
class Painter:
    """What pictures are drawn with and kept in.

    Attributes:
        fonts: the folder with the typeface, where `python -m web.vendor` puts it.
    """

    files: FileStore
    fonts: Path


@dataclass(frozen=True)
class Bar:
    """A bar: how long it is, what is written behind it, and its colour."""

    value: float
    words: str
    colour: str


def paint(session: Session, bulletin: Bulletin, figures: BulletinFigures, painter: Painter) -> None:
    """Draw the pictures of a bulletin anew; those there is nothing to show on are left out.

    Raises:
        NotFound: the typeface is not there.
    """
    bulletin.charts.clear()
    session.flush()
    for name in ChartName:
        light, dark = (draw(name, figures, look, painter.fonts) for look in (LIGHT, DARK))
        if light is None or dark is None:
            continue
        keys = [painter.files.save(_png(picture), "png") for picture in (light, dark)]
        width, height = (side // _SCALE for side in light.size)
        bulletin.charts.append(
            BulletinChart(name=name, file_key=keys[0], dark_file_key=keys[1], width=width, height=height)
        )
    session.flush()


def words_of(name: ChartName, figures: BulletinFigures) -> str:
    """Say what a picture shows, for who cannot see it."""
    if name is ChartName.TREND:
        said = "，".join(f"{day} {count} 件" for day, count in figures.trend if count)
        return f"诉求走势，{figures.step.label}：{said}"
    if name is ChartName.AREAS:
        said = "；".join(
            f"{area.name} {area.now} 件（{figures.compared_name} {area.before} 件）" for area in figures.areas
        )
        return f"各类诉求件数：{said}"
    teams = []
    for team in figures.teams_shown:
        rates = (
            f"{rate_name} {rate.words}"
            for (rate_name, _, _), rate in zip(RATES[:3], team.rates, strict=False)
            if rate.enough
        )
        teams.append(f"{team.name}：{'，'.join(rates)}")
    return f"各单位三率。{'；'.join(teams)}"


def draw(name: ChartName, figures: BulletinFigures, look: Look, fonts: Path) -> Image.Image | None:
    """Draw one picture; None where there is nothing to show."""
    if not figures.filed:
        return None
    canvas = Canvas(look, fonts)
    if name is ChartName.TREND:
        return canvas.columns(figures.trend) if len(figures.trend) > 1 else None
    if name is ChartName.AREAS:
        rows = [
            (
                area.name,
                [
                    Bar(area.now, str(area.now), look.bars[0]),
                    Bar(area.before, str(area.before), look.before),
                ],
            )
            for area in figures.areas
        ]
        legend = [("本期", look.bars[0]), (figures.compared_name, look.before)]
        return canvas.rows(rows, legend, longest=max(bar.value for _, bars in rows for bar in bars))
    teams = [
        (
            team.name,
            [
                Bar(100 * rate.good / rate.of, rate.words, colour)
                for rate, colour in zip(team.rates, look.bars, strict=False)
                if rate.enough
            ],
        )
        for team in figures.teams_shown
    ]
    # The fourth is no rate of the three, and may be the only one with enough.
    teams = [(team_name, bars) for team_name, bars in teams if bars]
    drawn = {bar.colour for _, bars in teams for bar in bars}
    legend = [
        (rate_name, colour)
        for (rate_name, _, _), colour in zip(RATES, look.bars, strict=False)
        if colour in drawn
    ]
    return canvas.rows(teams, legend, longest=100) if teams else None


class Canvas:
    """Draws in points; one picture each."""

    def __init__(self, look: Look, fonts: Path) -> None:
        self._look, self._fonts = look, fonts
        self._picture = Image.new("RGB", (1, 1), look.paper)
        self._pen = ImageDraw.Draw(self._picture)

    def columns(self, values: Sequence[tuple[str, int]]) -> Image.Image:
        """Draw columns side by side over a scale."""
        step, top = _scale_for(max(value for _, value in values))
        self._begin(_EDGE + _TEXT + _PLOT + _FOOT + _EDGE)
        left = _EDGE + self._width(str(top), _SMALL) + _GAP
        base, high = _EDGE + _TEXT + _PLOT, float(_PLOT)
        for mark in range(0, top + 1, step):
            y = base - high * mark / top
            self._line(left, y, WIDTH - _EDGE, y)
            self._words(left - _GAP, y, str(mark), size=_SMALL, colour=self._look.soft, anchor="rm")
        wide = (WIDTH - _EDGE - left) / len(values)
        every = -(-len(values) // _LABELS)
        for at, (name, value) in enumerate(values):
            x = left + wide * (at + 0.5)
            half = min(wide * 0.34, 18)
            if value:
                y = base - high * value / top
                self._box(x - half, y, x + half, base, self._look.bars[0])
                if len(values) <= _MOST_NAMED:
                    self._words(x, y - 9, str(value), size=_SMALL, colour=self._look.ink, anchor="mm")
            if at % every == 0:
                self._words(x, base + _FOOT / 2 + 2, name, size=_SMALL, colour=self._look.soft, anchor="mm")
        return self._picture

    def rows(
        self, rows: Sequence[tuple[str, Sequence[Bar]]], legend: Sequence[tuple[str, str]], *, longest: float
    ) -> Image.Image:
        """Draw bars below each other, by group, with a legend above."""
        heights = [len(bars) * (_BAR + 3) + _BETWEEN for _, bars in rows]
        self._begin(_EDGE + _LEGEND + sum(heights) + _EDGE - _BETWEEN // 2)
        self._legend(legend)
        names = [self._cut(name, _WIDEST_NAME) for name, _ in rows]
        left = _EDGE + max(self._width(name, _TEXT) for name in names) + _GAP
        behind = max(self._width(bar.words, _SMALL) for _, bars in rows for bar in bars) + _GAP
        room = WIDTH - _EDGE - behind - left
        y = float(_EDGE + _LEGEND)
        for name, (_, bars), height in zip(names, rows, heights, strict=True):
            middle = y + (height - _BETWEEN) / 2
            self._words(left - _GAP, middle, name, size=_TEXT, colour=self._look.ink, anchor="rm")
            for number, bar in enumerate(bars):
                top = y + number * (_BAR + 3)
                end = left + room * bar.value / longest
                if bar.value:
                    self._box(left, top, end, top + _BAR, bar.colour)
                self._words(
                    end + 5, top + _BAR / 2, bar.words, size=_SMALL, colour=self._look.ink, anchor="lm"
                )
            y += height
        return self._picture

    def _legend(self, legend: Sequence[tuple[str, str]]) -> None:
        x, y = float(_EDGE), _EDGE + _LEGEND / 2 - 5
        for name, colour in legend:
            self._box(x, y - 5, x + 10, y + 5, colour)
            self._words(x + 15, y, name, size=_SMALL, colour=self._look.soft, anchor="lm")
            x += 15 + self._width(name, _SMALL) + 18

    def _begin(self, height: int) -> None:
        self._picture = Image.new("RGB", (WIDTH * _SCALE, height * _SCALE), self._look.paper)
        self._pen = ImageDraw.Draw(self._picture)

    def _font(self, size: int) -> ImageFont.FreeTypeFont:
        return _typeface(self._fonts, size * _SCALE)

    def _width(self, words: str, size: int) -> float:
        return self._font(size).getlength(words) / _SCALE

    def _cut(self, words: str, widest: float) -> str:
        if self._width(words, _TEXT) <= widest:
            return words
        while self._width(f"{words}…", _TEXT) > widest:
            words = words[:-1]
        return f"{words}…"

    def _words(self, x: float, y: float, words: str, *, size: int, colour: str, anchor: str) -> None:
        place = x * _SCALE, y * _SCALE
        self._pen.text(place, words, font=self._font(size), fill=colour, anchor=anchor)

    def _line(self, x: float, y: float, to_x: float, to_y: float) -> None:
        ends = [x * _SCALE, y * _SCALE, to_x * _SCALE, to_y * _SCALE]
        self._pen.line(ends, fill=self._look.line, width=_SCALE)

    def _box(self, x: float, y: float, to_x: float, to_y: float, colour: str) -> None:
        corners = [x * _SCALE, y * _SCALE, to_x * _SCALE, to_y * _SCALE]
        self._pen.rounded_rectangle(corners, radius=2 * _SCALE, fill=colour)


def _scale_for(largest: int) -> tuple[int, int]:
    """Give the step and the end of a scale with two to five marks in round numbers."""
    step, factors = 1, (2, 2.5, 2)
    turn = 0
    while step * 5 < largest:
        step = int(step * factors[turn % 3])
        turn += 1
    return step, step * max(1, -(-largest // step))


@lru_cache(maxsize=16)
def _typeface(folder: Path, size: int) -> ImageFont.FreeTypeFont:
    path = folder / "NotoSansSC-Regular.ttf"
    if not path.is_file():
        raise NotFound("缺少画图用的字体，请系统管理员在服务器上运行 make setup 后再试。")
    return ImageFont.truetype(str(path), size)


def _png(picture: Image.Image) -> bytes:
    output = BytesIO()
    picture.save(output, "PNG")
    return output.getvalue()
