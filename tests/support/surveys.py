"""A survey with one question of each kind, and people who answer it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from domain import survey_builder, survey_sheets, surveys
from domain.secret_box import SecretBox
from domain.survey_builder import QuestionEntry, SectionEntry
from domain.survey_sheets import Filled
from domain.surveys import SurveyEntry
from models.enums import QuestionKind
from models.staff import Staff
from models.survey import Survey
from models.team import Team
from tests.support.factories import Factory

# Of the settings that tests run with.
BOX = SecretBox("for-tests-only-" + "0" * 32)


def write_survey(
    session: Session,
    staff: Staff,
    *,
    team: Team,
    other_team: Team,
    now: datetime,
    title: str = "秋季学期测评",
) -> Survey:
    """Write a survey: 食堂就餐 (one question of each kind), and 校园维修 (one star question, skippable)."""
    survey = surveys.create(session, SurveyEntry(title=title, words="大约两分钟。"), staff=staff, now=now)
    by: Any = {"staff": staff, "now": now}
    canteen = survey_builder.add_section(
        session, survey, SectionEntry(title="食堂就餐", team_id=team.id), **by
    )
    repair = survey_builder.add_section(
        session,
        survey,
        SectionEntry(title="校园维修", team_id=other_team.id, skippable=True),
        **by,
    )
    questions = (
        (canteen, QuestionEntry(kind=QuestionKind.STARS, title="饭菜的口味")),
        (canteen, QuestionEntry(kind=QuestionKind.SINGLE, title="排队多久", options=("很短", "很长"))),
        (
            canteen,
            QuestionEntry(
                kind=QuestionKind.MULTIPLE,
                title="要改进什么",
                options=("口味", "价格", "卫生"),
                required=False,
            ),
        ),
        (canteen, QuestionEntry(kind=QuestionKind.TEXT, title="还想说什么", required=False)),
        (repair, QuestionEntry(kind=QuestionKind.STARS, title="上门是否及时")),
    )
    for section, entry in questions:
        survey_builder.add_question(session, survey, section, entry, **by)
    return survey


def open_survey(session: Session, survey: Survey, staff: Staff, *, now: datetime) -> Survey:
    """Open it at once, until somebody closes it."""
    surveys.plan(session, survey, opens_at=None, closes_at=None, staff=staff, now=now)
    return survey


def filled(survey: Survey, *, stars: int = 5, words: str = "", repair: int | None = None) -> Filled:
    """Fill in a sheet; who gives no stars for repairs does not use them."""
    taste, queue, _wishes, more = survey.sections[0].questions
    in_time = survey.sections[1].questions[0]
    choices = {taste.id: (stars,), queue.id: (1,)}
    if repair is not None:
        choices[in_time.id] = (repair,)
    skipped = frozenset({survey.sections[1].id}) if repair is None else frozenset()
    return Filled(choices, {more.id: words} if words else {}, skipped)


def answer_many(
    session: Session,
    survey: Survey,
    factory: Factory,
    count: int,
    *,
    stars: int = 5,
    words: str = "",
    secret_key: str = "",
) -> None:
    """Let so many new people hand in a sheet each."""
    box = SecretBox(secret_key) if secret_key else BOX
    now = factory.now + timedelta(minutes=1)
    for _ in range(count):
        sheet = filled(survey, stars=stars, words=words)
        person = factory.person(session)
        assert survey_sheets.hand_in(session, survey.id, person, sheet, box=box, now=now)
