"""What a survey asks: sections and questions are added, changed, moved and copied until it is opened.

Every function takes a survey from `surveys.hold`, and raises TooLate when it may not be changed any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.survey_templates import survey_templates
from domain import surveys
from domain.acts import cleaned
from domain.errors import Invalid, NotFound
from models.category import Category
from models.enums import QuestionKind
from models.staff import Staff
from models.survey import Survey, SurveyQuestion, SurveySection
from models.team import Team

MOST_SECTIONS = 12
MOST_QUESTIONS = 60
MOST_OPTIONS = 12
LONGEST_SECTION = 40
LONGEST_QUESTION = 100
LONGEST_OPTION = 40
_QUESTIONS_A_MINUTE = 8
Row = TypeVar("Row", SurveySection, SurveyQuestion)
CHOSEN_FROM = frozenset({QuestionKind.SINGLE, QuestionKind.MULTIPLE})


@dataclass(frozen=True, kw_only=True)
class SectionEntry:
    """What is entered of a section.

    Attributes:
        team_id: whose work it is about; None: the team of the category, if that has one.
        skippable: whether who does not use the service may pass over it.
    """

    title: str
    category_id: int | None = None
    team_id: int | None = None
    skippable: bool = False


@dataclass(frozen=True, kw_only=True)
class QuestionEntry:
    """What is entered of a question; options count for those to choose from only."""

    kind: QuestionKind
    title: str
    required: bool = True
    options: tuple[str, ...] = ()


def section_of(survey: Survey, section_id: int) -> SurveySection:
    """Give a section of a survey, or raise NotFound."""
    found = next((section for section in survey.sections if section.id == section_id), None)
    if found is None:
        raise NotFound("没有找到这个部分，可能同事刚刚删了它。请刷新页面。")
    return found


def question_of(survey: Survey, question_id: int) -> SurveyQuestion:
    """Give a question of a survey, or raise NotFound."""
    for section in survey.sections:
        for question in section.questions:
            if question.id == question_id:
                return question
    raise NotFound("没有找到这道题，可能同事刚刚删了它。请刷新页面。")


def count_of(survey: Survey) -> int:
    """Count the questions of a survey."""
    return sum(len(section.questions) for section in survey.sections)


def minutes_for(survey: Survey) -> int:
    """Tell about how many minutes it takes to answer."""
    return max(1, round(count_of(survey) / _QUESTIONS_A_MINUTE))


def add_section(
    session: Session, survey: Survey, entry: SectionEntry, *, staff: Staff, now: datetime
) -> SurveySection:
    """Add a section without questions at the end.

    Raises:
        Invalid: the entry cannot be used, or there are too many.
    """
    section = SurveySection()
    _put_section(session, section, entry)
    return _append(session, survey, section, staff=staff, now=now)


def add_template(session: Session, survey: Survey, key: str, *, staff: Staff, now: datetime) -> SurveySection:
    """Add a ready section at the end, for the category and its team as this office has them.

    Raises:
        Invalid: there are too many.
        NotFound: there is no such template.
    """
    template = next((one for one in survey_templates() if one.key == key), None)
    if template is None:
        raise NotFound("没有这个模板，请刷新页面。")
    category = session.scalar(select(Category).where(Category.code == template.category))
    section = SurveySection(
        title=template.title,
        category_id=category.id if category else None,
        team_id=category.team_id if category else None,
        skippable=template.skippable,
        questions=[
            SurveyQuestion(
                kind=QuestionKind(one.kind),
                title=one.title,
                required=one.required,
                options=list(one.options),
                position=position,
            )
            for position, one in enumerate(template.questions)
        ],
    )
    return _append(session, survey, section, staff=staff, now=now)


def _append(
    session: Session, survey: Survey, section: SurveySection, *, staff: Staff, now: datetime
) -> SurveySection:
    surveys.need_editable(survey)
    if len(survey.sections) >= MOST_SECTIONS:
        raise Invalid(f"最多 {MOST_SECTIONS} 个部分，再多就没有人答得完了。")
    if count_of(survey) + len(section.questions) > MOST_QUESTIONS:
        raise Invalid(f"最多 {MOST_QUESTIONS} 道题，再多就没有人答得完了。")
    section.position = len(survey.sections)
    survey.sections.append(section)
    surveys.note(session, survey, "change", f"测评加上「{section.title}」部分", staff=staff, now=now)
    return section


def change_section(
    session: Session,
    survey: Survey,
    section: SurveySection,
    entry: SectionEntry,
    *,
    staff: Staff,
    now: datetime,
) -> None:
    """Change what stands above the questions of a section.

    Raises:
        Invalid: the entry cannot be used.
    """
    surveys.need_editable(survey)
    _put_section(session, section, entry)
    surveys.note(session, survey, "change", f"修改测评的「{section.title}」部分", staff=staff, now=now)


def _put_section(session: Session, section: SurveySection, entry: SectionEntry) -> None:
    title = " ".join(cleaned(entry.title).split())
    if not title or len(title) > LONGEST_SECTION:
        raise Invalid(f"请填写这个部分的名称，最多 {LONGEST_SECTION} 字。", "title")
    category = session.get(Category, entry.category_id) if entry.category_id else None
    team = session.get(Team, entry.team_id) if entry.team_id else category.team if category else None
    section.title, section.skippable = title, entry.skippable
    section.category_id = category.id if category else None
    section.team_id = team.id if team else None


def remove_section(
    session: Session, survey: Survey, section: SurveySection, *, staff: Staff, now: datetime
) -> None:
    """Take a section out with all its questions."""
    surveys.need_editable(survey)
    survey.sections.remove(section)
    _number(survey.sections)
    surveys.note(session, survey, "change", f"测评去掉「{section.title}」部分", staff=staff, now=now)


def move_section(session: Session, survey: Survey, section: SurveySection, *, by: int) -> None:
    """Move a section one place up (-1) or down (1), past its neighbour."""
    surveys.need_editable(survey)
    order = list(survey.sections)
    _swap(order, order.index(section), by)
    _number(order)
    session.flush()
    session.refresh(survey, ["sections"])


def add_question(
    session: Session,
    survey: Survey,
    section: SurveySection,
    entry: QuestionEntry,
    *,
    staff: Staff,
    now: datetime,
) -> SurveyQuestion:
    """Add a question at the end of a section.

    Raises:
        Invalid: the entry cannot be used, or there are too many.
    """
    surveys.need_editable(survey)
    _need_room(survey)
    question = SurveyQuestion(position=len(section.questions))
    _put_question(question, entry)
    section.questions.append(question)
    surveys.note(session, survey, "change", f"测评加题「{question.title}」", staff=staff, now=now)
    return question


def change_question(
    session: Session,
    survey: Survey,
    question: SurveyQuestion,
    entry: QuestionEntry,
    *,
    staff: Staff,
    now: datetime,
) -> None:
    """Change a question.

    Raises:
        Invalid: the entry cannot be used.
    """
    surveys.need_editable(survey)
    _put_question(question, entry)
    surveys.note(session, survey, "change", f"测评改题「{question.title}」", staff=staff, now=now)


def _need_room(survey: Survey) -> None:
    if count_of(survey) >= MOST_QUESTIONS:
        raise Invalid(f"最多 {MOST_QUESTIONS} 道题，再多就没有人答得完了。", "question")


def _put_question(question: SurveyQuestion, entry: QuestionEntry) -> None:
    title = " ".join(cleaned(entry.title).split())
    if not title or len(title) > LONGEST_QUESTION:
        raise Invalid(f"请填写题目，最多 {LONGEST_QUESTION} 字。", "question")
    options: list[str] = []
    if entry.kind in CHOSEN_FROM:
        typed = (" ".join(cleaned(option).split()) for option in entry.options)
        options = list(dict.fromkeys(option for option in typed if option))
        if not 2 <= len(options) <= MOST_OPTIONS:
            raise Invalid(f"选项一行写一个，要有 2 到 {MOST_OPTIONS} 个不同的选项。", "options")
        if any(len(option) > LONGEST_OPTION for option in options):
            raise Invalid(f"每个选项最多 {LONGEST_OPTION} 字。", "options")
    question.kind, question.title, question.options = entry.kind, title, options
    question.required = entry.required


def copy_question(
    session: Session, survey: Survey, question: SurveyQuestion, *, staff: Staff, now: datetime
) -> SurveyQuestion:
    """Put a copy of a question right below it.

    Raises:
        Invalid: there are too many.
    """
    surveys.need_editable(survey)
    _need_room(survey)
    section = section_of(survey, question.section_id)
    made = surveys.copy_of_question(question)
    section.questions.insert(section.questions.index(question) + 1, made)
    _number(section.questions)
    surveys.note(session, survey, "change", f"测评复制题目「{question.title}」", staff=staff, now=now)
    return made


def remove_question(
    session: Session, survey: Survey, question: SurveyQuestion, *, staff: Staff, now: datetime
) -> None:
    """Take a question out."""
    surveys.need_editable(survey)
    section = section_of(survey, question.section_id)
    section.questions.remove(question)
    _number(section.questions)
    surveys.note(session, survey, "change", f"测评删题「{question.title}」", staff=staff, now=now)


def move_question(session: Session, survey: Survey, question: SurveyQuestion, *, by: int) -> None:
    """Move a question one place up (-1) or down (1); past the edge, into the neighbouring section."""
    surveys.need_editable(survey)
    section = section_of(survey, question.section_id)
    order = list(section.questions)
    at = order.index(question)
    if 0 <= at + by < len(order):
        _swap(order, at, by)
        _number(order)
    else:
        _move_over(survey, section, question, by)
    session.flush()
    for each in survey.sections:
        session.refresh(each, ["questions"])


def _move_over(survey: Survey, section: SurveySection, question: SurveyQuestion, by: int) -> None:
    to = survey.sections.index(section) + by
    if not 0 <= to < len(survey.sections):
        return
    other = survey.sections[to]
    question.section_id = other.id
    others = list(other.questions)
    _number([question, *others] if by > 0 else [*others, question])
    _number([each for each in section.questions if each is not question])


def _swap(order: list[Row], at: int, by: int) -> None:
    if 0 <= at + by < len(order):
        order[at], order[at + by] = order[at + by], order[at]


def _number(rows: Sequence[Row]) -> None:
    for position, row in enumerate(rows):
        row.position = position
