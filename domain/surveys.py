"""Surveys (满意度测评) as a whole: written, opened, closed, copied; what is asked: `survey_builder`."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, or_, select
from sqlalchemy.orm import Session, selectinload

from domain import office_changes, survey_audience, survey_sheets
from domain.acts import cleaned
from domain.errors import Invalid, NotAllowed, NotFound, TooLate
from domain.permissions import may_build_surveys
from domain.secret_box import SecretBox
from domain.working_time import local_time
from models.enums import QuestionKind, SurveyAudience, SurveyState
from models.service_point import ServicePoint
from models.staff import Staff
from models.survey import Survey, SurveyParticipation, SurveyQuestion, SurveySection

LONGEST_TITLE = 60
LONGEST_WORDS = 500
MOST_PLACES = 50
NOT_FOUND = "没有找到这份测评。链接可能不完整，或者它已经删除。"
_WHOLE = selectinload(Survey.sections).selectinload(SurveySection.questions)


@dataclass(frozen=True, kw_only=True)
class SurveyEntry:
    """What is entered of a survey beside its questions.

    Attributes:
        place_ids: the places whose people are meant, for `SurveyAudience.PLACES` only.
        results_public: whether everybody may read the results once it is over.
    """

    title: str
    words: str = ""
    audience: SurveyAudience = SurveyAudience.FOLLOWERS
    place_ids: tuple[int, ...] = ()
    results_public: bool = True


def find(session: Session, survey_id: int) -> Survey:
    """Give a survey with all its questions, or raise NotFound."""
    survey = session.get(Survey, survey_id, options=[_WHOLE])
    if survey is None:
        raise NotFound(NOT_FOUND)
    return survey


def hold(session: Session, survey_id: int, *, staff: Staff) -> Survey:
    """Give a survey and keep others from changing or answering it until the transaction ends.

    Raises:
        NotAllowed: not a role that writes surveys.
        NotFound: there is none.
    """
    need_builder(staff)
    return _held(session, survey_id)


def _held(session: Session, survey_id: int) -> Survey:
    held = session.get(Survey, survey_id, with_for_update=True, populate_existing=True)
    if held is None:
        raise NotFound(NOT_FOUND)
    return session.get_one(Survey, survey_id, options=[_WHOLE], populate_existing=True)


def by_code(session: Session, code: str) -> Survey:
    """Give a survey that was opened at least once by the code in its address, or raise NotFound."""
    out = select(Survey).where(Survey.code == code, Survey.state != SurveyState.DRAFT)
    survey = session.scalar(out.options(_WHOLE))
    if survey is None:
        raise NotFound(NOT_FOUND)
    return survey


def listed(session: Session) -> Sequence[Survey]:
    """Give all surveys: those that run, those being written, those that are over; the newest first."""
    order = case({SurveyState.OPEN: 0, SurveyState.DRAFT: 1}, value=Survey.state, else_=2)
    return session.scalars(select(Survey).options(_WHOLE).order_by(order, Survey.id.desc())).all()


def need_builder(staff: Staff) -> None:
    """Raise NotAllowed unless staff writes surveys."""
    if not may_build_surveys(staff):
        raise NotAllowed("满意度测评由受理员和系统管理员编写。")


def create(session: Session, entry: SurveyEntry, *, staff: Staff, now: datetime) -> Survey:
    """Begin a survey without questions.

    Raises:
        Invalid: the entry cannot be used.
        NotAllowed: not a role that writes surveys.
    """
    need_builder(staff)
    survey = Survey(
        code=secrets.token_urlsafe(9), salt=secrets.token_hex(32), created_at=now, created_by_id=staff.id
    )
    _put(survey, _checked(session, entry))
    session.add(survey)
    session.flush()
    note(session, survey, "add", "新建测评", staff=staff, now=now)
    return survey


def change(session: Session, survey: Survey, entry: SurveyEntry, *, staff: Staff, now: datetime) -> None:
    """Change what stands around the questions of a survey from `hold`.

    Raises:
        Invalid: the entry cannot be used.
        TooLate: it was opened, or will be by the clock.
    """
    need_editable(survey)
    before = survey.title
    _put(survey, _checked(session, entry))
    session.flush()
    renamed = f"修改测评，原名「{before}」" if before != survey.title else "修改测评的说明和对象"
    note(session, survey, "change", renamed, staff=staff, now=now)


def need_editable(survey: Survey) -> None:
    """Raise TooLate unless what is asked may still change; once opened, all were asked the same."""
    if survey.state is not SurveyState.DRAFT:
        raise TooLate("测评开放以后，题目和说明都不能再改，这样每个人答的才是同一份。可以复制一份再改。")
    if survey.opens_at is not None:
        raise TooLate("这份测评已定时开放。要修改，请先取消定时。")


def _checked(session: Session, entry: SurveyEntry) -> SurveyEntry:
    title, words = " ".join(cleaned(entry.title).split()), cleaned(entry.words)
    if not title:
        raise Invalid("请填写测评名称。", "title")
    if len(title) > LONGEST_TITLE:
        raise Invalid(f"测评名称最多 {LONGEST_TITLE} 字。", "title")
    if len(words) > LONGEST_WORDS:
        raise Invalid(f"说明最多 {LONGEST_WORDS} 字。", "words")
    places: tuple[int, ...] = ()
    if entry.audience is SurveyAudience.PLACES:
        known = select(ServicePoint.id).where(ServicePoint.id.in_(entry.place_ids))
        places = tuple(sorted(session.scalars(known)))
        if not 0 < len(places) <= MOST_PLACES:
            raise Invalid(f"请选择 1 到 {MOST_PLACES} 个地点。", "places")
    return SurveyEntry(
        title=title,
        words=words,
        audience=entry.audience,
        place_ids=places,
        results_public=entry.results_public,
    )


def _put(survey: Survey, entry: SurveyEntry) -> None:
    survey.title, survey.words, survey.audience = entry.title, entry.words, entry.audience
    survey.place_ids, survey.results_public = list(entry.place_ids), entry.results_public


def copy(session: Session, source: Survey, *, staff: Staff, now: datetime) -> Survey:
    """Write a new survey that asks the same, for the next term.

    Raises:
        NotAllowed: not a role that writes surveys.
    """
    entry = SurveyEntry(
        title=f"{source.title[: LONGEST_TITLE - 4]}（副本）",
        words=source.words,
        audience=source.audience,
        place_ids=tuple(source.place_ids),
        results_public=source.results_public,
    )
    made = create(session, entry, staff=staff, now=now)
    made.sections = [copy_of_section(section) for section in source.sections]
    session.flush()
    return made


def copy_of_section(section: SurveySection) -> SurveySection:
    """Give a new section that asks the same."""
    return SurveySection(
        position=section.position,
        title=section.title,
        category_id=section.category_id,
        team_id=section.team_id,
        skippable=section.skippable,
        questions=[copy_of_question(question) for question in section.questions],
    )


def copy_of_question(question: SurveyQuestion) -> SurveyQuestion:
    """Give a new question that asks the same."""
    return SurveyQuestion(
        position=question.position,
        kind=question.kind,
        title=question.title,
        required=question.required,
        options=list(question.options),
    )


def remove(session: Session, survey: Survey, *, staff: Staff, now: datetime) -> None:
    """Delete a survey from `hold` that nobody was asked yet.

    Raises:
        TooLate: it was opened, or will be by the clock.
    """
    need_editable(survey)
    note(session, survey, "remove", "删除测评", staff=staff, now=now)
    session.delete(survey)
    session.flush()


def lacks(survey: Survey) -> list[str]:
    """Tell in sentences what is missing before a survey can be opened."""
    if not survey.sections:
        return ["还没有题目。先加一个部分，或者从模板加。"]
    missing = [f"「{section.title}」里还没有题目。" for section in survey.sections if not section.questions]
    kinds = {question.kind for section in survey.sections for question in section.questions}
    if not missing and kinds == {QuestionKind.TEXT}:
        missing.append("至少要有一道打星或选择题，只有文字题算不出结果。")
    return missing


def plan(
    session: Session,
    survey: Survey,
    *,
    opens_at: datetime | None,
    closes_at: datetime | None,
    staff: Staff,
    now: datetime,
) -> None:
    """Open a survey from `hold` at once, or let the clock do so.

    Args:
        opens_at: when; None: at once.
        closes_at: when it is over; None: when somebody closes it.

    Raises:
        Invalid: something is missing, or the times cannot be used.
        TooLate: it was opened already, or will be by the clock.
    """
    need_editable(survey)
    missing = lacks(survey)
    if missing:
        raise Invalid("".join(missing))
    _need_times(opens_at, closes_at, now)
    survey.closes_at = closes_at
    if opens_at is not None:
        survey.opens_at = opens_at
        words = f"测评定时 {local_time(opens_at):%m月%d日 %H:%M} 开放"
        note(session, survey, "plan", words, staff=staff, now=now)
    else:
        _open(session, survey, staff=staff, now=now)


def _need_times(opens_at: datetime | None, closes_at: datetime | None, now: datetime) -> None:
    if opens_at is not None and opens_at <= now:
        raise Invalid("开放时间要在现在以后。", "opens_at")
    if closes_at is not None and closes_at <= (opens_at or now):
        raise Invalid("结束时间要在开放以后。", "closes_at")


def cancel_plan(session: Session, survey: Survey, *, staff: Staff, now: datetime) -> None:
    """Take back that the clock opens a survey from `hold`, so that it can be changed again."""
    if survey.state is SurveyState.DRAFT and survey.opens_at is not None:
        survey.opens_at = survey.closes_at = None
        note(session, survey, "plan", "取消定时开放", staff=staff, now=now)


def _open(session: Session, survey: Survey, *, staff: Staff | None, now: datetime) -> None:
    survey.state, survey.opened_at = SurveyState.OPEN, now
    note(session, survey, "open", "开放测评", staff=staff, now=now)


def set_end(
    session: Session, survey: Survey, *, closes_at: datetime | None, staff: Staff, now: datetime
) -> None:
    """Say when a survey from `hold`, which runs, is over; None: when somebody closes it.

    Raises:
        Invalid: the time is past.
        TooLate: it does not run.
    """
    _need_open(survey)
    _need_times(None, closes_at, now)
    survey.closes_at = closes_at
    words = f"测评改为 {local_time(closes_at):%m月%d日 %H:%M} 结束" if closes_at else "测评改为手动结束"
    note(session, survey, "plan", words, staff=staff, now=now)


def close(session: Session, survey: Survey, *, box: SecretBox, staff: Staff | None, now: datetime) -> None:
    """End a survey from `hold`: the last envelopes are opened, and who took part is forgotten for good.

    Args:
        staff: who ends it; None: the clock.

    Raises:
        TooLate: it does not run.
    """
    _need_open(survey)
    covered = survey_audience.coverage(session, survey, box=box, now=now)
    survey_sheets.open_envelopes(session, survey, box=box, all_of_them=True)
    survey.invited, survey.took_part = covered.invited, covered.took_part
    survey.state, survey.closed_at, survey.salt = SurveyState.CLOSED, now, ""
    session.execute(delete(SurveyParticipation).where(SurveyParticipation.survey_id == survey.id))
    note(session, survey, "close", "结束测评", staff=staff, now=now)


def _need_open(survey: Survey) -> None:
    if survey.state is not SurveyState.OPEN:
        raise TooLate("这份测评现在没有开放。")


def due(session: Session, *, now: datetime) -> Sequence[int]:
    """Give the ids of surveys that the clock opens or closes now."""
    opens = (Survey.state == SurveyState.DRAFT) & (Survey.opens_at <= now)
    closes = (Survey.state == SurveyState.OPEN) & (Survey.closes_at <= now)
    return session.scalars(select(Survey.id).where(or_(opens, closes)).order_by(Survey.id)).all()


def go_by_clock(session: Session, survey_id: int, *, box: SecretBox, now: datetime) -> SurveyState | None:
    """Open or close a survey whose time has come; None when somebody was faster."""
    survey = _held(session, survey_id)
    if survey.state is SurveyState.DRAFT and survey.opens_at is not None and survey.opens_at <= now:
        _open(session, survey, staff=None, now=now)
    elif survey.state is SurveyState.OPEN and survey.closes_at is not None and survey.closes_at <= now:
        close(session, survey, box=box, staff=None, now=now)
    else:
        return None
    return survey.state


def note(
    session: Session, survey: Survey, verb: str, deed: str, *, staff: Staff | None, now: datetime
) -> None:
    """Write a deed at a survey into the audit log."""
    session.flush()
    words = f"{deed}：「{survey.title}」"
    office_changes.note(session, staff, action=f"survey.{verb}", subject=survey.id, words=words, now=now)
