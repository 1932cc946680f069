"""What a push to students and teachers says: composed from what everybody may read, and from nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from domain import bulletins
from domain.disclosure import masked
from domain.errors import TooLate
from domain.matter_notices import until_text
from domain.matter_queries import latest_events
from domain.matters import public_by_number
from domain.notice_texts import local_text, shortened
from domain.survey_builder import minutes_for
from domain.surveys import find as find_survey
from domain.working_time import describe_moment, local_time
from models.bulletin_words import BulletinState
from models.enums import SurveyState
from models.matter import Matter, MatterEvent
from models.matter_words import MatterStatus, MatterStepName
from models.survey import Survey

LONGEST_TITLE = 60
# A chat message is read on a phone: so many matters are named, the others stand on the page.
MOST_NAMED = 6
_LONGEST_WORDS = 60
_ADVANCING = (MatterStepName.START, MatterStepName.PROGRESS, MatterStepName.ACCEPT_MILESTONE)


@dataclass(frozen=True)
class Line:
    """One line of a page: what, what is said about it, and the page it leads to."""

    words: str
    note: str = ""
    path: str = ""


@dataclass(frozen=True)
class Section:
    """A part of a page, with how many there are beyond those shown."""

    title: str
    lines: Sequence[Line]
    more: int = 0


@dataclass(frozen=True, kw_only=True)
class PushContent:
    """What a push says.

    Attributes:
        body: as it stands in the chat, without the link.
        path: the page it leads to; empty: a page of its own, which shows the sections.
        fields: what a template of the account may show.
    """

    title: str
    body: str
    path: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    sections: Sequence[Section] = ()


@dataclass(frozen=True)
class Occasion:
    """What a push is made for.

    Attributes:
        subject: number, id or code of what it is about; empty where it is about a time.
        since: where the time it tells of begins; it ends now.
    """

    subject: str
    since: datetime
    now: datetime


def fields_for(subject: str, status: str, remark: str, now: datetime, number: str = "") -> dict[str, str]:
    """Give what a template may show, by the names all notices use."""
    return {
        "number": number or f"{local_time(now):%Y-%m%d}",
        "subject": shortened(subject),
        "status": status,
        "time": local_text(now),
        "remark": remark,
    }


def digest(session: Session, occasion: Occasion) -> PushContent | None:
    """Tell what became of the public matters (办实事清单); None when nothing did."""
    public = select(Matter).where(Matter.public, Matter.status != MatterStatus.CANCELLED)
    closed = session.scalars(
        public.where(
            Matter.status == MatterStatus.CLOSED, Matter.closed_at.between(*_span(occasion))
        ).order_by(Matter.closed_at.desc())
    ).all()
    open_ones = public.where(Matter.status != MatterStatus.CLOSED).order_by(Matter.deadline, Matter.id)
    listed = session.scalars(open_ones.where(Matter.published_at.between(*_span(occasion)))).all()
    advanced = session.scalars(
        open_ones.where(Matter.id.in_(_advanced_in(occasion)), Matter.id.not_in([one.id for one in listed]))
    ).all()
    if not (closed or listed or advanced):
        return None
    latest = latest_events(session, [*closed, *advanced], public=True)
    first, last = local_time(occasion.since + timedelta(minutes=1)), local_time(occasion.now)
    span = f"{first.month}月{first.day}日—{last.month}月{last.day}日"
    parts = (("办结销号", closed), ("有新进展", advanced), ("新列入清单", listed))
    counted = "，".join(f"{name} {len(rows)} 件" for name, rows in parts if rows)
    lines = [f"{span}：{counted}。"]
    named = [f"· {name}：{one.title}（{_team(one)}）" for name, rows in parts for one in rows]
    lines += named[:MOST_NAMED]
    if len(named) > MOST_NAMED:
        lines.append(f"…共 {len(named)} 件，点开看全部。")
    return PushContent(
        title="办实事周报",
        body="\n".join(lines),
        fields=fields_for("办实事周报", "已更新", counted, occasion.now),
        sections=[
            Section(f"{name} {len(rows)} 件", [_line(one, latest.get(one.id)) for one in rows])
            for name, rows in parts
            if rows
        ],
    )


def _span(occasion: Occasion) -> tuple[datetime, datetime]:
    """Give the first and the last moment that count; the one before belongs to the last push."""
    return occasion.since + timedelta(microseconds=1), occasion.now


def _advanced_in(occasion: Occasion) -> Select[int]:
    return select(MatterEvent.matter_id).where(
        MatterEvent.at.between(*_span(occasion)), MatterEvent.public, MatterEvent.step.in_(_ADVANCING)
    )


def _team(matter: Matter) -> str:
    return matter.team.name if matter.team else "责任单位待定"


def _line(matter: Matter, event: MatterEvent | None) -> Line:
    until = until_text(matter)
    open_until = f"，{until}" if until and matter.status is not MatterStatus.CLOSED else ""
    said = _short(masked(event.words)) if event is not None else ""
    note = f"{_team(matter)}{open_until}" + (f"。{said}" if said else "")
    return Line(matter.title, note, f"/h5/matters/{matter.number}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_WORDS else line[: _LONGEST_WORDS - 1] + "…"


def closed_matter(session: Session, occasion: Occasion) -> PushContent:
    """Tell of one public matter that was accepted as done.

    Raises:
        NotFound: there is no public matter of this number.
        TooLate: it is not done, or not any more.
    """
    matter = public_by_number(session, occasion.subject)
    if matter.status is not MatterStatus.CLOSED:
        raise TooLate(f"事项 {matter.number} 现在是「{matter.status.label}」，不能按办结推送。")
    accepted = session.scalars(
        select(MatterEvent)
        .where(MatterEvent.matter_id == matter.id, MatterEvent.step == MatterStepName.ACCEPT)
        .order_by(MatterEvent.id.desc())
    ).first()
    lines = [f"「{matter.title}」已经验收销号，由{_team(matter)}办理。"]
    lines += [f"目标：{_short(masked(matter.goal))}"] if matter.goal else []
    lines += [f"验收：{_short(masked(accepted.words))}"] if accepted is not None and accepted.words else []
    return PushContent(
        title=f"办结：{matter.title}"[:LONGEST_TITLE],
        body="\n".join([*lines, "办得怎么样，点开看看；问题又出现请告诉我们。"]),
        path=f"/h5/matters/{matter.number}",
        fields=fields_for(matter.title, matter.status.label, lines[0], occasion.now, matter.number),
    )


def survey_opening(session: Session, occasion: Occasion) -> PushContent:
    """Ask the people of a survey to answer it.

    Raises:
        NotFound: there is none.
        TooLate: it does not run.
    """
    survey = running_survey(session, occasion.subject)
    words = f"{survey.title}，匿名，大约 {minutes_for(survey)} 分钟。{_until(survey, occasion.now)}"
    return PushContent(
        title="请您评一评后勤服务",
        body=f"{words}\n您的打分直接关系到先办什么。",
        path=f"/h5/surveys/{survey.code}",
        fields=fields_for(survey.title, "进行中", words, occasion.now),
    )


def survey_reminder(session: Session, occasion: Occasion) -> PushContent:
    """Remind the people of a survey who have not answered; see `survey_opening`."""
    survey = running_survey(session, occasion.subject)
    words = f"{survey.title}还等着您的一票，匿名，大约 {minutes_for(survey)} 分钟。"
    return PushContent(
        title="测评还没有填，只提醒这一次",
        body=f"{words}{_until(survey, occasion.now)}\n不想填可以不理会，不会再提醒。",
        path=f"/h5/surveys/{survey.code}",
        fields=fields_for(survey.title, "进行中", words, occasion.now),
    )


def running_survey(session: Session, subject: str) -> Survey:
    """Give the survey a push is about.

    Raises:
        NotFound: there is none.
        TooLate: it does not run.
    """
    survey = find_survey(session, int(subject) if subject.isdecimal() and len(subject) < 10 else 0)
    if survey.state is not SurveyState.OPEN:
        raise TooLate(f"「{survey.title}」现在没有开放，不能推送。")
    return survey


def published_bulletin(session: Session, occasion: Occasion) -> PushContent:
    """Tell of a bulletin that is out.

    Raises:
        NotFound: there is none with this number.
        TooLate: it was withdrawn.
    """
    bulletin = bulletins.by_code(session, occasion.subject)
    if bulletin.state is not BulletinState.PUBLISHED:
        raise TooLate(f"通报「{bulletin.title}」已经撤回，不能推送。")
    card = bulletins.card_of(bulletin)
    return PushContent(
        title=card.title[:LONGEST_TITLE],
        body=f"{card.digest}。\n办得好的、办得不好的，都写在里面。",
        path=card.path,
        fields=fields_for(card.title, "已发布", card.digest, occasion.now, occasion.subject),
    )


def _until(survey: Survey, now: datetime) -> str:
    return f"{describe_moment(survey.closes_at, now=now)} 截止。" if survey.closes_at else ""
