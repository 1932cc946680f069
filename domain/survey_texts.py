"""Text answers of a survey: read one by one by those who write surveys, and released or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from domain import surveys
from domain.errors import NotFound
from models.enums import TextState
from models.staff import Staff
from models.survey import Survey, SurveyAnswer, SurveyQuestion, SurveySection

AT_ONCE = 30


@dataclass(frozen=True)
class TextAnswer:
    """One text; `sheet` is a random name for this text alone."""

    sheet: str
    words: str
    state: TextState
    question: str


def counts(session: Session, survey: Survey) -> dict[TextState, int]:
    """Count the texts by what was decided of them."""
    query = select(SurveyAnswer.text_state, func.count()).where(_of(survey)).group_by(SurveyAnswer.text_state)
    found = {state: count for state, count in session.execute(query) if state is not None}
    return {state: found.get(state, 0) for state in TextState}


def texts_of(session: Session, survey: Survey, state: TextState, *, page: int) -> Sequence[TextAnswer]:
    """Give one page, from 1, of texts, in an order that tells nothing."""
    query = (
        select(SurveyAnswer.sheet, SurveyAnswer.words, SurveyQuestion.title)
        .join(SurveyQuestion, SurveyQuestion.id == SurveyAnswer.question_id)
        .where(_of(survey), SurveyAnswer.text_state == state)
        .order_by(SurveyAnswer.sheet)
    )
    rows = session.execute(query.limit(AT_ONCE).offset((page - 1) * AT_ONCE)).all()
    return [TextAnswer(sheet, words, state, question) for sheet, words, question in rows]


def _of(survey: Survey) -> ColumnElement[bool]:
    questions = (
        select(SurveyQuestion.id)
        .join(SurveySection, SurveySection.id == SurveyQuestion.section_id)
        .where(SurveySection.survey_id == survey.id)
    )
    return SurveyAnswer.question_id.in_(questions) & SurveyAnswer.text_state.is_not(None)


def decide(
    session: Session, survey: Survey, sheet: str, state: TextState, *, staff: Staff, now: datetime
) -> None:
    """Release a text, withhold it, or put it back among those to be decided.

    Raises:
        NotAllowed: not a role that writes surveys.
        NotFound: there is no such text in this survey.
    """
    surveys.need_builder(staff)
    answer = session.scalar(select(SurveyAnswer).where(_of(survey), SurveyAnswer.sheet == sheet))
    if answer is None:
        raise NotFound("没有找到这条意见，请刷新页面。")
    if answer.text_state is state:
        return
    answer.text_state = state
    deed = {TextState.RELEASED: "公开", TextState.WITHHELD: "不公开", TextState.WAITING: "重新审核"}[state]
    surveys.note(session, survey, "text", f"{deed}测评里的一条文字意见", staff=staff, now=now)
