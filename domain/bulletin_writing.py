"""Writing a bulletin: from its period to figures, words and cases, while it is a draft."""

from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from sqlalchemy.orm import Session

from domain import bulletin_cases, bulletin_charts, bulletin_texts
from domain.acts import cleaned
from domain.bulletin_charts import Painter
from domain.bulletin_figures import take, to_json
from domain.bulletin_periods import Compared, compared_with
from domain.bulletins import Deed, S, figures_of, held, need_writer, note
from domain.errors import Invalid
from domain.figure_periods import Period
from models.bulletin import Bulletin
from models.bulletin_words import BulletinPart, CaseSide
from models.staff import Staff

LONGEST_TITLE, LONGEST_WORDS = 60, 3000


@dataclass(frozen=True)
class CaseWords:
    """What is typed of a case."""

    text: str
    answer: str = ""
    comment: str = ""


@dataclass(frozen=True)
class BulletinWords:
    """What is typed of a bulletin.

    Attributes:
        texts: of each part, by its stored word; a part that is missing stays as it is.
        left_out: parts that are not shown.
        cases: by the id of the case.
    """

    title: str
    texts: dict[str, str]
    left_out: frozenset[str]
    cases: dict[int, CaseWords]


def create(
    session: Session,
    period: Period,
    *,
    compared: Compared = Compared.BEFORE,
    title: str = "",
    painter: Painter,
    staff: Staff,
    now: datetime,
) -> Bulletin:
    """Begin a bulletin: its figures are counted, and words put together to go on from.

    Args:
        title: named after the period when empty.
        painter: keeps the pictures.

    Raises:
        NotAllowed: not a role that writes bulletins.
        Invalid: the title is too long.
    """
    need_writer(staff)
    title = _title(title) if title.strip() else bulletin_texts.title_of(period)
    figures = take(session, period, compared=compared_with(period, compared), now=now)
    bulletin = Bulletin(
        title=title,
        first_day=period.first,
        last_day=period.last,
        figures=to_json(figures),
        taken_at=now,
        texts=bulletin_texts.suggested(figures),
        created_at=now,
        changed_at=now,
        written_by_id=staff.id,
    )
    session.add(bulletin)
    session.flush()
    bulletin_charts.paint(session, bulletin, figures, painter)
    note(session, bulletin, "add", f"新建{period.words}的通报", staff=staff, now=now)
    return bulletin


def change(
    session: Session, bulletin: Bulletin, words: BulletinWords, *, audited: bool = True, **deed: Unpack[Deed]
) -> None:
    """Keep what was typed into a draft.

    Args:
        audited: False for what is kept while somebody types; the act that follows is written down.

    Raises:
        TooLate: a colleague has changed it since, or it is no draft.
        Invalid: something is missing or too long.
    """
    held(session, bulletin, S.DRAFT, **deed)
    bulletin.title = _title(words.title)
    known = {part.value for part in BulletinPart}
    typed = {part: _fitting(text, "texts") for part, text in words.texts.items() if part in known}
    bulletin.texts = {**bulletin.texts, **typed}
    bulletin.left_out = [part.value for part in BulletinPart if part.value in words.left_out]
    for case in bulletin.cases:
        if case.id in words.cases:
            told = words.cases[case.id]
            case.text = _fitting(told.text, "cases")
            case.answer = _fitting(told.answer, "cases")
            case.comment = _fitting(told.comment, "cases")
            if not case.text:
                raise Invalid("典型的内容不能是空的；不想放就点「去掉」。", "cases")
    # Typing on raises nothing, so that what is kept in passing does not overtake the button that is pressed.
    _write(bulletin, raised=bulletin.written_by_id != deed["staff"].id, **deed)
    session.flush()
    if audited:
        note(session, bulletin, "change", "修改通报", **deed)


def _write(bulletin: Bulletin, *, raised: bool = True, **deed: Unpack[Deed]) -> None:
    bulletin.revision += 1 if raised else 0
    bulletin.written_by_id, bulletin.changed_at = deed["staff"].id, deed["now"]


def _title(title: str) -> str:
    title = " ".join(cleaned(title).split())
    if not title:
        raise Invalid("请填写标题。", "title")
    if len(title) > LONGEST_TITLE:
        raise Invalid(f"标题最多 {LONGEST_TITLE} 字，现在有 {len(title)} 字。", "title")
    return title


def _fitting(words: str, field: str) -> str:
    words = cleaned(words).replace("\r\n", "\n")
    if len(words) > LONGEST_WORDS:
        raise Invalid(f"一段最多 {LONGEST_WORDS} 字，现在有 {len(words)} 字。", field)
    return words


def count_again(session: Session, bulletin: Bulletin, *, painter: Painter, **deed: Unpack[Deed]) -> None:
    """Count the figures of a draft anew; words that nobody changed follow them, the others stay.

    Raises:
        TooLate: a colleague has changed it since, or it is no draft.
    """
    held(session, bulletin, S.DRAFT, **deed)
    old = figures_of(bulletin)
    new = take(session, old.period, compared=old.compared, now=deed["now"])
    bulletin.texts = bulletin_texts.renewed(bulletin.texts, old, new)
    bulletin.figures, bulletin.taken_at = to_json(new), deed["now"]
    bulletin_charts.paint(session, bulletin, new, painter)
    _write(bulletin, **deed)
    note(session, bulletin, "count", "重新统计通报的数字", **deed)


def choose_case(
    session: Session, bulletin: Bulletin, number: str, side: CaseSide, **deed: Unpack[Deed]
) -> None:
    """Add a case to a draft; see `bulletin_cases.choose`."""
    held(session, bulletin, S.DRAFT, **deed)
    bulletin_cases.choose(session, bulletin, cleaned(number), side, now=deed["now"])
    _write(bulletin, **deed)
    note(session, bulletin, "case", f"把 {cleaned(number)} 选作{side.label}", **deed)


def drop_case(session: Session, bulletin: Bulletin, case_id: int, **deed: Unpack[Deed]) -> None:
    """Take a case out of a draft."""
    held(session, bulletin, S.DRAFT, **deed)
    case = bulletin_cases.drop(session, bulletin, case_id)
    _write(bulletin, **deed)
    note(session, bulletin, "case", f"去掉一件{case.side.label}", **deed)


def move_case(session: Session, bulletin: Bulletin, case_id: int, *, by: int, **deed: Unpack[Deed]) -> None:
    """Move a case of a draft up (-1) or down (1)."""
    held(session, bulletin, S.DRAFT, **deed)
    bulletin_cases.move(session, bulletin, case_id, by=by)
    _write(bulletin, **deed)
    note(session, bulletin, "case", "调整典型的顺序", **deed)


def remove(session: Session, bulletin: Bulletin, **deed: Unpack[Deed]) -> None:
    """Delete a draft; its pictures go with the next tidying."""
    held(session, bulletin, S.DRAFT, **deed)
    note(session, bulletin, "remove", "删除通报草稿", **deed)
    session.delete(bulletin)
    session.flush()
