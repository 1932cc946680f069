"""A published bulletin as the draft of an article; from there it goes the way of all articles."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from html import escape

from sqlalchemy.orm import Session

from domain import article_approval, article_writing, office_changes
from domain.article_limits import LONGEST_DIGEST, LONGEST_TITLE, ArticleText
from domain.bulletin_cases import GONE, ShownCase
from domain.bulletin_contents import Contents, Section, contents_of
from domain.bulletin_figures import RATES
from domain.bulletins import card_of, need_writer
from domain.errors import NotAllowed
from domain.figure_rules import Rate
from models.article import Article
from models.bulletin import Bulletin
from models.bulletin_words import BulletinPart, BulletinState, ChartName
from models.staff import Staff

P = BulletinPart


def make_article(
    session: Session, bulletin: Bulletin, *, base_url: str, author: str, staff: Staff, now: datetime
) -> Article:
    """Begin an article that says what a published bulletin says, with its pictures.

    Args:
        base_url: address of the site, ending in a slash; 阅读原文 leads to the bulletin there.

    Raises:
        NotAllowed: the bulletin is not out, or not a role that writes articles.
        Invalid: it is longer than the platform takes.
    """
    need_writer(staff)
    if bulletin.state is not BulletinState.PUBLISHED:
        raise NotAllowed("通报发布以后才能做成图文。")
    contents, card = contents_of(session, bulletin), card_of(bulletin)
    title = bulletin.title[:LONGEST_TITLE]
    article = article_writing.begin(session, title=title, author=author, staff=staff, now=now)
    addresses = {}
    for chart in bulletin.charts:
        picture = article_writing.add_picture(session, article, file_key=chart.file_key, staff=staff, now=now)
        addresses[chart.name] = article_writing.picture_address(article.id, picture.number)
    text = ArticleText(
        title=title,
        html=html_of(contents, picture=addresses.get),
        author=author,
        digest=card.digest[:LONGEST_DIGEST],
        source_url=f"{base_url}{card.path.removeprefix('/')}",
    )
    article_approval.rewrite(session, article, text, staff=staff, seen=article.revision, now=now)
    bulletin.article_id = article.id
    session.flush()
    words = f"把通报 {bulletin.code} 做成图文草稿：「{bulletin.title}」"
    office_changes.note(session, staff, action="bulletin.article", subject=bulletin.id, words=words, now=now)
    return article


def html_of(contents: Contents, *, picture: Callable[[ChartName], str | None]) -> str:
    """Write it in the few tags that articles may have.

    Args:
        picture: gives the address of a picture; None leaves it out.
    """
    return "".join(_blocks(contents, picture))


def _blocks(contents: Contents, picture: Callable[[ChartName], str | None]) -> Iterable[str]:
    for section in contents.sections:
        if section.part is not P.OPENING:
            yield f"<h2>{escape(section.title)}</h2>"
        yield from _words(section.words)
        yield from _filled(contents, section)
        chart = section.chart
        address = picture(chart.name) if chart is not None else None
        if chart is not None and address is not None:
            yield f'<p><img src="{escape(address)}" alt="{escape(chart.name.label)}"></p>'
        for number, case in enumerate(section.cases, start=1):
            yield from _case(number, case)
    yield (
        f"<p>不足 {contents.figures.smallest} 件的不显示比率；没有评价的不算满意。"
        "点「阅读原文」看全部数字和算法。</p>"
    )


def _words(words: str) -> Iterable[str]:
    return (f"<p>{escape(line.strip())}</p>" for line in words.splitlines() if line.strip())


def _filled(contents: Contents, section: Section) -> Iterable[str]:
    figures = contents.figures
    if section.part is P.FIGURES:
        yield _table(
            ["指标", "本期", "比较"],
            [
                [line.name, _shown(line.rate), figures.compared_words(line.change) or "—"]
                for line in figures.rates
            ],
        )
    elif section.part is P.TEAMS and figures.teams_shown:
        yield _table(
            ["责任单位", *(name for name, _, _ in RATES[:3])],
            [[team.name, *(_shown(rate) for rate in team.rates[:3])] for team in figures.teams_shown],
        )
    elif section.part is P.MATTERS and figures.matters:
        items = (f"{one.title}（{one.team}）" if one.team else one.title for one in figures.matters)
        yield f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"


def _shown(rate: Rate) -> str:
    return f"{rate.words}（{rate.good}/{rate.of}）" if rate.enough else "—"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [[f"<th>{escape(cell)}</th>" for cell in head]]
    lines += [[f"<td>{escape(cell)}</td>" for cell in row] for row in rows]
    return f"<table>{''.join('<tr>' + ''.join(line) + '</tr>' for line in lines)}</table>"


def _case(number: int, case: ShownCase) -> Iterable[str]:
    yield f"<h3>{number}. {escape(case.heading)}</h3>"
    if not case.is_shown:
        yield f"<p>{GONE}</p>"
        return
    yield f"<blockquote>{''.join(_words(case.case.text))}</blockquote>"
    if case.case.answer:
        yield from _words(f"答复：{case.case.answer}")
    yield from _words(f"办理：{case.told}")
    if case.case.comment:
        yield from _words(f"点评：{case.case.comment}")
