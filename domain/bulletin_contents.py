"""What readers find in a bulletin: the same on the phone, in Word and in an article."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import bulletin_cases, bulletin_charts
from domain.bulletin_cases import ShownCase
from domain.bulletin_figures import BulletinFigures
from domain.bulletins import figures_of
from models.bulletin import Bulletin, BulletinChart
from models.bulletin_words import BulletinPart, CaseSide, ChartName
from models.matter import Matter

_SIDES = {BulletinPart.GOOD: CaseSide.GOOD, BulletinPart.BAD: CaseSide.BAD}
CHARTS = {
    BulletinPart.FIGURES: ChartName.TREND,
    BulletinPart.TEAMS: ChartName.TEAMS,
    BulletinPart.AREAS: ChartName.AREAS,
}


@dataclass(frozen=True)
class Chart:
    """A picture, and what it shows in words."""

    picture: BulletinChart
    words: str

    @property
    def name(self) -> ChartName:
        """Which one it is."""
        return self.picture.name


@dataclass(frozen=True)
class Section:
    """A part that is shown: its heading, words, picture and cases."""

    part: BulletinPart
    words: str
    chart: Chart | None
    cases: Sequence[ShownCase]

    @property
    def title(self) -> str:
        """Its heading."""
        return self.part.label


@dataclass(frozen=True)
class Contents:
    """A whole bulletin.

    Attributes:
        sections: those that are shown, in their order.
        linked: numbers of matters that everybody may open now.
    """

    bulletin: Bulletin
    figures: BulletinFigures
    sections: Sequence[Section]
    linked: frozenset[str]

    @property
    def issue(self) -> str:
        """Its number as people say it: 2026年第3期; empty while it is no more than a draft."""
        year, _, number = (self.bulletin.code or "").partition("-")
        return f"{year}年第{int(number)}期" if number else ""


def contents_of(session: Session, bulletin: Bulletin) -> Contents:
    """Put together what is shown of a bulletin now."""
    figures = figures_of(bulletin)
    cases = bulletin_cases.shown(session, bulletin)
    charts = {one.name: Chart(one, bulletin_charts.words_of(one.name, figures)) for one in bulletin.charts}
    sections = [
        Section(
            part,
            bulletin.texts.get(part.value, ""),
            charts.get(CHARTS[part]) if part in CHARTS else None,
            cases[_SIDES[part]] if part in _SIDES else (),
        )
        for part in BulletinPart
    ]
    numbers = [one.number for one in figures.matters]
    public = select(Matter.number).where(Matter.public, Matter.number.in_(numbers))
    return Contents(
        bulletin,
        figures,
        [one for one in sections if _has_something(one, bulletin, figures)],
        frozenset(session.scalars(public)),
    )


def _has_something(section: Section, bulletin: Bulletin, figures: BulletinFigures) -> bool:
    """Leave out what staff left out, and headings with nothing below them."""
    part = section.part
    if part.value in bulletin.left_out:
        return False
    if part in _SIDES:
        return bool(section.cases)
    needed: Mapping[BulletinPart, bool] = {
        BulletinPart.FIGURES: True,
        BulletinPart.TEAMS: bool(figures.teams),
        BulletinPart.AREAS: bool(figures.areas),
        BulletinPart.MATTERS: True,
    }
    return needed.get(part, bool(section.words))
